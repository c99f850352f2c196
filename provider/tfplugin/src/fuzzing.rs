//! What fuzz targets reach that no provider needs: how a process reads what its host says at the start. No part of the
//! interface; only there with the feature `fuzzing`.

use crate::host::Handshake;
use crate::serve::environment::HostEnvironment;
use crate::serve::handshake;
use crate::serve::listener::Address;
use crate::serve::tls::client_certificate;

/// Reads an environment, and says whether a host with it would have started this process.
///
/// # Panics
/// If what was read contradicts itself.
pub fn check_environment(variable: impl Fn(&str) -> Option<String>) -> bool {
    let environment = HostEnvironment::read(variable);
    if let Some(ports) = &environment.ports {
        assert!(!ports.is_empty() && *ports.start() > 0, "{ports:?}");
    }
    if let Some(certificate) = &environment.client_certificate {
        let _ = client_certificate(certificate);
    }
    environment.started_by_host
}

/// Writes the line of a handshake, and a failure in its place.
///
/// # Panics
/// If a host would not read the one, or would take the other for a handshake.
pub fn check_lines(location: &str, certificate: Option<&[u8]>, message: &str) {
    assert_eq!(Handshake::parse(&handshake::failure_line(message)), None);
    if !location.contains(['|', '\n', '\r']) {
        let line = handshake::line(&Address { network: "unix", location: location.to_owned() }, certificate, true);
        let read = Handshake::parse(&line).expect("a host reads what is written");
        assert_eq!((read.address.as_str(), read.protocol), (location, 6));
        assert_eq!(read.certificate.as_deref(), certificate.filter(|der| !der.is_empty()));
    }
}
