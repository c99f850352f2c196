//! The instance metadata service of one simulated machine, and the endpoint of one simulated app service. Every user-assigned identity is
//! assigned to both.

use serde_json::json;

use super::VENDOR;
use super::directory::Principal;
use super::entra;
use super::refusal;
use super::resources::key;
use super::tokens::Proof;
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::machine::Machine;
use crate::state::world::World;

/// `169.254.169.254`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "imds",
    title: "Azure Instance Metadata Service",
    common_query: &[],
    render,
    fault: |status, reason| Refusal {
        code: reason.unwrap_or("temporarily_unavailable").to_owned(),
        ..refusal::injected(status, reason)
    },
    objects: |_| Vec::new(),
    routes: &[
        Route { method: "GET", template: "/metadata/identity/oauth2/token", query: &[], handler: of_machine },
        Route { method: "GET", template: "/metadata/app-service/token", query: &[], handler: of_app_service },
    ],
};

/// Managed identities get tokens for a day.
const LIFETIME_SECONDS: i64 = 86_399;

fn render(refusal: &Refusal) -> Answer {
    Answer::json_with(refusal.status, &json!({ "error": refusal.code, "error_description": refusal.message }))
}

fn invalid(description: impl Into<String>) -> Refusal {
    Refusal::new(400, "invalid_request", description)
}

/// The endpoint beside an app service, at a path that is different there for each.
fn of_app_service(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    if !Machine::is(world.machine.azure_identity_header.as_deref(), call.request.header("x-identity-header")) {
        return Err(Refusal::new(401, "unauthorized", "The X-IDENTITY-HEADER is missing or wrong"));
    }
    if call.request.query("api-version") != Some("2019-08-01") {
        return Err(invalid("Required query variable 'api-version' is missing or unknown"));
    }
    token(world, call)
}

fn of_machine(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let request = call.request;
    if !request.header("metadata").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
        return Err(invalid("Required metadata header not specified"));
    }
    if request.header("x-forwarded-for").is_some() {
        return Err(invalid("A request that was forwarded is not answered"));
    }
    if request.query("api-version").is_none_or(|version| version < "2018-02-01") {
        return Err(invalid("Required query variable 'api-version' is missing or too old"));
    }
    token(world, call)
}

fn token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let request = call.request;
    let name = request
        .query("resource")
        .filter(|name| !name.is_empty())
        .ok_or_else(|| invalid("Required query variable 'resource' is missing"))?;
    let principal = identity(world, call)?;
    let tenant =
        world.azure.directory.tenant(&principal.tenant).cloned().ok_or_else(|| invalid("Identity not found"))?;
    let issued = entra::for_resource(world, &tenant, &principal, name, Proof::Assertion, LIFETIME_SECONDS)?;
    let now = world.clock.seconds();
    Ok(Answer::json(&json!({
        "access_token": issued.token,
        "client_id": principal.app_id,
        "expires_in": issued.expires_in.to_string(),
        "expires_on": (now + issued.expires_in).to_string(),
        "ext_expires_in": issued.expires_in.to_string(),
        "not_before": now.to_string(),
        "resource": name,
        "token_type": "Bearer",
    })))
}

/// The identity that the query names, or the only one of the machine.
fn identity(world: &World, call: &Call<'_>) -> Result<Principal, Refusal> {
    let now = world.now();
    let query = |names: &[&str]| names.iter().find_map(|name| call.request.query(name));
    let (client, object, resource) =
        (query(&["client_id"]), query(&["object_id", "principal_id"]), query(&["mi_res_id", "msi_res_id"]));
    let chosen = |principal: &&Principal| {
        client.is_none_or(|id| principal.app_id.eq_ignore_ascii_case(id))
            && object.is_none_or(|id| principal.object_id.eq_ignore_ascii_case(id))
            && resource.is_none_or(|id| principal.identity.as_deref().is_some_and(|identity| key(identity) == key(id)))
    };
    let mut found = world
        .azure
        .directory
        .principals
        .values()
        .filter(|principal| principal.identity.is_some() && principal.life.is_visible(now))
        .filter(chosen);
    let first = found.next().cloned().ok_or_else(|| invalid("Identity not found"))?;
    if found.next().is_some() {
        return Err(invalid(
            "Multiple user assigned identities exist, please specify the clientId / resourceId of the identity in the token request",
        ));
    }
    Ok(first)
}
