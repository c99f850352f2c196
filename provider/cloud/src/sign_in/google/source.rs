//! What a credential file of Google can be, by its `type`.

use url::Url;

use super::external::External;
use super::key::Key;
use super::{Account, Impersonation, SCOPE, oauth_token};
use crate::secret::Secret;
use crate::sign_in::ask::{self, Ask};
use crate::sign_in::file::Object;
use crate::sign_in::token::Token;
use crate::sign_in::{AccessToken, SignInError};
use crate::transport::Transport;

const TOKEN_URI: &str = "https://oauth2.googleapis.com/token";

/// Where the first token comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// A token that was given as it is.
    Given(AccessToken),
    /// A service account's key, which signs an assertion.
    Key(Box<Key>),
    /// What `gcloud auth application-default login` leaves behind.
    User { client_id: String, client_secret: Secret, refresh_token: Secret, token_uri: Url },
    /// A token of another issuer that is exchanged.
    External(Box<External>),
    /// The server beside a machine in Google's cloud.
    Metadata(Url),
}

/// Reads a credential file, with the service accounts that it is to act as.
pub(super) fn read(
    object: &Object,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<(Source, Vec<Impersonation>), SignInError> {
    let kind = object.text("type")?;
    match kind {
        "service_account" => Ok((Source::Key(Box::new(Key::read(object, TOKEN_URI)?)), Vec::new())),
        "authorized_user" => {
            let user = Source::User {
                client_id: object.text("client_id")?.to_owned(),
                client_secret: Secret::new(object.text("client_secret")?),
                refresh_token: Secret::new(object.text("refresh_token")?),
                token_uri: ask::place(object.origin(), object.optional("token_uri")?.unwrap_or(TOKEN_URI))?,
            };
            Ok((user, Vec::new()))
        }
        "external_account" => {
            let external = External::read(object, env)?;
            Ok((Source::External(Box::new(external)), impersonation(object)?.into_iter().collect()))
        }
        "impersonated_service_account" => {
            let inner = object.inner("source_credentials")?.ok_or_else(|| object.malformed("it has no `source_credentials`"))?;
            if inner.optional("type")? == Some("impersonated_service_account") {
                return Err(object.malformed("its source is itself an impersonated service account"));
            }
            let (source, mut steps) = read(&inner, env)?;
            let step = impersonation(object)?;
            steps.push(step.ok_or_else(|| object.malformed("it has no `service_account_impersonation_url`"))?);
            Ok((source, steps))
        }
        "external_account_authorized_user" => Err(object.malformed(
            "it is of a person's sign-in through a workforce pool, which needs a browser; use a workload identity pool in its place",
        )),
        "" => Err(object.malformed("its `type` is empty")),
        _ => Err(object.malformed(
            "its `type` is none of service_account, authorized_user, external_account and impersonated_service_account",
        )),
    }
}

fn impersonation(object: &Object) -> Result<Option<Impersonation>, SignInError> {
    let Some(url) = object.optional("service_account_impersonation_url")? else { return Ok(None) };
    let url = ask::place(object.origin(), url)?;
    let delegates = object.get("delegates").as_array().into_iter().flatten();
    let email = |delegate: &str| delegate.rsplit('/').next().unwrap_or(delegate).to_owned();
    let delegates = delegates.filter_map(|delegate| delegate.as_str()).map(email).collect();
    Ok(Some(Impersonation { at: Account::Url(url), delegates }))
}

impl Source {
    /// Fetches a token.
    pub(super) async fn token(&self, origin: &str, transport: &Transport) -> Result<Token, SignInError> {
        match self {
            // It cannot be renewed, so it is as good as it will ever be.
            Source::Given(token) => {
                Ok(Token::new(token.secret(), std::time::Instant::now(), std::time::Duration::from_secs(3_600)))
            }
            Source::Key(key) => key.token(origin, transport).await,
            Source::User { client_id, client_secret, refresh_token, token_uri } => {
                let fields = [
                    ("grant_type", "refresh_token"),
                    ("client_id", client_id),
                    ("client_secret", client_secret.expose()),
                    ("refresh_token", refresh_token.expose()),
                ];
                let ask =
                    Ask::form(origin, token_uri.clone(), &fields).redacting(client_secret).redacting(refresh_token);
                oauth_token(&ask, transport).await
            }
            Source::External(external) => external.token(origin, transport).await,
            Source::Metadata(host) => {
                let mut url = host.clone();
                url.set_path("/computeMetadata/v1/instance/service-accounts/default/token");
                url.query_pairs_mut().append_pair("scopes", SCOPE);
                oauth_token(&Ask::get(origin, url).header("metadata-flavor", "Google"), transport).await
            }
        }
    }
}
