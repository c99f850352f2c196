//! A service account's key: it signs an assertion, and the token endpoint answers with a token.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use url::Url;

use super::{SCOPE, oauth_token};
use crate::secret::Secret;
use crate::sign_in::SignInError;
use crate::sign_in::ask::{self, Ask};
use crate::sign_in::file::Object;
use crate::sign_in::token::Token;
use crate::transport::Transport;

/// How long an assertion counts, in seconds; Google takes no longer ones.
const LIFE: i64 = 3_600;

/// A service account and its key.
pub(super) struct Key {
    email: String,
    id: Option<String>,
    private: EncodingKey,
    token_uri: Url,
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Key").field("email", &self.email).finish_non_exhaustive()
    }
}

impl Key {
    /// Reads a file of type `service_account`.
    pub(super) fn read(object: &Object, token_uri: &str) -> Result<Self, SignInError> {
        let pem = Secret::new(object.text("private_key")?);
        if !pem.expose().starts_with("-----BEGIN") {
            return Err(object.malformed("its `private_key` is not a key in PEM"));
        }
        let private = EncodingKey::from_rsa_pem(pem.expose().as_bytes())
            .map_err(|_| object.malformed("its `private_key` is not an RSA key that can be read"))?;
        Ok(Self {
            email: object.text("client_email")?.to_owned(),
            id: object.optional("private_key_id")?.map(str::to_owned),
            private,
            token_uri: ask::place(object.origin(), object.optional("token_uri")?.unwrap_or(token_uri))?,
        })
    }

    pub(super) async fn token(&self, origin: &str, transport: &Transport) -> Result<Token, SignInError> {
        let now = jiff::Timestamp::now().as_second();
        let claims = json!({
            "iss": self.email,
            "scope": SCOPE,
            "aud": self.token_uri.as_str(),
            "iat": now,
            "exp": now + LIFE,
        });
        let header = Header { kid: self.id.clone(), ..Header::new(Algorithm::RS256) };
        let assertion = jsonwebtoken::encode(&header, &claims, &self.private).map_err(|_| SignInError::Malformed {
            origin: origin.to_owned(),
            problem: "its `private_key` does not sign".to_owned(),
        })?;
        let assertion = Secret::new(assertion);
        let fields = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion.expose())];
        oauth_token(&Ask::form(origin, self.token_uri.clone(), &fields).redacting(&assertion), transport).await
    }
}
