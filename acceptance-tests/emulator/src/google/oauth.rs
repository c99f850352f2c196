//! Google's token endpoint: assertions that service accounts sign with their keys, and what people's sign-ins left behind.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value, json};

use super::access::Principal;
use super::sts::oauth;
use super::{VENDOR, accounts, refusal};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::world::World;

/// `oauth2.googleapis.com`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "oauth2",
    title: "Google OAuth 2.0",
    common_query: &[],
    render,
    fault: |status, reason| Refusal {
        code: reason.unwrap_or("internal_failure").to_owned(),
        ..refusal::injected(status, reason)
    },
    objects: |_| Vec::new(),
    routes: &[Route { method: "POST", template: "/token", query: &[], handler: token }],
};

const ASSERTION: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const LIFETIME_SECONDS: i64 = 3600;

/// How far the clocks of signer and cloud may be apart, in seconds.
const SKEW: i64 = 300;

fn render(refusal: &Refusal) -> Answer {
    Answer::json_with(refusal.status, &json!({ "error": refusal.code, "error_description": refusal.message }))
}

fn token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let form = call.request.form();
    let value = |name: &str| form.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let principal = match value("grant_type") {
        ASSERTION => asserted(world, call, value("assertion"))?,
        "refresh_token" => remembered(world, value("client_id"), value("client_secret"), value("refresh_token"))?,
        other => return Err(oauth("unsupported_grant_type", format!("Invalid grant_type: {other}"))),
    };
    let expires_at = world.now() + LIFETIME_SECONDS * 1000;
    let token = world.issue_access_token(principal, expires_at);
    Ok(Answer::json(&json!({ "access_token": token, "expires_in": LIFETIME_SECONDS, "token_type": "Bearer" })))
}

/// The service account whose key signed the assertion.
fn asserted(world: &World, call: &Call<'_>, assertion: &str) -> Result<Principal, Refusal> {
    let claims: Map<String, Value> = jsonwebtoken::dangerous::insecure_decode_claims(assertion)
        .map_err(|_| oauth("invalid_grant", "Invalid JWT: it could not be decoded."))?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let account = accounts::live(world, text("iss")).filter(|account| !account.disabled);
    let account = account.ok_or_else(|| oauth("invalid_grant", "Invalid grant: account not found"))?;
    let unsigned = || oauth("invalid_grant", "Invalid JWT Signature.");
    let header = jsonwebtoken::decode_header(assertion).map_err(|_| unsigned())?;
    if header.alg != Algorithm::RS256 {
        return Err(oauth("invalid_grant", "Invalid JWT: the algorithm must be RS256."));
    }
    // Without a key id, any key of the account will do.
    let named = |id: &String| header.kid.as_ref().is_none_or(|wanted| wanted == id);
    let signed = account.keys.iter().filter(|(id, _)| named(id)).any(|(_, key)| {
        let mut validation = Validation::new(Algorithm::RS256);
        validation.required_spec_claims.clear();
        validation.validate_exp = false;
        validation.validate_aud = false;
        DecodingKey::from_jwk(key)
            .is_ok_and(|key| jsonwebtoken::decode::<Map<String, Value>>(assertion, &key, &validation).is_ok())
    });
    if !signed {
        return Err(unsigned());
    }
    let own = format!("{}/token", call.request.origin());
    if ![own.as_str(), "https://oauth2.googleapis.com/token"].contains(&text("aud")) {
        return Err(oauth(
            "invalid_grant",
            format!("Invalid JWT: Failed audience check. The right audience is {own}."),
        ));
    }
    let (now, time) =
        (world.clock.seconds(), |name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or_default());
    let short = time("exp") - time("iat") <= LIFETIME_SECONDS && time("exp") > now && time("iat") - SKEW <= now;
    if !short {
        return Err(oauth(
            "invalid_grant",
            "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. Check your iat and exp values in the JWT claim.",
        ));
    }
    if text("scope").is_empty() {
        return Err(oauth("invalid_scope", "Invalid OAuth scope or ID token audience provided."));
    }
    Ok(Principal::Account(account.unique_id.clone()))
}

/// The person whose sign-in it was.
fn remembered(world: &World, client: &str, secret: &str, refresh: &str) -> Result<Principal, Refusal> {
    let mut users = world.seed.users.iter().filter(|user| user.client_id == client).peekable();
    if users.peek().is_none() {
        return Err(Refusal::new(401, "invalid_client", "The OAuth client was not found."));
    }
    let mut users = users.filter(|user| user.client_secret == secret).peekable();
    if users.peek().is_none() {
        return Err(Refusal::new(401, "invalid_client", "The provided client secret is invalid."));
    }
    let user = users.find(|user| user.refresh_token == refresh);
    let user = user.ok_or_else(|| oauth("invalid_grant", "Token has been expired or revoked."))?;
    Ok(Principal::User(user.email.clone()))
}
