//! The local socket that a host connects to: a Unix socket that only this user can reach, or loopback TCP on Windows.

use std::io;
use std::ops::RangeInclusive;
use std::path::PathBuf;

use tokio::net::{TcpListener, TcpStream};

use super::ServeError;
use super::environment::HostEnvironment;

/// Where a listener can be reached, in the handshake's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `unix` or `tcp`.
    pub(crate) network: &'static str,
    /// The socket's path, or host and port.
    pub(crate) location: String,
}

/// A bound listener, its address, and what has to go when it is no longer needed.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) listener: Listener,
    pub(crate) address: Address,
    pub(crate) cleanup: Cleanup,
}

/// Removes the socket's directory when dropped.
#[derive(Debug)]
pub(crate) struct Cleanup(Option<PathBuf>);

impl Drop for Cleanup {
    fn drop(&mut self) {
        if let Some(directory) = &self.0 {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

/// Where connections come from.
#[derive(Debug)]
pub(crate) enum Listener {
    #[cfg(unix)]
    Unix(tokio::net::UnixListener),
    Tcp(TcpListener),
}

/// One accepted stream.
#[derive(Debug)]
pub(crate) enum Stream {
    #[cfg(unix)]
    Unix(tokio::net::UnixStream),
    Tcp(TcpStream),
}

impl Bound {
    /// Binds what suits the platform.
    pub(crate) async fn new(environment: &HostEnvironment) -> Result<Self, ServeError> {
        #[cfg(unix)]
        return unix::bind(environment.socket_directory.as_deref());
        #[cfg(not(unix))]
        return Self::tcp(environment.ports.clone()).await;
    }

    /// Binds loopback TCP, within `ports` where the host gave a range.
    #[cfg_attr(unix, allow(dead_code))]
    pub(crate) async fn tcp(ports: Option<RangeInclusive<u16>>) -> Result<Self, ServeError> {
        let (low, high) = ports.map_or((0, 0), RangeInclusive::into_inner);
        let count = u32::from(high - low) + 1;
        // Plugins start together; beginning at different ports keeps them from racing for the first one.
        let first = std::process::id() % count;
        let mut refused = io::Error::from(io::ErrorKind::AddrInUse);
        for step in 0..count {
            let offset = u16::try_from((first + step) % count).unwrap_or_default();
            let bound = TcpListener::bind(("127.0.0.1", low + offset)).await;
            match bound.and_then(|listener| listener.local_addr().map(|address| (listener, address))) {
                Ok((listener, address)) => {
                    let address = Address { network: "tcp", location: address.to_string() };
                    return Ok(Self { listener: Listener::Tcp(listener), address, cleanup: Cleanup(None) });
                }
                Err(error) => refused = error,
            }
        }
        Err(ServeError::Bind { location: format!("127.0.0.1, ports {low} to {high}"), source: refused })
    }
}

impl Listener {
    /// Waits for the next connection.
    pub(crate) async fn accept(&self) -> io::Result<Stream> {
        match self {
            #[cfg(unix)]
            Self::Unix(listener) => listener.accept().await.map(|(stream, _)| Stream::Unix(stream)),
            Self::Tcp(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Stream::Tcp(stream))
            }
        }
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::{DirBuilder, Permissions};
    use std::hash::{BuildHasher, Hasher, RandomState};
    use std::io;
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    use std::path::{Path, PathBuf};

    use tokio::net::UnixListener;

    use super::super::ServeError;
    use super::{Address, Bound, Cleanup, Listener};

    /// The shortest limit of `sun_path` on the systems we run on (macOS), less its terminating zero.
    const LONGEST_PATH: usize = 103;

    /// Binds a socket in a directory of its own below `requested` or the temporary directory.
    pub(super) fn bind(requested: Option<&Path>) -> Result<Bound, ServeError> {
        let parent = requested.map_or_else(default_parent, Path::to_path_buf);
        let failed = |path: &Path, source| ServeError::Bind { location: path.display().to_string(), source };
        let directory = create_private_directory(&parent).map_err(|source| failed(&parent, source))?;
        let path = directory.join("s");
        let cleanup = Cleanup(Some(directory));
        let (listener, location) = bind_socket(&path).map_err(|source| failed(&path, source))?;
        let address = Address { network: "unix", location };
        Ok(Bound { listener: Listener::Unix(listener), address, cleanup })
    }

    fn bind_socket(path: &Path) -> io::Result<(UnixListener, String)> {
        let location = path
            .to_str()
            .filter(|text| !text.contains(['|', '\n', '\r']))
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path cannot be announced to the host"))?;
        let listener = UnixListener::bind(path)?;
        std::fs::set_permissions(path, Permissions::from_mode(0o600))?;
        Ok((listener, location.to_owned()))
    }

    fn default_parent() -> PathBuf {
        let temporary = std::env::temp_dir();
        let longest_name = "/tfp-0123456789abcdef/s".len();
        if temporary.as_os_str().len() + longest_name > LONGEST_PATH { PathBuf::from("/tmp") } else { temporary }
    }

    /// Creates a directory that only this user can enter. Creation fails on anything that exists, so nobody else can
    /// have prepared it.
    fn create_private_directory(parent: &Path) -> io::Result<PathBuf> {
        loop {
            let random = RandomState::new().build_hasher().finish();
            let directory = parent.join(format!("tfp-{random:016x}"));
            match DirBuilder::new().mode(0o700).create(&directory) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                result => return result.map(|()| directory),
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn a_unix_socket_is_private_and_leaves_nothing_behind() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let environment = HostEnvironment {
            started_by_host: true,
            protocol_versions: vec![6],
            client_certificate: None,
            ports: None,
            socket_directory: Some(parent.path().to_owned()),
            asks_for_multiplexing: false,
        };
        let bound = Bound::new(&environment).await.unwrap();
        let address = &bound.address;
        assert_eq!(address.network, "unix");
        let socket = std::path::Path::new(&address.location);
        assert!(socket.starts_with(parent.path()));
        assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(socket.parent().unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o700);
        drop(bound);
        assert_eq!(parent.path().read_dir().unwrap().count(), 0);
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_missing_directory_is_named() {
        let error = unix::bind(Some(std::path::Path::new("/nonexistent/here"))).unwrap_err();
        assert!(error.to_string().contains("/nonexistent/here"), "{error}");
    }

    #[tokio::test]
    async fn tcp_takes_the_free_port_of_its_range() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = taken.local_addr().unwrap().port();
        let error = Bound::tcp(Some(port..=port)).await.unwrap_err();
        assert!(error.to_string().contains(&port.to_string()), "{error}");
        drop(taken);
        let bound = Bound::tcp(Some(port..=port)).await.unwrap();
        assert_eq!(bound.address, Address { network: "tcp", location: format!("127.0.0.1:{port}") });
    }
}
