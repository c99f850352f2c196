//! How a call proves who makes it: a bearer token, an AWS signature, or nothing.

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderName};
use url::Url;

use super::Transport;
use crate::api::{Api, Cloud};
use crate::aws::sigv4::{self, Keys, Scope};
use crate::context::Context;
use crate::error::Error;
use crate::request::Raw;
use crate::secret::Secret;
use crate::sign_in::SignInError;

/// What goes with a call.
#[derive(Debug)]
pub(super) enum Authorization {
    /// Nothing: the call proves itself, or anybody may make it.
    Nothing,
    /// A bearer token.
    Bearer(Secret),
    /// A signature.
    Signed {
        /// Made with these keys.
        keys: Keys,
        /// For this region and service.
        scope: Scope,
    },
}

impl Transport {
    /// Gets what a call needs, which may take a call of its own.
    pub(super) async fn authorize(&self, raw: &Raw, ctx: &Context) -> Result<Authorization, Error> {
        if raw.anonymous {
            return Ok(Authorization::Nothing);
        }
        if let Some(keys) = &raw.keys {
            return Ok(Authorization::Signed { keys: keys.clone(), scope: self.scope(raw.api) });
        }
        // Credentials may have to be fetched by this same transport; the box ends the type's recursion.
        let tokens = &self.inner.tokens;
        let result = if raw.api.cloud() == Cloud::Aws {
            let keys = Box::pin(tokens.keys_for(raw.api, self, ctx)).await;
            keys.map(|keys| Authorization::Signed { keys, scope: self.scope(raw.api) })
        } else {
            Box::pin(tokens.bearer_for(raw.api, self, ctx)).await.map(Authorization::Bearer)
        };
        result.map_err(|error| {
            let source = match error {
                // Nothing of the call itself was sent, however far the one for its credentials came.
                Error::Cancelled { .. } => return Error::Cancelled { call: raw.call(), sent: false },
                Error::SignIn { source, .. } => source,
                error => SignInError::Refused {
                    origin: tokens.description(),
                    problem: error.to_string(),
                    next_step: error.next_step(),
                },
            };
            Error::SignIn { call: raw.call(), source }
        })
    }

    fn scope(&self, api: Api) -> Scope {
        let region = self.inner.endpoints.aws_region();
        match api {
            Api::AwsIam => Scope { region: region.iam_region().to_owned(), service: "iam" },
            _ => Scope { region: region.name().to_owned(), service: "sts" },
        }
    }
}

impl Authorization {
    /// The secret that must not come back in an error.
    pub(super) fn secret(&self) -> Option<&Secret> {
        match self {
            Authorization::Nothing => None,
            Authorization::Bearer(token) => Some(token),
            Authorization::Signed { keys, .. } => keys.session_token.as_ref(),
        }
    }

    /// The headers that say it.
    pub(super) fn headers(
        &self,
        raw: &Raw,
        url: &Url,
        content_type: Option<&'static str>,
        body: &str,
        now: Timestamp,
    ) -> Vec<(HeaderName, String)> {
        match self {
            Authorization::Nothing => Vec::new(),
            Authorization::Bearer(token) => vec![(AUTHORIZATION, format!("Bearer {}", token.expose()))],
            Authorization::Signed { keys, scope } => {
                let content_type = content_type.map(|value| ("content-type", value));
                let signature =
                    sigv4::sign(keys, scope, raw.method, url, content_type.as_slice(), body.as_bytes(), now);
                let mut headers = vec![
                    (AUTHORIZATION, signature.authorization),
                    (HeaderName::from_static("x-amz-date"), signature.date),
                ];
                if let Some(token) = &keys.session_token {
                    headers.push((HeaderName::from_static("x-amz-security-token"), token.expose().to_owned()));
                }
                headers
            }
        }
    }
}
