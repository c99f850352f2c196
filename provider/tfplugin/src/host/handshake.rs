//! Reads the line by which a plugin says where it is.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// What a plugin announced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handshake {
    /// The major version of Terraform's plugin protocol.
    pub protocol: u32,
    /// `unix` or `tcp`.
    pub network: String,
    /// The socket's path, or host and port.
    pub address: String,
    /// The plugin's certificate in DER, absent without TLS.
    pub certificate: Option<Vec<u8>>,
    /// Whether the broker can share a connection, if the plugin was asked.
    pub multiplexing: Option<bool>,
}

impl Handshake {
    /// Reads one line as hosts do: too few fields, another core protocol or another transport is no handshake.
    pub fn parse(line: &str) -> Option<Self> {
        let fields: Vec<&str> = line.trim_end().split('|').collect();
        let [core, protocol, network, address, transport, rest @ ..] = fields.as_slice() else {
            return None;
        };
        if *core != "1" || *transport != "grpc" || !matches!(*network, "unix" | "tcp") {
            return None;
        }
        let certificate = match rest.first().filter(|text| !text.is_empty()) {
            Some(text) => Some(STANDARD_NO_PAD.decode(text).ok()?),
            None => None,
        };
        Some(Self {
            protocol: protocol.parse().ok()?,
            network: (*network).to_owned(),
            address: (*address).to_owned(),
            certificate,
            multiplexing: rest.get(1).and_then(|text| text.parse().ok()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::handshake::line;
    use crate::serve::listener::Address;

    #[test]
    fn what_the_server_writes_is_read_back() {
        let address = Address { network: "tcp", location: "127.0.0.1:10000".into() };
        let certificate = vec![7; 300];
        let expected = Handshake {
            protocol: 6,
            network: "tcp".into(),
            address: "127.0.0.1:10000".into(),
            certificate: Some(certificate.clone()),
            multiplexing: Some(false),
        };
        assert_eq!(Handshake::parse(&line(&address, Some(&certificate), true)), Some(expected));
        let plain = Handshake::parse(&line(&address, None, false));
        assert_eq!(plain.map(|handshake| (handshake.certificate, handshake.multiplexing)), Some((None, None)));
    }

    #[test]
    fn other_lines_are_refused() {
        for line in ["", "hello", "1|6|unix|/x", "2|6|unix|/x|grpc|", "1|6|unix|/x|netrpc|", "1|6|unix|/x|grpc|***"] {
            assert_eq!(Handshake::parse(line), None, "{line}");
        }
    }
}
