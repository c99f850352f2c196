//! Google's long-running operations: started by a request, polled until done, and failed with a status of their own.

use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use crate::api::{Api, Quota};
use crate::context::Context;
use crate::error::{Answer, Error, refused_operation};
use crate::request::{Path, Raw, Request};
use crate::retry::exponential;
use crate::transport::Transport;

/// A `google.longrunning.Operation`.
#[derive(Clone, Debug, Deserialize)]
pub struct Operation {
    /// The operation's resource name.
    #[serde(default)]
    pub name: String,
    /// Whether it has ended.
    #[serde(default)]
    pub done: bool,
    /// What it yielded, if it went well.
    #[serde(default)]
    pub response: Option<Value>,
    /// Why it failed, as a `google.rpc.Status`.
    #[serde(default)]
    pub error: Option<Value>,
}

/// How an operation is polled: Google sends no `Retry-After`, so the client backs off.
#[derive(Clone, Copy, Debug)]
pub struct Polling {
    /// The wait before the first poll; each further one is twice as long.
    pub initial: Duration,
    /// The longest wait between polls.
    pub max: Duration,
    /// When to give up on an operation that does not end.
    pub timeout: Duration,
}

impl Default for Polling {
    fn default() -> Self {
        Self { initial: Duration::from_millis(250), max: Duration::from_secs(5), timeout: Duration::from_secs(600) }
    }
}

/// Reads an operation by its name.
pub fn get(api: Api, name: &str) -> Request<Operation> {
    let request = Request::get(api, Path::new("v1").resource(name)).about("read", format_args!("operation {name}"));
    match api {
        Api::ServiceUsage => request.needs(&["serviceusage.operations.get"]),
        Api::Iam => request.quota(Quota::FederationRead),
        _ => request,
    }
}

/// Sends a request that starts an operation, and waits for its end.
///
/// # Errors
/// Those of sending, the operation's own failure, or [`Error::Timeout`] when it does not end in time; all name the
/// request's object. Cancelling stops the polling, not the operation.
pub async fn run(
    transport: &Transport,
    request: &Request<Operation>,
    polling: &Polling,
    ctx: &Context,
) -> Result<Option<Value>, Error> {
    let operation = transport.send(request, ctx).await?;
    wait(transport, request, operation, polling, ctx).await
}

/// Waits for the end of an operation that `request` started, and answers with what it yielded.
pub async fn wait(
    transport: &Transport,
    request: &Request<Operation>,
    mut operation: Operation,
    polling: &Polling,
    ctx: &Context,
) -> Result<Option<Value>, Error> {
    let started = Instant::now();
    let raw = request.raw();
    let mut polls = 0;
    while !operation.done {
        if operation.name.is_empty() {
            let problem = "an operation without a name".to_owned();
            return Err(Error::Protocol { call: raw.call(), http_status: 200, problem });
        }
        polls += 1;
        let pause = exponential(polling.initial, polling.max, polls);
        if started.elapsed() + pause > polling.timeout {
            return Err(Error::Timeout { call: raw.call(), after: started.elapsed(), sent: true });
        }
        if !ctx.sleep(pause, &raw.object).await {
            return Err(stopped(raw, ctx, started));
        }
        let poll = get(raw.api, &operation.name).about(raw.operation, &raw.object);
        operation = match transport.send(&poll, ctx).await {
            Ok(operation) => operation,
            // Operations are forgotten some time after their end; the object itself then tells.
            Err(Error::NotFound(_)) => return Ok(None),
            // The operation itself goes on.
            Err(Error::Cancelled { call, .. }) => return Err(Error::Cancelled { call, sent: true }),
            Err(error) if error.outcome_unknown() => return Err(error),
            // The request was accepted, so its work goes on whether or not anybody may watch.
            Err(error) => return Err(Error::Unwatched { call: raw.call(), source: Box::new(error) }),
        };
    }
    match &operation.error {
        Some(status) => {
            let code = status["code"].as_i64().unwrap_or_default();
            Err(refused_operation(*raw.call(), code, Answer::from_status(status)))
        }
        None => Ok(operation.response),
    }
}

fn stopped(raw: &Raw, ctx: &Context, started: Instant) -> Error {
    if ctx.is_cancelled() {
        Error::Cancelled { call: raw.call(), sent: true }
    } else {
        Error::Timeout { call: raw.call(), after: started.elapsed(), sent: true }
    }
}
