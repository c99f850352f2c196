//! Access levels: conditions on the origin of a request, as far as a request on loopback has one.

use serde_json::{Map, Value, json};

use super::{authorised, body, check_id, refuse_busy, start_operation};
use crate::google::access::Principal;
use crate::google::iam::paged;
use crate::google::members;
use crate::google::refusal::{exists, invalid_with_violation, not_found, precondition};
use crate::google::schema::{Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::world::{World, details};

const COMBINE: &[&str] = &["AND", "OR"];
const CONDITION: &[Field] = &[
    Field("ipSubnetworks", Kind::Texts),
    Field("members", Kind::Texts),
    Field("regions", Kind::Texts),
    Field("requiredAccessLevels", Kind::Texts),
    Field("negate", Kind::Flag),
    Field("devicePolicy", Kind::Opaque),
    Field("vpcNetworkSources", Kind::Any),
];
const BASIC: &[Field] =
    &[Field("combiningFunction", Kind::Choice(COMBINE)), Field("conditions", Kind::Messages(CONDITION))];
/// The fields of an access level.
pub(crate) const FIELDS: &[Field] = &[
    Field("name", Kind::Text),
    Field("title", Kind::Text),
    Field("description", Kind::Text),
    Field("basic", Kind::Message(BASIC)),
    Field("custom", Kind::Opaque),
];

/// An access level.
#[derive(Debug, Clone)]
pub(crate) struct AccessLevel {
    name: String,
    fields: Map<String, Value>,
}

impl AccessLevel {
    fn shown(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// Whether a request of that caller has this level. Requests come from 127.0.0.1, from no region and no network of Google's.
    pub(super) fn admits(&self, world: &World, caller: Option<&Principal>) -> bool {
        let conditions = self.fields.get("basic").and_then(|basic| basic["conditions"].as_array());
        let Some(conditions) = conditions else { return false };
        let mut each = conditions.iter().map(|condition| holds(world, condition, caller));
        if self.fields["basic"]["combiningFunction"] == "OR" {
            each.any(|holds| holds)
        } else {
            each.all(|holds| holds)
        }
    }
}

/// `accessLevels.create`.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let policy = authorised(world, call, "accesscontextmanager.accessLevels.create")?;
    let fields = body(call, FIELDS, "access_level")?;
    let name = fields.get("name").and_then(Value::as_str).unwrap_or_default().to_owned();
    let prefix = format!("{}/accessLevels/", policy.name);
    check_id("access_level.name", name.strip_prefix(&prefix).unwrap_or_default())?;
    refuse_busy(world, &policy.name)?;
    let conditions = fields.get("basic").and_then(|basic| basic["conditions"].as_array()).map_or(0, Vec::len);
    if conditions == 0 && !fields.contains_key("custom") {
        return Err(invalid_with_violation("access_level.basic.conditions", "An access level must have a condition."));
    }
    if world.google.perimeters.levels.contains_key(&name) {
        return Err(exists(format!("Access level {name} already exists.")));
    }
    let level = AccessLevel { name: name.clone(), fields };
    let mut response = level.shown();
    response["@type"] = json!("type.googleapis.com/google.identity.accesscontextmanager.v1.AccessLevel");
    world.google.perimeters.levels.insert(name.clone(), level);
    Ok(start_operation(world, &policy.name, &name, "create", response))
}

/// `accessLevels.list`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let prefix = authorised(world, call, "accesscontextmanager.accessLevels.list")?.name + "/";
    let levels = world.google.perimeters.levels.values().filter(|level| level.name.starts_with(&prefix));
    paged(call, "accessLevels", levels.map(AccessLevel::shown).collect(), 100, 1000)
}

/// `accessLevels.get`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let policy = authorised(world, call, "accesscontextmanager.accessLevels.get")?;
    let name = format!("{}/accessLevels/{}", policy.name, call.param("level"));
    let level = world.google.perimeters.levels.get(&name);
    level
        .map(|level| Answer::json(&level.shown()))
        .ok_or_else(|| not_found(format!("Access level {name} was not found.")))
}

/// `accessLevels.delete`, of one that no perimeter names.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let policy = authorised(world, call, "accesscontextmanager.accessLevels.delete")?;
    let name = format!("{}/accessLevels/{}", policy.name, call.param("level"));
    refuse_busy(world, &policy.name)?;
    if world.google.perimeters.perimeters.values().any(|perimeter| perimeter.shown().to_string().contains(&name)) {
        return Err(precondition(format!("Access level {name} is used by a service perimeter.")));
    }
    if world.google.perimeters.levels.remove(&name).is_none() {
        return Err(not_found(format!("Access level {name} was not found.")));
    }
    let response = json!({ "@type": "type.googleapis.com/google.protobuf.Empty" });
    Ok(start_operation(world, &policy.name, &name, "delete", response))
}

/// All access levels, for the control API.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let levels = world.google.perimeters.levels.values().map(|level| Object {
        kind: "gcp/access_level",
        id: level.name.clone(),
        state: "live",
        seeded: false,
        details: details([("resource", level.shown())]),
    });
    levels.collect()
}

fn holds(world: &World, condition: &Value, caller: Option<&Principal>) -> bool {
    let listed = |name: &str| condition[name].as_array().filter(|list| !list.is_empty());
    let from_here =
        |network: &Value| network.as_str().is_some_and(|network| network == "0.0.0.0/0" || network.starts_with("127."));
    let met = listed("ipSubnetworks").is_none_or(|networks| networks.iter().any(from_here))
        && listed("members").is_none_or(|list| {
            caller.is_some_and(|caller| {
                list.iter().filter_map(Value::as_str).any(|member| members::is(world, caller, member))
            })
        })
        && listed("requiredAccessLevels").is_none_or(|levels| {
            levels
                .iter()
                .filter_map(Value::as_str)
                .all(|level| world.google.perimeters.levels.get(level).is_some_and(|level| level.admits(world, caller)))
        })
        && listed("regions").is_none()
        && listed("vpcNetworkSources").is_none()
        && condition["devicePolicy"].is_null();
    met != (condition["negate"] == true)
}
