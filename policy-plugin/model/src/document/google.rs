//! Google's side: pools and their providers, grants, keys, perimeters, and what is encrypted or keyed otherwise.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::IntendedClaims;

/// A Google workload identity pool.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// Resource name, `projects/NUMBER/locations/global/workloadIdentityPools/ID`.
    pub name: Option<String>,
    /// A disabled pool admits nobody.
    #[serde(default)]
    pub disabled: bool,
    /// Whether every provider of the pool and every binding that names it is in this document.
    /// Where it is not, every mapped principal counts as bound.
    #[serde(default)]
    pub complete: bool,
}

/// A provider of a Google workload identity pool: which tokens it takes and what it makes of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PoolProvider {
    /// Resource name, `…/workloadIdentityPools/POOL/providers/ID`.
    pub name: Option<String>,
    /// Resource name of its pool.
    pub pool: Option<String>,
    /// A disabled provider admits nobody.
    #[serde(default)]
    pub disabled: bool,
    /// Whose tokens it takes.
    pub source: TokenSource,
    /// Target attribute (`google.subject`, `attribute.x`) to CEL expression over `assertion`.
    #[serde(default)]
    pub attribute_mapping: BTreeMap<String, String>,
    /// CEL condition over `assertion`, `google` and `attribute`; absent or empty admits every token of the issuer.
    pub attribute_condition: Option<String>,
    /// Whom the owner of the provider admits as members beside the intended: the part of the condition that says so. Where bindings are out of
    /// view, they count as the owner's to answer for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admits: Option<String>,
    /// Claims of tokens that the trust is meant to admit, one object a workload. Empty where nobody said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intended: Vec<IntendedClaims>,
}

/// Whose tokens a provider takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TokenSource {
    /// An OpenID Connect issuer.
    Oidc {
        /// Issuer URL, as in the `iss` claim.
        issuer: Option<String>,
        /// Accepted `aud` values; empty means the provider's own resource name.
        #[serde(default)]
        allowed_audiences: Vec<String>,
        /// Whether signing keys were uploaded by hand, so that they are not fetched from the issuer.
        #[serde(default)]
        uploaded_keys: bool,
    },
    /// An AWS account, through signed `GetCallerIdentity` requests.
    Aws {
        /// Twelve-digit account id.
        account_id: Option<String>,
    },
    /// A SAML identity provider, whose keys stand in uploaded metadata.
    Saml,
}

/// One role granted to members on one resource.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Binding {
    /// What kind of resource the grant is on.
    pub resource_kind: ResourceKind,
    /// Resource name, such as `projects/ml-prod` or `projects/-/serviceAccounts/EMAIL`.
    pub resource: Option<String>,
    /// Role, such as `roles/iam.workloadIdentityUser`.
    pub role: Option<String>,
    /// Members in IAM's own form; a null member is not known yet.
    pub members: Vec<Option<String>>,
    /// CEL of the IAM condition, if the grant has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// What writing the grant does to the members that others added.
    #[serde(default, skip_serializing_if = "Authority::is_additive")]
    pub authority: Authority,
}

/// What kind of Google resource a grant is on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// An organization.
    Organization,
    /// A folder.
    Folder,
    /// A project.
    Project,
    /// A service account.
    ServiceAccount,
    /// A Cloud KMS key ring.
    KeyRing,
    /// A Cloud KMS key.
    CryptoKey,
    /// A Cloud Storage bucket.
    Bucket,
    /// Anything else that carries an allow policy.
    #[default]
    Other,
}

impl ResourceKind {
    /// Whether a grant here reaches everything below: an organization, a folder or a project.
    #[must_use]
    pub fn is_container(self) -> bool {
        matches!(self, Self::Organization | Self::Folder | Self::Project)
    }
}

/// What writing a grant does to the members that others added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Authority {
    /// It adds members and leaves the others alone.
    #[default]
    Additive,
    /// It replaces all members of the role.
    Role,
    /// It replaces the whole allow policy.
    Policy,
}

impl Authority {
    fn is_additive(&self) -> bool {
        *self == Self::Additive
    }
}

/// A Cloud KMS key. Its grants are among the bindings, under its name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KmsKey {
    /// Resource name, `projects/P/locations/L/keyRings/R/cryptoKeys/K`.
    pub name: Option<String>,
    /// Purpose as the API spells it, such as `ENCRYPT_DECRYPT`; absent means that.
    pub purpose: Option<String>,
    /// How often the key gets a new version, in seconds with a trailing `s`, such as `7776000s`; absent means never.
    pub rotation_period: Option<String>,
    /// `SOFTWARE`, `HSM`, `EXTERNAL` or `EXTERNAL_VPC`; absent means software.
    pub protection_level: Option<String>,
    /// Whether the key's destruction is prevented by the tool that manages it; absent where that is not in view.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prevent_destroy: Option<bool>,
}

/// Something that holds data and can be encrypted with a key of one's own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataStore {
    /// What it is, for messages, such as `bucket` or `BigQuery dataset`.
    pub kind: String,
    /// Its name.
    pub name: Option<String>,
    /// Resource name of the key; absent means Google's own.
    pub kms_key: Option<String>,
}

/// A key that was made for a Google service account: a secret that never expires by itself.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceAccountKey {
    /// The service account, by e-mail address or resource name.
    pub service_account: Option<String>,
}

/// A VPC service perimeter.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Perimeter {
    /// Resource name, `accessPolicies/NUMBER/servicePerimeters/NAME`.
    pub name: Option<String>,
    /// Whether it bridges perimeters instead of enclosing projects.
    #[serde(default)]
    pub bridge: bool,
    /// What is enforced.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enforced: Option<PerimeterConfig>,
    /// What is only logged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dry_run: Option<PerimeterConfig>,
}

/// What a perimeter encloses and what it lets through.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerimeterConfig {
    /// Projects and networks inside.
    #[serde(default)]
    pub resources: Vec<String>,
    /// Services that only callers inside may use.
    #[serde(default)]
    pub restricted_services: Vec<String>,
    /// Access levels that let callers in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_levels: Vec<String>,
    /// Who may come in, to what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ingress: Vec<PerimeterRule>,
    /// Who may go out, to what.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub egress: Vec<PerimeterRule>,
}

/// One ingress or egress policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerimeterRule {
    /// `ANY_IDENTITY`, `ANY_USER_ACCOUNT` or `ANY_SERVICE_ACCOUNT`; absent where identities are named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity_type: Option<String>,
    /// Named identities, in IAM's form.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identities: Vec<Option<String>>,
    /// Where calls come from: access levels, projects, networks, or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// What may be reached: projects, or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resources: Vec<String>,
    /// Services that may be called, or `*`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<String>,
}

/// An access level of Access Context Manager, as far as it decides who comes in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AccessLevel {
    /// Resource name, `accessPolicies/NUMBER/accessLevels/NAME`.
    pub name: Option<String>,
    /// Address ranges in CIDR form. With members, both must hold.
    #[serde(default)]
    pub ip_subnetworks: Vec<String>,
    /// Members in IAM's form.
    #[serde(default)]
    pub members: Vec<Option<String>>,
}
