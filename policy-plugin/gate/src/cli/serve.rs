//! `serve`: the run task.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use super::check::Deciding;
use super::{Asked, print};
use crate::error::GateError;
use crate::gate::Gate;
use crate::serve::{HmacKey, Host, Server, Settings};

/// Holds the key where no file does.
const KEY: &str = "CROSSCLOUD_GATE_HMAC_KEY";

#[derive(Debug, Args)]
pub(super) struct Serve {
    /// Where to listen; put something before it that speaks TLS.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// File with the HMAC key that the run task was set up with. Without it, CROSSCLOUD_GATE_HMAC_KEY holds the key.
    #[arg(long, value_name = "FILE")]
    hmac_key_file: Option<PathBuf>,
    /// Host that plans are fetched from and verdicts are sent to, such as app.terraform.io; can be given several times.
    #[arg(long, value_name = "HOST", required = true)]
    allow_host: Vec<Host>,
    /// Host where an allowed one keeps plans, such as archivist.terraform.io: a redirect there is followed once, without the token. Without any,
    /// no redirect is followed.
    #[arg(long, value_name = "HOST")]
    storage_host: Vec<Host>,
    /// Bytes that a plan may have.
    #[arg(long, default_value_t = 256 << 20, value_name = "BYTES")]
    longest_plan: usize,
    /// Plans that are judged at a time.
    #[arg(long, default_value_t = 4, value_name = "COUNT")]
    at_a_time: usize,
    /// Let plain http to this machine count as an allowed address, for tests.
    #[arg(long, hide = true)]
    loopback_http: bool,
    #[command(flatten)]
    deciding: Deciding,
    #[command(flatten)]
    asked: Asked,
}

impl Serve {
    pub(super) fn run(self) -> Result<(), GateError> {
        let refused = |why: String| GateError::Serve(why);
        let key = match (&self.hmac_key_file, std::env::var(KEY)) {
            (Some(file), _) => HmacKey::in_file(file),
            (None, Ok(text)) => HmacKey::new(&text),
            (None, Err(_)) => return Err(refused(format!("there is no key: give `--hmac-key-file`, or set {KEY}"))),
        };
        let settings = Settings {
            gate: Gate::load(self.deciding.options(&self.asked))?,
            key: key.map_err(|error| refused(error.to_string()))?,
            allowed: self.allow_host,
            storage: self.storage_host,
            loopback_http: self.loopback_http,
            longest_plan: self.longest_plan,
            at_a_time: self.at_a_time,
            log: Box::new(|line| eprintln!("{line}")),
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
        let runtime = runtime.map_err(|error| refused(error.to_string()))?;
        runtime.block_on(async {
            let server = Server::bind(self.listen, settings).await.map_err(|error| refused(error.to_string()))?;
            let address = server.address().unwrap_or(self.listen);
            print(&format!("listening on http://{address}\n"))?;
            server.run(told_to_end()).await;
            Ok(())
        })
    }
}

/// Waits for the signal by which a service is ended.
async fn told_to_end() {
    let interrupted = async {
        // Where the signal cannot be had, the server ends when it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
