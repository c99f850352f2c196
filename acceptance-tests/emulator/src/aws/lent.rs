//! Where whoever runs in AWS gets keys that are only lent: a machine's metadata service (version 2 only), the endpoint beside a container, and
//! the portal of IAM Identity Center. All lend sessions of the one role that the control API names.

use serde_json::json;

use super::query;
use super::roles;
use super::sts::{self, AssumedRole};
use crate::http::answer::{Answer, Refusal};
use crate::http::request::Request;
use crate::http::route::{Api, Call, Route, Vendor};
use crate::state::clock::rfc3339;
use crate::state::journal::request_guid;
use crate::state::machine::Machine;
use crate::state::world::World;

/// Paths of their own, and text for an error.
static VENDOR: Vendor =
    Vendor { any_case: false, strict_query: false, owns, request_id: request_guid, request_id_headers: &[], render };

/// `169.254.169.254`, `169.254.170.2` and `portal.sso.REGION.amazonaws.com`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "lent keys",
    title: "EC2 instance metadata, ECS credentials and IAM Identity Center",
    common_query: &[],
    render,
    fault: query::injected,
    objects: |_| Vec::new(),
    routes: &[
        Route { method: "PUT", template: "/latest/api/token", query: &[], handler: metadata_token },
        Route { method: "GET", template: "/latest/meta-data/iam/security-credentials", query: &[], handler: role_name },
        Route {
            method: "GET",
            template: "/latest/meta-data/iam/security-credentials/{role}",
            query: &[],
            handler: of_machine,
        },
        Route { method: "GET", template: "/latest/meta-data/placement/region", query: &[], handler: region },
        Route { method: "GET", template: "/v2/credentials/{id}", query: &[], handler: of_container },
        Route { method: "GET", template: "/federation/credentials", query: &[], handler: of_person },
    ],
};

const LIFETIME_SECONDS: i64 = 3600;
/// How long a token of the metadata service may last, in seconds.
const LONGEST: u32 = 21_600;
const REGION: &str = "us-east-1";

fn owns(request: &Request) -> bool {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    matches!(segments.as_slice(), ["latest", ..] | ["v2", "credentials", ..] | ["federation", ..])
}

fn render(refusal: &Refusal) -> Answer {
    Answer::json_with(refusal.status, &json!({ "code": refusal.code, "message": refusal.message }))
}

fn metadata_token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    if call.request.header("x-forwarded-for").is_some() {
        return Err(Refusal::new(403, "Forbidden", "A request that was forwarded is not answered"));
    }
    let ttl = call.request.header("x-aws-ec2-metadata-token-ttl-seconds").and_then(|ttl| ttl.parse::<u32>().ok());
    let ttl =
        ttl.filter(|ttl| (1..=LONGEST).contains(ttl)).ok_or_else(|| Refusal::new(400, "BadRequest", "Bad Request"))?;
    let token = format!("emulated-imds-{}", world.next_id("metadata token"));
    let until = world.now() + i64::from(ttl) * 1000;
    world.aws.metadata_tokens.insert(token.clone(), until);
    Ok(Answer::new(200, "text/plain", token))
}

fn role_name(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    on_machine(world, call)?;
    let name = world.machine.aws_role.as_deref().and_then(|arn| arn.rsplit('/').next()).unwrap_or_default().to_owned();
    Ok(Answer::new(200, "text/plain", name))
}

fn of_machine(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    on_machine(world, call)?;
    let session = lent(world, "i-0123456789abcdef0")?;
    if !session.arn.contains(&format!("/{}/", call.param("role"))) {
        return Err(nothing());
    }
    let (id, secret, token, until) = session.keys();
    Ok(Answer::json(&json!({
        "Code": "Success",
        "LastUpdated": rfc3339(world.now()),
        "Type": "AWS-HMAC",
        "AccessKeyId": id,
        "SecretAccessKey": secret,
        "Token": token,
        "Expiration": rfc3339(until),
    })))
}

fn region(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    on_machine(world, call)?;
    Ok(Answer::new(200, "text/plain", REGION))
}

fn of_container(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    if !Machine::is(world.machine.aws_container_token.as_deref(), call.request.header("authorization")) {
        return Err(Refusal::new(401, "AuthorizationHeaderNotValid", "The authorization token is missing or wrong"));
    }
    let session = lent(world, "task")?;
    let (id, secret, token, until) = session.keys();
    Ok(Answer::json(&json!({
        "RoleArn": world.machine.aws_role,
        "AccessKeyId": id,
        "SecretAccessKey": secret,
        "Token": token,
        "Expiration": rfc3339(until),
    })))
}

fn of_person(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    if !Machine::is(world.machine.aws_sso_token.as_deref(), call.request.header("x-amz-sso_bearer_token")) {
        return Err(Refusal::new(401, "UnauthorizedException", "Session token not found or invalid"));
    }
    let arn = world.machine.aws_role.clone().unwrap_or_default();
    let asked = |name: &str| call.request.query(name).unwrap_or_default();
    let right =
        arn.split(':').nth(4) == Some(asked("account_id")) && arn.ends_with(&format!("/{}", asked("role_name")));
    if !right {
        return Err(Refusal::new(403, "ForbiddenException", "No access"));
    }
    let session = lent(world, "person")?;
    let (id, secret, token, until) = session.keys();
    Ok(Answer::json(&json!({ "roleCredentials": {
        "accessKeyId": id, "secretAccessKey": secret, "sessionToken": token, "expiration": until,
    } })))
}

/// Refuses whoever has no token of the metadata service.
fn on_machine(world: &World, call: &Call<'_>) -> Result<(), Refusal> {
    let until = call.request.header("x-aws-ec2-metadata-token").and_then(|token| world.aws.metadata_tokens.get(token));
    match until {
        Some(until) if world.now() < *until => Ok(()),
        _ => Err(Refusal::new(401, "Unauthorized", "Unauthorized")),
    }
}

fn lent(world: &mut World, session: &str) -> Result<AssumedRole, Refusal> {
    let role = world.machine.aws_role.as_deref().and_then(|arn| roles::by_arn(world, arn)).cloned();
    let role = role.ok_or_else(nothing)?;
    Ok(sts::session(world, &role, session, LIFETIME_SECONDS, None))
}

fn nothing() -> Refusal {
    Refusal::new(404, "NotFound", "Not Found")
}
