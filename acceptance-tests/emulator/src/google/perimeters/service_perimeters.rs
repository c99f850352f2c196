//! Service perimeters. Every change is an operation, and an access policy takes one at a time.

use serde_json::{Map, Value, json};

use super::access_policies::AccessPolicy;
use super::configuration::{self, FIELDS};
use super::{authorised, body, check_id, refuse_busy, start_operation};
use crate::google::iam::paged;
use crate::google::refusal::{exists, invalid_with_violation, not_found};
use crate::google::schema::{self, Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::Millis;
use crate::state::world::{World, details};

/// The body of `servicePerimeters.commit`.
pub(crate) const COMMIT: &[Field] = &[Field("etag", Kind::Text)];

/// A service perimeter.
#[derive(Debug, Clone)]
pub(crate) struct ServicePerimeter {
    pub(crate) name: String,
    pub(crate) fields: Map<String, Value>,
    revision: u64,
    visible_from: Millis,
    /// What counts until a change that is on its way has arrived; nothing for one that is new.
    before: Option<(Millis, Option<Map<String, Value>>)>,
}

impl ServicePerimeter {
    fn etag(&self) -> String {
        format!("{:016x}", 0x51f4_0000_0000_0000 | self.revision)
    }

    /// Whether it connects other perimeters.
    pub(super) fn is_bridge(&self) -> bool {
        self.fields.get("perimeterType").is_some_and(|kind| kind == "PERIMETER_TYPE_BRIDGE")
    }

    /// What counts now.
    pub(super) fn in_force(&self, now: Millis) -> Option<&Map<String, Value>> {
        match &self.before {
            Some((until, before)) if now < *until => before.as_ref(),
            _ => Some(&self.fields),
        }
    }

    pub(super) fn shown(&self) -> Value {
        let mut shown = self.fields.clone();
        shown.insert(String::from("name"), json!(self.name));
        shown.insert(String::from("etag"), json!(self.etag()));
        shown.entry("perimeterType").or_insert_with(|| json!("PERIMETER_TYPE_REGULAR"));
        Value::Object(schema::without_defaults(&shown))
    }

    fn as_response(&self) -> Value {
        let mut shown = self.shown();
        shown["@type"] = json!("type.googleapis.com/google.identity.accesscontextmanager.v1.ServicePerimeter");
        shown
    }
}

/// `servicePerimeters.create`.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let policy = authorised(world, call, "accesscontextmanager.servicePerimeters.create")?;
    let mut fields = body(call, FIELDS, "service_perimeter")?;
    fields.remove("etag");
    let name = fields.remove("name").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    let prefix = format!("{}/servicePerimeters/", policy.name);
    let Some(id) = name.strip_prefix(&prefix) else {
        return Err(invalid_with_violation(
            "service_perimeter.name",
            &format!("'{name}' is not of the form {prefix}{{service_perimeter}}."),
        ));
    };
    check_id("service_perimeter.name", id)?;
    if world.google.perimeters.perimeters.contains_key(&name) {
        return Err(exists(format!("Service perimeter {name} already exists.")));
    }
    added(world, &policy, name, fields)
}

/// Puts a new perimeter into the world.
fn added(
    world: &mut World,
    policy: &AccessPolicy,
    name: String,
    fields: Map<String, Value>,
) -> Result<Answer, Refusal> {
    refuse_busy(world, &policy.name)?;
    configuration::check(world, policy, &name, &fields)?;
    let perimeter = ServicePerimeter {
        name: name.clone(),
        fields,
        revision: world.next_number(),
        visible_from: world.visible_from(),
        before: (world.lag > 0).then(|| (world.visible_from(), None)),
    };
    let response = perimeter.as_response();
    world.google.perimeters.perimeters.insert(name.clone(), perimeter);
    Ok(start_operation(world, &policy.name, &name, "create", response))
}

/// `servicePerimeters.list`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let prefix = authorised(world, call, "accesscontextmanager.servicePerimeters.list")?.name + "/";
    let now = world.now();
    let perimeters = world.google.perimeters.perimeters.values();
    let perimeters = perimeters.filter(|each| each.name.starts_with(&prefix) && now >= each.visible_from);
    paged(call, "servicePerimeters", perimeters.map(ServicePerimeter::shown).collect(), 100, 1000)
}

/// `servicePerimeters.get`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let policy = authorised(world, call, "accesscontextmanager.servicePerimeters.get")?;
    Ok(Answer::json(&found(world, &policy.name, call)?.shown()))
}

/// `servicePerimeters.patch`. Where the mask names the name too, a perimeter that is not there yet is made: gcloud makes perimeters on trial
/// that way.
pub(super) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let policy = authorised(world, call, "accesscontextmanager.servicePerimeters.update")?;
    let mut patch = body(call, FIELDS, "service_perimeter")?;
    let mut paths = schema::mask(call.request.query("updateMask"), FIELDS)?;
    let name = format!("{}/servicePerimeters/{}", policy.name, call.param("perimeter"));
    let given = patch.remove("name");
    if given.as_ref().is_some_and(|given| *given != json!(name)) || paths.iter().any(|path| path[0] == "etag") {
        return Err(invalid_with_violation("update_mask", "The name and the etag of a perimeter cannot be changed."));
    }
    let makes = paths.iter().any(|path| path[0] == "name");
    paths.retain(|path| path[0] != "name");
    if makes && !world.google.perimeters.perimeters.contains_key(&name) {
        check_id("service_perimeter.name", call.param("perimeter"))?;
        let mut fields = Map::new();
        schema::apply(&mut fields, &patch, &paths);
        return added(world, &policy, name, fields);
    }
    let mut perimeter = found(world, &policy.name, call)?.clone();
    refuse_busy(world, &policy.name)?;
    check_etag(patch.remove("etag").as_ref(), &perimeter.etag())?;
    let before = perimeter.fields.clone();
    schema::apply(&mut perimeter.fields, &patch, &paths);
    configuration::check(world, &policy, &perimeter.name, &perimeter.fields)?;
    Ok(stored(world, &policy.name, perimeter, before, "update"))
}

/// `servicePerimeters.delete`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let policy = authorised(world, call, "accesscontextmanager.servicePerimeters.delete")?;
    let name = found(world, &policy.name, call)?.name.clone();
    refuse_busy(world, &policy.name)?;
    world.google.perimeters.perimeters.remove(&name);
    let response = json!({ "@type": "type.googleapis.com/google.protobuf.Empty" });
    Ok(start_operation(world, &policy.name, &name, "delete", response))
}

/// `servicePerimeters.commit`: what was tried out is enforced from now on, in every perimeter of the policy.
pub(super) fn commit(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let policy = authorised(world, call, "accesscontextmanager.servicePerimeters.commit")?;
    body(call, COMMIT, "")?;
    refuse_busy(world, &policy.name)?;
    let inside = format!("{}/", policy.name);
    let mut committed = Vec::new();
    let revision = world.next_number();
    let perimeters = world.google.perimeters.perimeters.values_mut();
    for perimeter in perimeters.filter(|perimeter| perimeter.name.starts_with(&inside)) {
        if perimeter.fields.remove("useExplicitDryRunSpec") == Some(json!(true)) {
            let spec = perimeter.fields.remove("spec").unwrap_or_else(|| json!({}));
            perimeter.fields.insert(String::from("status"), spec);
            perimeter.revision = revision;
        }
        committed.push(perimeter.shown());
    }
    let response = json!({
        "@type": "type.googleapis.com/google.identity.accesscontextmanager.v1.CommitServicePerimetersResponse",
        "servicePerimeters": committed,
    });
    Ok(start_operation(world, &policy.name, &policy.name, "commit", response))
}

/// All perimeters, for the control API.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let perimeters = world.google.perimeters.perimeters.values().map(|perimeter| Object {
        kind: "gcp/service_perimeter",
        id: perimeter.name.clone(),
        state: "live",
        seeded: false,
        details: details([("resource", perimeter.shown())]),
    });
    perimeters.collect()
}

fn found<'a>(world: &'a World, policy: &str, call: &Call<'_>) -> Result<&'a ServicePerimeter, Refusal> {
    let name = format!("{policy}/servicePerimeters/{}", call.param("perimeter"));
    let now = world.now();
    let found = world.google.perimeters.perimeters.get(&name).filter(|perimeter| now >= perimeter.visible_from);
    found.ok_or_else(|| not_found(format!("Service perimeter {name} was not found.")))
}

fn check_etag(given: Option<&Value>, current: &str) -> Result<(), Refusal> {
    match given.and_then(Value::as_str).filter(|etag| !etag.is_empty()) {
        Some(etag) if etag != current => Err(Refusal::new(
            409,
            "ABORTED",
            "The etag does not match the current one: the service perimeter was changed since it was read.",
        )),
        _ => Ok(()),
    }
}

fn stored(
    world: &mut World,
    policy: &str,
    mut perimeter: ServicePerimeter,
    before: Map<String, Value>,
    verb: &str,
) -> Answer {
    perimeter.revision = world.next_number();
    perimeter.before = (world.lag > 0).then(|| (world.visible_from(), Some(before)));
    let response = perimeter.as_response();
    let name = perimeter.name.clone();
    world.google.perimeters.perimeters.insert(name.clone(), perimeter);
    start_operation(world, policy, &name, verb, response)
}
