//! Where requests go: the vendors' own hosts, endpoints that the user names for some APIs, or one emulator on loopback for all of them.
//!
//! Which of a vendor's hosts follows from the Azure cloud and the AWS region; an emulator serves all of them on one origin.

mod aws_region;
pub mod azure_cloud;
mod custom;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

pub use self::aws_region::{AwsPartition, AwsRegion};
pub use self::azure_cloud::AzureCloud;
use crate::api::{Api, Cloud};

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
    /// Endpoints that the user has named and that are no vendor's. They receive real credentials, and what they hold is nobody else's.
    Custom {
        /// Their hosts, without ports, which change where servers are started for a while.
        hosts: BTreeSet<String>,
    },
}

impl Realm {
    /// Whether this is an emulator.
    pub fn is_emulator(&self) -> bool {
        matches!(self, Realm::Emulator { .. })
    }

    /// A name to remember in state: `real`, `emulator`, or `custom:` with the hosts. The port of an emulator changes between runs, so it is not
    /// part of it.
    pub fn name(&self) -> Cow<'static, str> {
        match self {
            Realm::Real => "real".into(),
            Realm::Emulator { .. } => "emulator".into(),
            Realm::Custom { hosts } => {
                let hosts: Vec<&str> = hosts.iter().map(String::as_str).collect();
                format!("custom:{}", hosts.join(",")).into()
            }
        }
    }
}

/// Resolves an API to its base URL.
#[derive(Clone, Debug)]
pub struct Endpoints {
    emulator: Option<Url>,
    azure: AzureCloud,
    aws: AwsRegion,
    custom: BTreeMap<Api, Url>,
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
    /// Real credentials would be sent in the clear.
    #[error(
        "`{host}` is another machine, and plain http would let everybody on the way read the credentials. Write https"
    )]
    Plain {
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
        Self { emulator: None, azure: azure_cloud::PUBLIC.clone(), aws: AwsRegion::default(), custom: BTreeMap::new() }
    }

    /// The same endpoints in another of Microsoft's clouds.
    #[must_use]
    pub fn with_azure(mut self, cloud: AzureCloud) -> Self {
        self.azure = cloud;
        self
    }

    /// The same endpoints in another AWS region.
    #[must_use]
    pub fn with_aws_region(mut self, region: AwsRegion) -> Self {
        self.aws = region;
        self
    }

    /// The same endpoints with another one for an API. An emulator goes on serving everything.
    pub fn with_custom(mut self, api: Api, url: &str) -> Result<Self, EndpointError> {
        self.custom.insert(api, custom::endpoint(api, url)?);
        Ok(self)
    }

    /// The Azure cloud.
    pub fn azure(&self) -> &AzureCloud {
        &self.azure
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
        if !is_loopback(&parsed) {
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
        if let Some(url) = &self.emulator {
            return Realm::Emulator { origin: url.origin().ascii_serialization() };
        }
        let others = self.custom.iter().filter(|(api, url)| !custom::is_vendors(**api, url));
        let hosts: BTreeSet<String> = others.filter_map(|(_, url)| url.host_str().map(str::to_owned)).collect();
        if hosts.is_empty() { Realm::Real } else { Realm::Custom { hosts } }
    }

    /// Whether a cloud is on this machine, where nothing takes time to spread.
    pub fn is_local(&self, cloud: Cloud) -> bool {
        let mut named = self.custom.iter().filter(|(api, _)| api.cloud() == cloud).peekable();
        self.emulator.is_some() || (named.peek().is_some() && named.all(|(_, url)| is_loopback(url)))
    }

    /// The base URL of an API, without a trailing slash.
    pub fn base_url(&self, api: Api) -> String {
        match self.emulator.as_ref().or_else(|| self.custom.get(&api)) {
            Some(url) => url.origin().ascii_serialization(),
            None => match api {
                Api::AzureResourceManager => self.azure.resource_manager.to_string(),
                Api::MicrosoftGraph => self.azure.graph.to_string(),
                Api::EntraLogin => self.azure.login.to_string(),
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

/// Whether a URL leads to this machine, whatever a resolver says.
fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
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
            .with_azure(azure_cloud::CHINA.clone())
            .with_aws_region(AwsRegion::new("eu-west-1").expect("region"));
        assert_eq!(elsewhere.base_url(Api::AzureResourceManager), "https://management.chinacloudapi.cn");
        assert_eq!(elsewhere.base_url(Api::AwsSts), "https://sts.eu-west-1.amazonaws.com");
        assert_eq!(elsewhere.base_url(Api::Kms), "https://cloudkms.googleapis.com");
    }

    #[test]
    fn a_named_endpoint_is_a_realm_of_its_own_unless_it_is_the_vendors() {
        let named = |endpoints: Endpoints, api, url| endpoints.with_custom(api, url).expect(url);
        let private = named(Endpoints::official(), Api::Iam, "https://iam-corp.p.googleapis.com/v1/");
        assert_eq!(private.base_url(Api::Iam), "https://iam-corp.p.googleapis.com");
        assert_eq!(private.realm(), Realm::Real);
        let local = named(private, Api::AwsIam, "http://127.0.0.1:4566");
        let local = named(local, Api::AwsSts, "http://127.0.0.1:4567");
        assert_eq!(local.realm().name(), "custom:127.0.0.1");
        // Google is where it was.
        assert_eq!([Cloud::Aws, Cloud::Google].map(|cloud| local.is_local(cloud)), [true, false]);
        let two = named(local, Api::AwsSts, "https://sts.example.com");
        assert_eq!((two.realm().name(), two.is_local(Cloud::Aws)), ("custom:127.0.0.1,sts.example.com".into(), false));
        // An emulator is asked for everything.
        let emulated =
            named(Endpoints::emulator("http://127.0.0.1:1").expect("loopback"), Api::Iam, "https://x.example");
        assert_eq!(emulated.base_url(Api::Iam), "http://127.0.0.1:1");
        assert!(emulated.realm().is_emulator());
    }
}
