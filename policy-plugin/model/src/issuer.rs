//! Token issuers: whose they are, and whether strangers get tokens from the same one.

use std::fmt;

/// Whose issuer a URL is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issuer {
    /// One Kubernetes cluster.
    Kubernetes(Cluster),
    /// GitHub Actions, on github.com or a GitHub Enterprise instance.
    GitHub {
        /// Host of the issuer.
        host: String,
    },
    /// GitLab, gitlab.com or an instance of one's own.
    GitLab {
        /// Host of the issuer.
        host: String,
    },
    /// HCP Terraform.
    TerraformCloud,
    /// Buildkite.
    Buildkite,
    /// CircleCI.
    CircleCi {
        /// Id of the organisation, which the issuer names.
        organization: Option<String>,
    },
    /// Bitbucket Pipelines.
    Bitbucket {
        /// The workspace, which the issuer names.
        workspace: Option<String>,
    },
    /// Azure DevOps.
    AzureDevOps {
        /// Id of the organisation, which the issuer names.
        organization: Option<String>,
    },
    /// The principals of one AWS account, through `GetCallerIdentity`.
    Aws {
        /// Twelve digits.
        account: String,
    },
    /// The principals of one AWS account, through tokens of the account's own issuer.
    AwsOutbound {
        /// Host of the issuer, which names the account in a way of its own.
        host: String,
    },
    /// Google accounts.
    Google,
    /// A Microsoft Entra tenant, or the whole of Entra if `tenant` is none.
    Entra {
        /// Tenant id.
        tenant: Option<String>,
    },
    /// Another service that many customers share, known by its host.
    Shared {
        /// Host of the issuer.
        host: String,
    },
    /// Anything else: taken as one organisation's own.
    Other {
        /// Host of the issuer.
        host: String,
    },
}

/// What kind of cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cluster {
    /// Azure Kubernetes Service.
    Aks {
        /// Azure region.
        region: String,
        /// Entra tenant id.
        tenant: String,
        /// Issuer id of the cluster.
        id: String,
    },
    /// Amazon Elastic Kubernetes Service.
    Eks {
        /// AWS region.
        region: String,
        /// Issuer id of the cluster.
        id: String,
    },
    /// Google Kubernetes Engine.
    Gke {
        /// Project id.
        project: String,
        /// Region or zone.
        location: String,
        /// Name of the cluster.
        cluster: String,
    },
    /// A cluster known only by the subjects it issues.
    Generic,
}

/// Why a URL cannot be trusted as an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IssuerError {
    /// The scheme is not https, so keys could be swapped on the way.
    #[error("it does not begin with https://")]
    Scheme,
    /// There is no host.
    #[error("it names no host")]
    Host,
    /// User name or password before the host.
    #[error("it carries a user name before the host")]
    UserInfo,
    /// Query or fragment, which an issuer must not have.
    #[error("it carries a query or a fragment")]
    Query,
    /// An address or a local name, which no authority vouches for.
    #[error("its host is an address or a local name")]
    Local,
    /// A tunnel that anyone can open under a name they choose.
    #[error("its host belongs to a public tunnel service, where names change hands")]
    Tunnel,
}

/// Services that many customers share, besides those with a variant of their own.
const SHARED_HOSTS: [&str; 4] = ["oidc.codefresh.io", "oidc.vercel.com", "api.depot.dev", "oidc.fly.io"];

const TUNNELS: [&str; 8] = [
    "ngrok.io",
    "ngrok.app",
    "ngrok-free.app",
    "ngrok.dev",
    "trycloudflare.com",
    "loca.lt",
    "serveo.net",
    "localhost.run",
];

/// Object storage, where anyone can put signing keys under a name that is free, or has become free.
const STORAGE: [&str; 7] = [
    "blob.core.windows.net",
    "web.core.windows.net",
    "storage.googleapis.com",
    "r2.dev",
    "digitaloceanspaces.com",
    "raw.githubusercontent.com",
    "gist.githubusercontent.com",
];

/// Tenant names that stand for any tenant.
const ANY_TENANT: [&str; 3] = ["common", "organizations", "consumers"];

impl Issuer {
    /// Classifies an issuer URL. The scheme and dangers are not looked at: see [`check`].
    #[must_use]
    pub fn classify(url: &str) -> Self {
        let Some(Parts { host, path, .. }) = Parts::of(url) else { return Self::Other { host: String::new() } };
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let own = |text: &str| text.to_owned();
        if let Some(region) = host.strip_suffix(".oic.prod-aks.azure.com")
            && let [tenant, id, ..] = segments[..]
        {
            return Self::Kubernetes(Cluster::Aks { region: own(region), tenant: own(tenant), id: own(id) });
        }
        if let Some(rest) = host.strip_prefix("oidc.eks.")
            && let Some((region, "amazonaws.com" | "amazonaws.com.cn" | "api.aws")) = rest.split_once('.')
            && let ["id", id] = segments[..]
        {
            return Self::Kubernetes(Cluster::Eks { region: own(region), id: own(id) });
        }
        if host == "container.googleapis.com"
            && let ["v1", "projects", project, "locations" | "zones", location, "clusters", cluster] = segments[..]
        {
            let (project, location, cluster) = (own(project), own(location), own(cluster));
            return Self::Kubernetes(Cluster::Gke { project, location, cluster });
        }
        if matches!(host.as_str(), "sts.windows.net" | "login.microsoftonline.com") {
            let tenant = segments.first().filter(|tenant| !ANY_TENANT.contains(tenant)).map(|tenant| own(tenant));
            return Self::Entra { tenant };
        }
        match host.as_str() {
            "token.actions.githubusercontent.com" => Self::GitHub { host },
            ghe if ghe.starts_with("token.actions.") && ghe.ends_with(".ghe.com") => Self::GitHub { host },
            _ if segments == ["_services", "token"] => Self::GitHub { host },
            "gitlab.com" => Self::GitLab { host },
            gitlab if gitlab.starts_with("gitlab.") => Self::GitLab { host },
            "app.terraform.io" | "app.eu.terraform.io" => Self::TerraformCloud,
            "accounts.google.com" => Self::Google,
            "agent.buildkite.com" => Self::Buildkite,
            "oidc.circleci.com" => {
                let organization = segments.get(1).filter(|_| segments.first() == Some(&"org")).map(|id| own(id));
                Self::CircleCi { organization }
            }
            "api.bitbucket.org" => {
                let named = matches!(segments[..], ["2.0", "workspaces", _, ..]);
                Self::Bitbucket { workspace: segments.get(2).filter(|_| named).map(|name| own(name)) }
            }
            "vstoken.dev.azure.com" => Self::AzureDevOps { organization: segments.first().map(|id| own(id)) },
            outbound if outbound.ends_with(".tokens.sts.global.api.aws") => Self::AwsOutbound { host },
            shared if SHARED_HOSTS.contains(&shared) => Self::Shared { host },
            _ => Self::Other { host },
        }
    }

    /// Whether people outside the organisation get tokens from this issuer, so that only claims tell them apart.
    #[must_use]
    pub fn is_shared(&self) -> bool {
        match self {
            Self::GitHub { host } => host == "token.actions.githubusercontent.com",
            Self::GitLab { host } => host == "gitlab.com",
            Self::TerraformCloud | Self::Buildkite | Self::Google | Self::Shared { .. } => true,
            // These have an issuer for each customer; without the customer's part the URL stands for all of them.
            Self::CircleCi { organization: tenant }
            | Self::Bitbucket { workspace: tenant }
            | Self::AzureDevOps { organization: tenant }
            | Self::Entra { tenant } => tenant.is_none(),
            Self::Kubernetes(_) | Self::Aws { .. } | Self::AwsOutbound { .. } | Self::Other { .. } => false,
        }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kubernetes(Cluster::Aks { .. }) => out.write_str("the AKS cluster"),
            Self::Kubernetes(Cluster::Eks { .. }) => out.write_str("the EKS cluster"),
            Self::Kubernetes(Cluster::Gke { .. }) => out.write_str("the GKE cluster"),
            Self::Kubernetes(Cluster::Generic) => out.write_str("the Kubernetes cluster"),
            Self::GitHub { .. } => out.write_str("GitHub Actions"),
            Self::GitLab { host } if host == "gitlab.com" => out.write_str("GitLab.com"),
            Self::GitLab { .. } => out.write_str("the GitLab instance"),
            Self::TerraformCloud => out.write_str("HCP Terraform"),
            Self::Buildkite => out.write_str("Buildkite"),
            Self::CircleCi { .. } => out.write_str("CircleCI"),
            Self::Bitbucket { .. } => out.write_str("Bitbucket Pipelines"),
            Self::AzureDevOps { .. } => out.write_str("Azure DevOps"),
            Self::Aws { account } => write!(out, "the AWS account {account}"),
            Self::AwsOutbound { .. } => out.write_str("the AWS account's own issuer"),
            Self::Google => out.write_str("Google accounts"),
            Self::Entra { .. } => out.write_str("Microsoft Entra"),
            Self::Shared { host } | Self::Other { host } => write!(out, "the issuer {host}"),
        }
    }
}

/// Whether a URL can be trusted as an issuer at all.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn check(url: &str) -> Result<(), IssuerError> {
    let Some(rest) = url.strip_prefix("https://") else { return Err(IssuerError::Scheme) };
    if rest.contains(['?', '#']) {
        return Err(IssuerError::Query);
    }
    let authority = rest.split('/').next().unwrap_or_default();
    if authority.contains('@') {
        return Err(IssuerError::UserInfo);
    }
    let Some(Parts { host, .. }) = Parts::of(url) else { return Err(IssuerError::Host) };
    let host = host.split(':').next().unwrap_or_default().trim_end_matches('.');
    let numeric = host.split('.').next_back().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit()));
    let suffix = |domain: &str| is_below(host, domain);
    if authority.starts_with('[')
        || numeric
        || !host.contains('.')
        || suffix("localhost")
        || suffix("local")
        || suffix("internal")
    {
        return Err(IssuerError::Local);
    }
    if TUNNELS.into_iter().any(suffix) {
        return Err(IssuerError::Tunnel);
    }
    Ok(())
}

/// Whether an issuer's keys lie in object storage that many customers share. Clusters of one's own publish them there, and so can anybody who
/// takes the name after the bucket or the storage account is gone.
#[must_use]
pub fn is_in_storage(url: &str) -> bool {
    let Some(Parts { host, .. }) = Parts::of(url) else { return false };
    let host = host.split(':').next().unwrap_or_default();
    let amazon =
        is_below(host, "amazonaws.com") && host.split('.').any(|label| label == "s3" || label.starts_with("s3-"));
    amazon || STORAGE.into_iter().any(|domain| is_below(host, domain))
}

/// Whether a host is a domain or lies below it.
fn is_below(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether two URLs name one issuer: host without case, default port and trailing slash do not count.
#[must_use]
pub fn same(a: &str, b: &str) -> bool {
    match (Parts::of(a), Parts::of(b)) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

/// Whether a list of issuers names one. An entry that ends in `/*` takes everything below it.
#[must_use]
pub fn is_allowed(issuer: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|entry| match entry.strip_suffix("/*") {
        Some(above) => match (Parts::of(above), Parts::of(issuer)) {
            (Some(above), Some(issuer)) => {
                let below = issuer.path.strip_prefix(&above.path);
                above.scheme == issuer.scheme
                    && above.host == issuer.host
                    && below.is_some_and(|rest| above.path.is_empty() || rest.is_empty() || rest.starts_with('/'))
            }
            _ => false,
        },
        None => same(entry, issuer),
    })
}

#[derive(PartialEq, Eq)]
struct Parts {
    scheme: String,
    host: String,
    path: String,
}

impl Parts {
    /// Scheme, host with any unusual port, and path without trailing slashes.
    fn of(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let scheme = scheme.to_ascii_lowercase();
        let host = authority.rsplit('@').next()?.to_ascii_lowercase();
        let port = if scheme == "https" { ":443" } else { ":80" };
        let host = host.strip_suffix(port).unwrap_or(&host).to_owned();
        (!host.is_empty()).then(|| Self { scheme, host, path: path.trim_end_matches('/').to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::{Cluster, Issuer, IssuerError, check, is_allowed, is_in_storage, same};

    #[test]
    fn knows_the_issuers() {
        let aks = "https://westeurope.oic.prod-aks.azure.com/72f988bf-86f1-41af-91ab-2d7cd011db47/5a2c1e0d-0000-4000-8000-000000000001/";
        assert!(
            matches!(Issuer::classify(aks), Issuer::Kubernetes(Cluster::Aks { region, .. }) if region == "westeurope")
        );
        let eks = "https://oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B716D3041E";
        assert!(
            matches!(Issuer::classify(eks), Issuer::Kubernetes(Cluster::Eks { region, .. }) if region == "eu-west-1")
        );
        let gke = "https://container.googleapis.com/v1/projects/p/locations/europe-west4/clusters/c";
        assert!(matches!(Issuer::classify(gke), Issuer::Kubernetes(Cluster::Gke { .. })));
        for (url, shared) in [
            ("https://token.actions.githubusercontent.com", true),
            ("https://Token.Actions.GithubUserContent.com:443/", true),
            ("https://token.actions.octo.ghe.com", false),
            ("https://git.example.com/_services/token", false),
            ("https://gitlab.com", true),
            ("https://gitlab.example.com", false),
            ("https://app.terraform.io", true),
            ("https://accounts.google.com", true),
            ("https://sts.windows.net/common/", true),
            ("https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/", false),
            ("https://agent.buildkite.com", true),
            ("https://oidc.circleci.com/org/5034460f-c7c4-4c43-9457-de07e2029e7b", false),
            ("https://oidc.circleci.com", true),
            ("https://api.bitbucket.org/2.0/workspaces/octo/pipelines-config/identity/oidc", false),
            ("https://vstoken.dev.azure.com/6a1f4c0e-0000-4000-8000-000000000001", false),
            ("https://vstoken.dev.azure.com", true),
            ("https://oidc.example.com", false),
            (aks, false),
        ] {
            assert_eq!(Issuer::classify(url).is_shared(), shared, "{url}");
        }
    }

    #[test]
    fn refuses_unsafe_urls() {
        for (url, expected) in [
            ("http://issuer.example.com", Err(IssuerError::Scheme)),
            ("issuer.example.com", Err(IssuerError::Scheme)),
            ("https://", Err(IssuerError::Host)),
            ("https://user@issuer.example.com", Err(IssuerError::UserInfo)),
            ("https://issuer.example.com/?a=b", Err(IssuerError::Query)),
            ("https://10.0.0.1/", Err(IssuerError::Local)),
            ("https://[::1]/", Err(IssuerError::Local)),
            ("https://localhost:8443/", Err(IssuerError::Local)),
            ("https://kubernetes.default.svc.cluster.local", Err(IssuerError::Local)),
            ("https://a.ngrok.io/", Err(IssuerError::Tunnel)),
            ("https://notngrok.io/", Ok(())),
            ("https://issuer.example.com:8443/path", Ok(())),
        ] {
            assert_eq!(check(url), expected, "{url}");
        }
    }

    #[test]
    fn knows_object_storage() {
        for (url, expected) in [
            ("https://octo.blob.core.windows.net/oidc/", true),
            ("https://octo.z6.web.core.windows.net/", true),
            ("https://storage.googleapis.com/octo", true),
            ("https://octo.s3.eu-west-1.amazonaws.com", true),
            ("https://s3-eu-west-1.amazonaws.com/octo", true),
            ("https://raw.githubusercontent.com/octo/keys/main", true),
            ("https://oidc.eks.eu-west-1.amazonaws.com/id/ABC", false),
            ("https://notblob.core.windows.net.example.com", false),
            ("https://token.actions.githubusercontent.com", false),
        ] {
            assert_eq!(is_in_storage(url), expected, "{url}");
        }
    }

    #[test]
    fn compares_as_urls() {
        assert!(same("https://Issuer.example.com", "https://issuer.example.com:443/"));
        assert!(!same("https://issuer.example.com/A", "https://issuer.example.com/a"));
        assert!(!same("http://issuer.example.com", "https://issuer.example.com"));
    }

    #[test]
    fn lists_name_issuers_and_what_is_below_them() {
        let list =
            ["https://a.example/x/*".to_owned(), "https://b.example".to_owned(), "https://c.example/*".to_owned()];
        for (issuer, expected) in [
            ("https://a.example/x/1", true),
            ("https://a.example/x", true),
            ("https://a.example/xy", false),
            ("https://b.example/", true),
            ("https://b.example/1", false),
            ("https://c.example/deep/er", true),
            ("http://c.example/deep", false),
            ("https://evil-c.example/", false),
        ] {
            assert_eq!(is_allowed(issuer, &list), expected, "{issuer}");
        }
    }
}
