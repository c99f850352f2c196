//! The other side of the wire: starts a plugin the way Terraform does and talks to it.
//!
//! For tests and measurements of providers. A [`Launch`] becomes a running [`Plugin`], which hands out a
//! [`Connection`] for each [`Security`] that a test wants to try.

mod connection;
mod handshake;
mod identity;
mod process;

use std::io;

pub use connection::{Connection, Security};
pub use handshake::Handshake;
pub use identity::ClientIdentity;
pub use process::{Launch, Plugin};

/// Why a plugin could not be driven.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HostError {
    /// The binary could not be started or spoken to.
    #[error("{action}: {source}")]
    Io {
        /// What was tried.
        action: String,
        /// What the operating system said.
        source: io::Error,
    },
    /// The plugin said nothing in time.
    #[error("no handshake line within {seconds} s; standard error:\n{stderr}")]
    Silent {
        /// How long it was given.
        seconds: u64,
        /// What it wrote to standard error.
        stderr: String,
    },
    /// The first line is no handshake.
    #[error("not a handshake line: {line:?}; standard error:\n{stderr}")]
    Handshake {
        /// What the plugin wrote.
        line: String,
        /// What it wrote to standard error.
        stderr: String,
    },
    /// A certificate could not be made.
    #[error("cannot make a certificate: {0}")]
    Certificate(#[from] rcgen::Error),
    /// TLS could not be set up.
    #[error("cannot set up TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The plugin did not ask for the host's certificate.
    #[error("the plugin does not ask for a client certificate, so it would serve anybody on this machine")]
    Unasked,
    /// The connection failed.
    #[error("cannot connect: {0}")]
    Connect(#[from] tonic::transport::Error),
    /// A call failed.
    #[error("call failed: {0}")]
    Call(#[from] Box<tonic::Status>),
}
