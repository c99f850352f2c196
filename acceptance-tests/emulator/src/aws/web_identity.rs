//! A web identity token, verified and held against a role's trust policy: signed by its issuer, of this hour, meant for a client that the
//! account knows, and admitted by what the policy says about its claims.

use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value};

use super::evaluate::Context;
use super::oidc_providers;
use super::roles::{self, Role};
use super::trust_policy;
use crate::http::answer::Refusal;
use crate::state::world::World;

/// Google needs no provider object; its tokens may leave out `https://`.
const GOOGLE: &str = "accounts.google.com";

/// Claims that become condition keys for some issuers, beside the ones that all have.
const CLAIMS: &[(&str, &[&str])] = &[
    (
        "token.actions.githubusercontent.com",
        &[
            "actor",
            "actor_id",
            "enterprise_id",
            "environment",
            "job_workflow_ref",
            "ref",
            "repository",
            "repository_id",
            "workflow",
        ],
    ),
    (GOOGLE, &["google/organization_number"]),
];

/// How far the clocks of issuer and cloud may be apart, in seconds.
const SKEW: i64 = 300;

/// What a token said that the answer repeats.
#[derive(Debug, Clone)]
pub(crate) struct Presented {
    pub(crate) subject: String,
    pub(crate) audience: String,
    /// The provider: a host for Google, an ARN for others.
    pub(crate) provider: String,
}

/// The role, if the holder of the token may assume it.
pub(crate) fn admitted(world: &World, role_arn: &str, token: &str) -> Result<(Role, Presented), Refusal> {
    let denied = || Refusal::new(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity");
    let unverified: Map<String, Value> = jsonwebtoken::dangerous::insecure_decode_claims(token).map_err(|_| {
        invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
    })?;
    let issuer = unverified.get("iss").and_then(Value::as_str).unwrap_or_default().to_owned();
    let account = role_arn.split(':').nth(4).unwrap_or_default().to_owned();
    let role = roles::by_arn(world, role_arn).cloned();
    let is_google = issuer == GOOGLE || issuer.strip_prefix("https://") == Some(GOOGLE);
    let object = if is_google { None } else { oidc_providers::of_issuer(world, &account, &issuer).cloned() };
    if !is_google && object.is_none() {
        return Err(invalid(format!("No OpenIDConnect provider found in your account for {issuer}")));
    }
    let claims = verified(world, &issuer, token)?;
    let audience =
        claims.get("azp").and_then(Value::as_str).map_or_else(|| audiences(&claims), |azp| vec![azp.to_owned()]);
    if let Some(object) = &object {
        let known = audiences(&claims).iter().chain(&audience).any(|each| object.clients.contains(each));
        if !known {
            return Err(invalid("Incorrect token audience"));
        }
    }
    let (provider, prefix) = match &object {
        Some(object) => (object.arn.clone(), object.url.clone()),
        None => (GOOGLE.to_owned(), GOOGLE.to_owned()),
    };
    let context = context(&prefix, &claims, &audience, &provider);
    let role = role
        .filter(|role| trust_policy::admits_web_identity(role.trust_at(world.now()), &provider, &context))
        .ok_or_else(denied)?;
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok((role, Presented { subject, audience: audience.join(","), provider }))
}

/// The condition keys that a token brings.
fn context(prefix: &str, claims: &Map<String, Value>, audience: &[String], provider: &str) -> Context {
    let mut context = Context::default();
    context.set("aws:FederatedProvider", provider);
    context.set("aws:SecureTransport", "true");
    context.set_all(&format!("{prefix}:aud"), audience.to_vec());
    if prefix == GOOGLE {
        context.set_all(&format!("{prefix}:oaud"), audiences(claims));
    }
    let own = CLAIMS.iter().find(|(issuer, _)| *issuer == prefix).map_or(&[] as &[&str], |(_, claims)| claims);
    for name in ["sub", "amr"].iter().chain(own) {
        match claims.get(*name) {
            Some(Value::String(text)) => context.set(&format!("{prefix}:{name}"), text),
            Some(Value::Number(number)) => context.set(&format!("{prefix}:{name}"), &number.to_string()),
            Some(Value::Array(values)) => {
                let values = values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                context.set_all(&format!("{prefix}:{name}"), values);
            }
            _ => {}
        }
    }
    context
}

fn verified(world: &World, issuer: &str, token: &str) -> Result<Map<String, Value>, Refusal> {
    let header =
        jsonwebtoken::decode_header(token).map_err(|_| invalid("The header of the token is not supported."))?;
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::ES256) {
        return Err(invalid("The algorithm of the token's signature is not supported."));
    }
    let url = if issuer == GOOGLE { format!("https://{GOOGLE}") } else { issuer.to_owned() };
    let keys = world.issuers.published(&url).ok_or_else(|| {
        Refusal::new(
            400,
            "IDPCommunicationError",
            "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
        )
    })?;
    let key = header.kid.as_deref().and_then(|id| keys.find(id)).and_then(|key| DecodingKey::from_jwk(key).ok());
    let key = key.ok_or_else(|| invalid("Couldn't find the key of the token among the keys of its issuer."))?;
    let mut validation = Validation::new(header.alg);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let claims = jsonwebtoken::decode::<Map<String, Value>>(token, &key, &validation)
        .map_err(|_| invalid("The token's signature is not valid."))?
        .claims;
    let now = world.clock.seconds();
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|seconds| seconds as i64);
    let (Some(ends), Some(_)) = (time("exp"), time("iat")) else {
        return Err(invalid("Missing a required claim: exp and iat"));
    };
    if ends <= now {
        return Err(Refusal::new(
            400,
            "ExpiredTokenException",
            format!("Token expired: current date/time {now} must be before the expiration date/time {ends}"),
        ));
    }
    if time("nbf").is_some_and(|starts| starts > now + SKEW) {
        return Err(invalid("Token is not valid yet."));
    }
    if claims.get("sub").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(invalid("Missing a required claim: sub"));
    }
    Ok(claims)
}

fn audiences(claims: &Map<String, Value>) -> Vec<String> {
    match claims.get("aud") {
        Some(Value::String(audience)) => vec![audience.clone()],
        Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidIdentityToken", message)
}
