//! Asynchronous operations: the answer names where to ask, and the change is done only a little later.

use serde_json::{Value, json};

use super::access;
use super::resources::{Resource, key};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::World;

/// How long an operation takes when no fault asks for more.
const TAKES: Millis = 100;

/// The header that names the operation.
const STATUS_HEADER: &str = "azure-asyncoperation";
/// The header that names where the result will be.
const RESULT_HEADER: &str = "location";

/// An operation.
#[derive(Debug, Clone)]
pub(crate) struct Operation {
    started_at: Millis,
    ready_at: Millis,
    error: Option<Value>,
    /// The resource that the result is, for those who ask for it.
    resource: Option<String>,
}

/// Until when a write that begins now takes.
pub(crate) fn until(world: &World) -> Millis {
    world.now() + TAKES.max(world.lag)
}

/// Starts an operation of a provider and returns its id.
pub(crate) fn start(world: &mut World, resource: Option<&str>) -> String {
    let id = world.next_guid("operation");
    let operation =
        Operation { started_at: world.now(), ready_at: until(world), error: None, resource: resource.map(key) };
    world.azure.operations.insert(id.clone(), operation);
    id
}

/// Adds where the status of the operation can be asked for.
pub(crate) fn with_status(answer: Answer, call: &Call<'_>, provider: &str, location: &str, id: &str) -> Answer {
    answer.with_header(STATUS_HEADER, url(call, provider, location, "operations", id)).with_header("retry-after", "1")
}

/// Adds where the result of the operation will be.
pub(crate) fn with_result(answer: Answer, call: &Call<'_>, provider: &str, location: &str, id: &str) -> Answer {
    answer
        .with_header(RESULT_HEADER, url(call, provider, location, "operationresults", id))
        .with_header("retry-after", "1")
}

/// Asks for an operation's status.
pub(crate) fn status(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    access::caller(world, call)?;
    let id = call.param("operation");
    let operation = found(world, id)?;
    let mut shown = json!({ "id": call.request.path, "name": id, "startTime": rfc3339(operation.started_at) });
    if world.now() < operation.ready_at {
        shown["status"] = json!("InProgress");
        return Ok(Answer::json(&shown).with_header("retry-after", "1"));
    }
    shown["endTime"] = json!(rfc3339(operation.ready_at));
    shown["status"] = json!(if operation.error.is_some() { "Failed" } else { "Succeeded" });
    if let Some(error) = &operation.error {
        shown["error"] = error.clone();
    }
    Ok(Answer::json(&shown))
}

/// Asks for an operation's result: 202 until it is there.
pub(crate) fn result(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    access::caller(world, call)?;
    let operation = found(world, call.param("operation"))?;
    if world.now() < operation.ready_at {
        let again = format!("{}{}?{}", call.request.origin(), call.request.path, version(call));
        return Ok(Answer::empty(202).with_header(RESULT_HEADER, again).with_header("retry-after", "1"));
    }
    if let Some(error) = &operation.error {
        return Ok(Answer::json_with(400, &json!({ "error": error })));
    }
    let resource = operation.resource.as_ref().and_then(|key| world.azure.resources.get(key));
    Ok(resource.map_or_else(|| Answer::empty(204), |resource| Answer::json(&resource.shown_at(world.now()))))
}

/// The operation that an answer starts.
pub(crate) fn started(answer: &Answer) -> Option<String> {
    let header = answer.headers.iter().find(|(name, _)| *name == STATUS_HEADER || *name == RESULT_HEADER);
    let path = header?.1.split('?').next()?;
    path.rsplit('/').next().map(str::to_owned)
}

/// Lets an operation end in an error, after the world has gone back to what it was.
pub(crate) fn fail(world: &mut World, id: String, message: &str) {
    let now = world.now();
    let error = json!({ "code": "OperationFailed", "message": message });
    world
        .azure
        .operations
        .insert(id, Operation { started_at: now, ready_at: now + TAKES, error: Some(error), resource: None });
}

/// A write that goes on for a while.
#[derive(Debug, Clone)]
pub(crate) struct Busy {
    pub(crate) until: Millis,
    /// The provisioning state meanwhile.
    pub(crate) state: &'static str,
    /// The profile and property that appear only when it is done.
    pub(crate) hides: Option<(&'static str, &'static str)>,
}

impl Resource {
    /// As the API writes it at a time: a write that is under way shows in its state.
    pub(crate) fn shown_at(&self, now: Millis) -> Value {
        let mut shown = self.shown();
        let Some(busy) = self.busy.as_ref().filter(|busy| now < busy.until) else {
            return shown;
        };
        shown["properties"]["provisioningState"] = json!(busy.state);
        if let Some((profile, name)) = busy.hides
            && let Some(profile) = shown["properties"].get_mut(profile).and_then(Value::as_object_mut)
        {
            profile.remove(name);
        }
        shown
    }

    /// Whether a write is still under way.
    pub(crate) fn is_busy(&self, now: Millis) -> bool {
        self.busy.as_ref().is_some_and(|busy| now < busy.until)
    }
}

fn found(world: &World, id: &str) -> Result<Operation, Refusal> {
    let operation = world.azure.operations.get(id).cloned();
    operation.ok_or_else(|| Refusal::new(404, "NotFound", format!("The entity was not found: operation {id}.")))
}

fn url(call: &Call<'_>, provider: &str, location: &str, what: &str, id: &str) -> String {
    format!(
        "{}/subscriptions/{}/providers/{provider}/locations/{location}/{what}/{id}?{}",
        call.request.origin(),
        call.param("subscription"),
        version(call)
    )
}

fn version(call: &Call<'_>) -> String {
    format!("api-version={}", call.request.query("api-version").unwrap_or_default())
}
