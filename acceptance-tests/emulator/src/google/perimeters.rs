//! Access Context Manager: access policies of an organization, the service perimeters in them, and the access levels that perimeters name.

pub(crate) mod access_levels;
pub(crate) mod access_policies;
pub(crate) mod configuration;
pub(crate) mod enforcement;
pub(crate) mod rules;
pub(crate) mod service_perimeters;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::access;
use super::organizations;
use super::policy;
use super::refusal::{self, COMMON_QUERY, denied, invalid, not_found};
use super::schema::{self, Field};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Object, Route};
use crate::state::world::World;
use access_levels::AccessLevel;
use access_policies::AccessPolicy;
use service_perimeters::ServicePerimeter;

/// `accesscontextmanager.googleapis.com`.
pub(crate) const API: Api = Api {
    service: "accesscontextmanager.googleapis.com",
    title: "Access Context Manager API",
    vendor: &crate::google::VENDOR,
    common_query: COMMON_QUERY,
    render: refusal::render,
    fault: refusal::injected,
    objects,
    routes: &[
        Route { method: "POST", template: "/v1/accessPolicies", query: &[], handler: access_policies::create },
        Route {
            method: "GET",
            template: "/v1/accessPolicies",
            query: &["pageSize", "pageToken", "parent"],
            handler: access_policies::list,
        },
        Route { method: "GET", template: "/v1/accessPolicies/{policy}", query: &[], handler: access_policies::get },
        Route {
            method: "DELETE",
            template: "/v1/accessPolicies/{policy}",
            query: &[],
            handler: access_policies::delete,
        },
        Route { method: "POST", template: LEVELS, query: &[], handler: access_levels::create },
        Route { method: "GET", template: LEVELS, query: LEVEL_LIST, handler: access_levels::list },
        Route { method: "GET", template: LEVEL, query: &["accessLevelFormat"], handler: access_levels::get },
        Route { method: "DELETE", template: LEVEL, query: &[], handler: access_levels::delete },
        Route { method: "POST", template: PERIMETERS, query: &[], handler: service_perimeters::create },
        Route {
            method: "GET",
            template: PERIMETERS,
            query: &["pageSize", "pageToken"],
            handler: service_perimeters::list,
        },
        Route { method: "GET", template: PERIMETER, query: &[], handler: service_perimeters::get },
        Route { method: "PATCH", template: PERIMETER, query: &["updateMask"], handler: service_perimeters::patch },
        Route { method: "DELETE", template: PERIMETER, query: &[], handler: service_perimeters::delete },
        Route {
            method: "POST",
            template: "/v1/accessPolicies/{policy}/servicePerimeters:commit",
            query: &[],
            handler: service_perimeters::commit,
        },
        Route { method: "GET", template: "/v1/operations/accessPolicies/{+operation}", query: &[], handler: operation },
    ],
};

const LEVELS: &str = "/v1/accessPolicies/{policy}/accessLevels";
const LEVEL: &str = "/v1/accessPolicies/{policy}/accessLevels/{level}";
const LEVEL_LIST: &[&str] = &["accessLevelFormat", "pageSize", "pageToken"];
const PERIMETERS: &str = "/v1/accessPolicies/{policy}/servicePerimeters";
const PERIMETER: &str = "/v1/accessPolicies/{policy}/servicePerimeters/{perimeter}";

/// What Access Context Manager holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Perimeters {
    /// By resource name.
    pub(crate) policies: BTreeMap<String, AccessPolicy>,
    /// By resource name.
    pub(crate) levels: BTreeMap<String, AccessLevel>,
    /// By resource name.
    pub(crate) perimeters: BTreeMap<String, ServicePerimeter>,
    /// The last operation of each access policy, which takes one change at a time.
    busy: BTreeMap<String, String>,
}

/// The access policy in the path, for a caller who holds the permission in its organization.
fn authorised(world: &World, call: &Call<'_>, permission: &str) -> Result<AccessPolicy, Refusal> {
    let caller = access::caller(world, call)?;
    let name = format!("accessPolicies/{}", call.param("policy"));
    let policy = world.google.perimeters.policies.get(&name).cloned();
    let policy = policy.ok_or_else(|| denied(call.api, permission, &access::resource(call)))?;
    if policy::allows(world, &[organizations::policy_name(&policy.parent)], &caller, permission) {
        return Ok(policy);
    }
    Err(denied(call.api, permission, &access::resource(call)))
}

fn body(call: &Call<'_>, fields: &'static [Field], place: &str) -> Result<Map<String, Value>, Refusal> {
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    schema::checked(&body, fields, place)
}

/// Refuses a change while another one of the same access policy is under way.
fn refuse_busy(world: &World, policy: &str) -> Result<(), Refusal> {
    let last = world.google.perimeters.busy.get(policy);
    match last.and_then(|name| world.operations.poll(name, world.now())) {
        Some(operation) if operation["done"] != true => Err(Refusal::new(
            409,
            "ABORTED",
            format!("Another change of {policy} is in progress. Please retry when it has ended."),
        )),
        _ => Ok(()),
    }
}

/// Starts the operation of a change.
fn start_operation(world: &mut World, policy: &str, resource: &str, verb: &str, response: Value) -> Answer {
    let number = world.next_number();
    let name = format!("operations/{resource}/{verb}/{}{number:06}", world.now());
    let ready_at = world.visible_from();
    world.google.perimeters.busy.insert(policy.to_owned(), name.clone());
    Answer::json(&world.operations.start(name, response, ready_at))
}

fn operation(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    access::caller(world, call)?;
    let name = format!("operations/accessPolicies/{}", call.param("operation"));
    let polled = world.operations.poll(&name, world.now());
    polled.map(|answer| Answer::json(&answer)).ok_or_else(|| not_found("Operation not found."))
}

/// Checks the last part of a resource name: a letter, then letters, digits and underscores.
fn check_id(field: &str, id: &str) -> Result<(), Refusal> {
    let good = id.starts_with(|first: char| first.is_ascii_alphabetic())
        && id.len() <= 50
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if good {
        return Ok(());
    }
    Err(refusal::invalid_with_violation(
        field,
        &format!(
            "'{id}' is not a valid name: it must begin with a letter, followed by letters, digits and underscores, 50 at most."
        ),
    ))
}

fn objects(world: &World) -> Vec<Object> {
    let mut objects = access_policies::objects(world);
    objects.extend(access_levels::objects(world));
    objects.extend(service_perimeters::objects(world));
    objects
}
