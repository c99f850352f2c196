//! Endpoints and datasets: the Vertex AI resources that a customer's key can protect.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{API, check_location, checked};
use crate::google::iam::paged;
use crate::google::kms::{cmek, key_rules};
use crate::google::refusal::{exists, invalid_with_violation, not_found, precondition};
use crate::google::schema::{self, Field, Kind};
use crate::google::services::sha_digits;
use crate::google::{access, agents};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::{World, details};

const ENCRYPTION: &[Field] = &[Field("kmsKeyName", Kind::Text)];

/// The fields of an endpoint.
pub(crate) const ENDPOINT: &[Field] = &[
    Field("name", Kind::Output),
    Field("createTime", Kind::Output),
    Field("updateTime", Kind::Output),
    Field("deployedModels", Kind::Output),
    Field("displayName", Kind::Text),
    Field("description", Kind::Text),
    Field("labels", Kind::TextMap),
    Field("network", Kind::Text),
    Field("dedicatedEndpointEnabled", Kind::Flag),
    Field("trafficSplit", Kind::Opaque),
    Field("encryptionSpec", Kind::Message(ENCRYPTION)),
];

/// The fields of a dataset.
pub(crate) const DATASET: &[Field] = &[
    Field("name", Kind::Output),
    Field("createTime", Kind::Output),
    Field("updateTime", Kind::Output),
    Field("displayName", Kind::Text),
    Field("description", Kind::Text),
    Field("labels", Kind::TextMap),
    Field("metadataSchemaUri", Kind::Text),
    Field("metadata", Kind::Any),
    Field("encryptionSpec", Kind::Message(ENCRYPTION)),
];

/// Endpoints and datasets, by resource name with the project number.
pub(crate) type Resources = BTreeMap<String, Resource>;

/// An endpoint or dataset.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    name: String,
    fields: Map<String, Value>,
    created_at: Millis,
    visible_from: Millis,
}

impl Resource {
    fn shown(&self) -> Value {
        let mut shown = schema::without_defaults(&self.fields);
        shown.insert(String::from("name"), json!(self.name));
        shown.insert(String::from("createTime"), json!(rfc3339(self.created_at)));
        shown.insert(String::from("updateTime"), json!(rfc3339(self.created_at)));
        Value::Object(shown)
    }
}

/// One of the two collections.
struct Collection {
    name: &'static str,
    message: &'static str,
    fields: &'static [Field],
}

/// Which collection the path names.
fn collection(call: &Call<'_>) -> Collection {
    match call.request.segments.get(5).map(String::as_str) {
        Some("datasets") => Collection { name: "datasets", message: "Dataset", fields: DATASET },
        _ => Collection { name: "endpoints", message: "Endpoint", fields: ENDPOINT },
    }
}

/// `endpoints.create` and `datasets.create`. A key is tried out before anything is made.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let collection = collection(call);
    let parent = authorised(world, call, "create")?;
    let fields = checked(call, collection.fields)?;
    let name = fields.get("displayName").and_then(Value::as_str).unwrap_or_default();
    if name.is_empty() || name.chars().count() > 128 {
        return Err(invalid_with_violation("display_name", "The display name must have between 1 and 128 characters."));
    }
    if collection.name == "datasets" && fields.get("metadataSchemaUri").and_then(Value::as_str).is_none() {
        return Err(invalid_with_violation("metadata_schema_uri", "A dataset must name its metadata schema."));
    }
    key_rules::check_labels(&fields)?;
    if let Some(key) = fields.get("encryptionSpec").and_then(|spec| spec["kmsKeyName"].as_str()) {
        try_key(world, call, key)?;
    }
    let id = match call.request.query("endpointId") {
        Some(id) if !id.is_empty() => id.to_owned(),
        _ => sha_digits(&world.next_id("vertex resource"))[..19].to_owned(),
    };
    let name = format!("{parent}/{id}");
    if world.google.vertex.contains_key(&name) {
        return Err(exists(format!("{} {name} already exists.", collection.message)));
    }
    let resource = Resource { name: name.clone(), fields, created_at: world.now(), visible_from: world.visible_from() };
    let mut response = resource.shown();
    response["@type"] = json!(format!("type.googleapis.com/google.cloud.aiplatform.v1.{}", collection.message));
    world.google.vertex.insert(name.clone(), resource);
    Ok(start_operation(world, &name, response))
}

/// `endpoints.list` and `datasets.list`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let prefix = authorised(world, call, "list")? + "/";
    let now = world.now();
    let all = world.google.vertex.values();
    let found = all.filter(|each| each.name.starts_with(&prefix) && now >= each.visible_from);
    paged(call, collection(call).name, found.map(Resource::shown).collect(), 100, 100)
}

/// `endpoints.get` and `datasets.get`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "get")?;
    Ok(Answer::json(&found(world, &name)?.shown()))
}

/// `endpoints.delete` and `datasets.delete`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "delete")?;
    found(world, &name)?;
    world.google.vertex.remove(&name);
    Ok(start_operation(world, &name, json!({ "@type": "type.googleapis.com/google.protobuf.Empty" })))
}

/// The operations of both.
pub(super) fn operation(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = format!("{}/operations/{}", authorised(world, call, "get")?, call.param("operation"));
    let polled = world.operations.poll(&name, world.now());
    polled.map(|answer| Answer::json(&answer)).ok_or_else(|| not_found("The operation was not found."))
}

/// All of them, for the control API.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let all = world.google.vertex.values().map(|resource| Object {
        kind: if resource.name.contains("/datasets/") { "gcp/vertex_dataset" } else { "gcp/vertex_endpoint" },
        id: resource.name.clone(),
        state: "live",
        seeded: false,
        details: details([("resource", resource.shown())]),
    });
    all.collect()
}

/// The resource or collection in the path, by project number, for a caller who may do that with it.
fn authorised(world: &World, call: &Call<'_>, verb: &str) -> Result<String, Refusal> {
    let collection = collection(call).name;
    let project = access::project(world, call, &format!("aiplatform.{collection}.{verb}"))?;
    check_location(call)?;
    let name = format!("projects/{}/locations/{}/{collection}", project.number, call.param("location"));
    Ok(match call.param("resource") {
        "" => name,
        id => format!("{name}/{id}"),
    })
}

fn found<'a>(world: &'a World, name: &str) -> Result<&'a Resource, Refusal> {
    let now = world.now();
    let found = world.google.vertex.get(name).filter(|resource| now >= resource.visible_from);
    found.ok_or_else(|| not_found(format!("The resource {name} was not found.")))
}

/// Lets the service agent of Vertex AI in this project try the key.
fn try_key(world: &mut World, call: &Call<'_>, key: &str) -> Result<(), Refusal> {
    let number = world.project(call.param("project")).map(|project| project.number.clone()).unwrap_or_default();
    let agent = agents::email(&number, API.service).unwrap_or_default();
    match cmek::usable(world, key, call.param("location"), &agent) {
        Ok(_) => Ok(()),
        Err(error @ (cmek::Unusable::Name(_) | cmek::Unusable::Location { .. })) => {
            Err(invalid_with_violation("encryption_spec.kms_key_name", &format!("{error}.")))
        }
        Err(error) => Err(precondition(format!("The customer-managed encryption key cannot be used: {error}."))),
    }
}

fn start_operation(world: &mut World, resource: &str, response: Value) -> Answer {
    let id = sha_digits(&world.next_id("vertex operation"))[..19].to_owned();
    let ready_at = world.visible_from();
    Answer::json(&world.operations.start(format!("{resource}/operations/{id}"), response, ready_at))
}
