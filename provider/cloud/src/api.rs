//! The cloud APIs that requests may go to: host, documented quotas, and how each is named to a person.

use std::fmt;

/// Whose API it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cloud {
    /// Google Cloud.
    Google,
    /// Azure with Microsoft Entra.
    Azure,
    /// Amazon Web Services.
    Aws,
}

impl fmt::Display for Cloud {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Cloud::Google => "Google Cloud",
            Cloud::Azure => "Azure",
            Cloud::Aws => "AWS",
        })
    }
}

/// A cloud API. Every request belongs to one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Api {
    /// Google IAM: workload identity pools, their providers, service accounts.
    Iam,
    /// Google Security Token Service: exchanges a foreign token for a federated one.
    Sts,
    /// Google IAM Credentials: impersonates service accounts.
    IamCredentials,
    /// Google Cloud Resource Manager: projects and their allow policies.
    ResourceManager,
    /// Google Service Usage: which APIs a project has switched on, and their service agents.
    ServiceUsage,
    /// Google Cloud KMS: key rings, keys and their allow policies.
    Kms,
    /// Google Access Context Manager: service perimeters.
    AccessContextManager,
    /// Google Storage Transfer Service.
    StorageTransfer,
    /// Google Cloud Storage: buckets and their allow policies.
    Storage,
    /// Google Vertex AI.
    VertexAi,
    /// Azure Resource Manager: every object of a subscription.
    AzureResourceManager,
    /// Microsoft Graph: applications and service principals of a tenant.
    MicrosoftGraph,
    /// Microsoft Entra's token endpoint.
    EntraLogin,
    /// AWS Identity and Access Management: roles and OIDC providers, one endpoint a partition.
    AwsIam,
    /// AWS Security Token Service, one endpoint a region.
    AwsSts,
}

impl Api {
    /// Every API, for tables and documentation.
    pub const ALL: [Api; 15] = [
        Api::Iam,
        Api::Sts,
        Api::IamCredentials,
        Api::ResourceManager,
        Api::ServiceUsage,
        Api::Kms,
        Api::AccessContextManager,
        Api::StorageTransfer,
        Api::Storage,
        Api::VertexAi,
        Api::AzureResourceManager,
        Api::MicrosoftGraph,
        Api::EntraLogin,
        Api::AwsIam,
        Api::AwsSts,
    ];

    /// Whose API it is.
    pub fn cloud(self) -> Cloud {
        match self {
            Api::AzureResourceManager | Api::MicrosoftGraph | Api::EntraLogin => Cloud::Azure,
            Api::AwsIam | Api::AwsSts => Cloud::Aws,
            _ => Cloud::Google,
        }
    }

    /// The host that serves the API in the vendor's ordinary cloud, which for Google is also its name in Service Usage.
    ///
    /// Where requests go follows from the endpoints: sovereign clouds and regions have hosts of their own.
    pub fn host(self) -> &'static str {
        match self {
            Api::Iam => "iam.googleapis.com",
            Api::Sts => "sts.googleapis.com",
            Api::IamCredentials => "iamcredentials.googleapis.com",
            Api::ResourceManager => "cloudresourcemanager.googleapis.com",
            Api::ServiceUsage => "serviceusage.googleapis.com",
            Api::Kms => "cloudkms.googleapis.com",
            Api::AccessContextManager => "accesscontextmanager.googleapis.com",
            Api::StorageTransfer => "storagetransfer.googleapis.com",
            Api::Storage => "storage.googleapis.com",
            Api::VertexAi => "aiplatform.googleapis.com",
            Api::AzureResourceManager => "management.azure.com",
            Api::MicrosoftGraph => "graph.microsoft.com",
            Api::EntraLogin => "login.microsoftonline.com",
            Api::AwsIam => "iam.amazonaws.com",
            Api::AwsSts => "sts.amazonaws.com",
        }
    }
}

impl fmt::Display for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.host())
    }
}

/// The quota that a request draws on. Reads and writes are metered apart, workload identity federation apart from the rest of IAM.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Quota {
    /// Reads of workload identity pools and providers.
    FederationRead,
    /// Writes of workload identity pools and providers.
    FederationWrite,
    /// Reads of Azure managed identities and their credentials.
    ManagedIdentityRead,
    /// Writes of Azure managed identities and their credentials.
    ManagedIdentityWrite,
    /// Every other read of an API.
    Read(Api),
    /// Every other write of an API.
    Write(Api),
}

impl Quota {
    /// The documented number of requests a minute and project, subscription or account; where no document that we know names one,
    /// a cautious number.
    pub fn documented_per_minute(self) -> u32 {
        match self {
            Quota::FederationRead => 600,
            Quota::FederationWrite => 60,
            Quota::Read(Api::Iam) => 6_000,
            Quota::Write(Api::Iam) => 600,
            Quota::Read(Api::Sts) | Quota::Write(Api::Sts) => 6_000,
            Quota::Read(Api::IamCredentials) | Quota::Write(Api::IamCredentials) => 60_000,
            // Ten reads and two writes a second in a subscription.
            Quota::ManagedIdentityRead => 600,
            Quota::ManagedIdentityWrite => 120,
            // Buckets of 250 and 200, filled at 25 and 10 a second.
            Quota::Read(Api::AzureResourceManager) => 1_500,
            Quota::Write(Api::AzureResourceManager) => 600,
            Quota::Read(_) => 600,
            Quota::Write(_) => 240,
        }
    }

    /// Every quota, for settings and documentation.
    pub fn all() -> impl Iterator<Item = Self> {
        let federation = [Quota::FederationRead, Quota::FederationWrite];
        let identities = [Quota::ManagedIdentityRead, Quota::ManagedIdentityWrite];
        let others = Api::ALL.into_iter().flat_map(|api| [Quota::Read(api), Quota::Write(api)]);
        federation.into_iter().chain(identities).chain(others)
    }

    /// The quota with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|quota| quota.to_string() == name)
    }

    /// Whether it is a quota of reads.
    pub(crate) fn is_read(self) -> bool {
        matches!(self, Quota::FederationRead | Quota::ManagedIdentityRead | Quota::Read(_))
    }
}

/// The API's ordinary host and what is metered: `iam.googleapis.com/federation_write`.
impl fmt::Display for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quota::FederationRead => write!(f, "{}/federation_read", Api::Iam),
            Quota::FederationWrite => write!(f, "{}/federation_write", Api::Iam),
            Quota::ManagedIdentityRead => write!(f, "{}/managed_identity_read", Api::AzureResourceManager),
            Quota::ManagedIdentityWrite => write!(f, "{}/managed_identity_write", Api::AzureResourceManager),
            Quota::Read(api) => write!(f, "{api}/read"),
            Quota::Write(api) => write!(f, "{api}/write"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_quota_is_found_by_its_own_name_only() {
        let names: BTreeSet<_> = Quota::all().map(|quota| quota.to_string()).collect();
        assert_eq!(names.len(), Quota::all().count());
        assert!(Quota::all().all(|quota| Quota::named(&quota.to_string()) == Some(quota)));
        assert_eq!(Quota::named("iam.googleapis.com/federation_write"), Some(Quota::FederationWrite));
        assert_eq!(Quota::named("iam.googleapis.com"), None);
    }
}
