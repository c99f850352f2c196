//! The cloud APIs that the provider uses, on loopback.
//!
//! One origin serves every API at the vendors' own paths. What the clouds enforce is enforced; issuers are virtual but their tokens are
//! really signed and really verified. Tests start it in process with [`Emulator::start`]; the binary of the same name serves everybody else.
//! The README beside this crate's sources describes the control API, the callers and how the vendors' command lines are pointed here.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

mod aws;
mod azure;
mod control;
mod github;
mod google;
mod http;
pub mod seed;
mod state;
mod tokens;

pub use http::tls::TlsError;
pub use seed::Seed;
pub use state::faults::{Action, Fault, Match, Moment, OperationError};

use http::route::Api;
use http::server::{self, Shared};
use state::world::World;

/// Every API that is emulated. A new one is a file of its own and a line here.
pub(crate) fn apis() -> &'static [&'static Api] {
    &[
        &aws::s3::API,
        &aws::iam::API,
        &aws::sts::API,
        &aws::lent::API,
        &azure::entra::API,
        &azure::identities::API,
        &azure::assignments::API,
        &azure::clusters::API,
        &azure::cognitive::API,
        &azure::storage::API,
        &azure::arm::API,
        &azure::graph::API,
        &azure::metadata::API,
        &azure::openai::API,
        &github::API,
        &google::projects::API,
        &google::services::API,
        &google::iam::API,
        &google::sts::API,
        &google::credentials::API,
        &google::oauth::API,
        &google::metadata::API,
        &google::kms::API,
        &google::perimeters::API,
        &google::storage::API,
        &google::transfer::API,
        &google::vertex::API,
    ]
}

/// How an emulator is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where plain http listens; port 0 takes a free one.
    pub http: SocketAddr,
    /// Where https listens, if it does.
    pub https: Option<SocketAddr>,
    /// What there is at the start.
    pub seed: Seed,
    /// How much longer every call takes; the control API is not slowed.
    pub latency: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            http: SocketAddr::from(([127, 0, 0, 1], 0)),
            https: None,
            seed: Seed::default(),
            latency: Duration::ZERO,
        }
    }
}

/// Why an emulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// It answers without asking for credentials, so it must not be reached from elsewhere.
    #[error("the emulator listens on loopback only, and {0} is not a loopback address")]
    NotLoopback(SocketAddr),
    /// The address could not be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The https origin has no certificate.
    #[error(transparent)]
    Tls(#[from] TlsError),
}

/// The emulator.
#[derive(Debug)]
pub struct Emulator;

impl Emulator {
    /// Starts an emulator in this process, on the current tokio runtime. It listens when this returns and ends when the result is dropped.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let (http_listener, http) = listener(options.http).await?;
        let shared = Arc::new(Shared::new(World::new(options.seed), options.latency));
        let mut tasks = Vec::new();
        let (mut https, mut ca_pem) = (None, None);
        if let Some(address) = options.https {
            let (acceptor, pem) = http::tls::acceptor()?;
            let (https_listener, address) = listener(address).await?;
            https = Some(format!("https://{address}"));
            ca_pem = Some(pem);
            tasks.push(tokio::spawn(serve(https_listener, Some(acceptor), Arc::clone(&shared))));
        }
        tasks.push(tokio::spawn(serve(http_listener, None, shared)));
        Ok(Running { http: format!("http://{http}"), https, ca_pem, tasks })
    }
}

/// A running emulator. Dropping it ends it, connections and all.
#[derive(Debug)]
pub struct Running {
    /// Origin over http, such as `http://127.0.0.1:40123`.
    pub http: String,
    /// Origin over https, if one was asked for.
    pub https: Option<String>,
    /// The certificate authority of the https origin, as PEM.
    pub ca_pem: Option<String>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Writes the ready file: whole or not at all, so that whoever waits for it never reads half of it.
    pub fn write_ready_file(&self, path: &Path) -> io::Result<()> {
        let body = json!({
            "http": self.http,
            "https": self.https,
            "ca_pem": self.ca_pem,
            "pid": std::process::id(),
            "version": env!("CARGO_PKG_VERSION"),
        });
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.part", std::process::id()));
        let part = path.with_file_name(name);
        std::fs::write(&part, format!("{body:#}\n"))?;
        std::fs::rename(&part, path)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn listener(address: SocketAddr) -> Result<(TcpListener, SocketAddr), StartError> {
    if !address.ip().is_loopback() {
        return Err(StartError::NotLoopback(address));
    }
    let failed = |source| StartError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

async fn serve(listener: TcpListener, tls: Option<tokio_rustls::TlsAcceptor>, shared: Arc<Shared>) {
    match server::listen(listener, tls, shared).await {}
}
