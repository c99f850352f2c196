//! Cloud KMS: key rings, keys and their versions, and who may use a key. Names of keys are burnt for ever: a key that was deleted cannot be
//! made again under its name.

pub(crate) mod cipher;
pub(crate) mod cmek;
pub(crate) mod key_rules;
pub(crate) mod keys;
pub(crate) mod rings;
pub(crate) mod versions;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::access;
use super::iam::paged;
use super::policy;
use super::projects::{Project, policy_name};
use super::refusal::{self, COMMON_QUERY, invalid, not_found};
use super::schema::{self, Field};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Object, Route};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::World;
use keys::Key;
use rings::Ring;

/// `cloudkms.googleapis.com`.
pub(crate) const API: Api = Api {
    vendor: &crate::google::VENDOR,
    service: "cloudkms.googleapis.com",
    title: "Cloud Key Management Service (KMS) API",
    common_query: COMMON_QUERY,
    render: refusal::render,
    fault: refusal::injected,
    objects,
    routes: &[
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations",
            query: LOCATIONS,
            handler: list_locations,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}",
            query: &[],
            handler: get_location,
        },
        Route { method: "POST", template: RINGS, query: &["keyRingId"], handler: rings::create },
        Route { method: "GET", template: RINGS, query: LIST, handler: rings::list },
        Route { method: "GET", template: RING, query: &[], handler: rings::get },
        Route { method: "DELETE", template: RING, query: &[], handler: rings::delete },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}:getIamPolicy",
            query: POLICY,
            handler: get_policy,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}:setIamPolicy",
            query: &[],
            handler: set_policy,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}:testIamPermissions",
            query: &[],
            handler: test_permissions,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys",
            query: &["cryptoKeyId", "skipInitialVersionCreation"],
            handler: keys::create,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys",
            query: &["filter", "orderBy", "pageSize", "pageToken", "versionView"],
            handler: keys::list,
        },
        Route { method: "GET", template: KEY, query: &[], handler: keys::get },
        Route { method: "PATCH", template: KEY, query: &["updateMask"], handler: keys::patch },
        Route { method: "DELETE", template: KEY, query: &[], handler: keys::delete },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:getIamPolicy",
            query: POLICY,
            handler: get_policy,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:setIamPolicy",
            query: &[],
            handler: set_policy,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:testIamPermissions",
            query: &[],
            handler: test_permissions,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:updatePrimaryVersion",
            query: &[],
            handler: versions::make_primary,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:encrypt",
            query: &[],
            handler: cipher::encrypt,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}:decrypt",
            query: &[],
            handler: cipher::decrypt,
        },
        Route { method: "POST", template: VERSIONS, query: &[], handler: versions::create },
        Route {
            method: "GET",
            template: VERSIONS,
            query: &["filter", "orderBy", "pageSize", "pageToken", "view"],
            handler: versions::list,
        },
        Route { method: "GET", template: VERSION, query: &[], handler: versions::get },
        Route { method: "PATCH", template: VERSION, query: &["updateMask"], handler: versions::patch },
        Route { method: "DELETE", template: VERSION, query: &[], handler: versions::delete },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}:destroy",
            query: &[],
            handler: versions::destroy,
        },
        Route {
            method: "POST",
            template: "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}:restore",
            query: &[],
            handler: versions::restore,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/retiredResources",
            query: &["pageSize", "pageToken"],
            handler: list_retired,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/retiredResources/{retired}",
            query: &[],
            handler: get_retired,
        },
        Route {
            method: "GET",
            template: "/v1/projects/{project}/locations/{location}/operations/{operation}",
            query: &[],
            handler: operation,
        },
    ],
};

const RINGS: &str = "/v1/projects/{project}/locations/{location}/keyRings";
const RING: &str = "/v1/projects/{project}/locations/{location}/keyRings/{ring}";
const KEY: &str = "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}";
const VERSIONS: &str = "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions";
const VERSION: &str =
    "/v1/projects/{project}/locations/{location}/keyRings/{ring}/cryptoKeys/{key}/cryptoKeyVersions/{version}";
const LIST: &[&str] = &["filter", "orderBy", "pageSize", "pageToken"];
const LOCATIONS: &[&str] = &["filter", "pageSize", "pageToken"];
const POLICY: &[&str] = &["options.requestedPolicyVersion"];

/// Locations that are no single region.
const MULTI_REGIONS: &[&str] =
    &["global", "us", "europe", "asia", "eur3", "eur4", "eur5", "eur6", "nam3", "nam4", "nam6"];

/// What Cloud KMS holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Keys {
    /// By resource name with the project id.
    pub(crate) rings: BTreeMap<String, Ring>,
    /// By resource name with the project id.
    pub(crate) keys: BTreeMap<String, Key>,
    retired: Vec<Retired>,
}

/// A key that was deleted and whose name is burnt.
#[derive(Debug, Clone)]
struct Retired {
    name: String,
    original: String,
    deleted_at: Millis,
}

impl Retired {
    fn shown(&self) -> Value {
        json!({
            "name": self.name,
            "originalResource": self.original,
            "resourceType": "cloudkms.googleapis.com/CryptoKey",
            "deleteTime": rfc3339(self.deleted_at),
        })
    }
}

impl Keys {
    fn is_retired(&self, name: &str) -> bool {
        self.retired.iter().any(|retired| retired.original == name)
    }
}

/// Checks project, API, location and the permission on the resource in the path, and returns its name. Time is brought up to date first:
/// rotations and destructions that fell due have happened.
fn authorised(world: &mut World, call: &Call<'_>, permission: &str) -> Result<String, Refusal> {
    let project = access::on(world, call, permission, |project| policies(project, call))?;
    check_location(call.param("location"))?;
    versions::settle(world);
    Ok(name(&project, call))
}

/// The resource in the path, with the project id in place of whatever names the project.
fn name(project: &Project, call: &Call<'_>) -> String {
    let mut name = format!("projects/{}/locations/{}", project.id, call.param("location"));
    for (collection, id) in
        [("keyRings", "ring"), ("cryptoKeys", "key"), ("cryptoKeyVersions", "version"), ("operations", "operation")]
    {
        if !call.param(id).is_empty() {
            name = format!("{name}/{collection}/{}", call.param(id));
        }
    }
    name
}

/// The policies that decide about the resource in the path, its own first.
fn policies(project: &Project, call: &Call<'_>) -> Vec<String> {
    let name = name(project, call);
    let mut policies = Vec::new();
    for part in ["/cryptoKeys/", "/keyRings/"] {
        if let Some((before, after)) = name.split_once(part) {
            let id = after.split('/').next().unwrap_or_default();
            policies.push(format!("//{}/{before}{part}{id}", API.service));
        }
    }
    policies.push(policy_name(&project.id));
    policies
}

fn check_location(location: &str) -> Result<(), Refusal> {
    if is_location(location) {
        return Ok(());
    }
    Err(not_found(format!("Location '{location}' is not found or access is unauthorized.")))
}

fn is_location(location: &str) -> bool {
    let region = location.rsplit_once('-').is_some_and(|(area, place)| {
        !area.is_empty()
            && area.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            && place.len() > 1
            && place.ends_with(|last: char| last.is_ascii_digit())
    });
    region || MULTI_REGIONS.contains(&location)
}

/// Checks an id of a key ring or key.
fn check_id(field: &str, id: &str) -> Result<(), Refusal> {
    let good = (1..=63).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
    if good {
        return Ok(());
    }
    Err(refusal::invalid_with_violation(field, &format!("'{id}' is not an id that matches [a-zA-Z0-9_-]{{1,63}}.")))
}

fn body(call: &Call<'_>, fields: &'static [Field], place: &str) -> Result<Map<String, Value>, Refusal> {
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    schema::checked(&body, fields, place)
}

fn get_location(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.locations.get")?;
    Ok(Answer::json(&location(&name, call.param("location"))))
}

fn list_locations(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "cloudkms.locations.list")?;
    let regions = ["europe-west1", "europe-west4", "us-central1", "us-east1", "asia-east1"];
    let locations = MULTI_REGIONS.iter().chain(&regions);
    let locations = locations.map(|id| location(&format!("projects/{}/locations/{id}", project.id), id));
    paged(call, "locations", locations.collect(), 100, 100)
}

fn location(name: &str, id: &str) -> Value {
    json!({
        "name": name,
        "locationId": id,
        "labels": { "cloud.googleapis.com/region": id },
        "metadata": {
            "@type": "type.googleapis.com/google.cloud.kms.v1.LocationMetadata",
            "hsmAvailable": true,
            "ekmAvailable": id != "global",
        },
    })
}

fn get_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, &permission(call, "getIamPolicy"))?;
    visible(world, &name)?;
    policy::read(world, &format!("//{}/{name}", API.service), policy::version_from_query(call)?)
}

fn set_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, &permission(call, "setIamPolicy"))?;
    visible(world, &name)?;
    policy::write(world, call, &format!("//{}/{name}", API.service))
}

fn test_permissions(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "")?;
    visible(world, &name(&project, call))?;
    policy::test(world, call, &policies(&project, call))
}

/// The permission of that verb on the key or key ring in the path.
fn permission(call: &Call<'_>, verb: &str) -> String {
    format!("cloudkms.{}.{verb}", if call.param("key").is_empty() { "keyRings" } else { "cryptoKeys" })
}

/// Refuses what a read does not find.
fn visible(world: &World, name: &str) -> Result<(), Refusal> {
    if name.contains("/cryptoKeys/") {
        keys::found(world, name).map(|_| ())
    } else {
        rings::found(world, name).map(|_| ())
    }
}

/// Answers an operation that ends with its answer's own response, undone at first as every operation here.
fn start_operation(world: &mut World, resource: &str, response: Value) -> Answer {
    let parent = resource.split("/keyRings/").next().unwrap_or_default();
    let id = world.next_id("kms operation");
    let ready_at = world.visible_from();
    Answer::json(&world.operations.start(format!("{parent}/operations/{}", &id[..32]), response, ready_at))
}

/// Operations of every API that keeps them below a location.
fn operation(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "resourcemanager.projects.get")?;
    let polled = world.operations.poll(&name(&project, call), world.now());
    polled.map(|answer| Answer::json(&answer)).ok_or_else(|| not_found("Operation not found."))
}

fn list_retired(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let parent = authorised(world, call, "cloudkms.retiredResources.list")?;
    let retired = world.google.kms.retired.iter().filter(|retired| retired.name.starts_with(&format!("{parent}/")));
    paged(call, "retiredResources", retired.map(Retired::shown).collect(), 100, 1000)
}

fn get_retired(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let parent = authorised(world, call, "cloudkms.retiredResources.get")?;
    let name = format!("{parent}/retiredResources/{}", call.param("retired"));
    let found = world.google.kms.retired.iter().find(|retired| retired.name == name);
    found
        .map(|retired| Answer::json(&retired.shown()))
        .ok_or_else(|| not_found(format!("RetiredResource {name} not found.")))
}

fn objects(world: &World) -> Vec<Object> {
    let mut objects = rings::objects(world);
    objects.extend(keys::objects(world));
    objects.extend(policy::objects(world, "//cloudkms.googleapis.com/", |_| "live"));
    objects
}
