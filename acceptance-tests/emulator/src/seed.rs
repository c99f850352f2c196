//! The seed: what the emulated clouds hold when the emulator starts. `examples/seed.json` beside this crate's sources shows every field.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub mod aws;
pub mod azure;

pub use aws::SeedAws;
pub use azure::SeedAzure;

/// The identity behind every bearer token that the emulator did not issue itself.
pub const OPERATOR: &str = "operator@example.com";

/// What there is at the start.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Seed {
    /// Google Cloud projects.
    #[serde(default)]
    pub projects: Vec<SeedProject>,
    /// Microsoft Entra tenants with their Azure subscriptions; one of each when absent.
    #[serde(default)]
    pub azure: SeedAzure,
    /// AWS accounts; one when absent.
    #[serde(default)]
    pub aws: SeedAws,
    /// Folders between projects and their organization.
    #[serde(default)]
    pub folders: Vec<SeedFolder>,
    /// Access policies of organizations.
    #[serde(default)]
    pub access_policies: Vec<SeedAccessPolicy>,
    /// Token issuers that need a word; any other https issuer exists on demand.
    #[serde(default)]
    pub issuers: Vec<SeedIssuer>,
    /// People who have signed in to Google Cloud with its command line.
    #[serde(default)]
    pub users: Vec<SeedUser>,
    /// Bearer tokens with a meaning of their own.
    #[serde(default)]
    pub tokens: Vec<SeedToken>,
}

/// A Google Cloud project.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedProject {
    /// Project id, such as `ml-prod-4711`.
    pub id: String,
    /// Project number, in decimal digits.
    pub number: String,
    /// Display name; the id when absent.
    #[serde(default)]
    pub name: Option<String>,
    /// Parent, such as `organizations/123456789012`.
    #[serde(default)]
    pub parent: Option<String>,
    /// APIs that are switched on. Absent: Service Usage and Resource Manager, as in a project that nobody has used yet.
    #[serde(default)]
    pub services: Option<Vec<String>>,
    /// Grants on the project, beside `roles/owner` for the operator.
    #[serde(default)]
    pub bindings: Vec<SeedBinding>,
    /// Service accounts.
    #[serde(default)]
    pub service_accounts: Vec<SeedServiceAccount>,
    /// Workload identity pools.
    #[serde(default)]
    pub workload_identity_pools: Vec<SeedPool>,
    /// How many service accounts it may have: Google's default of 100 when absent.
    #[serde(default)]
    pub service_account_quota: Option<usize>,
    /// Whether the operator is left without any role on this project.
    #[serde(default)]
    pub operator_denied: bool,
}

/// A folder.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedFolder {
    /// Folder id, in decimal digits.
    pub id: String,
    /// What it is in, such as `organizations/123456789012`.
    pub parent: String,
}

/// An access policy, which holds service perimeters.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedAccessPolicy {
    /// Number, in decimal digits.
    pub number: String,
    /// Organization, such as `organizations/123456789012`.
    pub parent: String,
    /// Title.
    #[serde(default)]
    pub title: Option<String>,
    /// The folder or project that it is for; none for the whole organization.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// One role granted to members.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedBinding {
    /// Role, such as `roles/viewer`.
    pub role: String,
    /// Members, taken as they stand.
    pub members: Vec<String>,
}

/// A service account.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SeedServiceAccount {
    /// What stands before the `@`.
    pub account_id: String,
    /// Display name.
    #[serde(default)]
    pub display_name: Option<String>,
    /// Grants on the account.
    #[serde(default)]
    pub bindings: Vec<SeedBinding>,
}

/// A workload identity pool with its providers.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedPool {
    /// Pool id.
    pub id: String,
    /// Fields as the API writes them.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// Whether it was deleted already and waits for its thirty days to pass.
    #[serde(default)]
    pub deleted: bool,
    /// Its providers.
    #[serde(default)]
    pub providers: Vec<SeedProvider>,
}

/// A workload identity pool provider.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedProvider {
    /// Provider id.
    pub id: String,
    /// Fields as the API writes them.
    #[serde(default)]
    pub fields: Map<String, Value>,
    /// Whether it was deleted already and waits for its thirty days to pass.
    #[serde(default)]
    pub deleted: bool,
}

/// A token issuer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedIssuer {
    /// Issuer URL, as in the `iss` claim.
    pub issuer: String,
    /// Whether clouds can fetch its keys.
    #[serde(default = "yes")]
    pub reachable: bool,
}

/// A person's sign-in, as `gcloud auth application-default login` leaves it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeedUser {
    /// E-mail address.
    pub email: String,
    /// OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// What access tokens are given for.
    pub refresh_token: String,
}

/// A bearer token with a meaning of its own.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case", deny_unknown_fields)]
pub enum SeedToken {
    /// It has expired: every call is refused with 401.
    Expired {
        /// The token, as it follows `Bearer`.
        token: String,
    },
    /// It is a user's whom nobody has granted anything, unless a policy names them.
    User {
        /// The token, as it follows `Bearer`.
        token: String,
        /// E-mail address.
        email: String,
    },
}

impl Default for Seed {
    /// One project, with nothing switched on but what every project has.
    fn default() -> Self {
        Self {
            projects: vec![SeedProject {
                id: String::from("ml-prod-4711"),
                number: String::from("471100000011"),
                name: Some(String::from("ML production")),
                parent: Some(String::from("organizations/123456789012")),
                services: None,
                bindings: Vec::new(),
                service_accounts: Vec::new(),
                workload_identity_pools: Vec::new(),
                service_account_quota: None,
                operator_denied: false,
            }],
            azure: SeedAzure::default(),
            aws: SeedAws::default(),
            folders: Vec::new(),
            access_policies: vec![SeedAccessPolicy {
                number: String::from("456700000022"),
                parent: String::from("organizations/123456789012"),
                title: None,
                scopes: Vec::new(),
            }],
            issuers: Vec::new(),
            users: vec![SeedUser {
                email: String::from(OPERATOR),
                client_id: String::from("emulator.apps.googleusercontent.com"),
                client_secret: String::from("emulator-oauth-client-secret"),
                refresh_token: String::from("emulator-refresh-token-of-the-operator"),
            }],
            tokens: vec![
                SeedToken::Expired { token: String::from("expired") },
                SeedToken::User { token: String::from("denied"), email: String::from("nobody@example.com") },
            ],
        }
    }
}

fn yes() -> bool {
    true
}
