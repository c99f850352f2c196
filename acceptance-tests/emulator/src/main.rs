//! The emulator as a program: starts, says where it listens, and ends on an interrupt.

use std::error::Error;
use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use cloud_emulator::{Emulator, Options, Seed};

/// Serves the cloud APIs that the provider uses, on loopback.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// Address of the http origin; port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS")]
    http: SocketAddr,
    /// Address of the https origin, for clients that accept nothing else.
    #[arg(long, value_name = "ADDRESS")]
    https: Option<SocketAddr>,
    /// Receives JSON {http, https, ca_pem, …} once the emulator listens.
    #[arg(long, value_name = "FILE")]
    ready_file: PathBuf,
    /// What the clouds hold at the start, as JSON.
    #[arg(long, value_name = "FILE")]
    seed: Option<PathBuf>,
    /// Makes every call take that much longer.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0)]
    latency_ms: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut text = format!("cloud-emulator: {error}");
            let mut source = error.source();
            while let Some(cause) = source {
                text = format!("{text}: {cause}");
                source = cause.source();
            }
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: Arguments) -> Result<(), Box<dyn Error>> {
    let seed = match &arguments.seed {
        Some(path) => {
            let text = fs::read_to_string(path).map_err(|error| format!("seed {}: {error}", path.display()))?;
            serde_json::from_str(&text).map_err(|error| format!("seed {}: {error}", path.display()))?
        }
        None => Seed::default(),
    };
    let latency = Duration::from_millis(arguments.latency_ms);
    let running = Emulator::start(Options { http: arguments.http, https: arguments.https, seed, latency }).await?;
    running
        .write_ready_file(&arguments.ready_file)
        .map_err(|error| format!("ready file {}: {error}", arguments.ready_file.display()))?;
    interrupted().await?;
    Ok(())
}

#[cfg(unix)]
async fn interrupted() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn interrupted() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
