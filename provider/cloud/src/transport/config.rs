//! What a transport is made of, and the HTTP client that follows from it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::endpoints::Endpoints;
use crate::rate::RateLimits;
use crate::retry::RetryPolicy;
use crate::sign_in::TokenSource;

/// Settings of a transport. Begin with [`Config::new`] and change what differs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where requests go.
    pub endpoints: Endpoints,
    /// Where bearer tokens come from.
    pub tokens: TokenSource,
    /// What the clouds see as the user agent.
    pub user_agent: String,
    /// How patient the transport is with transient failures.
    pub retry: RetryPolicy,
    /// How fast it may go.
    pub rate: RateLimits,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// How long one attempt may take altogether.
    pub request_timeout: Duration,
    /// How long a read is kept for contexts that share reads.
    pub keep_reads: Duration,
    /// Certificate authorities to trust besides the machine's own, in PEM; for an emulator's https.
    pub extra_roots_pem: Option<String>,
}

/// Why no transport could be built.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The user agent or the certificates cannot be used.
    #[error("the HTTP client cannot be set up: {0}")]
    Client(#[from] reqwest::Error),
}

impl Config {
    /// The ordinary settings.
    pub fn new(endpoints: Endpoints, tokens: TokenSource, user_agent: impl Into<String>) -> Self {
        Self {
            endpoints,
            tokens,
            user_agent: user_agent.into(),
            retry: RetryPolicy::default(),
            rate: RateLimits::default(),
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(60),
            keep_reads: Duration::from_secs(120),
            extra_roots_pem: None,
        }
    }

    /// The client to the clouds.
    pub(super) fn client(&self) -> Result<reqwest::Client, reqwest::Error> {
        let roots = match &self.extra_roots_pem {
            Some(pem) => reqwest::Certificate::from_pem_bundle(pem.as_bytes())?,
            None => Vec::new(),
        };
        let builder = self.builder(self.connect_timeout, self.request_timeout);
        let builder = if self.endpoints.realm().is_emulator() {
            // An emulator must be reached directly, and needs none of the machine's certificate authorities.
            let builder = builder.no_proxy().tls_certs_only(roots);
            match self.endpoints.localhost_addresses() {
                Some(addresses) => builder.resolve_to_addrs("localhost", &addresses),
                None => builder,
            }
        } else {
            builder.https_only(true).tls_certs_merge(roots)
        };
        builder.build()
    }

    /// The client for plain http on this machine: whoever is there answers at once or not at all, and never through a proxy. It speaks no TLS, so
    /// that no certificate authorities are loaded for it.
    pub(super) fn local_client(&self) -> Result<reqwest::Client, reqwest::Error> {
        let (connect, request) = (self.connect_timeout.min(LOCAL_TIMEOUT), self.request_timeout.min(LOCAL_TIMEOUT * 5));
        // Whatever a resolver says, a token for this machine stays on it. Each address takes the port of the URL.
        let here = [SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), SocketAddr::from((Ipv6Addr::LOCALHOST, 0))];
        self.builder(connect, request).no_proxy().tls_certs_only([]).resolve_to_addrs("localhost", &here).build()
    }

    fn builder(&self, connect_timeout: Duration, timeout: Duration) -> reqwest::ClientBuilder {
        reqwest::Client::builder()
            .user_agent(&self.user_agent)
            .connect_timeout(connect_timeout)
            .timeout(timeout)
            // A redirect would carry the bearer to a host that nobody chose.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .tls_version_min(reqwest::tls::Version::TLS_1_2)
    }
}

/// How long something on this machine may take to accept a connection.
const LOCAL_TIMEOUT: Duration = Duration::from_secs(2);
