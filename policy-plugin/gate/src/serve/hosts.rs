//! Hosts that this server talks to. Everything else that a request names is refused.

use std::str::FromStr;

use reqwest::Url;

/// A host, with a port where it is not that of https.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Host {
    name: String,
    port: u16,
}

/// Why an address is refused, or a text is no host.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HostError {
    /// It is no host.
    #[error("`{0}` is no host: write one like app.terraform.io, with `:` and a port if need be")]
    NoHost(String),
    /// It is no address.
    #[error("it is no address")]
    NoAddress,
    /// It is not https.
    #[error("it is not https")]
    NotHttps,
    /// It holds a name or a password.
    #[error("it holds a user name or a password")]
    Credentials,
    /// Its host is not allowed.
    #[error("its host `{0}` is not allowed: `--allow-host` allows hosts")]
    NotAllowed(String),
}

impl FromStr for Host {
    type Err = HostError;

    fn from_str(text: &str) -> Result<Self, HostError> {
        let refused = || HostError::NoHost(text.to_owned());
        // The same reader as for addresses, so that both are spelt alike.
        let url = Url::parse(&format!("https://{text}/")).map_err(|_| refused())?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        let name = url.host_str().filter(|_| bare && is_bare(&url) && !text.contains(['/', '\\', '*']));
        let name = name.ok_or_else(refused)?.to_owned();
        Ok(Self { name, port: url.port_or_known_default().ok_or_else(refused)? })
    }
}

/// The address, if it leads to one of these hosts over https; over plain http to this machine where `loopback_http` says so.
pub(super) fn permitted(address: &str, hosts: &[Host], loopback_http: bool) -> Result<Url, HostError> {
    let url = Url::parse(address).map_err(|_| HostError::NoAddress)?;
    let loopback = matches!(url.host_str(), Some("127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(loopback_http && loopback && url.scheme() == "http") {
        return Err(HostError::NotHttps);
    }
    if !is_bare(&url) {
        return Err(HostError::Credentials);
    }
    let name = url.host_str().ok_or(HostError::NoAddress)?;
    let port = url.port_or_known_default().ok_or(HostError::NoAddress)?;
    if hosts.iter().any(|host| host.name == name && host.port == port) {
        return Ok(url);
    }
    Err(HostError::NotAllowed(match url.port() {
        Some(port) => format!("{name}:{port}"),
        None => name.to_owned(),
    }))
}

fn is_bare(url: &Url) -> bool {
    url.username().is_empty() && url.password().is_none()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn only_named_hosts_are_let_through() {
        let hosts: Vec<Host> =
            ["app.terraform.io", "tfe.example.com:8443"].iter().map(|it| it.parse().unwrap()).collect();
        let refused = |address: &str| permitted(address, &hosts, false).unwrap_err();
        assert!(permitted("https://app.terraform.io/api/v2/x", &hosts, false).is_ok());
        assert!(permitted("https://APP.terraform.io:443/x", &hosts, false).is_ok());
        assert!(permitted("https://tfe.example.com:8443/x", &hosts, false).is_ok());
        assert_eq!(refused("http://app.terraform.io/x"), HostError::NotHttps);
        assert_eq!(refused("file:///etc/passwd"), HostError::NotHttps);
        assert_eq!(refused("https://user@app.terraform.io/x"), HostError::Credentials);
        assert_eq!(refused("https://app.terraform.io:444/x"), HostError::NotAllowed("app.terraform.io:444".to_owned()));
        assert_eq!(
            refused("https://app.terraform.io.evil.example/x"),
            HostError::NotAllowed("app.terraform.io.evil.example".to_owned())
        );
        assert_eq!(refused("https://169.254.169.254/x"), HostError::NotAllowed("169.254.169.254".to_owned()));
        // Everything after the backslash is a path, whoever reads it.
        let odd = permitted("https://app.terraform.io\\@evil.example/x", &hosts, false).unwrap();
        assert_eq!(odd.host_str(), Some("app.terraform.io"));
        assert_eq!(refused("nonsense"), HostError::NoAddress);
        assert_eq!(permitted("http://127.0.0.1:1/x", &hosts, false), Err(HostError::NotHttps));
        assert!(permitted("http://127.0.0.1:1/x", &["127.0.0.1:1".parse().unwrap()], true).is_ok());
        assert_eq!(permitted("http://10.0.0.1:1/x", &["10.0.0.1:1".parse().unwrap()], true), Err(HostError::NotHttps));
    }

    #[test]
    fn hosts_are_hosts_and_nothing_else() {
        for text in ["", "*", "*.terraform.io", "https://app.terraform.io", "a/b", "u@a", "a?b", "a#b", "a:port"] {
            assert!(text.parse::<Host>().is_err(), "{text}");
        }
    }
}
