//! The managed identity of a machine or an app service.

use std::time::{Duration, Instant};

use url::Url;

use super::Env;
use crate::secret::Secret;
use crate::sign_in::SignInError;
use crate::sign_in::ask::{self, Ask};
use crate::sign_in::token::Token;
use crate::transport::Transport;

/// Where its tokens are.
#[derive(Debug)]
pub(super) struct ManagedIdentity {
    url: Url,
    /// What an app service wants to see; a machine wants none.
    header: Option<Secret>,
    /// Which of the machine's identities; the machine's own if none is named.
    client: Option<String>,
}

impl ManagedIdentity {
    /// The endpoint that is named, or the app service's, or the machine's.
    pub(super) fn find(endpoint: Option<&str>, client: Option<String>, env: Env<'_>) -> Result<Self, SignInError> {
        let named = endpoint.map(str::to_owned).or_else(|| env("ARM_MSI_ENDPOINT"));
        if let Some(url) = named {
            return Ok(Self { url: ask::place("ARM_MSI_ENDPOINT", &url)?, header: None, client });
        }
        if let (Some(url), Some(header)) = (env("IDENTITY_ENDPOINT"), env("IDENTITY_HEADER")) {
            let header = Some(Secret::new(header));
            return Ok(Self { url: ask::place("IDENTITY_ENDPOINT", &url)?, header, client });
        }
        let url = "http://169.254.169.254/metadata/identity/oauth2/token";
        Ok(Self { url: ask::place("the metadata service", url)?, header: None, client })
    }

    pub(super) async fn token(
        &self,
        origin: &str,
        resource: &str,
        transport: &Transport,
    ) -> Result<Token, SignInError> {
        let version = if self.header.is_some() { "2019-08-01" } else { "2018-02-01" };
        let mut url = self.url.clone();
        url.query_pairs_mut().append_pair("api-version", version).append_pair("resource", resource);
        if let Some(client) = &self.client {
            url.query_pairs_mut().append_pair("client_id", client);
        }
        let ask = match &self.header {
            Some(header) => Ask::get(origin, url).secret_header("x-identity-header", "", header),
            None => Ask::get(origin, url).header("metadata", "true"),
        };
        let asked = Instant::now();
        let answer = ask.value(transport).await?;
        let token = answer["access_token"].as_str().filter(|token| !token.is_empty()).map(Secret::new);
        let token = token.ok_or_else(|| ask.refused("the answer has no `access_token`".to_owned()))?;
        let life = ask::remaining(&answer["expires_on"]).unwrap_or(Duration::from_secs(300));
        Ok(Token::new(token, asked, life))
    }
}
