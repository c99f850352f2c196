//! The attributes of the provider block. Doc comments are the registry page.

use std::collections::BTreeMap;

use crosscloud_cloud::Quota;
use tfplugin::schema::Validator;
use tfplugin::schema::validate::{all, at_least, between, each, keys, string};
use tfplugin::{Attr, Model};

/// Keyless trusts between clouds, judged by a policy while Terraform plans.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ProviderModel {
    /// How to sign in to Google Cloud. Arguments and environment variables follow hashicorp/google; the first that is set counts, and
    /// without any Application Default Credentials do. See the guide to [signing in](guides/authentication.md).
    #[attr(optional)]
    pub gcp: Attr<GoogleModel>,
    /// How to sign in to Azure, Microsoft Graph included. Arguments and environment variables follow hashicorp/azurerm; the first that is
    /// set counts, and without any the Azure command line is asked. See the guide to [signing in](guides/authentication.md).
    #[attr(optional)]
    pub azure: Attr<AzureModel>,
    /// How to sign in to AWS. Arguments and environment variables follow hashicorp/aws; the first that is set counts, and without any the
    /// default profile, the container's endpoint and the machine's metadata service do. See the guide to [signing in](guides/authentication.md).
    #[attr(optional)]
    pub aws: Attr<AwsModel>,
    /// Who this configuration acts for, unique among all states that reach the same clouds: 1 to 64 letters, digits, dots, underscores and
    /// hyphens. Objects are marked with it until they are finished, so that an apply that was killed half-way is recognised and continued, and
    /// when they are deleted, so that they can be brought back. Without it nothing that exists is ever taken over. Default:
    /// the environment variable `CROSSCLOUD_OWNER`.
    #[attr(optional, validate = owner())]
    pub owner: Attr<String>,
    /// Other endpoints than the clouds' ordinary ones: private endpoints in your network, or servers that stand in for a cloud. They receive your
    /// credentials, so they are `https://`; `http://` is for this machine. What is made at hosts that are no cloud's own has a realm of its own, and
    /// its state is refused elsewhere. See the guide to [signing in](guides/authentication.md#other-endpoints).
    #[attr(optional)]
    pub endpoints: Attr<EndpointsModel>,
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

/// Other endpoints than the clouds' ordinary ones, as `https://HOST`.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct EndpointsModel {
    /// Endpoints of Google Cloud. The version that hashicorp/google wants at the end, such as `/v1/`, may be there.
    #[attr(optional)]
    pub gcp: Attr<GoogleEndpointsModel>,
    /// Endpoints of Azure. For a whole cloud that describes itself, `metadata_host` in `azure` is shorter.
    #[attr(optional)]
    pub azure: Attr<AzureEndpointsModel>,
    /// Endpoints of AWS.
    #[attr(optional)]
    pub aws: Attr<AwsEndpointsModel>,
}

/// Endpoints of Google Cloud.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct GoogleEndpointsModel {
    /// Pools, providers and service accounts. Default: `GOOGLE_IAM_CUSTOM_ENDPOINT`, `GOOGLE_IAM_BETA_CUSTOM_ENDPOINT`.
    #[attr(optional)]
    pub iam: Attr<String>,
    /// Security Token Service, where tokens of other issuers are exchanged.
    #[attr(optional)]
    pub sts: Attr<String>,
    /// Impersonation of service accounts. Default: `GOOGLE_IAM_CREDENTIALS_CUSTOM_ENDPOINT`.
    #[attr(optional)]
    pub iam_credentials: Attr<String>,
    /// Projects. Default: `GOOGLE_RESOURCE_MANAGER_CUSTOM_ENDPOINT`, `GOOGLE_RESOURCE_MANAGER_V3_CUSTOM_ENDPOINT`.
    #[attr(optional)]
    pub resource_manager: Attr<String>,
    /// APIs that are switched on. Default: `GOOGLE_SERVICE_USAGE_CUSTOM_ENDPOINT`.
    #[attr(optional)]
    pub service_usage: Attr<String>,
    /// Cloud KMS. Default: `GOOGLE_KMS_CUSTOM_ENDPOINT`.
    #[attr(optional)]
    pub kms: Attr<String>,
    /// Service perimeters. Default: `GOOGLE_ACCESS_CONTEXT_MANAGER_CUSTOM_ENDPOINT`.
    #[attr(optional)]
    pub access_context_manager: Attr<String>,
    /// Storage Transfer Service. Default: `GOOGLE_STORAGE_TRANSFER_CUSTOM_ENDPOINT`.
    #[attr(optional)]
    pub storage_transfer: Attr<String>,
    /// Cloud Storage. Default: `GOOGLE_STORAGE_CUSTOM_ENDPOINT`.
    #[attr(optional)]
    pub storage: Attr<String>,
}

/// Endpoints of Azure.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct AzureEndpointsModel {
    /// Azure Resource Manager.
    #[attr(optional)]
    pub resource_manager: Attr<String>,
    /// Microsoft Graph.
    #[attr(optional)]
    pub microsoft_graph: Attr<String>,
    /// Microsoft Entra, where tokens are issued.
    #[attr(optional)]
    pub login: Attr<String>,
}

/// Endpoints of AWS.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct AwsEndpointsModel {
    /// Identity and Access Management. Default: `AWS_ENDPOINT_URL_IAM`, `AWS_ENDPOINT_URL`.
    #[attr(optional)]
    pub iam: Attr<String>,
    /// Security Token Service. Default: `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL`.
    #[attr(optional)]
    pub sts: Attr<String>,
}

/// How to sign in to Google Cloud.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct GoogleModel {
    /// OAuth 2.0 access token. Default: `GOOGLE_OAUTH_ACCESS_TOKEN`.
    #[attr(optional, sensitive)]
    pub access_token: Attr<String>,
    /// Path or content of a credential file. Default: `GOOGLE_CREDENTIALS`, `GOOGLE_CLOUD_KEYFILE_JSON`, `GCLOUD_KEYFILE_JSON`.
    #[attr(optional, sensitive)]
    pub credentials: Attr<String>,
    /// A token of another issuer, exchanged by workload identity federation.
    #[attr(optional)]
    pub external_credentials: Attr<ExternalCredentialsModel>,
    /// Email of the service account to act as in the end. Default: `GOOGLE_IMPERSONATE_SERVICE_ACCOUNT`.
    #[attr(optional)]
    pub impersonate_service_account: Attr<String>,
    /// Emails of the service accounts by way of which, in order.
    #[attr(optional)]
    pub impersonate_service_account_delegates: Attr<Vec<Attr<String>>>,
}

/// A token of another issuer, exchanged by workload identity federation.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ExternalCredentialsModel {
    /// Full name of the workload identity provider: `//iam.googleapis.com/projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/ID`.
    #[attr(required)]
    pub audience: Attr<String>,
    /// Email of the service account to act as.
    #[attr(required)]
    pub service_account_email: Attr<String>,
    /// The token.
    #[attr(required, sensitive)]
    pub identity_token: Attr<String>,
}

/// How to sign in to Azure, Microsoft Graph included.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct AzureModel {
    /// Tenant id. Default: `ARM_TENANT_ID`.
    #[attr(optional)]
    pub tenant_id: Attr<String>,
    /// Client id of the application, or of the managed identity, to sign in as. Default: `ARM_CLIENT_ID`.
    #[attr(optional)]
    pub client_id: Attr<String>,
    /// File that holds the client id. Default: `ARM_CLIENT_ID_FILE_PATH`.
    #[attr(optional)]
    pub client_id_file_path: Attr<String>,
    /// The application's certificate and RSA key: a PKCS#12 archive (`.pfx`), or PEM, in Base64. Default: `ARM_CLIENT_CERTIFICATE`.
    #[attr(optional, sensitive)]
    pub client_certificate: Attr<String>,
    /// File with the application's certificate and RSA key: a PKCS#12 archive (`.pfx`), or PEM. Default: `ARM_CLIENT_CERTIFICATE_PATH`.
    #[attr(optional)]
    pub client_certificate_path: Attr<String>,
    /// Password of that archive, or of an encrypted key in PEM. Default: `ARM_CLIENT_CERTIFICATE_PASSWORD`, else none.
    #[attr(optional, sensitive)]
    pub client_certificate_password: Attr<String>,
    /// Client secret of the application. Default: `ARM_CLIENT_SECRET`.
    #[attr(optional, sensitive)]
    pub client_secret: Attr<String>,
    /// File that holds the client secret. Default: `ARM_CLIENT_SECRET_FILE_PATH`.
    #[attr(optional)]
    pub client_secret_file_path: Attr<String>,
    /// Whether to sign in with the token that AKS puts beside a pod. Default: `ARM_USE_AKS_WORKLOAD_IDENTITY`.
    #[attr(optional)]
    pub use_aks_workload_identity: Attr<bool>,
    /// Whether to sign in with an OIDC token. Default: `ARM_USE_OIDC`.
    #[attr(optional)]
    pub use_oidc: Attr<bool>,
    /// The OIDC token. Default: `ARM_OIDC_TOKEN`.
    #[attr(optional, sensitive)]
    pub oidc_token: Attr<String>,
    /// File that holds the OIDC token. Default: `ARM_OIDC_TOKEN_FILE_PATH`.
    #[attr(optional)]
    pub oidc_token_file_path: Attr<String>,
    /// Where to ask for the OIDC token. Default: `ARM_OIDC_REQUEST_URL`, `ACTIONS_ID_TOKEN_REQUEST_URL`.
    #[attr(optional)]
    pub oidc_request_url: Attr<String>,
    /// Bearer token to ask for the OIDC token with. Default: `ARM_OIDC_REQUEST_TOKEN`, `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    #[attr(optional, sensitive)]
    pub oidc_request_token: Attr<String>,
    /// Whether to sign in as the managed identity of this machine. Default: `ARM_USE_MSI`.
    #[attr(optional)]
    pub use_msi: Attr<bool>,
    /// Where to ask for the managed identity's tokens. Default: `ARM_MSI_ENDPOINT`, else `IDENTITY_ENDPOINT`, else the machine's metadata service.
    #[attr(optional)]
    pub msi_endpoint: Attr<String>,
    /// Whether to ask the Azure command line if nothing else is set. Default: `ARM_USE_CLI`, else true.
    #[attr(optional)]
    pub use_cli: Attr<bool>,
    /// Azure cloud: `public`, `usgovernment` or `china`. Default: `ARM_ENVIRONMENT`, else `public`.
    #[attr(optional)]
    pub environment: Attr<String>,
    /// Host of an Azure Resource Manager that describes its cloud, such as Azure Stack's, without `https://`. It takes the place of `environment`.
    /// Default: `ARM_METADATA_HOSTNAME`.
    #[attr(optional)]
    pub metadata_host: Attr<String>,
}

/// How to sign in to AWS.
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
    /// Profile of the shared files. Default: `AWS_PROFILE`.
    #[attr(optional)]
    pub profile: Attr<String>,
    /// Shared configuration files, the last of which wins. Default: `AWS_CONFIG_FILE`, else `~/.aws/config`.
    #[attr(optional)]
    pub shared_config_files: Attr<Vec<Attr<String>>>,
    /// Shared credentials files, the last of which wins. Default: `AWS_SHARED_CREDENTIALS_FILE`, else `~/.aws/credentials`.
    #[attr(optional)]
    pub shared_credentials_files: Attr<Vec<Attr<String>>>,
    /// A role to enter with a token of another issuer. Default: `AWS_ROLE_ARN` with `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_SESSION_NAME`.
    #[attr(optional)]
    pub assume_role_with_web_identity: Attr<WebIdentityModel>,
    /// Roles to enter with those credentials, one after the other.
    #[attr(optional)]
    pub assume_role: Attr<Vec<AssumeRoleModel>>,
    /// The only accounts to work in. Credentials of another are refused before the first call is made with them.
    #[attr(optional)]
    pub allowed_account_ids: Attr<Vec<Attr<String>>>,
    /// Region of the Security Token Service, and by it the partition. Default: `AWS_REGION`, `AWS_DEFAULT_REGION`, the region of
    /// the profile, else `us-east-1`.
    #[attr(optional)]
    pub region: Attr<String>,
}

/// A role to enter.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct AssumeRoleModel {
    /// ARN of the role.
    #[attr(required)]
    pub role_arn: Attr<String>,
    /// Name of the session, as logs show it. Default: `terraform-provider-crosscloud`.
    #[attr(optional)]
    pub session_name: Attr<String>,
    /// External id that the role's trust policy asks for.
    #[attr(optional)]
    pub external_id: Attr<String>,
    /// How long a session lasts, in seconds, from 900 to 43200. Default: what the role says.
    #[attr(optional, validate = between(900, 43_200))]
    pub duration: Attr<i64>,
}

/// A role that is entered with a token of another issuer.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct WebIdentityModel {
    /// ARN of the role.
    #[attr(required)]
    pub role_arn: Attr<String>,
    /// Name of the session, as logs show it. Default: `terraform-provider-crosscloud`.
    #[attr(optional)]
    pub session_name: Attr<String>,
    /// The token.
    #[attr(optional, sensitive)]
    pub web_identity_token: Attr<String>,
    /// File that holds the token, read anew for each session.
    #[attr(optional)]
    pub web_identity_token_file: Attr<String>,
    /// How long a session lasts, in seconds, from 900 to 43200. Default: what the role says.
    #[attr(optional, validate = between(900, 43_200))]
    pub duration: Attr<i64>,
}

/// How trusts are judged. The file that the environment variable `CROSSCLOUD_POLICY_FILE` names is a floor: what is said here can ask for more
/// than it, never for less.
#[derive(Debug, Clone, Default, PartialEq, Model)]
pub struct PolicyModel {
    /// Policies that judge every trust besides the built-in one. One that cannot be loaded refuses everything.
    #[attr(optional)]
    pub modules: Attr<Vec<ModuleModel>>,
    /// Settings of the built-in policy, as JSON: `jsonencode({ ... })`.
    #[attr(optional)]
    pub settings: Attr<String>,
    /// How seriously [rules](guides/policy-rules.md) are taken, by the id of the rule: `off`, `warn` or `deny`. Default: findings of severity high
    /// and critical refuse the plan, others warn.
    #[attr(optional)]
    pub rules: Attr<BTreeMap<String, Attr<String>>>,
    /// Findings that somebody answers for until a day.
    #[attr(optional)]
    pub waivers: Attr<Vec<WaiverModel>>,
}

/// A policy module.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ModuleModel {
    /// Path of a WebAssembly module, or of a policy in Rego if the name ends in `.rego`.
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
