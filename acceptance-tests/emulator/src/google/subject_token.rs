//! A workload's JSON Web Token, verified as Google verifies it: signed by its issuer, meant for this provider, and of this day.

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use super::providers::Provider;
use super::sts::oauth;
use crate::http::answer::Refusal;
use crate::state::world::World;

/// A token may be at most this old, in seconds.
const OLDEST: i64 = 24 * 60 * 60;

/// How far the clocks of issuer and cloud may be apart, in seconds.
const SKEW: i64 = 60;

/// The claims of a token that this provider accepts.
pub(crate) fn verified(world: &World, provider: &Provider, token: &str) -> Result<Map<String, Value>, Refusal> {
    let unverified: Map<String, Value> = jsonwebtoken::dangerous::insecure_decode_claims(token)
        .map_err(|_| invalid_grant("The given credential is not a JSON Web Token."))?;
    let expected = provider.fields["oidc"]["issuerUri"].as_str().unwrap_or_default();
    let issuer = unverified.get("iss").and_then(Value::as_str).unwrap_or_default();
    if issuer != expected {
        return Err(invalid_grant(format!(
            "The issuer in ID Token {issuer} does not match the expected ones: {expected}."
        )));
    }
    let claims = signed(world, provider, expected, token)?;
    check_times(world.clock.seconds(), &claims)?;
    check_audience(provider, &claims)?;
    if claims.get("sub").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(invalid_grant("The ID Token has no subject."));
    }
    Ok(claims)
}

fn signed(world: &World, provider: &Provider, issuer: &str, token: &str) -> Result<Map<String, Value>, Refusal> {
    let header = jsonwebtoken::decode_header(token)
        .map_err(|_| invalid_grant("The header of the ID Token is not supported."))?;
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(invalid_grant("The ID Token must be signed with RS256 or ES256."));
    }
    let Some(id) = header.kid.filter(|id| !id.is_empty()) else {
        return Err(invalid_grant("The ID Token has no key id (kid) in its header."));
    };
    let keys = keys(world, provider, issuer)?;
    let key = keys
        .find(&id)
        .and_then(verifying_key)
        .ok_or_else(|| invalid_grant("Invalid JWT Signature: no key of the issuer has the token's key id."))?;
    let mut validation = Validation::new(header.alg);
    // Times and audience are checked apart, because Google's rules and words for them are its own.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let token = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation);
    token.map(|token| token.claims).map_err(|_| invalid_grant("Invalid JWT Signature."))
}

/// The keys given with the provider, or else the ones that the issuer publishes.
fn keys(world: &World, provider: &Provider, issuer: &str) -> Result<JwkSet, Refusal> {
    let given = provider.fields["oidc"]["jwksJson"].as_str().filter(|keys| !keys.is_empty());
    match given {
        Some(keys) => {
            serde_json::from_str(keys).map_err(|_| invalid_grant("The provider's keys are not a JSON Web Key Set."))
        }
        None => world
            .issuers
            .published(issuer)
            .ok_or_else(|| invalid_grant("Error connecting to the given credential's issuer.")),
    }
}

fn verifying_key(key: &Jwk) -> Option<DecodingKey> {
    DecodingKey::from_jwk(key).ok()
}

fn check_times(now: i64, claims: &Map<String, Value>) -> Result<(), Refusal> {
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    let (Some(issued), Some(expires)) = (time("iat"), time("exp")) else {
        return Err(invalid_grant("The ID Token must have the claims iat and exp."));
    };
    if expires <= now || now - issued > OLDEST {
        return Err(invalid_grant(format!("ID Token issued at {issued} is stale to sign-in.")));
    }
    let starts = time("nbf").unwrap_or(issued).max(issued);
    if starts > now + SKEW {
        return Err(invalid_grant(format!("ID Token issued at {issued} is not valid yet.")));
    }
    Ok(())
}

/// Without allowed audiences, only the provider's own resource name will do, with or without `https:` in front.
fn check_audience(provider: &Provider, claims: &Map<String, Value>) -> Result<(), Refusal> {
    let audiences: Vec<&str> = match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience],
        Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let allowed = provider.fields["oidc"]["allowedAudiences"].as_array().filter(|allowed| !allowed.is_empty());
    let own =
        [format!("//iam.googleapis.com/{}", provider.name), format!("https://iam.googleapis.com/{}", provider.name)];
    let good = match allowed {
        Some(allowed) => audiences.iter().any(|audience| allowed.iter().any(|each| each == audience)),
        None => audiences.iter().any(|audience| own.iter().any(|each| each == audience)),
    };
    if good {
        return Ok(());
    }
    let expected = match allowed {
        Some(allowed) => allowed.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        None => own[1].clone(),
    };
    Err(invalid_grant(format!(
        "The audience in ID Token [{}] does not match the expected audience {expected}.",
        audiences.join(", ")
    )))
}

fn invalid_grant(description: impl Into<String>) -> Refusal {
    oauth("invalid_grant", description)
}
