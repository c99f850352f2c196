//! Where requests go: the vendors' own hosts, or one emulator on loopback.
//!
//! Which of a vendor's hosts follows from the Azure cloud and the AWS region; an emulator serves all of them on one origin.
//!
//! Nothing in between exists: a host that is neither would receive real credentials, or give answers nobody vouches for.

mod aws_region;
pub mod azure_cloud;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

pub use self::aws_region::{AwsPartition, AwsRegion};
pub use self::azure_cloud::AzureCloud;
use crate::api::Api;

/// The world that requests reach. A state made in one realm must never be applied to another.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Realm {
    /// The vendors' clouds.
    Real,
    /// One emulator on loopback; real credentials are never read in this realm.
    Emulator {
        /// Scheme, host and port, for example `http://127.0.0.1:8787`.
        origin: String,
    },
}

impl Realm {
    /// Whether this is an emulator.
    pub fn is_emulator(&self) -> bool {
        matches!(self, Realm::Emulator { .. })
    }

    /// A name to remember in state: `real` or `emulator`. The port of an emulator changes between runs, so it is not part of it.
    pub fn name(&self) -> &'static str {
        match self {
            Realm::Real => "real",
            Realm::Emulator { .. } => "emulator",
        }
    }
}

/// Resolves an API to its base URL.
#[derive(Clone, Debug)]
pub struct Endpoints {
    emulator: Option<Url>,
    azure: &'static AzureCloud,
    aws: AwsRegion,
}

/// Why an endpoint was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The text is not an absolute URL.
    #[error("`{value}` is not a URL: {problem}. Write it as `http://127.0.0.1:8787`")]
    NotAUrl {
        /// What was given.
        value: String,
        /// What the parser said.
        problem: String,
    },
    /// The scheme is neither http nor https.
    #[error("an endpoint must start with http:// or https://, not `{scheme}:`")]
    Scheme {
        /// The scheme that was given.
        scheme: String,
    },
    /// The host is not this machine.
    #[error(
        "`{host}` is not a loopback address. The endpoint of an emulator must be 127.0.0.1, [::1] or localhost: \
         other hosts are refused so that neither credentials nor plans ever depend on a stranger's server"
    )]
    NotLoopback {
        /// The host that was given.
        host: String,
    },
    /// The URL carries more than an origin.
    #[error("an endpoint is scheme, host and port only; remove the {part}")]
    NotAnOrigin {
        /// What is too much.
        part: &'static str,
    },
    /// The text is not the name of an AWS region.
    #[error("`{given}` is not the name of an AWS region, such as eu-central-1")]
    Region {
        /// What was given.
        given: String,
    },
}

impl Endpoints {
    /// The vendors' own hosts, over https.
    pub fn official() -> Self {
        Self { emulator: None, azure: &azure_cloud::PUBLIC, aws: AwsRegion::default() }
    }

    /// The same endpoints in another of Microsoft's clouds.
    #[must_use]
    pub fn with_azure(mut self, cloud: &'static AzureCloud) -> Self {
        self.azure = cloud;
        self
    }

    /// The same endpoints in another AWS region.
    #[must_use]
    pub fn with_aws_region(mut self, region: AwsRegion) -> Self {
        self.aws = region;
        self
    }

    /// The Azure cloud.
    pub fn azure(&self) -> &'static AzureCloud {
        self.azure
    }

    /// The AWS region.
    pub fn aws_region(&self) -> &AwsRegion {
        &self.aws
    }

    /// One emulator for every API. Only loopback is accepted.
    pub fn emulator(url: &str) -> Result<Self, EndpointError> {
        let parsed = Url::parse(url.trim())
            .map_err(|problem| EndpointError::NotAUrl { value: url.to_owned(), problem: problem.to_string() })?;
        if !matches!(parsed.scheme(), "http" | "https") {
            return Err(EndpointError::Scheme { scheme: parsed.scheme().to_owned() });
        }
        let loopback = match parsed.host() {
            Some(Host::Ipv4(ip)) => ip.is_loopback(),
            Some(Host::Ipv6(ip)) => ip.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost",
            None => false,
        };
        if !loopback {
            return Err(EndpointError::NotLoopback { host: parsed.host_str().unwrap_or_default().to_owned() });
        }
        let surplus = [
            (!parsed.username().is_empty() || parsed.password().is_some(), "user name and password"),
            (!matches!(parsed.path(), "" | "/"), "path"),
            (parsed.query().is_some(), "query"),
            (parsed.fragment().is_some(), "fragment"),
        ];
        if let Some((_, part)) = surplus.into_iter().find(|(present, _)| *present) {
            return Err(EndpointError::NotAnOrigin { part });
        }
        Ok(Self { emulator: Some(parsed), ..Self::official() })
    }

    /// The realm these endpoints belong to.
    pub fn realm(&self) -> Realm {
        match &self.emulator {
            None => Realm::Real,
            Some(url) => Realm::Emulator { origin: url.origin().ascii_serialization() },
        }
    }

    /// The base URL of an API, without a trailing slash.
    pub fn base_url(&self, api: Api) -> String {
        match &self.emulator {
            Some(url) => url.origin().ascii_serialization(),
            None => match api {
                Api::AzureResourceManager => self.azure.resource_manager.to_owned(),
                Api::MicrosoftGraph => self.azure.graph.to_owned(),
                Api::EntraLogin => self.azure.login.to_owned(),
                Api::AwsIam => self.aws.iam_url(),
                Api::AwsSts => self.aws.sts_url(),
                google => format!("https://{}", google.host()),
            },
        }
    }

    /// The addresses that `localhost` must resolve to, whatever the machine's resolver thinks.
    pub(crate) fn localhost_addresses(&self) -> Option<[SocketAddr; 2]> {
        let url = self.emulator.as_ref()?;
        let port = url.port_or_known_default()?;
        (url.host_str() == Some("localhost"))
            .then(|| [SocketAddr::from((Ipv4Addr::LOCALHOST, port)), SocketAddr::from((Ipv6Addr::LOCALHOST, port))])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_origins_are_accepted() {
        for url in [
            "http://127.0.0.1:8787",
            "http://127.9.9.9/",
            "https://[::1]:4",
            "http://localhost:80",
            " http://127.0.0.1:1 ",
        ] {
            let endpoints = Endpoints::emulator(url).expect(url);
            assert!(endpoints.realm().is_emulator(), "{url}");
        }
        let endpoints = Endpoints::emulator("http://127.0.0.1:8787/").expect("loopback");
        assert_eq!(endpoints.base_url(Api::Kms), "http://127.0.0.1:8787");
        assert_eq!(endpoints.realm(), Realm::Emulator { origin: "http://127.0.0.1:8787".into() });
    }

    #[test]
    fn everything_else_is_refused() {
        for url in
            ["http://10.0.0.1:1", "https://example.com", "http://127.0.0.1.example.com", "http://localhost.evil:1"]
        {
            assert!(matches!(Endpoints::emulator(url), Err(EndpointError::NotLoopback { .. })), "{url}");
        }
        assert!(matches!(Endpoints::emulator("127.0.0.1:80"), Err(EndpointError::NotAUrl { .. })));
        assert!(matches!(Endpoints::emulator(""), Err(EndpointError::NotAUrl { .. })));
        assert!(matches!(Endpoints::emulator("unix:/x"), Err(EndpointError::Scheme { .. })));
        assert_eq!(
            Endpoints::emulator("http://u:p@127.0.0.1/").expect_err("userinfo"),
            EndpointError::NotAnOrigin { part: "user name and password" }
        );
        assert_eq!(
            Endpoints::emulator("http://127.0.0.1/v1").expect_err("path"),
            EndpointError::NotAnOrigin { part: "path" }
        );
    }

    #[test]
    fn official_hosts_are_https() {
        let endpoints = Endpoints::official();
        for api in Api::ALL {
            assert!(endpoints.base_url(api).starts_with("https://"));
        }
        assert_eq!(endpoints.realm(), Realm::Real);
        let elsewhere = Endpoints::official()
            .with_azure(&azure_cloud::CHINA)
            .with_aws_region(AwsRegion::new("eu-west-1").expect("region"));
        assert_eq!(elsewhere.base_url(Api::AzureResourceManager), "https://management.chinacloudapi.cn");
        assert_eq!(elsewhere.base_url(Api::AwsSts), "https://sts.eu-west-1.amazonaws.com");
        assert_eq!(elsewhere.base_url(Api::Kms), "https://cloudkms.googleapis.com");
    }
}
