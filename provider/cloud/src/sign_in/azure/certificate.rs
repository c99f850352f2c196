//! An application's certificate: its key signs an assertion, and its thumbprint says which of the application's keys that is.

mod archive;
mod contents;
mod encryption;
mod flaw;
mod pem;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

use self::flaw::Flaw;
use super::malformed;
use crate::secret::Secret;
use crate::sign_in::{SignInError, file};

/// How long an assertion counts, in seconds.
const LIFE: i64 = 600;

/// A certificate with its key.
pub(super) struct Certificate {
    thumbprint: String,
    private: EncodingKey,
}

impl std::fmt::Debug for Certificate {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Certificate").field("thumbprint", &self.thumbprint).finish_non_exhaustive()
    }
}

impl Certificate {
    /// Reads a file with certificate and key: a PKCS#12 archive, or PEM.
    pub(super) fn read(name: &str, path: &str, password: Option<&Secret>) -> Result<Self, SignInError> {
        let bytes = file::bytes(name, path)?;
        Self::open(&bytes, password).map_err(|flaw| malformed(&format!("{name} (the file {path})"), &flaw.to_string()))
    }

    /// Reads such a file out of Base64.
    pub(super) fn decode(name: &str, text: &Secret, password: Option<&Secret>) -> Result<Self, SignInError> {
        // Most programs break it into lines.
        let text: String = text.expose().split_whitespace().collect();
        let bytes = STANDARD.decode(text).map_err(|_| {
            malformed(
                name,
                "it is not Base64; it holds a PKCS#12 archive, and ARM_CLIENT_CERTIFICATE_PATH names a file",
            )
        })?;
        Self::open(&bytes, password).map_err(|flaw| malformed(name, &flaw.to_string()))
    }

    fn open(bytes: &[u8], password: Option<&Secret>) -> Result<Self, Flaw> {
        let contents = if pem::is_pem(bytes) { pem::open(bytes, password)? } else { archive::open(bytes, password)? };
        let (key, certificate) = contents.pair()?;
        let thumbprint = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &certificate);
        Ok(Self { thumbprint: URL_SAFE_NO_PAD.encode(thumbprint.as_ref()), private: EncodingKey::from_rsa_der(&key) })
    }

    /// An assertion for the token endpoint.
    pub(super) fn assertion(&self, origin: &str, client: &str, audience: &str) -> Result<Secret, SignInError> {
        let now = jiff::Timestamp::now().as_second();
        let mut id = [0; 16];
        aws_lc_rs::rand::fill(&mut id).map_err(|_| malformed(origin, "this machine gives no random numbers"))?;
        let claims = json!({
            "aud": audience,
            "iss": client,
            "sub": client,
            "jti": URL_SAFE_NO_PAD.encode(id),
            "nbf": now,
            "iat": now,
            "exp": now + LIFE,
        });
        let header = Header { x5t: Some(self.thumbprint.clone()), ..Header::new(Algorithm::RS256) };
        let assertion = jsonwebtoken::encode(&header, &claims, &self.private);
        assertion.map(Secret::new).map_err(|_| malformed(origin, "the private key does not sign"))
    }
}

#[cfg(test)]
mod tests;
