//! A plugin process as a host starts it.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{ClientIdentity, Connection, Handshake, HostError, Security};
use crate::serve::environment::HostEnvironment;

const START_LIMIT: Duration = Duration::from_secs(60);

/// How to start a plugin.
#[derive(Debug, Clone)]
pub struct Launch {
    binary: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    identity: Option<ClientIdentity>,
}

impl Launch {
    /// Starts `binary` in plaintext, without arguments, in this process's environment.
    pub fn new(binary: impl Into<PathBuf>) -> Self {
        Self { binary: binary.into(), arguments: Vec::new(), environment: Vec::new(), identity: None }
    }

    /// Demands mutual TLS with this identity.
    #[must_use]
    pub fn identity(mut self, identity: &ClientIdentity) -> Self {
        self.identity = Some(identity.clone());
        self
    }

    /// Adds an argument.
    #[must_use]
    pub fn argument(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn environment(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts the plugin and waits for its handshake.
    ///
    /// # Errors
    /// If the binary cannot be started or does not announce itself.
    pub async fn start(self) -> Result<Plugin, HostError> {
        let started = Instant::now();
        let mut child = self
            .command()
            .spawn()
            .map_err(|source| HostError::Io { action: format!("cannot start {}", self.binary.display()), source })?;
        let stderr = collect_stderr(&mut child);
        let line = tokio::time::timeout(START_LIMIT, first_line(&mut child))
            .await
            .map_err(|_| HostError::Silent { seconds: START_LIMIT.as_secs(), stderr: text(&stderr) })??;
        let start_up = started.elapsed();
        match Handshake::parse(&line) {
            Some(handshake) => Ok(Plugin { child, handshake, stderr, start_up, identity: self.identity }),
            None => {
                // A plugin that gives up says why on its way out.
                let _ = tokio::time::timeout(Duration::from_secs(2), child.wait()).await;
                Err(HostError::Handshake { line, stderr: text(&stderr) })
            }
        }
    }

    fn command(&self) -> Command {
        let (cookie, value) = HostEnvironment::cookie();
        let mut command = Command::new(&self.binary);
        command
            .args(&self.arguments)
            .env(cookie, value)
            .env("PLUGIN_PROTOCOL_VERSIONS", "5,6")
            .env("PLUGIN_MIN_PORT", "10000")
            .env("PLUGIN_MAX_PORT", "25000")
            .env_remove("PLUGIN_CLIENT_CERT")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        if let Some(identity) = &self.identity {
            command.env("PLUGIN_CLIENT_CERT", identity.pem());
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A running plugin. Dropping it kills the process.
#[derive(Debug)]
pub struct Plugin {
    child: Child,
    handshake: Handshake,
    stderr: Arc<Mutex<Vec<u8>>>,
    start_up: Duration,
    identity: Option<ClientIdentity>,
}

impl Plugin {
    /// What the plugin announced.
    pub fn handshake(&self) -> &Handshake {
        &self.handshake
    }

    /// Time from starting the process to reading its handshake line.
    pub fn start_up(&self) -> Duration {
        self.start_up
    }

    /// The process id, as long as the process runs.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// What the plugin has written to standard error so far.
    pub fn stderr(&self) -> String {
        text(&self.stderr)
    }

    /// Connects with the security that the plugin was started with.
    ///
    /// # Errors
    /// If the plugin cannot be reached.
    pub async fn connect(&self) -> Result<Connection, HostError> {
        let security = self.identity.clone().map_or(Security::Plaintext, Security::Mutual);
        self.connect_with(&security).await
    }

    /// Connects with another security.
    ///
    /// # Errors
    /// If the plugin cannot be reached or refuses at once.
    pub async fn connect_with(&self, security: &Security) -> Result<Connection, HostError> {
        Connection::open(&self.handshake, security).await
    }

    /// Waits until the process has ended, at most for `limit`.
    ///
    /// # Errors
    /// If it is still running then.
    pub async fn wait(&mut self, limit: Duration) -> Result<ExitStatus, HostError> {
        let waited = tokio::time::timeout(limit, self.child.wait()).await;
        waited
            .unwrap_or_else(|elapsed| Err(elapsed.into()))
            .map_err(|source| HostError::Io { action: "waiting for the plugin to end".to_owned(), source })
    }
}

async fn first_line(child: &mut Child) -> Result<String, HostError> {
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut output = BufReader::new(stdout);
        output
            .read_line(&mut line)
            .await
            .map_err(|source| HostError::Io { action: "cannot read the handshake line".to_owned(), source })?;
        // Hosts keep reading, so that a plugin that prints is never blocked.
        tokio::spawn(async move { tokio::io::copy(&mut output, &mut tokio::io::sink()).await });
    }
    Ok(line)
}

fn collect_stderr(child: &mut Child) -> Arc<Mutex<Vec<u8>>> {
    let collected = Arc::new(Mutex::new(Vec::new()));
    if let Some(mut stderr) = child.stderr.take() {
        let collected = Arc::clone(&collected);
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            while let Ok(length @ 1..) = stderr.read(&mut buffer).await {
                collected.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..length]);
            }
        });
    }
    collected
}

fn text(bytes: &Mutex<Vec<u8>>) -> String {
    String::from_utf8_lossy(&bytes.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
}
