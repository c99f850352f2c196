//! The control API below `/_emulator/`, for tests, the demo and outside tools. It needs no credential: it is on loopback and holds no secret
//! of anybody's but its own.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use axum::http::Method;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::google::messages;
use crate::http::answer::Answer;
use crate::http::held::{Held, Then};
use crate::http::request::Request;
use crate::http::route::Object;
use crate::state::clock::rfc3339;
use crate::state::faults::Fault;
use crate::state::world::World;
use crate::tokens::mint;

/// The first segment of every control path.
pub(crate) const PREFIX: &str = "_emulator";

/// The longest that a client may wait for a held request.
const LONGEST_WAIT_MS: u64 = 600_000;

/// What the control API refuses.
#[derive(Debug, thiserror::Error)]
enum ControlError {
    /// No such endpoint.
    #[error(
        "{method} {path} is not part of the control API: it has apis, objects, requests, logs, faults, held, reset, tokens, issuers, operator, machine and clock"
    )]
    Unknown { method: Method, path: String },
    /// The body is not what the endpoint takes.
    #[error("the body is not what this endpoint takes: {0}")]
    Body(#[from] serde_json::Error),
    /// No such issuer, or one that cannot be reached.
    #[error("issuer {0:?} has no keys here: ask for a token of it first")]
    NoIssuer(String),
    /// A token was asked for that cannot be made.
    #[error(transparent)]
    Mint(#[from] mint::MintError),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IssuerOrder {
    issuer: String,
    reachable: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockOrder {
    advance_seconds: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeldOrder {
    #[serde(default)]
    sequence: Option<u64>,
    then: Then,
}

/// Answers a request about held requests, which may take a while and needs nothing of the world.
pub(crate) fn held<'a>(
    held: &'a Held,
    request: &'a Request,
) -> Option<Pin<Box<dyn Future<Output = Answer> + Send + 'a>>> {
    let path: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["held"]) => Some(Box::pin(async {
            let number = |name: &str| request.query(name).and_then(|text| text.parse::<u64>().ok());
            let count = usize::try_from(number("count").unwrap_or(1)).unwrap_or(usize::MAX);
            let patience = Duration::from_millis(number("wait_ms").unwrap_or(0).min(LONGEST_WAIT_MS));
            Answer::json(&json!(held.wait(count, patience).await))
        })),
        ("POST", ["held"]) => Some(Box::pin(async {
            match body::<HeldOrder>(request) {
                Ok(order) => Answer::json(&json!({ "released": held.release(order.sequence, order.then) })),
                Err(error) => refused(&error),
            }
        })),
        // What was before a reset is over, also for those who still wait.
        ("POST", ["reset"]) => {
            held.release(None, Then::Drop);
            None
        }
        _ => None,
    }
}

/// Answers a request below `/_emulator/`.
pub(crate) fn answer(world: &mut World, request: &Request) -> Answer {
    match run(world, request) {
        Ok(body) => Answer::json(&body),
        Err(error) => refused(&error),
    }
}

fn refused(error: &ControlError) -> Answer {
    let status = match error {
        ControlError::Unknown { .. } | ControlError::NoIssuer(_) => 404,
        ControlError::Body(_) | ControlError::Mint(_) => 400,
    };
    Answer::json_with(status, &json!({ "error": error.to_string() }))
}

fn run(world: &mut World, request: &Request) -> Result<Value, ControlError> {
    let path: Vec<&str> = request.segments.iter().skip(1).map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["objects"]) => Ok(json!(objects(world, request))),
        ("GET", ["requests"]) => Ok(json!(world.journal.entries())),
        ("DELETE", ["requests"]) => {
            world.journal.clear();
            Ok(json!({}))
        }
        ("GET", ["apis"]) => Ok(json!({ "apis": apis(), "messages": messages::described() })),
        ("GET", ["logs"]) => Ok(json!(world.logs())),
        ("GET", ["faults"]) => Ok(json!(world.faults.active())),
        ("POST", ["faults"]) => {
            let fault: Fault = body(request)?;
            Ok(json!({ "id": world.faults.add(fault) }))
        }
        ("DELETE", ["faults"]) => {
            world.faults.clear();
            Ok(json!({}))
        }
        ("POST", ["reset"]) => {
            world.reset();
            Ok(json!({}))
        }
        ("POST", ["tokens"]) => Ok(mint::mint(world, body(request)?)?),
        ("GET", ["issuers"]) => {
            let issuers =
                world.issuers.all().map(|(issuer, reachable)| json!({ "issuer": issuer, "reachable": reachable }));
            Ok(issuers.collect())
        }
        ("POST", ["issuers"]) => {
            let order: IssuerOrder = body(request)?;
            world.issuers.declare(&order.issuer, order.reachable);
            Ok(json!({}))
        }
        ("GET", ["issuers", issuer, .., "openid-configuration"]) => {
            world.issuers.discovery(issuer).ok_or_else(|| ControlError::NoIssuer((*issuer).to_owned()))
        }
        ("GET", ["issuers", issuer, .., "jwks"]) => {
            let keys = world.issuers.published(issuer).ok_or_else(|| ControlError::NoIssuer((*issuer).to_owned()))?;
            Ok(serde_json::to_value(keys)?)
        }
        ("POST", ["operator"]) => {
            world.operator = body(request)?;
            Ok(json!({}))
        }
        ("POST", ["machine"]) => {
            world.machine = body(request)?;
            Ok(json!({}))
        }
        ("GET", ["clock"]) => Ok(json!({ "now": rfc3339(world.now()) })),
        ("POST", ["clock"]) => {
            let order: ClockOrder = body(request)?;
            world.clock.advance(i64::from(order.advance_seconds) * 1000);
            Ok(json!({ "now": rfc3339(world.now()) }))
        }
        _ => Err(ControlError::Unknown { method: request.method.clone(), path: request.path.clone() }),
    }
}

/// Every method that is emulated, as it is routed.
fn apis() -> Value {
    let apis = crate::apis().iter().map(|api| {
        let routes = api
            .routes
            .iter()
            .map(|route| json!({ "method": route.method, "template": route.template, "query": route.query }));
        json!({
            "service": api.service,
            "title": api.title,
            "common_query": api.common_query,
            "routes": routes.collect::<Value>(),
        })
    });
    apis.collect()
}

/// What the clouds hold, sorted by type and id; `type`, `state` and `seeded` in the query narrow it down.
fn objects(world: &World, request: &Request) -> Vec<Object> {
    let mut objects: Vec<Object> = crate::apis().iter().flat_map(|api| (api.objects)(world)).collect();
    let is = |name: &str, value: &str| request.query(name).is_none_or(|wanted| wanted == value);
    objects.retain(|object| {
        let seeded = if object.seeded { "true" } else { "false" };
        is("type", object.kind) && is("state", object.state) && is("seeded", seeded)
    });
    objects.sort_by(|one, other| (one.kind, &one.id).cmp(&(other.kind, &other.id)));
    objects
}

fn body<T: DeserializeOwned>(request: &Request) -> Result<T, ControlError> {
    Ok(serde_json::from_slice(&request.body)?)
}
