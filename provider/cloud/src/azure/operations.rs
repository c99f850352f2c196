//! Azure's asynchronous operations: named by a header of the answer that started them, or else told by the object's own state.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::context::Context;
use crate::error::{Answer, Error, refused_asynchronously};
use crate::polling::{Polling, Watch};
use crate::request::Request;
use crate::transport::{Answered, Transport, decode};

/// What a write was answered with, once Azure has carried it out.
pub(super) struct Done<T> {
    /// The HTTP status of the first answer: 201 made something, 200 found it, 204 found nothing.
    pub(super) http_status: u16,
    /// The object, if there is one to answer with.
    pub(super) object: Option<T>,
}

/// Sends a write and waits until Azure has carried it out. `read` tells about the object where no operation does.
///
/// # Errors
/// Those of sending, the operation's own failure, or [`Error::Timeout`] when it does not end in time. Cancelling stops the polling, not the
/// operation.
pub(super) async fn run<T: DeserializeOwned>(
    transport: &Transport,
    write: &Request<T>,
    read: &Request<Value>,
    polling: &Polling,
    ctx: &Context,
) -> Result<Done<T>, Error> {
    let first = transport.answer_to(write, ctx).await?;
    let raw = write.raw();
    let follow = |header: &str| {
        let url = first.header(header)?;
        Request::<Value>::follow(raw.api, url, transport.endpoints())
            .map(|request| request.about(raw.operation, &raw.object))
    };
    let mut watch = Watch::new(polling, raw);
    if let Some(status) = follow("azure-asyncoperation") {
        watch_status(transport, &status, &first, &mut watch, ctx).await?;
    } else if let Some(location) = follow("location").filter(|_| first.http_status == 202) {
        watch_location(transport, &location, &first, &mut watch, ctx).await?;
    } else if let Some(object) = settled(write, &first)? {
        return Ok(Done { http_status: first.http_status, object });
    }
    let object = watch_object(transport, write, read, &mut watch, ctx).await?;
    Ok(Done { http_status: first.http_status, object })
}

/// The object in the first answer, unless it says that it is still being worked on.
fn settled<T: DeserializeOwned>(write: &Request<T>, first: &Answered) -> Result<Option<Option<T>>, Error> {
    if first.body.trim_ascii().is_empty() {
        let nothing_follows = first.http_status != 202;
        return Ok(nothing_follows.then_some(None));
    }
    let body: Value = decode(write.raw(), first)?;
    match state_of(&body) {
        State::Succeeded => decode(write.raw(), first).map(|object| Some(Some(object))),
        State::Going => Ok(None),
        State::Failed => Err(failed(write, first.http_status, &body)),
    }
}

async fn watch_status(
    transport: &Transport,
    status: &Request<Value>,
    first: &Answered,
    watch: &mut Watch<'_>,
    ctx: &Context,
) -> Result<(), Error> {
    let mut asked = first.retry_after();
    loop {
        watch.pause(asked, ctx).await?;
        let answer = look(transport, status, watch, ctx).await?;
        let Some(answer) = answer else { return Ok(()) };
        let body: Value = decode(status.raw(), &answer)?;
        match body["status"].as_str().unwrap_or_default() {
            word if word.eq_ignore_ascii_case("Succeeded") => return Ok(()),
            word if ["Failed", "Canceled"].iter().any(|end| word.eq_ignore_ascii_case(end)) => {
                return Err(failed(status, answer.http_status, &body));
            }
            _ => asked = answer.retry_after(),
        }
    }
}

async fn watch_location(
    transport: &Transport,
    location: &Request<Value>,
    first: &Answered,
    watch: &mut Watch<'_>,
    ctx: &Context,
) -> Result<(), Error> {
    let mut asked = first.retry_after();
    loop {
        watch.pause(asked, ctx).await?;
        match look(transport, location, watch, ctx).await? {
            Some(answer) if answer.http_status == 202 => asked = answer.retry_after(),
            _ => return Ok(()),
        }
    }
}

/// Reads the object until nothing more is being done to it. An object that is not there has been deleted.
async fn watch_object<T: DeserializeOwned>(
    transport: &Transport,
    write: &Request<T>,
    read: &Request<Value>,
    watch: &mut Watch<'_>,
    ctx: &Context,
) -> Result<Option<T>, Error> {
    let read = read.clone().about(write.raw().operation, &write.raw().object);
    loop {
        let Some(answer) = look(transport, &read, watch, ctx).await? else { return Ok(None) };
        let body: Value = decode(read.raw(), &answer)?;
        match state_of(&body) {
            State::Succeeded => return decode(write.raw(), &answer).map(Some),
            State::Failed => return Err(failed(write, answer.http_status, &body)),
            State::Going => watch.pause(answer.retry_after(), ctx).await?,
        }
    }
}

/// One look; `None` when there is nothing to see any more.
async fn look(
    transport: &Transport,
    request: &Request<Value>,
    watch: &Watch<'_>,
    ctx: &Context,
) -> Result<Option<Answered>, Error> {
    match transport.answer_to(request, ctx).await {
        Ok(answer) => Ok(Some(answer)),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(watch.blinded(error)),
    }
}

enum State {
    Succeeded,
    Going,
    Failed,
}

fn state_of(body: &Value) -> State {
    match body.pointer("/properties/provisioningState").and_then(Value::as_str) {
        None => State::Succeeded,
        Some(word) if word.eq_ignore_ascii_case("Succeeded") => State::Succeeded,
        Some(word) if ["Failed", "Canceled"].iter().any(|end| word.eq_ignore_ascii_case(end)) => State::Failed,
        Some(_) => State::Going,
    }
}

fn failed<T>(request: &Request<T>, http_status: u16, body: &Value) -> Error {
    let answer = if body.get("error").is_some() {
        Answer::azure(body)
    } else {
        Answer { message: "the operation failed, and its answer does not say why".to_owned(), ..Answer::default() }
    };
    refused_asynchronously(*request.raw().call(), http_status, answer)
}
