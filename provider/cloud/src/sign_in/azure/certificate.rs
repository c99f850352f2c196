//! An application's certificate: its key signs an assertion, and its thumbprint says which of the application's keys that is.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;

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
    /// Reads a file with certificate and key in PEM.
    pub(super) fn read(name: &str, path: &str) -> Result<Self, SignInError> {
        let origin = format!("{name} (the file {path})");
        let refuse = |problem: &str| malformed(&origin, problem);
        let pem = match file::read(name, path) {
            Ok(pem) => pem,
            Err(SignInError::Unreadable { problem, .. }) if problem == "it is not text" => {
                return Err(refuse(
                    "it is not PEM; a PKCS#12 archive becomes PEM with `openssl pkcs12 -in FILE -nodes`",
                ));
            }
            Err(error) => return Err(error),
        };
        let certificate = block(&pem, "CERTIFICATE").ok_or_else(|| refuse("there is no certificate in it"))?;
        if pem.expose().contains("ENCRYPTED") {
            return Err(refuse("its key is encrypted; decrypt it with `openssl pkey`"));
        }
        let key = block(&pem, "PRIVATE KEY").ok_or_else(|| refuse("there is no private key in it"))?;
        let private = EncodingKey::from_rsa_pem(key.expose().as_bytes())
            .map_err(|_| refuse("its private key is not an RSA key that can be read"))?;
        let body: String = certificate.expose().lines().filter(|line| !line.starts_with('-')).map(str::trim).collect();
        let der = STANDARD.decode(body).map_err(|_| refuse("its certificate cannot be read"))?;
        let thumbprint = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &der);
        Ok(Self { thumbprint: URL_SAFE_NO_PAD.encode(thumbprint.as_ref()), private })
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

/// The first block of a PEM file whose label ends so.
fn block(pem: &Secret, label: &str) -> Option<Secret> {
    let mut inside = false;
    let mut lines = Vec::new();
    for line in pem.expose().lines().map(str::trim) {
        inside |= line.starts_with("-----BEGIN ") && line.ends_with(&format!("{label}-----"));
        if inside {
            lines.push(line);
        }
        if inside && line.starts_with("-----END ") {
            return Some(Secret::new(lines.join("\n")));
        }
    }
    None
}
