//! The one line on standard output by which a host learns where and how to connect.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::listener::Address;

/// Version of the line's own format.
const CORE_PROTOCOL: u32 = 1;
/// The only major version of Terraform's plugin protocol that this crate speaks.
pub(crate) const PLUGIN_PROTOCOL: u32 = 6;

/// Renders the line, without its line feed. `certificate` is the server's leaf in DER, absent without TLS.
pub(crate) fn line(address: &Address, certificate: Option<&[u8]>, answer_multiplexing: bool) -> String {
    let certificate = certificate.map(|der| STANDARD_NO_PAD.encode(der)).unwrap_or_default();
    let mut line =
        format!("{CORE_PROTOCOL}|{PLUGIN_PROTOCOL}|{}|{}|grpc|{certificate}", address.network, address.location);
    if answer_multiplexing {
        line.push_str("|false");
    }
    line
}

/// A message in place of the line. Hosts show a first line that they cannot parse to the user, so it must not
/// look like a handshake.
pub(crate) fn failure_line(message: &str) -> String {
    message.replace(['\n', '\r'], " ").replace('|', "/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address() -> Address {
        Address { network: "unix", location: "/run/x/s".into() }
    }

    #[test]
    fn plaintext_leaves_the_certificate_empty() {
        assert_eq!(line(&address(), None, false), "1|6|unix|/run/x/s|grpc|");
    }

    #[test]
    fn a_certificate_is_base64_without_padding() {
        assert_eq!(line(&address(), Some(&[0xfb, 0xff, 0xfe, 0x01]), false), "1|6|unix|/run/x/s|grpc|+//+AQ");
    }

    #[test]
    fn the_seventh_field_comes_only_on_request() {
        assert_eq!(line(&address(), None, true), "1|6|unix|/run/x/s|grpc||false");
    }

    #[test]
    fn a_failure_can_never_be_read_as_a_handshake() {
        assert_eq!(failure_line("cannot bind a|b\nc|d|e"), "cannot bind a/b c/d/e");
    }
}
