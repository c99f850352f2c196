//! Google's long-running operations: started by a request, polled until done, and failed with a status of their own.

use serde::Deserialize;
use serde_json::Value;

use crate::api::{Api, Quota};
use crate::context::Context;
use crate::error::{Answer, Error, refused_operation};
pub use crate::polling::Polling;
use crate::polling::Watch;
use crate::request::{Path, Request};
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
    let raw = request.raw();
    let ctx = &ctx.unshared();
    let mut watch = Watch::new(polling, raw);
    while !operation.done {
        if operation.name.is_empty() {
            let problem = "an operation without a name".to_owned();
            return Err(Error::Protocol { call: raw.call(), http_status: 200, problem });
        }
        watch.pause(None, ctx).await?;
        let poll = get(raw.api, &operation.name).about(raw.operation, &raw.object);
        operation = match transport.send(&poll, ctx).await {
            Ok(operation) => operation,
            // Operations are forgotten some time after their end; the object itself then tells.
            Err(Error::NotFound(_)) => return Ok(None),
            Err(error) => return Err(watch.blinded(error)),
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
