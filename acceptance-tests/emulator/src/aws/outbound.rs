//! AWS as an issuer: an account that vends web identity tokens, which other clouds can trust.

use jsonwebtoken::{Algorithm, Header};
use serde_json::{Map, json};

use super::access::{self, Identity, unique_id};
use super::iam::{authorised, begin, check_version, done};
use super::query::{self, Params, text, validation};
use super::signature;
use super::sts::VERSION;
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::rfc3339;
use crate::state::world::{World, details};

/// Switches it on, once; the account's issuer is its own and stays the same.
pub(crate) fn enable(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (caller, _) = begin(world, call)?;
    authorised(world, call, &caller, "*")?;
    if world.aws.accounts.get(&caller.account).is_some_and(Option::is_some) {
        return Err(Refusal::new(
            409,
            "FeatureEnabled",
            format!("Outbound web identity federation is already enabled for account {}.", caller.account),
        ));
    }
    let issuer = issuer(&caller.account);
    // Its keys are published from now on, also before the first token.
    world
        .issuers
        .key(&issuer, Algorithm::RS256)
        .map_err(|error| Refusal::new(500, "ServiceFailure", error.to_string()))?;
    world.aws.accounts.insert(caller.account, Some(issuer.clone()));
    Ok(query::answer(world, call, &text("IssuerIdentifier", &issuer)))
}

pub(crate) fn info(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (caller, _) = begin(world, call)?;
    authorised(world, call, &caller, "*")?;
    let issuer =
        world.aws.accounts.get(&caller.account).cloned().flatten().ok_or_else(|| disabled(404, &caller.account))?;
    Ok(query::answer(world, call, &(text("IssuerIdentifier", &issuer) + &text("JwtVendingEnabled", "true"))))
}

pub(crate) fn disable(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (caller, _) = begin(world, call)?;
    authorised(world, call, &caller, "*")?;
    match world.aws.accounts.insert(caller.account.clone(), None).flatten() {
        Some(_) => done(world, call),
        None => Err(disabled(404, &caller.account)),
    }
}

/// `sts:GetWebIdentityToken`.
pub(crate) fn token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let params = Params::new(call);
    check_version(call, &params, VERSION)?;
    let caller = signature::caller_of(world, call, "sts")?;
    let issuer = world.aws.accounts.get(&caller.account).cloned().flatten().ok_or_else(|| {
        Refusal::new(
            403,
            "OutboundWebIdentityFederationDisabled",
            "Outbound web identity federation is not enabled for your account. To enable this feature, call EnableOutboundWebIdentityFederation.",
        )
    })?;
    let audiences = params.list("Audience");
    if audiences.is_empty()
        || audiences.len() > 10
        || audiences.iter().any(|audience| audience.is_empty() || audience.len() > 1000)
    {
        return Err(validation(
            "1 validation error detected: Value at 'audience' failed to satisfy constraint: Member must have length between 1 and 10",
        ));
    }
    let algorithm = match params.required("SigningAlgorithm")? {
        "RS256" => Algorithm::RS256,
        "ES384" => Algorithm::ES384,
        other => {
            return Err(validation(format!(
                "1 validation error detected: Value '{other}' at 'signingAlgorithm' failed to satisfy constraint: Member must satisfy enum value set: [RS256, ES384]"
            )));
        }
    };
    let duration = params.number("DurationSeconds", 60, 3600)?.unwrap_or(300);
    let mut context = access::context(world, &caller);
    context.set_all("sts:IdentityTokenAudience", audiences.iter().map(|audience| (*audience).to_owned()).collect());
    context.set("sts:SigningAlgorithm", params.required("SigningAlgorithm")?);
    context.set("sts:DurationSeconds", &duration.to_string());
    access::authorised_in(world, &caller, "sts:GetWebIdentityToken", "*", &context)?;
    let tags: Map<String, serde_json::Value> =
        params.tags()?.into_iter().map(|(key, value)| (key, json!(value))).collect();
    let subject = match &caller.identity {
        Identity::User(_) => caller.arn.clone(),
        Identity::Role { role, .. } => world.aws.roles.get(role).map(|role| role.arn.clone()).unwrap_or_default(),
    };
    let now = world.clock.seconds();
    let mut about = json!({ "aws_account": caller.account, "source_region": "us-east-1", "principal_id": caller.arn });
    if !tags.is_empty() {
        about["request_tags"] = json!(tags);
    }
    let claims = json!({
        "iss": issuer,
        "aud": if audiences.len() == 1 { json!(audiences[0]) } else { json!(audiences) },
        "sub": subject,
        "iat": now,
        "exp": now + duration,
        "jti": world.next_guid("web identity token"),
        "https://sts.amazonaws.com/": about,
    });
    let failed = |error: String| Refusal::new(500, "InternalFailure", error);
    let key = world.issuers.key(&issuer, algorithm).map_err(|error| failed(error.to_string()))?;
    let mut header = Header::new(algorithm);
    header.kid = Some(key.id().to_owned());
    let token = jsonwebtoken::encode(&header, &claims, &key.private).map_err(|error| failed(error.to_string()))?;
    let expires = rfc3339((now + duration) * 1000);
    Ok(query::answer(world, call, &(text("WebIdentityToken", &token) + &text("Expiration", &expires))))
}

/// The accounts that vend tokens, for the control API.
pub(crate) fn objects(world: &World) -> Vec<Object> {
    let issuers = world.aws.accounts.iter().filter_map(|(account, issuer)| Some((account, issuer.as_ref()?)));
    let objects = issuers.map(|(account, issuer)| Object {
        kind: "aws/outbound_federation",
        id: account.clone(),
        state: "live",
        seeded: false,
        details: details([("resource", json!({ "issuer": issuer }))]),
    });
    objects.collect()
}

fn issuer(account: &str) -> String {
    let id = unique_id("", account).to_ascii_lowercase();
    format!("https://{}.tokens.sts.global.api.aws", crate::azure::directory::guid_of(&id))
}

fn disabled(status: u16, account: &str) -> Refusal {
    Refusal::new(
        status,
        "FeatureDisabled",
        format!("Outbound web identity federation is not enabled for account {account}."),
    )
}
