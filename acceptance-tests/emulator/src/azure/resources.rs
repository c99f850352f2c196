//! What all resources have in common: ids in any case, api-versions, strict bodies, tags and locations, upsert and deletion.

use serde_json::{Map, Value, json};

use super::access::{self, Caller};
use super::operations::Busy;
use super::refusal::{self, group_not_found, invalid_content};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::life::Life;
use crate::state::world::{World, details};

/// The type of resource groups.
pub(crate) const GROUP: &str = "Microsoft.Resources/resourceGroups";

/// Regions that exist here; display names such as `West Europe` mean the same.
const LOCATIONS: &[&str] = &[
    "australiaeast",
    "brazilsouth",
    "canadacentral",
    "centralindia",
    "centralus",
    "eastus",
    "eastus2",
    "francecentral",
    "germanywestcentral",
    "global",
    "japaneast",
    "northcentralus",
    "northeurope",
    "norwayeast",
    "polandcentral",
    "southcentralus",
    "southeastasia",
    "swedencentral",
    "switzerlandnorth",
    "uksouth",
    "westeurope",
    "westus",
    "westus2",
    "westus3",
];

/// A subscription.
#[derive(Debug, Clone)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) tenant: String,
}

/// A resource group, a resource or a child of one.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// Id as it was first written.
    pub(crate) id: String,
    /// Type, such as `Microsoft.ManagedIdentity/userAssignedIdentities`.
    pub(crate) kind: String,
    pub(crate) name: String,
    /// The whole body, without id, name and type.
    pub(crate) body: Map<String, Value>,
    /// Changes with every write.
    pub(crate) revision: u64,
    /// A write that is still under way.
    pub(crate) busy: Option<Busy>,
    pub(crate) life: Life,
}

impl Resource {
    /// The key under which it is kept.
    pub(crate) fn key(&self) -> String {
        key(&self.id)
    }

    /// As the API writes it.
    pub(crate) fn shown(&self) -> Value {
        let mut shown = Map::new();
        shown.insert(String::from("id"), json!(self.id));
        shown.insert(String::from("name"), json!(self.name));
        shown.insert(String::from("type"), json!(self.kind));
        shown.extend(self.body.clone());
        Value::Object(shown)
    }

    /// A value of its `properties`.
    pub(crate) fn property(&self, name: &str) -> &Value {
        self.body.get("properties").and_then(|properties| properties.get(name)).unwrap_or(&Value::Null)
    }

    /// Sets a value of its `properties`.
    pub(crate) fn set_property(&mut self, name: &str, value: Value) {
        let properties = self.body.entry("properties").or_insert_with(|| json!({}));
        if let Some(properties) = properties.as_object_mut() {
            properties.insert(name.to_owned(), value);
        }
    }

    /// Its location; empty for a child.
    pub(crate) fn location(&self) -> &str {
        self.body.get("location").and_then(Value::as_str).unwrap_or_default()
    }
}

/// Ids are equal in any case.
pub(crate) fn key(id: &str) -> String {
    id.trim_end_matches('/').to_ascii_lowercase()
}

/// The id of the resource group in the path.
pub(crate) fn group_id(call: &Call<'_>) -> String {
    format!("/subscriptions/{}/resourceGroups/{}", call.param("subscription"), call.param("group"))
}

/// Refuses a call without an api-version that the type has.
pub(crate) fn check_version(call: &Call<'_>, kind: &str, versions: &[&str]) -> Result<(), Refusal> {
    let version = call
        .request
        .query
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("api-version"))
        .map(|(_, value)| value.as_str())
        .filter(|version| !version.is_empty());
    let Some(version) = version else {
        return Err(Refusal::new(
            400,
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        ));
    };
    if versions.iter().any(|known| known.eq_ignore_ascii_case(version)) {
        return Ok(());
    }
    let (namespace, name) = kind.split_once('/').unwrap_or((kind, ""));
    let known = versions.join(", ");
    if call.request.method == "GET" {
        return Err(Refusal::new(
            404,
            "InvalidResourceType",
            format!(
                "The resource type '{name}' could not be found in the namespace '{namespace}' for api version '{version}'. The supported \
                 api-versions are '{known}'."
            ),
        ));
    }
    Err(Refusal::new(
        400,
        "NoRegisteredProviderFound",
        format!(
            "No registered resource provider found for location '' and API version '{version}' for type '{name}'. The supported \
             api-versions are '{known}'."
        ),
    ))
}

/// Refuses whoever may not do that below the subscription in the path, and paths into a group that is not there.
pub(crate) fn admitted(world: &World, call: &Call<'_>, action: &str, scope: &str) -> Result<Caller, Refusal> {
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, action, scope)?;
    if !call.param("group").is_empty() && live(world, &group_id(call)).is_none() {
        return Err(group_not_found(call.param("group")));
    }
    Ok(caller)
}

/// The resource with that id, if a read finds it by now.
pub(crate) fn live<'a>(world: &'a World, id: &str) -> Option<&'a Resource> {
    world.azure.resources.get(&key(id)).filter(|resource| resource.life.is_visible(world.now()))
}

/// The JSON object of the body, with no member but these.
pub(crate) fn body(call: &Call<'_>, members: &[&str]) -> Result<Map<String, Value>, Refusal> {
    match call.json() {
        Ok(Value::Object(body)) => {
            known(&body, members, "")?;
            Ok(body)
        }
        Ok(_) => Err(invalid_content("The request body is not a JSON object.")),
        Err(error) => Err(invalid_content(&error.to_string())),
    }
}

/// Refuses members that the type does not have.
pub(crate) fn known(object: &Map<String, Value>, members: &[&str], path: &str) -> Result<(), Refusal> {
    match object.keys().find(|name| !members.contains(&name.as_str())) {
        None => Ok(()),
        Some(name) => {
            let at = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            Err(invalid_content(&format!("Could not find member '{name}' on the object. Path '{at}'")))
        }
    }
}

/// The `properties` of a body, with no member but these.
pub(crate) fn properties(body: &Map<String, Value>, members: &[&str]) -> Result<Map<String, Value>, Refusal> {
    match body.get("properties") {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(properties)) => {
            known(properties, members, "properties")?;
            Ok(properties.clone())
        }
        Some(_) => Err(invalid_content("The property 'properties' is not an object.")),
    }
}

/// The location of a body, as regions are written.
pub(crate) fn location(body: &Map<String, Value>) -> Result<String, Refusal> {
    let given = body.get("location").and_then(Value::as_str).unwrap_or_default();
    let location = given.replace(' ', "").to_ascii_lowercase();
    if location.is_empty() {
        return Err(Refusal::new(400, "LocationRequired", "The location property is required for this definition."));
    }
    if LOCATIONS.contains(&location.as_str()) {
        return Ok(location);
    }
    Err(Refusal::new(
        400,
        "LocationNotAvailableForResourceType",
        format!(
            "The provided location '{given}' is not available for this resource type. List of available regions is '{}'.",
            LOCATIONS.join(",")
        ),
    ))
}

/// Refuses a location other than the one that the resource has.
pub(crate) fn same_location(existing: &Resource, location: &str, group: &str) -> Result<(), Refusal> {
    if existing.location() == location {
        return Ok(());
    }
    Err(Refusal::new(
        409,
        "InvalidResourceLocation",
        format!(
            "The resource '{}' already exists in location '{}' in resource group '{group}'. A resource with the same name cannot be created \
             in location '{location}'. Please select a new resource name.",
            existing.name,
            existing.location()
        ),
    ))
}

/// The tags of a body; none is an empty object.
pub(crate) fn tags(body: &Map<String, Value>) -> Result<Value, Refusal> {
    let Some(given) = body.get("tags").filter(|tags| !tags.is_null()) else {
        return Ok(json!({}));
    };
    let Some(tags) = given.as_object() else {
        return Err(invalid_content("The property 'tags' is not an object."));
    };
    if tags.len() > 50 {
        return Err(Refusal::new(400, "InvalidTags", "The number of tags on the resource exceeds the limit of 50."));
    }
    for (name, value) in tags {
        let Some(text) = value.as_str() else {
            return Err(invalid_content(&format!("The value of the tag '{name}' is not a string.")));
        };
        let reserved =
            ["microsoft", "azure", "windows"].iter().any(|prefix| name.to_ascii_lowercase().starts_with(prefix));
        if name.is_empty()
            || name.len() > 512
            || text.len() > 256
            || name.contains(['<', '>', '%', '&', '\\', '?', '/'])
            || reserved
        {
            return Err(Refusal::new(
                400,
                "InvalidTagNameCharacters",
                format!(
                    "The tag '{name}' has a name or value that is too long, reserved, or contains one of <>%&\\?/."
                ),
            ));
        }
    }
    Ok(given.clone())
}

/// Deletes what is there with everything below it: 200, or 204 when there was nothing.
pub(crate) fn remove(world: &mut World, id: &str) -> Answer {
    let key = key(id);
    let there = world.azure.resources.remove(&key).is_some();
    let below = format!("{key}/");
    world.azure.resources.retain(|id, _| !id.starts_with(&below));
    // Grants on what is gone are gone with it; grants to an identity that is gone stay behind, as in the cloud.
    world.azure.assignments.retain(|id, _| !id.starts_with(&below));
    Answer::empty(if there { 200 } else { 204 })
}

/// Puts a new resource into the world.
pub(crate) fn insert(world: &mut World, id: String, kind: &str, body: Map<String, Value>) -> Resource {
    let name = id.rsplit('/').next().unwrap_or_default().to_owned();
    let resource = Resource {
        kind: kind.to_owned(),
        name,
        body,
        revision: world.next_number(),
        busy: None,
        life: Life { deleted_at: None, visible_from: world.visible_from(), seeded: false },
        id,
    };
    world.azure.resources.insert(resource.key(), resource.clone());
    resource
}

/// Everything of one type below an id that a list shows.
pub(crate) fn listed<'a>(world: &'a World, kind: &str, below: &str) -> Vec<&'a Resource> {
    let prefix = format!("{}/", key(below));
    let now = world.now();
    let found = world.azure.resources.iter().filter(|(id, resource)| {
        id.starts_with(&prefix) && resource.kind.eq_ignore_ascii_case(kind) && resource.life.is_visible(now)
    });
    found.map(|(_, resource)| resource).collect()
}

/// Everything of one type below an id, also what a read does not find yet.
pub(crate) fn listed_all<'a>(world: &'a World, kind: &str, below: &str) -> Vec<&'a Resource> {
    let prefix = format!("{}/", key(below));
    let found = world.azure.resources.iter().filter(|(id, resource)| id.starts_with(&prefix) && resource.kind == kind);
    found.map(|(_, resource)| resource).collect()
}

/// A list as the resource manager writes it, on one page.
pub(crate) fn page(values: Vec<Value>) -> Answer {
    Answer::json(&json!({ "value": values }))
}

/// All resources of one type, for the control API.
pub(crate) fn objects(world: &World, kind: &str, shown_as: &'static str) -> Vec<Object> {
    let resources = world.azure.resources.values().filter(|resource| resource.kind == kind);
    let objects = resources.map(|resource| Object {
        kind: shown_as,
        id: resource.id.clone(),
        state: resource.life.state(),
        seeded: resource.life.seeded,
        details: details([("resource", resource.shown())]),
    });
    objects.collect()
}

/// 404 for the resource in the path, below its group.
pub(crate) fn missing(call: &Call<'_>, kind: &str, name: &str) -> Refusal {
    refusal::not_found(kind, name, call.param("group"))
}
