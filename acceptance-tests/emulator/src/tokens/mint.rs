//! `POST /_emulator/tokens`: a token as a workload would hold it, or one that is wrong in exactly one way.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::issuers::KeyError;
use super::workloads::Workload;
use crate::azure::clusters;
use crate::state::world::World;

/// What token is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Order {
    /// The `iss` claim, and the issuer whose key signs. The workload's own when absent.
    #[serde(default)]
    issuer: Option<String>,
    /// The `aud` claim: one audience or a list.
    audience: Value,
    /// The `sub` claim. The workload's own when absent.
    #[serde(default)]
    subject: Option<String>,
    /// Whose token it is, for the claims that go with it.
    #[serde(default)]
    workload: Option<Workload>,
    /// More claims; they also replace the ones above, and null leaves one out.
    #[serde(default)]
    claims: Map<String, Value>,
    /// Seconds until the token expires, from now; negative for one that has expired. One hour when absent.
    #[serde(default)]
    expires_in: Option<i64>,
    /// Seconds since the token was issued.
    #[serde(default)]
    issued_ago: i64,
    /// `RS256`, `ES256`, and for wrong tokens `HS256` and `none`. RS256 when absent.
    #[serde(default)]
    algorithm: Option<String>,
    /// Another issuer whose key signs instead: the signature is then wrong.
    #[serde(default)]
    signed_by: Option<String>,
    /// The `kid` header instead of the key's own; null leaves it out.
    #[serde(default, deserialize_with = "given")]
    key_id: Option<Option<String>>,
}

impl Order {
    /// An ordinary token of a workload.
    pub(crate) fn of_workload(workload: Workload, audience: &str) -> Self {
        let plain = Self::plain("", audience, "", Map::new());
        Self { issuer: None, subject: None, workload: Some(workload), ..plain }
    }

    /// An ordinary token with more claims.
    pub(crate) fn plain(issuer: &str, audience: &str, subject: &str, claims: Map<String, Value>) -> Self {
        Self {
            issuer: Some(issuer.to_owned()),
            audience: json!(audience),
            subject: Some(subject.to_owned()),
            workload: None,
            claims,
            expires_in: None,
            issued_ago: 0,
            algorithm: None,
            signed_by: None,
            key_id: None,
        }
    }
}

/// Why no token was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MintError {
    /// The issuer has no key for it.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Neither the order nor its workload says it.
    #[error("the order names no {0}, and its workload has none of its own")]
    Missing(&'static str),
    /// The pod starts without a token.
    #[error("no AKS cluster of the issuer {0} has the webhook of workload identity switched on")]
    NoWebhook(String),
    /// No such algorithm.
    #[error("algorithm {0:?} is not one of RS256, ES256, HS256 and none")]
    Algorithm(String),
    /// The library would not sign.
    #[error("the token could not be signed")]
    Signing(#[from] jsonwebtoken::errors::Error),
}

/// Makes the token.
pub(crate) fn mint(world: &mut World, order: Order) -> Result<Value, MintError> {
    let now = world.clock.seconds();
    let facts = order.workload.as_ref().map(Workload::facts);
    let own = facts.as_ref().and_then(|facts| facts.issuer.clone());
    let issuer = order.issuer.or(own).ok_or(MintError::Missing("issuer"))?;
    if let Some(Workload::Kubernetes { by_webhook: true, .. }) = &order.workload
        && !clusters::injects_tokens(world, &issuer)
    {
        return Err(MintError::NoWebhook(issuer));
    }
    let own = facts.as_ref().map(|facts| facts.subject.clone());
    let subject = order.subject.or(own).ok_or(MintError::Missing("subject"))?;
    let mut claims = facts.map(|facts| facts.claims).unwrap_or_default();
    claims.insert(String::from("iss"), json!(issuer));
    claims.insert(String::from("aud"), order.audience);
    claims.insert(String::from("sub"), json!(subject));
    claims.insert(String::from("iat"), json!(now - order.issued_ago));
    claims.insert(String::from("nbf"), json!(now - order.issued_ago));
    claims.insert(String::from("exp"), json!(now + order.expires_in.unwrap_or(3600)));
    claims.insert(String::from("jti"), json!(&world.next_id("token")[..32]));
    claims.extend(order.claims);
    claims.retain(|_, value| !value.is_null());

    let signer = order.signed_by.as_deref().unwrap_or(&issuer);
    // The issuer itself must have keys, or a wrong signature would look like an issuer without any.
    let token = match order.algorithm.as_deref().unwrap_or("RS256") {
        name @ ("RS256" | "ES256") => {
            let algorithm = if name == "RS256" { Algorithm::RS256 } else { Algorithm::ES256 };
            let own = world.issuers.key(&issuer, algorithm)?;
            let key = world.issuers.key(signer, algorithm)?;
            let mut header = Header::new(algorithm);
            header.kid = order.key_id.unwrap_or_else(|| Some(own.id().to_owned()));
            jsonwebtoken::encode(&header, &claims, &key.private)?
        }
        "HS256" => {
            let own = world.issuers.key(&issuer, Algorithm::RS256)?;
            let mut header = Header::new(Algorithm::HS256);
            header.kid = order.key_id.unwrap_or_else(|| Some(own.id().to_owned()));
            jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(own.id().as_bytes()))?
        }
        "none" => {
            let own = world.issuers.key(&issuer, Algorithm::RS256)?;
            let header = json!({ "alg": "none", "typ": "JWT", "kid": own.id() });
            let part = |value: String| URL_SAFE_NO_PAD.encode(value);
            format!("{}.{}.", part(header.to_string()), part(Value::Object(claims.clone()).to_string()))
        }
        other => return Err(MintError::Algorithm(other.to_owned())),
    };
    Ok(json!({ "token": token, "claims": claims }))
}

/// Tells `"key_id": null` from no `key_id` at all.
fn given<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(from).map(Some)
}
