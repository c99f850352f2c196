//! Listening, connections and the way of one request through latency, journal, faults and routes.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request as HttpRequest, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::answer::{Answer, Refusal};
use super::held::{Held, Shown, Then};
use super::request::Request;
use super::route::{self, Call, Route, Vendor};
use crate::state::faults::{Action, Moment, OperationError};
use crate::state::journal::Progress;
use crate::state::world::{Clouds, World};
use crate::{azure, control, google};

/// The largest body that is read.
const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// How long a write takes where the cloud allows one at a time.
const WRITE_TAKES: Duration = Duration::from_millis(25);

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    world: Mutex<World>,
    held: Held,
    latency: Duration,
}

impl Shared {
    pub(crate) fn new(world: World, latency: Duration) -> Self {
        Self { world: Mutex::new(world), held: Held::default(), latency }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connection is to be closed without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is dropped by an injected fault")]
pub(crate) struct Dropped;

/// Accepts connections until the task is aborted; its connections end with it.
pub(crate) async fn listen(listener: TcpListener, tls: Option<TlsAcceptor>, shared: Arc<Shared>) -> Infallible {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors or a connection gone already: the listener itself still stands.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let shared = Arc::clone(&shared);
        let tls = tls.clone();
        connections.spawn(async move {
            let _ = stream.set_nodelay(true);
            match tls {
                None => serve(stream, shared, false).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        serve(stream, shared, true).await;
                    }
                }
            }
        });
    }
}

async fn serve<S>(stream: S, shared: Arc<Shared>, secure: bool)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = TowerToHyperService::new(Endpoint { shared, secure });
    let outcome =
        auto::Builder::new(TokioExecutor::new()).http1_only().serve_connection(TokioIo::new(stream), service).await;
    if let Err(error) = outcome {
        tracing::debug!(%error, "connection ended");
    }
}

/// The service of one connection. An error from it closes the connection, which axum's own handlers cannot do.
#[derive(Debug, Clone)]
struct Endpoint {
    shared: Arc<Shared>,
    secure: bool,
}

impl<B> tower::Service<HttpRequest<B>> for Endpoint
where
    B: HttpBody<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Body>;
    type Error = Dropped;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Dropped>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Dropped>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: HttpRequest<B>) -> Self::Future {
        let shared = Arc::clone(&self.shared);
        let secure = self.secure;
        let (parts, body) = request.into_parts();
        let body = Body::new(body);
        Box::pin(async move {
            let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
                return Ok(response(
                    Answer::json_with(413, &serde_json::json!({ "error": "the body is too large" })),
                    None,
                ));
            };
            let mut request = Request::new(parts.method, &parts.uri, parts.headers, body);
            request.secure = secure;
            answer(&shared, &request).await
        })
    }
}

async fn answer(shared: &Shared, request: &Request) -> Result<Response<Body>, Dropped> {
    if request.segments.first().is_some_and(|first| first == control::PREFIX) {
        let answer = match control::held(&shared.held, request) {
            Some(answer) => answer.await,
            None => control::answer(&mut shared.world(), request),
        };
        return Ok(response(answer, None));
    }
    if !shared.latency.is_zero() {
        tokio::time::sleep(shared.latency).await;
    }
    let (sequence, hit) = receive(shared, request);
    let (id, fault) = hit.map_or((None, Action::default()), |(id, action)| (Some(id), action));
    let request_id = shared.world().journal.request_id(sequence);
    let held = |moment| Shown {
        sequence,
        request_id: request_id.clone(),
        method: request.method.to_string(),
        path: request.target(),
        moment,
        fault: id,
    };
    if let Some(delay) = fault.delay_ms {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    if fault.hold == Some(Moment::Before) {
        hold(shared, held(Moment::Before)).await?;
    }
    if fault.drop == Some(Moment::Before) {
        return Err(dropped(shared, sequence));
    }
    let answer = process(&mut shared.world(), request, sequence, &fault);
    if answer.occupies.is_some() {
        tokio::time::sleep(WRITE_TAKES).await;
    }
    if let Some(delay) = fault.delay_after_ms {
        tokio::time::sleep(Duration::from_millis(delay)).await;
    }
    if fault.hold == Some(Moment::After) {
        hold(shared, held(Moment::After)).await?;
    }
    if fault.drop == Some(Moment::After) {
        return Err(dropped(shared, sequence));
    }
    shared.world().journal.update(sequence, |entry| entry.progress = Progress::Answered);
    Ok(response(answer, fault.retry_after))
}

/// Holds the request. Whoever kills its client meanwhile finds it dropped in the journal.
async fn hold(shared: &Shared, shown: Shown) -> Result<(), Dropped> {
    let sequence = shown.sequence;
    let mut gone = Gone { shared, sequence, noted: false };
    let then = shared.held.hold(shown).await;
    gone.noted = true;
    match then {
        Then::GoOn => Ok(()),
        Then::Drop => Err(dropped(shared, sequence)),
    }
}

/// Notes that a held request was abandoned, when its future is dropped with the connection.
struct Gone<'a> {
    shared: &'a Shared,
    sequence: u64,
    noted: bool,
}

impl Drop for Gone<'_> {
    fn drop(&mut self) {
        if !self.noted {
            dropped(self.shared, self.sequence);
        }
    }
}

fn dropped(shared: &Shared, sequence: u64) -> Dropped {
    shared.world().journal.update(sequence, |entry| entry.progress = Progress::Dropped);
    Dropped
}

/// Notes the request and finds the fault that hits it.
fn receive(shared: &Shared, request: &Request) -> (u64, Option<(u64, Action)>) {
    let mut world = shared.world();
    let api = route::find(crate::apis(), request).map(|(call, _)| call.api);
    let sequence = world.journal.receive(request, api);
    let hit = world.faults.hit(request, api.map(|api| api.service));
    if let Some((id, _)) = &hit {
        world.journal.update(sequence, |entry| entry.fault = Some(*id));
    }
    (sequence, hit)
}

/// Runs the request against the world; the lock makes it atomic.
fn process(world: &mut World, request: &Request, sequence: u64, fault: &Action) -> Answer {
    google::purge(world);
    let answer = match route::find(crate::apis(), request) {
        None => not_emulated(request, sequence),
        Some((call, route)) => {
            world.request_id = (call.api.vendor.request_id)(sequence);
            let outcome = match (fault.status, route::unknown_query(&call, route)) {
                (Some(status), _) => Err((call.api.fault)(status, fault.reason.as_deref())),
                (None, Some(name)) => Err(Refusal::new(
                    400,
                    "INVALID_ARGUMENT",
                    format!(
                        "Invalid JSON payload received. Unknown name \"{name}\": Cannot bind query parameter. Field '{name}' could not be found in request message."
                    ),
                )),
                (None, None) => handled(world, &call, route, fault),
            };
            let answer = outcome.unwrap_or_else(|mut refusal| {
                refusal.request_id.clone_from(&world.request_id);
                (call.api.render)(&refusal)
            });
            identified(answer, call.api.vendor, sequence)
        }
    };
    if let Some(busy) = &answer.occupies {
        let until = Instant::now() + WRITE_TAKES + Duration::from_millis(fault.delay_after_ms.unwrap_or(0));
        world.occupied.insert(busy.clone(), until);
    }
    let status = answer.status;
    world.journal.update(sequence, |entry| {
        entry.status = Some(status);
        entry.progress = Progress::Committed;
    });
    answer
}

fn handled(world: &mut World, call: &Call<'_>, route: &Route, fault: &Action) -> Result<Answer, Refusal> {
    let before = fault.operation_error.as_ref().map(|error| (error, world.clouds()));
    world.lag = i64::try_from(fault.lag_ms.unwrap_or(0)).unwrap_or(i64::MAX);
    let outcome = (route.handler)(world, call);
    world.lag = 0;
    match (outcome, before) {
        (Ok(answer), Some((error, before))) => Ok(failed(world, answer, error, before)),
        (outcome, _) => outcome,
    }
}

/// Lets the operation that the answer starts end in the error, with nothing done. One that is answered done already ends in it at once.
fn failed(world: &mut World, answer: Answer, error: &OperationError, before: Clouds) -> Answer {
    if let Some(id) = azure::operations::started(&answer) {
        world.restore(before);
        azure::operations::fail(world, id, &error.message);
        return answer;
    }
    let started: serde_json::Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let name = started["name"].as_str().unwrap_or_default();
    let error = serde_json::json!({ "code": error.code, "message": error.message });
    if world.operations.fail(name, error.clone()) {
        world.restore(before);
        return answer;
    }
    if started["done"] == true && !name.is_empty() {
        world.restore(before);
        return Answer::json(&serde_json::json!({ "name": name, "done": true, "error": error }));
    }
    answer
}

fn not_emulated(request: &Request, sequence: u64) -> Answer {
    let apis = crate::apis();
    let text = format!(
        "No emulated API has {} {}. Emulated are: {}.",
        request.method,
        request.target(),
        apis.iter().map(|api| api.service).collect::<Vec<_>>().join(", ")
    );
    let vendor = apis.iter().map(|api| api.vendor).find(|vendor| (vendor.owns)(request)).unwrap_or(&google::VENDOR);
    let mut refusal = Refusal::new(404, "NOT_FOUND", text);
    refusal.request_id = (vendor.request_id)(sequence);
    identified((vendor.render)(&refusal), vendor, sequence)
}

/// Adds the request's id, as the vendor names it.
fn identified(mut answer: Answer, vendor: &Vendor, sequence: u64) -> Answer {
    let id = (vendor.request_id)(sequence);
    answer.headers.extend(vendor.request_id_headers.iter().map(|name| (*name, id.clone())));
    answer
}

fn response(answer: Answer, retry_after: Option<u32>) -> Response<Body> {
    let mut builder = Response::builder().status(answer.status);
    if !answer.content_type.is_empty() {
        builder = builder.header("content-type", answer.content_type);
    }
    for (name, value) in &answer.headers {
        builder = builder.header(*name, value);
    }
    if let Some(seconds) = retry_after {
        builder = builder.header("retry-after", seconds);
    }
    // The parts are all valid by construction; an empty 500 is the answer if that is ever wrong.
    builder.body(Body::from(answer.body)).unwrap_or_else(|_| {
        let mut broken = Response::new(Body::empty());
        *broken.status_mut() = axum::http::StatusCode::INTERNAL_SERVER_ERROR;
        broken
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use axum::http::{HeaderMap, Method};

    use super::*;
    use crate::seed::Seed;

    /// Whatever is sent, every method answers or refuses; none fails in itself.
    #[test]
    fn no_body_and_no_name_upsets_a_handler() {
        let seed: Seed = serde_json::from_str(include_str!("../../examples/seed.json")).unwrap();
        let mut world = World::new(seed);
        let bodies = [
            "",
            "{}",
            "[]",
            "null",
            "7",
            "\"x\"",
            "{",
            "{\"policy\":[]}",
            "{\"policy\":{\"bindings\":[{}]}}",
            "{\"oidc\":7}",
            "{\"oidc\":{}}",
            "{\"serviceAccount\":{\"displayName\":[]},\"updateMask\":\"displayName\"}",
            "{\"contents\":[{\"parts\":[]}]}",
            "{\"instances\":[null]}",
            "{\"subjectToken\":\"a.b.c\"}",
            "{\"attributeMapping\":{\"google.subject\":\"\"},\"aws\":{}}",
        ];
        let names = ["ml-prod-4711", "global", "old-pool", "iam.googleapis.com", "-", "%00", "%F0%9F%A6%80", "a%2Fb"];
        for route in crate::apis().iter().flat_map(|api| api.routes) {
            for name in names {
                let path = route.template.split('/').map(|part| match part.split_once('}') {
                    Some((_, verb)) if part.starts_with('{') && !part.contains("project") => format!("{name}{verb}"),
                    Some((_, verb)) if part.starts_with('{') => format!("ml-prod-4711{verb}"),
                    _ => part.to_owned(),
                });
                let path = path.collect::<Vec<_>>().join("/") + "?updateMask=oidc&workloadIdentityPoolId=pool-1";
                for body in bodies {
                    let mut headers = HeaderMap::new();
                    headers.insert("authorization", "Bearer operator".parse().unwrap());
                    let method: Method = route.method.parse().unwrap();
                    let request =
                        Request::new(method, &path.parse().unwrap(), headers, Bytes::from_static(body.as_bytes()));
                    let answer = process(&mut world, &request, 0, &Action::default());
                    assert!(answer.status < 500, "{} {path} {body}: {}", route.method, answer.status);
                }
            }
        }
    }

    /// Every method can be refused by a fault, in its vendor's shape, with nothing done.
    #[test]
    fn every_method_can_be_refused() {
        let mut world = World::new(Seed::default());
        for route in crate::apis().iter().flat_map(|api| api.routes) {
            for status in [403, 409, 429, 503] {
                let path = route.template.replace(['{', '}', '+'], "");
                let request = Request::new(
                    route.method.parse().unwrap(),
                    &path.parse().unwrap(),
                    HeaderMap::new(),
                    Bytes::from_static(b"Action=GetCallerIdentity"),
                );
                let fault = Action { status: Some(status), ..Action::default() };
                let answer = process(&mut world, &request, 0, &fault);
                let routed = route::find(crate::apis(), &request).is_some();
                assert!(!routed || answer.status == status, "{} {path}: {}", route.method, answer.status);
                assert!(!answer.body.is_empty() || request.method == Method::HEAD, "{} {path}", route.method);
            }
        }
    }
}
