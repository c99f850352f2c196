//! A run task for HCP Terraform and Terraform Enterprise: asked whenever a run has planned, it answers with the verdict on the plan.
//!
//! Nothing of a request is read before its signature is right. The plan is fetched with the token that came with the request, and the verdict
//! is sent back with it, only to hosts that whoever runs this has named; no redirect is followed with it. What cannot be judged has failed.

mod hosts;
mod remote;
mod signature;
mod task;
mod verdict;

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::gate::Gate;
use remote::Remote;
use task::Task;

pub use hosts::{Host, HostError};
pub use signature::{HmacKey, KeyError};

/// Bytes of a request. They have some two thousand.
const REQUEST: usize = 1 << 20;

/// How long a request may take to arrive.
const ARRIVAL: Duration = Duration::from_secs(10);

/// Connections at a time.
const CONNECTIONS: usize = 128;

/// How long a verdict may take: HCP Terraform waits ten minutes for one.
const PATIENCE: Duration = Duration::from_secs(9 * 60);

/// What a server does, and whom it talks to.
pub struct Settings {
    /// Judges the plans.
    pub gate: Gate,
    /// The key that the run task was set up with.
    pub key: HmacKey,
    /// Hosts that plans are fetched from and verdicts are sent to.
    pub allowed: Vec<Host>,
    /// Hosts that an allowed one may send on to for the plan itself, which go without the token. Without any, a redirect is refused.
    pub storage: Vec<Host>,
    /// Whether plain http to this machine counts as an allowed address, for tests.
    pub loopback_http: bool,
    /// Bytes that a plan may have.
    pub longest_plan: usize,
    /// Plans that are judged at a time.
    pub at_a_time: usize,
    /// Is told, in one line, what becomes of each request.
    pub log: Box<dyn Fn(&str) + Send + Sync>,
}

/// A server that listens.
pub struct Server {
    listener: TcpListener,
    shared: Arc<Shared>,
}

/// What requests share.
struct Shared {
    settings: Settings,
    remote: Remote,
    places: Arc<Semaphore>,
}

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The address cannot be had.
    #[error("{address} cannot be listened on: {source}")]
    Listen {
        /// Address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The client for HCP Terraform cannot be made.
    #[error("the client for the allowed hosts cannot be made: {0}")]
    Client(#[from] reqwest::Error),
    /// Nobody could be answered.
    #[error("no host is allowed: name that of HCP Terraform, such as app.terraform.io")]
    NoHost,
}

impl Server {
    /// Begins to listen.
    ///
    /// # Errors
    /// [`ServeError`]
    pub async fn bind(address: SocketAddr, settings: Settings) -> Result<Self, ServeError> {
        if settings.allowed.is_empty() {
            return Err(ServeError::NoHost);
        }
        let listener = TcpListener::bind(address).await.map_err(|source| ServeError::Listen { address, source })?;
        let remote = Remote::new(&settings)?;
        let places = Arc::new(Semaphore::new(settings.at_a_time.max(1)));
        Ok(Self { listener, shared: Arc::new(Shared { settings, remote, places }) })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> Option<SocketAddr> {
        self.listener.local_addr().ok()
    }

    /// Answers until `end` is there, and until what was begun has an answer.
    pub async fn run(self, end: impl Future<Output = ()>) {
        let router = Router::new()
            .route("/", post(asked))
            .route("/healthz", get(|| async { "ok\n" }))
            .with_state(Arc::clone(&self.shared));
        let connections = Arc::new(Semaphore::new(CONNECTIONS));
        let mut end = std::pin::pin!(end);
        loop {
            let Ok(place) = Arc::clone(&connections).acquire_owned().await else { break };
            let accepted = tokio::select! {
                () = &mut end => break,
                accepted = self.listener.accept() => accepted,
            };
            // The other side is gone already, or the system has no more: the next one may do better.
            let Ok((stream, _)) = accepted else { continue };
            let service = TowerToHyperService::new(router.clone());
            tokio::spawn(async move {
                let mut server = auto::Builder::new(TokioExecutor::new()).http1_only();
                server.http1().timer(TokioTimer::new()).header_read_timeout(ARRIVAL);
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
                drop(place);
            });
        }
        let all = u32::try_from(self.shared.settings.at_a_time.max(1)).unwrap_or(u32::MAX);
        let _ = tokio::time::timeout(PATIENCE, self.shared.places.acquire_many(all)).await;
    }
}

/// Answers a request at once and judges afterwards: HCP Terraform waits ten seconds for this, and ten minutes for the verdict.
async fn asked(State(shared): State<Arc<Shared>>, request: Request) -> (StatusCode, String) {
    let (parts, body) = request.into_parts();
    let answer = match arrived(&shared, &parts.headers, body).await {
        Ok(None) => return (StatusCode::OK, String::new()),
        Ok(Some(task)) => take(&shared, task),
        Err(refusal) => Err(refusal),
    };
    match answer {
        Ok(()) => (StatusCode::OK, String::new()),
        Err((status, why)) => {
            (shared.settings.log)(&format!("refused a request: {why}"));
            (status, why + "\n")
        }
    }
}

type Refusal = (StatusCode, String);

/// The task, or none where HCP Terraform only asks whether anybody is there.
async fn arrived(shared: &Shared, headers: &HeaderMap, body: Body) -> Result<Option<Task>, Refusal> {
    let refused = |status: StatusCode, why: &str| (status, why.to_owned());
    let body = tokio::time::timeout(ARRIVAL, to_bytes(body, REQUEST))
        .await
        .map_err(|_| refused(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time"))?
        .map_err(|_| refused(StatusCode::PAYLOAD_TOO_LARGE, "the request is too large, or did not arrive whole"))?;
    let signature = headers.get(signature::HEADER).map(axum::http::HeaderValue::as_bytes).unwrap_or_default();
    if !shared.settings.key.signed(&body, signature) {
        return Err(refused(StatusCode::UNAUTHORIZED, "the signature is missing or wrong"));
    }
    let task = Task::read(&body).map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))?;
    if task.is_ping() {
        (shared.settings.log)("answered the request that checks this address");
        return Ok(None);
    }
    // Without an address for the verdict, the request cannot be answered later.
    match shared.remote.permitted(&task.callback) {
        Ok(_) => Ok(Some(task)),
        Err(error) => {
            Err((StatusCode::UNPROCESSABLE_ENTITY, format!("the address for the verdict is refused: {error}")))
        }
    }
}

/// Judges in the background, if there is room.
fn take(shared: &Arc<Shared>, task: Task) -> Result<(), Refusal> {
    let Ok(place) = Arc::clone(&shared.places).try_acquire_owned() else {
        // HCP Terraform asks again.
        return Err((StatusCode::SERVICE_UNAVAILABLE, "too many plans are being judged".to_owned()));
    };
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        let verdict = match tokio::time::timeout(PATIENCE, judged(&shared, &task)).await {
            Ok(verdict) => verdict,
            Err(_) => verdict::failed("the plan was not judged in time"),
        };
        let line = match shared.remote.answer(&task, &verdict).await {
            Ok(()) => format!("{}: {}", task.shown(), verdict.line()),
            Err(error) => format!("{}: {}, and nobody could be told: {error}", task.shown(), verdict.line()),
        };
        (shared.settings.log)(&line);
        drop(place);
    });
    Ok(())
}

async fn judged(shared: &Arc<Shared>, task: &Task) -> verdict::Verdict {
    let plan = match task.plan() {
        Ok(address) => shared.remote.plan(address, &task.token).await.map_err(|error| error.to_string()),
        Err(error) => Err(error.to_string()),
    };
    let bytes = match plan {
        Ok(bytes) => bytes,
        Err(why) => return verdict::failed(&why),
    };
    let judge = Arc::clone(shared);
    let report = tokio::task::spawn_blocking(move || {
        let text = crate::input::from_bytes(bytes)?;
        judge.settings.gate.check(&text)
    });
    match report.await {
        Ok(Ok(report)) => verdict::of(&report),
        Ok(Err(error)) => verdict::failed(&error.to_string()),
        Err(_) => verdict::failed("the gate failed; its log says more"),
    }
}
