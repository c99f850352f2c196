//! Runs a provider as a go-plugin process: handshake, transport, signals and the end.
//!
//! A provider's `main` is one call of [`serve`]. Before the handshake line nothing is done that is not needed for
//! it: no network, no provider code.

mod arguments;
pub(crate) mod environment;
pub(crate) mod handshake;
mod incoming;
pub(crate) mod lifecycle;
pub(crate) mod listener;
mod plumbing;
pub(crate) mod reattach;
pub(crate) mod tls;
mod watch;

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tfplugin_proto::plugin::grpc_broker_server::GrpcBrokerServer;
use tfplugin_proto::plugin::grpc_controller_server::GrpcControllerServer;
use tfplugin_proto::plugin::grpc_stdio_server::GrpcStdioServer;
use tfplugin_proto::tfplugin6::provider_server::ProviderServer;
use tokio_rustls::TlsAcceptor;
use tonic::transport::Server;
use tonic_health::ServingStatus;
use tracing::warn;

use crate::provider::{self, Provider, StartError};
use crate::{log, server};
use arguments::Mode;
use environment::HostEnvironment;
use lifecycle::Lifecycle;
use listener::{Bound, Cleanup};

/// The largest message, either way. State of large resources passes the 4 MiB that gRPC libraries default to.
pub(crate) const MESSAGE_LIMIT: usize = 256 * 1024 * 1024;
/// Flow-control windows for a socket that never leaves the machine.
const STREAM_WINDOW: u32 = 4 * 1024 * 1024;
const CONNECTION_WINDOW: u32 = 16 * 1024 * 1024;
/// How long the provider may take to close. Hosts wait two seconds for a plugin to end before they kill it.
const CLOSE: Duration = Duration::from_millis(1500);

/// How a provider presents itself.
pub struct ServeOptions {
    address: String,
    version: String,
    version_lines: Box<dyn FnOnce() -> Vec<String>>,
}

impl ServeOptions {
    /// `address` is the provider's full source address, such as `registry.terraform.io/crosscloud/crosscloud`;
    /// `version` has no leading `v`.
    pub fn new(address: impl Into<String>, version: impl Into<String>) -> Self {
        Self { address: address.into(), version: version.into(), version_lines: Box::new(Vec::new) }
    }

    /// Adds lines to what `-version` prints. `lines` runs only then.
    #[must_use]
    pub fn version_lines(mut self, lines: impl FnOnce() -> Vec<String> + 'static) -> Self {
        self.version_lines = Box::new(lines);
        self
    }

    /// The last part of the address.
    fn name(&self) -> &str {
        self.address.rsplit('/').next().unwrap_or(&self.address)
    }
}

impl fmt::Debug for ServeOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServeOptions")
            .field("address", &self.address)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Why a provider could not be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The provider declares what no host can accept.
    #[error(transparent)]
    Provider(#[from] StartError),
    /// No socket could be bound.
    #[error("cannot listen on {location}: {source}")]
    Bind {
        /// The path or address that was tried.
        location: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// `PLUGIN_CLIENT_CERT` holds no certificate.
    #[error("PLUGIN_CLIENT_CERT holds no PEM certificate: {0}")]
    ClientCertificate(#[source] rustls::pki_types::pem::Error),
    /// The plugin's own certificate could not be made.
    #[error("cannot make a certificate for this process: {0}")]
    Certificate(#[from] rcgen::Error),
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The process could not start its threads, take its signals or write its handshake.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
    /// The gRPC server failed.
    #[error("the gRPC server failed: {0}")]
    Server(#[from] tonic::transport::Error),
    /// The reattach variable could not be written.
    #[error("cannot write TF_REATTACH_PROVIDERS: {0}")]
    Reattach(#[from] serde_json::Error),
}

/// Serves a provider until the host is done with it: all that a provider's `main` has to do.
///
/// Flags: `-version` prints the version, `-debug` runs the provider for hosts that are told to attach to it.
pub fn serve(provider: impl Provider, options: ServeOptions) -> ExitCode {
    let mode = arguments::mode(std::env::args().skip(1));
    let environment = HostEnvironment::from_process();
    match mode {
        Mode::Version => return print_version(options),
        Mode::Plugin if !environment.started_by_host => return explain(&options),
        Mode::Plugin | Mode::Debug => {}
    }
    log::install(options.name());
    match run(mode, &environment, &options, provider) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // A host shows an unreadable first line to the user, and nothing else of a plugin that fails to start.
            if mode == Mode::Plugin {
                let _ = print_line(&handshake::failure_line(&format!("{} {error}", options.name())));
            }
            let _ = writeln!(io::stderr(), "[ERROR] {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(
    mode: Mode,
    environment: &HostEnvironment,
    options: &ServeOptions,
    provider: impl Provider,
) -> Result<(), ServeError> {
    let provider = provider::erase(provider)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(async {
        let lifecycle = Lifecycle::new();
        let service = server::Server::new(Arc::clone(&provider), Arc::clone(&lifecycle), &options.address);
        let (bound, tls) = match mode {
            Mode::Debug => (start_debugged(environment, options, &lifecycle).await?, None),
            _ => start_plugin(environment, &lifecycle).await?,
        };
        let Bound { listener, cleanup, .. } = bound;
        let incoming = incoming::connections(listener, tls, Arc::clone(&lifecycle));
        let (health, health_service) = tonic_health::server::health_reporter();
        health.set_service_status("plugin", ServingStatus::Serving).await;
        let controller = plumbing::Controller { lifecycle: Arc::clone(&lifecycle), ends_process: mode == Mode::Plugin };
        let server = Server::builder()
            .initial_stream_window_size(STREAM_WINDOW)
            .initial_connection_window_size(CONNECTION_WINDOW)
            .add_service(
                ProviderServer::new(service)
                    .max_decoding_message_size(MESSAGE_LIMIT)
                    .max_encoding_message_size(MESSAGE_LIMIT),
            )
            .add_service(GrpcControllerServer::new(controller))
            .add_service(GrpcStdioServer::new(plumbing::SilentStdio))
            .add_service(GrpcBrokerServer::new(plumbing::NoBroker))
            .add_service(health_service)
            .serve_with_incoming(incoming);
        let result = tokio::select! {
            result = server => result.map_err(ServeError::from),
            () = lifecycle.ended() => Ok(()),
        };
        drop::<Cleanup>(cleanup);
        if tokio::time::timeout(CLOSE, provider.close()).await.is_err() {
            warn!(limit = ?CLOSE, "the provider could not close in time");
        }
        result
    });
    // Streams that the host holds open, and blocking work, must not hold the process.
    runtime.shutdown_background();
    result
}

async fn start_plugin(
    environment: &HostEnvironment,
    lifecycle: &Arc<Lifecycle>,
) -> Result<(Bound, Option<TlsAcceptor>), ServeError> {
    watch::plugin(lifecycle)?;
    let identity = environment.client_certificate.as_deref().map(tls::Identity::pinned_to).transpose()?;
    let bound = Bound::new(environment).await?;
    if !environment.protocol_versions.is_empty() && !environment.protocol_versions.contains(&handshake::PLUGIN_PROTOCOL)
    {
        warn!(host = ?environment.protocol_versions, "the host does not speak protocol 6 and will say so");
    }
    let certificate = identity.as_ref().map(|identity| identity.certificate.as_ref());
    print_line(&handshake::line(&bound.address, certificate, environment.asks_for_multiplexing))?;
    Ok((bound, identity.map(|identity| TlsAcceptor::from(identity.config))))
}

async fn start_debugged(
    environment: &HostEnvironment,
    options: &ServeOptions,
    lifecycle: &Arc<Lifecycle>,
) -> Result<Bound, ServeError> {
    watch::debugged(lifecycle)?;
    let bound = Bound::new(environment).await?;
    let value = reattach::value(&options.address, &bound.address, std::process::id())?;
    let setting = if cfg!(windows) {
        format!("$env:{}='{value}'", reattach::VARIABLE)
    } else {
        format!("{}='{value}'", reattach::VARIABLE)
    };
    let text = format!(
        "{} is running. Set this in the environment of terraform or tofu to use it:\n\n\t{setting}\n\nPress Ctrl-C to stop.",
        options.name()
    );
    // Whoever reads this may stop reading after the line that it wants, or may not read at all. That is no reason to end.
    if let Err(error) = print_line(&text) {
        warn!(%error, "standard output is closed");
    }
    Ok(bound)
}

fn print_version(options: ServeOptions) -> ExitCode {
    let mut text = format!("terraform-provider-{} v{}", options.name(), options.version);
    for line in (options.version_lines)() {
        text.push('\n');
        text.push_str(&line);
    }
    match print_line(&text) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

fn explain(options: &ServeOptions) -> ExitCode {
    let name = options.name();
    let _ = writeln!(
        io::stderr(),
        "This is a provider for Terraform and OpenTofu; they start it when a configuration needs it.\n\
         Started by hand it does nothing. To use it, name it in a configuration and run `terraform init`:\n\n    \
         terraform {{\n      required_providers {{\n        {name} = {{\n          source = \"{source}\"\n        }}\n      }}\n    }}\n\n\
         Flags: -version prints the version; -debug keeps it running for a debugger.",
        source = options.address.strip_prefix("registry.terraform.io/").unwrap_or(&options.address),
    );
    ExitCode::FAILURE
}

fn print_line(text: &str) -> io::Result<()> {
    let mut output = io::stdout().lock();
    // At once, so that nobody reads half of it and leaves.
    output.write_all(format!("{text}\n").as_bytes())?;
    output.flush()
}
