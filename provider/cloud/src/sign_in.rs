//! Sign-in: what proves to a cloud who makes a call. One file a cloud; this one is the type that the transport asks.

mod access_token;
mod ask;
mod aws;
mod azure;
mod file;
mod google;
mod imds;
mod token;

use std::fmt;
use std::sync::Arc;

pub use self::access_token::AccessToken;
pub use self::aws::{AssumeRole, AwsCredentials, AwsSignIn, WebIdentity, aws, aws_profile_region, aws_region};
pub use self::azure::{AzureCredentials, AzureSignIn, DescribedCloud, azure, azure_cloud, azure_cloud_at};
pub use self::google::{ExternalCredentials, GoogleCredentials, GoogleSignIn, google};
use crate::api::{Api, Cloud};
use crate::aws::sigv4::Keys;
use crate::context::Context;
use crate::error::Error;
use crate::secret::Secret;
use crate::transport::Transport;

/// A source of credentials for one cloud. Cheap to clone; clones share what is cached.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TokenSource {
    /// A token that was given as it is and cannot be renewed.
    Static(AccessToken),
    /// The emulator's fixed bearer and keys. Real credentials are never read in that realm.
    Emulator,
    /// Google's credentials, whose tokens are fetched and renewed.
    Google(Arc<GoogleCredentials>),
    /// An application of Microsoft Entra, whose tokens are fetched and renewed.
    Azure(Arc<AzureCredentials>),
    /// AWS keys, given or fetched.
    Aws(Arc<AwsCredentials>),
    /// No credentials were found, or such as cannot be used; every call fails with why.
    Missing(SignInError),
}

/// The bearer that an emulator is shown.
pub const EMULATOR_BEARER: &str = "emulator";

impl TokenSource {
    /// A bearer token for a call to `api`.
    pub(crate) async fn bearer_for(&self, api: Api, transport: &Transport, ctx: &Context) -> Result<Secret, Error> {
        match self {
            TokenSource::Static(token) => Ok(token.secret()),
            TokenSource::Emulator => Ok(Secret::new(EMULATOR_BEARER)),
            TokenSource::Google(credentials) => {
                credentials.token(transport).await.map_err(|source| unsigned(api, source))
            }
            TokenSource::Azure(credentials) => credentials.token_for(api, transport, ctx).await,
            TokenSource::Aws(_) => Err(unsigned(api, SignInError::Foreign { cloud: api.cloud() })),
            TokenSource::Missing(error) => Err(unsigned(api, error.clone())),
        }
    }

    /// Keys for a call to an AWS API.
    pub(crate) async fn keys_for(&self, api: Api, transport: &Transport, ctx: &Context) -> Result<Keys, Error> {
        match self {
            TokenSource::Emulator => Ok(aws::emulator_keys()),
            TokenSource::Aws(credentials) => credentials.keys(transport, ctx).await,
            TokenSource::Static(_) | TokenSource::Google(_) | TokenSource::Azure(_) => {
                Err(unsigned(api, SignInError::Foreign { cloud: Cloud::Aws }))
            }
            TokenSource::Missing(error) => Err(unsigned(api, error.clone())),
        }
    }

    /// Where the credentials come from, for people.
    pub fn description(&self) -> String {
        match self {
            TokenSource::Static(token) => token.origin().to_owned(),
            TokenSource::Emulator => "the emulator's operator".to_owned(),
            TokenSource::Google(credentials) => credentials.origin().to_owned(),
            TokenSource::Azure(credentials) => credentials.origin().to_owned(),
            TokenSource::Aws(credentials) => credentials.origin().to_owned(),
            TokenSource::Missing(_) => "nowhere".to_owned(),
        }
    }
}

/// A call that found no credentials; the transport puts the real call in its place.
fn unsigned(api: Api, source: SignInError) -> Error {
    let request = crate::request::Request::<crate::request::Empty>::get(api, crate::request::Path::root());
    Error::SignIn { call: request.raw().call(), source }
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

/// Why there are no credentials. Never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SignInError {
    /// No source has credentials.
    #[error("no credentials for {cloud}. Tried, in this order:{}", list(tried))]
    NoCredentials {
        /// The cloud.
        cloud: Cloud,
        /// What was looked at, in order.
        tried: Vec<Tried>,
    },
    /// The credentials were found, and the cloud does not take them.
    #[error("with {origin}: {problem}")]
    Refused {
        /// Where the credentials come from.
        origin: String,
        /// What the cloud said.
        problem: String,
        /// What to do about it.
        next_step: String,
    },
    /// The credentials were found, and are not what they should be.
    #[error("{origin} cannot be used: {problem}")]
    Malformed {
        /// Where they come from.
        origin: String,
        /// What is wrong with them.
        problem: String,
    },
    /// Whoever gives the token out does not answer.
    #[error("with {origin}: {place} cannot be reached: {problem}")]
    Unreachable {
        /// Where the credentials come from.
        origin: String,
        /// Who was asked.
        place: String,
        /// What came of it.
        problem: String,
    },
    /// A file that holds a credential cannot be read.
    #[error("{origin}: the file {path} cannot be read: {problem}")]
    Unreadable {
        /// What named the file.
        origin: String,
        /// The file.
        path: String,
        /// Why not.
        problem: String,
    },
    /// The transport is signed in to another cloud.
    #[error("this client is not signed in to {cloud}")]
    Foreign {
        /// The cloud that was called.
        cloud: Cloud,
    },
}

impl SignInError {
    /// What to do about it.
    pub fn next_step(&self) -> String {
        match self {
            SignInError::NoCredentials { cloud: Cloud::Google, .. } => {
                "Sign in with `gcloud auth application-default login`, or set GOOGLE_APPLICATION_CREDENTIALS to a credential file, \
                 GOOGLE_CREDENTIALS to its path or content, or GOOGLE_OAUTH_ACCESS_TOKEN to a token."
                    .to_owned()
            }
            SignInError::NoCredentials { cloud: Cloud::Azure, .. } => {
                "Sign in with `az login`, or set ARM_TENANT_ID and ARM_CLIENT_ID with ARM_CLIENT_SECRET, with ARM_CLIENT_CERTIFICATE_PATH, or with \
                 ARM_USE_OIDC=true and a token."
                    .to_owned()
            }
            SignInError::NoCredentials { cloud: Cloud::Aws, .. } => {
                "Set AWS_PROFILE to a profile that `aws configure` or `aws sso login` made, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY \
                 (and AWS_SESSION_TOKEN for temporary keys), or AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE."
                    .to_owned()
            }
            SignInError::Refused { next_step, .. } => next_step.clone(),
            SignInError::Malformed { .. } => {
                "Correct what it names, or take a fresh copy from where it was made. Its content is not shown here because it may be secret."
                    .to_owned()
            }
            SignInError::Unreachable { .. } => {
                "Check that it can be reached from here: name resolution, firewall, HTTPS_PROXY and NO_PROXY.".to_owned()
            }
            SignInError::Unreadable { .. } => "Check the path, and that this user may read the file.".to_owned(),
            SignInError::Foreign { .. } => "Please report this, with the configuration and the log.".to_owned(),
        }
    }
}

/// Reads a file that holds a credential, such as a token that something outside keeps fresh.
async fn read_file(origin: &str, path: &str) -> Result<Secret, SignInError> {
    let unreadable =
        |problem: String| SignInError::Unreadable { origin: origin.to_owned(), path: path.to_owned(), problem };
    let text = tokio::fs::read_to_string(path).await.map_err(|error| unreadable(error.to_string()))?;
    if text.trim().is_empty() { Err(unreadable("it is empty".to_owned())) } else { Ok(Secret::new(text)) }
}

fn list(tried: &[Tried]) -> String {
    tried.iter().map(|tried| format!("\n  - {tried}")).collect()
}
