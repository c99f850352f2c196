//! A federated assertion, verified as Microsoft Entra verifies it: signed by its issuer with RS256, of this hour, and exactly as a federated
//! credential of the client says, in every letter and slash.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use super::directory::{Federated, Principal};
use super::entra::aadsts;
use super::{credentials, flexible};
use crate::http::answer::Refusal;
use crate::state::world::World;

/// How far the clocks of issuer and cloud may be apart, in seconds.
const SKEW: i64 = 300;

/// Refuses an assertion that does not prove to be the client.
pub(crate) fn check(world: &World, client: &Principal, assertion: &str) -> Result<(), Refusal> {
    let claims: Map<String, Value> = jsonwebtoken::dangerous::insecure_decode_claims(assertion)
        .map_err(|_| aadsts(401, "invalid_client", 50_027, "JWT token is invalid or malformed."))?;
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let all = of_client(world, client);
    if all.is_empty() {
        return Err(aadsts(
            401,
            "invalid_client",
            70_025,
            format!(
                "The client '{}'({}) has no configured federated identity credentials.",
                client.app_id, client.name
            ),
        ));
    }
    let now = world.now();
    let audiences = audiences(&claims);
    let (issuer, subject) = (text("iss"), text("sub"));
    let ready: Vec<&Federated> = all.iter().filter(|credential| now >= credential.visible_from).collect();
    let matched = ready.iter().any(|credential| matches(credential, &claims, issuer, subject, &audiences));
    if !matched {
        let soon = all.iter().any(|credential| matches(credential, &claims, issuer, subject, &audiences));
        return Err(no_match(&ready, &claims, issuer, subject, &audiences, soon));
    }
    signed(world, issuer, assertion)?;
    check_times(world.clock.seconds(), &claims)
}

fn of_client(world: &World, client: &Principal) -> Vec<Federated> {
    match &client.identity {
        Some(identity) => credentials::of_identity(world, identity),
        None => {
            let application = world.azure.directory.application(&client.tenant, &client.app_id);
            application.map(|application| application.credentials.values().cloned().collect()).unwrap_or_default()
        }
    }
}

fn audiences(claims: &Map<String, Value>) -> Vec<&str> {
    match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience],
        Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn matches(
    credential: &Federated,
    claims: &Map<String, Value>,
    issuer: &str,
    subject: &str,
    audiences: &[&str],
) -> bool {
    credential.issuer == issuer
        && subject_matches(credential, claims, subject)
        && credential.audiences.iter().any(|audience| audiences.contains(&audience.as_str()))
}

fn subject_matches(credential: &Federated, claims: &Map<String, Value>, subject: &str) -> bool {
    match &credential.expression {
        Some(expression) => flexible::matches(expression, claims),
        None => credential.subject.as_deref() == Some(subject),
    }
}

/// Says which of issuer, subject and audience is the first that does not match, as Entra does.
fn no_match(
    ready: &[&Federated],
    claims: &Map<String, Value>,
    issuer: &str,
    subject: &str,
    audiences: &[&str],
    soon: bool,
) -> Refusal {
    const ADVICE: &str = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. \
                          https://learn.microsoft.com/entra/workload-id/workload-identity-federation";
    let refused = |number: u64, sentence: String| aadsts(401, "invalid_client", number, sentence);
    let audience = audiences.join(", ");
    if soon {
        // The credential is there and has not reached the token service yet.
        return refused(
            70_021,
            format!(
                "No matching federated identity record found for presented assertion. Assertion Issuer: '{issuer}'. Assertion Subject: '{subject}'. \
                 Assertion Audience: '{audience}'. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
            ),
        );
    }
    let same_issuer: Vec<&&Federated> = ready.iter().filter(|credential| credential.issuer == issuer).collect();
    if same_issuer.is_empty() {
        return refused(
            700_211,
            format!("No matching federated identity record found for presented assertion issuer '{issuer}'. {ADVICE}"),
        );
    }
    let same_subject = same_issuer.iter().any(|credential| subject_matches(credential, claims, subject));
    if same_subject {
        return refused(
            700_212,
            format!(
                "No matching federated identity record found for presented assertion audience '{audience}'. {ADVICE}"
            ),
        );
    }
    let but_for_case = same_issuer
        .iter()
        .any(|credential| credential.subject.as_deref().is_some_and(|known| known.eq_ignore_ascii_case(subject)));
    if but_for_case {
        return refused(
            7_002_138,
            format!(
                "No matching federated identity record found for presented assertion subject '{subject}'. The subject matches with case-insensitive \
                 comparison, but not with case-sensitive comparison. {ADVICE}"
            ),
        );
    }
    refused(
        700_213,
        format!("No matching federated identity record found for presented assertion subject '{subject}'. {ADVICE}"),
    )
}

fn signed(world: &World, issuer: &str, assertion: &str) -> Result<(), Refusal> {
    let bad = |number: u64, sentence: &str| aadsts(401, "invalid_client", number, sentence);
    let header =
        jsonwebtoken::decode_header(assertion).map_err(|_| bad(50_027, "JWT token is invalid or malformed."))?;
    if header.alg != Algorithm::RS256 {
        return Err(bad(
            5_002_738,
            "Invalid JWT token. The signing algorithm of the assertion is not supported; it must be RS256.",
        ));
    }
    let keys = world.issuers.published(issuer).ok_or_else(|| {
        aadsts(
            401,
            "invalid_client",
            50_166,
            format!("Request to External OIDC endpoint failed: the keys of '{issuer}' could not be read."),
        )
    })?;
    let key = header.kid.as_deref().and_then(|id| keys.find(id)).and_then(|key| DecodingKey::from_jwk(key).ok());
    let key =
        key.ok_or_else(|| bad(7_000_272, "The key of the assertion was not found among the keys of its issuer."))?;
    let mut validation = Validation::new(Algorithm::RS256);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    jsonwebtoken::decode::<Map<String, Value>>(assertion, &key, &validation)
        .map(|_| ())
        .map_err(|_| bad(50_013, "Assertion failed signature validation."))
}

/// Refuses an assertion whose time has not come or is over.
pub(crate) fn check_times(now: i64, claims: &Map<String, Value>) -> Result<(), Refusal> {
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    let (starts, ends) = (time("nbf").or(time("iat")).unwrap_or(now), time("exp"));
    let good = ends.is_some_and(|ends| ends + SKEW > now) && starts - SKEW <= now;
    if good {
        return Ok(());
    }
    Err(aadsts(
        401,
        "invalid_client",
        700_024,
        format!(
            "Client assertion is not within its valid time range. Current time: {now}, assertion valid from {starts}, expiry time of assertion {}.",
            ends.unwrap_or_default()
        ),
    ))
}
