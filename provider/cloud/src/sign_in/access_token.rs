//! An access token given as it is: by an argument or an environment variable.

use crate::secret::Secret;

/// A token and where it came from.
#[derive(Clone, Debug)]
pub struct AccessToken {
    secret: Secret,
    origin: String,
}

impl AccessToken {
    /// Takes a token. `None` when it is empty or could not be sent in a header.
    pub fn new(secret: Secret, origin: impl Into<String>) -> Option<Self> {
        let sendable = !secret.is_empty() && secret.expose().bytes().all(|byte| byte.is_ascii_graphic());
        sendable.then(|| Self { secret, origin: origin.into() })
    }

    pub(crate) fn secret(&self) -> Secret {
        self.secret.clone()
    }

    /// Where the token came from.
    pub fn origin(&self) -> &str {
        &self.origin
    }
}
