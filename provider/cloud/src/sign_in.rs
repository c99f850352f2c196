//! Sign-in: where bearer tokens come from. One file a source; this one is the chain and the type that the transport asks.

mod access_token;
mod google;

use std::fmt;

pub use self::access_token::AccessToken;
pub use self::google::{GoogleSignIn, google};
use crate::secret::Secret;

/// A source of bearer tokens. Cheap to clone; clones share what is cached.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TokenSource {
    /// A token that was given as it is and cannot be renewed.
    Static(AccessToken),
    /// The emulator's fixed bearer. Real credentials are never read in that realm.
    Emulator,
    /// No credentials were found; every call fails with what was tried.
    Missing(SignInError),
}

/// The bearer that an emulator is shown.
pub const EMULATOR_BEARER: &str = "emulator";

impl TokenSource {
    /// A bearer token for the next call.
    pub async fn bearer(&self) -> Result<Secret, SignInError> {
        match self {
            TokenSource::Static(token) => Ok(token.secret()),
            TokenSource::Emulator => Ok(Secret::new(EMULATOR_BEARER)),
            TokenSource::Missing(error) => Err(error.clone()),
        }
    }

    /// Where the credentials come from, for people.
    pub fn description(&self) -> String {
        match self {
            TokenSource::Static(token) => token.origin().to_owned(),
            TokenSource::Emulator => "the emulator's fixed token".to_owned(),
            TokenSource::Missing(_) => "nowhere".to_owned(),
        }
    }
}

/// A source that was looked at, and why it gave nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tried {
    /// The source, for example `GOOGLE_OAUTH_ACCESS_TOKEN`.
    pub source: String,
    /// Why it gave nothing.
    pub outcome: String,
}

impl fmt::Display for Tried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.source, self.outcome)
    }
}

/// Why there is no token. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// No source has credentials.
    #[error("no credentials for {cloud} ({})", join(tried))]
    NoCredentials {
        /// The cloud, for people.
        cloud: &'static str,
        /// What was looked at, in order.
        tried: Vec<Tried>,
    },
}

impl SignInError {
    /// What to do about it.
    pub fn next_step(&self) -> String {
        match self {
            SignInError::NoCredentials { .. } => {
                "Set GOOGLE_OAUTH_ACCESS_TOKEN (for example to the output of `gcloud auth print-access-token`) or the \
                 provider's access token argument."
                    .to_owned()
            }
        }
    }
}

fn join(tried: &[Tried]) -> String {
    tried.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
