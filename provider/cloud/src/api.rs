//! The cloud APIs that requests may go to: host, documented quotas, and how each is named to a person.

use std::fmt;

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
    /// Google Service Usage: which APIs a project has switched on.
    ServiceUsage,
    /// Google Cloud KMS: key rings, keys and their allow policies.
    Kms,
    /// Google Access Context Manager: service perimeters.
    AccessContextManager,
    /// Google Storage Transfer Service.
    StorageTransfer,
    /// Google Vertex AI.
    VertexAi,
}

impl Api {
    /// Every API, for tables and documentation.
    pub const ALL: [Api; 9] = [
        Api::Iam,
        Api::Sts,
        Api::IamCredentials,
        Api::ResourceManager,
        Api::ServiceUsage,
        Api::Kms,
        Api::AccessContextManager,
        Api::StorageTransfer,
        Api::VertexAi,
    ];

    /// The host that serves the API, which is also its name in Service Usage.
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
            Api::VertexAi => "aiplatform.googleapis.com",
        }
    }

    /// The official base URL.
    pub fn base_url(self) -> String {
        format!("https://{}", self.host())
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
    /// Every other read of an API.
    Read(Api),
    /// Every other write of an API.
    Write(Api),
}

impl Quota {
    /// The documented number of requests a minute and project; where no document that we know names one, a cautious number.
    pub fn documented_per_minute(self) -> u32 {
        match self {
            Quota::FederationRead => 600,
            Quota::FederationWrite => 60,
            Quota::Read(Api::Iam) => 6_000,
            Quota::Write(Api::Iam) => 600,
            Quota::Read(Api::Sts) | Quota::Write(Api::Sts) => 6_000,
            Quota::Read(Api::IamCredentials) | Quota::Write(Api::IamCredentials) => 60_000,
            Quota::Read(_) => 600,
            Quota::Write(_) => 240,
        }
    }
}
