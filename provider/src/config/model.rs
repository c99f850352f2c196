//! The attributes of the provider block. Doc comments are the registry page.

use std::collections::BTreeMap;

use crosscloud_cloud::Quota;
use tfplugin::schema::Validator;
use tfplugin::schema::validate::{all, at_least, between, each, keys, string};
use tfplugin::{Attr, Model};

/// Keyless trusts between clouds, judged by a policy while Terraform plans.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ProviderModel {
    /// Google Cloud.
    #[attr(optional)]
    pub gcp: Attr<GoogleModel>,
    /// Microsoft Azure and Entra.
    #[attr(optional)]
    pub azure: Attr<AzureModel>,
    /// Amazon Web Services.
    #[attr(optional)]
    pub aws: Attr<AwsModel>,
    /// Who this configuration acts for, unique among all states that reach the same clouds: 1 to 64 letters, digits, dots, underscores and
    /// hyphens. Objects are marked with it until they are finished, so that an apply that was killed half-way is recognised and continued, and
    /// when they are deleted, so that they can be brought back. Without it nothing that exists is ever taken over. Default:
    /// the environment variable `CROSSCLOUD_OWNER`.
    #[attr(optional, validate = owner())]
    pub owner: Attr<String>,
    /// How often a call that failed for now is tried again, with waits that double from half a second to a minute. Default: 9.
    #[attr(optional, validate = between(0, 100))]
    pub max_retries: Attr<i64>,
    /// Calls a minute to keep to where the documented quota is not yours, such as
    /// `{ "iam.googleapis.com/federation_write" = 120 }`. A key is the API's ordinary host and `read` or `write`; pools and providers are metered
    /// apart as `iam.googleapis.com/federation_read` (600) and `/federation_write` (60), managed identities and their credentials as
    /// `management.azure.com/managed_identity_read` (600) and `/managed_identity_write` (120). What is over it waits. See the guide to
    /// [limits](guides/limits.md).
    #[attr(optional, validate = rate_limits())]
    pub rate_limits: Attr<BTreeMap<String, Attr<i64>>>,
    /// How trusts are judged.
    #[attr(optional)]
    pub policy: Attr<PolicyModel>,
}

/// How to sign in to Google Cloud.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct GoogleModel {
    /// OAuth 2.0 access token. Default: the environment variable `GOOGLE_OAUTH_ACCESS_TOKEN`.
    #[attr(optional, sensitive)]
    pub access_token: Attr<String>,
}

/// How to sign in to Azure, Microsoft Graph included. Arguments and environment variables are those of hashicorp/azurerm.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct AzureModel {
    /// Tenant id. Default: `ARM_TENANT_ID`.
    #[attr(optional)]
    pub tenant_id: Attr<String>,
    /// Client id of the application to sign in as. Default: `ARM_CLIENT_ID`.
    #[attr(optional)]
    pub client_id: Attr<String>,
    /// Its client secret. Default: `ARM_CLIENT_SECRET`.
    #[attr(optional, sensitive)]
    pub client_secret: Attr<String>,
    /// Whether to sign in with an OIDC token in place of a secret. Default: `ARM_USE_OIDC`.
    #[attr(optional)]
    pub use_oidc: Attr<bool>,
    /// The OIDC token. Default: `ARM_OIDC_TOKEN`.
    #[attr(optional, sensitive)]
    pub oidc_token: Attr<String>,
    /// File that holds the OIDC token. Default: `ARM_OIDC_TOKEN_FILE_PATH`.
    #[attr(optional)]
    pub oidc_token_file_path: Attr<String>,
    /// Azure cloud: `public`, `usgovernment` or `china`. Default: `ARM_ENVIRONMENT`, else `public`.
    #[attr(optional)]
    pub environment: Attr<String>,
}

/// How to sign in to AWS. Arguments and environment variables are those of hashicorp/aws.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct AwsModel {
    /// Access key id. Default: `AWS_ACCESS_KEY_ID`.
    #[attr(optional)]
    pub access_key: Attr<String>,
    /// Secret access key. Default: `AWS_SECRET_ACCESS_KEY`.
    #[attr(optional, sensitive)]
    pub secret_key: Attr<String>,
    /// Session token of temporary keys. Default: `AWS_SESSION_TOKEN`.
    #[attr(optional, sensitive)]
    pub token: Attr<String>,
    /// Region of the Security Token Service, and by it the partition. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, else `us-east-1`.
    #[attr(optional)]
    pub region: Attr<String>,
}

/// How trusts are judged. The file that the environment variable `CROSSCLOUD_POLICY_FILE` names is a floor: what is said here can ask for more
/// than it, never for less.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct PolicyModel {
    /// WebAssembly components that judge every trust besides the built-in policy. One that cannot be loaded refuses everything.
    #[attr(optional)]
    pub modules: Attr<Vec<ModuleModel>>,
    /// Settings of the built-in policy, as JSON: `jsonencode({ ... })`.
    #[attr(optional)]
    pub settings: Attr<String>,
    /// How seriously rules are taken, by the id of the rule: `off`, `warn` or `deny`. Default: findings of severity high and critical refuse the
    /// plan, others warn.
    #[attr(optional)]
    pub rules: Attr<BTreeMap<String, Attr<String>>>,
    /// Findings that somebody answers for until a day.
    #[attr(optional)]
    pub waivers: Attr<Vec<WaiverModel>>,
}

/// A policy module.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ModuleModel {
    /// Path of the component.
    #[attr(required)]
    pub path: Attr<String>,
    /// SHA-256 of the file, in hexadecimal. A file with another digest is refused.
    #[attr(optional)]
    pub sha256: Attr<String>,
    /// Settings of the module, as JSON: `jsonencode({ ... })`.
    #[attr(optional)]
    pub settings: Attr<String>,
}

/// A finding that somebody answers for until a day.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct WaiverModel {
    /// Id of the rule.
    #[attr(required)]
    pub rule: Attr<String>,
    /// What it is waived for: resource type and `name`, such as `crosscloud_trust/aks-chat`.
    #[attr(required)]
    pub subject: Attr<String>,
    /// Who answers for it.
    #[attr(required)]
    pub owner: Attr<String>,
    /// Why.
    #[attr(required)]
    pub reason: Attr<String>,
    /// Last day on which it counts, in UTC: `YYYY-MM-DD`.
    #[attr(required)]
    pub expires: Attr<String>,
}

/// Whether a text can be an owner: it stands in descriptions and tags, between slashes.
pub(super) fn is_owner(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (1..=64).contains(&text.len()) && text.chars().all(allowed)
}

fn owner() -> Validator {
    string("1 to 64 letters, digits, dots, underscores and hyphens", is_owner)
}

/// Keys that name quotas, and at least one call a minute: with none nothing would ever be sent.
fn rate_limits() -> Validator {
    let names: Vec<String> = Quota::all().map(|quota| quota.to_string()).collect();
    let quota = string(&format!("must be one of {}", names.join(", ")), |name| Quota::named(name).is_some());
    all([keys(quota), each(at_least(1))])
}
