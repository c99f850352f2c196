//! Virtual issuers. Any https issuer exists as soon as somebody asks for a token of it; its keys are made then and live as long as the
//! emulator. Clouds look the keys up here instead of over the network, and in no other way treat these issuers differently.

use std::collections::BTreeMap;
use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, JwkSet, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

/// The issuers of one world, by URL as in the `iss` claim.
#[derive(Debug, Default)]
pub(crate) struct Issuers {
    by_url: BTreeMap<String, Issuer>,
}

#[derive(Debug)]
struct Issuer {
    reachable: bool,
    keys: Vec<SigningKey>,
}

/// A key of an issuer.
#[derive(Clone)]
pub(crate) struct SigningKey {
    pub(crate) algorithm: Algorithm,
    pub(crate) private: EncodingKey,
    public: Jwk,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SigningKey({:?} {})", self.algorithm, self.id())
    }
}

impl SigningKey {
    /// The `kid` of tokens signed with it.
    pub(crate) fn id(&self) -> &str {
        self.public.common.key_id.as_deref().unwrap_or_default()
    }
}

/// Why an issuer has no key for a token.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// Only https issuers exist.
    #[error("issuer {0:?} is not an https URL without query and fragment")]
    NotHttps(String),
    /// The cryptographic library would not make a key.
    #[error("no key could be made for issuer {0}")]
    Generation(String),
    /// Issuers sign with RS256, ES256 or ES384.
    #[error("issuers have no keys for {0:?}")]
    Algorithm(Algorithm),
}

impl Issuers {
    /// Says whether clouds can fetch an issuer's keys.
    pub(crate) fn declare(&mut self, url: &str, reachable: bool) {
        self.by_url.entry(url.to_owned()).or_insert_with(|| Issuer { reachable, keys: Vec::new() }).reachable =
            reachable;
    }

    /// The issuer's key for that algorithm, made now if there is none yet.
    pub(crate) fn key(&mut self, url: &str, algorithm: Algorithm) -> Result<SigningKey, KeyError> {
        let parsed = url::Url::parse(url).ok().filter(|parsed| {
            parsed.scheme() == "https"
                && parsed.host_str().is_some()
                && parsed.query().is_none()
                && parsed.fragment().is_none()
        });
        if parsed.is_none() {
            return Err(KeyError::NotHttps(url.to_owned()));
        }
        let issuer = self.by_url.entry(url.to_owned()).or_insert_with(|| Issuer { reachable: true, keys: Vec::new() });
        if let Some(key) = issuer.keys.iter().find(|key| key.algorithm == algorithm) {
            return Ok(key.clone());
        }
        let key = generated(url, algorithm)?;
        issuer.keys.push(key.clone());
        Ok(key)
    }

    /// The keys that clouds find at the issuer, or none when it cannot be reached.
    pub(crate) fn published(&self, url: &str) -> Option<JwkSet> {
        let issuer = self.by_url.get(url).filter(|issuer| issuer.reachable)?;
        Some(JwkSet { keys: issuer.keys.iter().map(|key| key.public.clone()).collect() })
    }

    /// The issuer's discovery document.
    pub(crate) fn discovery(&self, url: &str) -> Option<Value> {
        let issuer = self.by_url.get(url).filter(|issuer| issuer.reachable)?;
        let algorithms: Vec<Value> = issuer.keys.iter().map(|key| json!(key.algorithm)).collect();
        Some(json!({
            "issuer": url,
            "jwks_uri": format!("{}/openid/v1/jwks", url.trim_end_matches('/')),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": algorithms,
        }))
    }

    /// All issuers: URL, and whether clouds can fetch its keys.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, bool)> {
        self.by_url.iter().map(|(url, issuer)| (url.as_str(), issuer.reachable))
    }
}

/// An RSA key that is nobody's yet: the private half in PEM, and the public half.
pub(crate) fn key_pair() -> Option<(String, Jwk)> {
    let pair = KeyPair::generate(KeySize::Rsa2048).ok()?;
    let der: Pkcs8V1Der<'_> = pair.as_der().ok()?;
    let pem = pem(der.as_ref());
    let private = EncodingKey::from_rsa_pem(pem.as_bytes()).ok()?;
    Some((pem, Jwk::from_encoding_key(&private, Algorithm::RS256).ok()?))
}

fn generated(url: &str, algorithm: Algorithm) -> Result<SigningKey, KeyError> {
    let failed = || KeyError::Generation(url.to_owned());
    let private = match algorithm {
        Algorithm::RS256 => {
            let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| failed())?;
            let der: Pkcs8V1Der<'_> = pair.as_der().map_err(|_| failed())?;
            EncodingKey::from_rsa_pem(pem(der.as_ref()).as_bytes()).map_err(|_| failed())?
        }
        Algorithm::ES256 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(|_| failed())?;
            let der = pair.to_pkcs8v1().map_err(|_| failed())?;
            EncodingKey::from_ec_pem(pem(der.as_ref()).as_bytes()).map_err(|_| failed())?
        }
        Algorithm::ES384 => {
            let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).map_err(|_| failed())?;
            let der = pair.to_pkcs8v1().map_err(|_| failed())?;
            EncodingKey::from_ec_pem(pem(der.as_ref()).as_bytes()).map_err(|_| failed())?
        }
        other => return Err(KeyError::Algorithm(other)),
    };
    let mut public = Jwk::from_encoding_key(&private, algorithm).map_err(|_| failed())?;
    let id = public.thumbprint(jsonwebtoken::jwk::ThumbprintHash::SHA256).map_err(|_| failed())?;
    public.common.key_id = Some(id);
    public.common.public_key_use = Some(PublicKeyUse::Signature);
    Ok(SigningKey { algorithm, private, public })
}

fn pem(der: &[u8]) -> String {
    let text = STANDARD.encode(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| std::str::from_utf8(line).ok()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}
