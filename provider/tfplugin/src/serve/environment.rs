//! What a host tells a plugin through environment variables.

use std::ops::RangeInclusive;
use std::path::PathBuf;

const COOKIE_NAME: &str = "TF_PLUGIN_MAGIC_COOKIE";
const COOKIE_VALUE: &str = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

/// The environment of one start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HostEnvironment {
    /// Whether a host started this process. The cookie keeps people from starting it by mistake; it protects nothing.
    pub(crate) started_by_host: bool,
    /// The major protocol versions that the host speaks, in no order.
    pub(crate) protocol_versions: Vec<u32>,
    /// PEM of the one certificate that may connect. Absent means plaintext.
    pub(crate) client_certificate: Option<String>,
    /// The ports that a TCP listener may take; any port if absent.
    pub(crate) ports: Option<RangeInclusive<u16>>,
    /// Where the host wants the socket.
    pub(crate) socket_directory: Option<PathBuf>,
    /// Whether the host wants to hear if its broker can share one connection.
    pub(crate) asks_for_multiplexing: bool,
}

impl HostEnvironment {
    /// Reads this process's environment.
    pub(crate) fn from_process() -> Self {
        Self::read(|name| std::env::var(name).ok())
    }

    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &str| variable(name).filter(|value| !value.is_empty());
        let port = |name: &str| set(name).and_then(|value| value.parse::<u16>().ok());
        Self {
            started_by_host: set(COOKIE_NAME).as_deref() == Some(COOKIE_VALUE),
            protocol_versions: set("PLUGIN_PROTOCOL_VERSIONS")
                .map(|list| list.split(',').filter_map(|version| version.trim().parse().ok()).collect())
                .unwrap_or_default(),
            client_certificate: set("PLUGIN_CLIENT_CERT"),
            ports: match (port("PLUGIN_MIN_PORT"), port("PLUGIN_MAX_PORT")) {
                (Some(low), Some(high)) if low != 0 && low <= high => Some(low..=high),
                _ => None,
            },
            socket_directory: set("PLUGIN_UNIX_SOCKET_DIR").map(PathBuf::from),
            asks_for_multiplexing: set("PLUGIN_MULTIPLEX_GRPC").is_some(),
        }
    }

    /// The cookie as the pair that a host sets.
    pub(crate) const fn cookie() -> (&'static str, &'static str) {
        (COOKIE_NAME, COOKIE_VALUE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> HostEnvironment {
        HostEnvironment::read(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string()))
    }

    #[test]
    fn nothing_set_is_a_person_at_a_prompt() {
        let environment = read(&[]);
        assert!(!environment.started_by_host);
        assert_eq!(environment.client_certificate, None);
        assert_eq!(environment.ports, None);
    }

    #[test]
    fn a_wrong_cookie_is_not_a_host() {
        assert!(!read(&[(COOKIE_NAME, "something")]).started_by_host);
        assert!(read(&[(COOKIE_NAME, COOKIE_VALUE)]).started_by_host);
    }

    #[test]
    fn versions_come_in_any_order() {
        assert_eq!(read(&[("PLUGIN_PROTOCOL_VERSIONS", "6,5")]).protocol_versions, [6, 5]);
        assert_eq!(read(&[("PLUGIN_PROTOCOL_VERSIONS", " 5, x,6")]).protocol_versions, [5, 6]);
    }

    #[test]
    fn an_empty_certificate_means_plaintext() {
        assert_eq!(read(&[("PLUGIN_CLIENT_CERT", "")]).client_certificate, None);
    }

    #[test]
    fn ports_need_both_ends_in_order() {
        assert_eq!(read(&[("PLUGIN_MIN_PORT", "10000"), ("PLUGIN_MAX_PORT", "25000")]).ports, Some(10000..=25000));
        assert_eq!(read(&[("PLUGIN_MIN_PORT", "10000")]).ports, None);
        assert_eq!(read(&[("PLUGIN_MIN_PORT", "9"), ("PLUGIN_MAX_PORT", "8")]).ports, None);
        assert_eq!(read(&[("PLUGIN_MIN_PORT", "-1"), ("PLUGIN_MAX_PORT", "8")]).ports, None);
    }
}
