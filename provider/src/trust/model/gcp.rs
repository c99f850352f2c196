//! `to`, and Google Cloud in it.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::schema::validate::at_least_one_of;
use tfplugin::{Attr, Model};

use super::{AwsModel, AzureModel};

/// What the source may act as.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(validate = at_least_one_of(["gcp", "azure", "aws"]))]
pub struct ToModel {
    /// A service account in a Google Cloud project, or the project itself with `direct`.
    #[attr(optional)]
    pub gcp: Attr<GcpModel>,
    /// A managed identity in Azure.
    #[attr(optional)]
    pub azure: Attr<AzureModel>,
    /// A role in an AWS account.
    #[attr(optional)]
    pub aws: Attr<AwsModel>,
}

/// What the source may act as in a Google Cloud project.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct GcpModel {
    /// Project id (not the number, which is looked up).
    #[attr(required)]
    pub project: Attr<String>,
    /// Roles on the project, such as `roles/aiplatform.user` for Vertex AI: for the service account, or with `direct` for the workload itself.
    #[attr(required)]
    pub roles: Attr<BTreeSet<Attr<String>>>,
    /// Id of the workload identity pool, 4 to 32 lower-case letters, digits and hyphens. Default: `name`.
    #[attr(optional)]
    pub pool_id: Attr<String>,
    /// Id of the pool's provider, 4 to 32 lower-case letters, digits and hyphens. Default: `name`.
    #[attr(optional)]
    pub provider_id: Attr<String>,
    /// Id of the service account, the part of its email before the `@`: 6 to 30 lower-case letters, digits and hyphens. Default: `name`.
    #[attr(optional)]
    pub service_account_id: Attr<String>,
    /// Objects that exist, in place of ones to make. They are only referred to: never changed and never deleted.
    #[attr(optional)]
    pub existing: Attr<ExistingGcpModel>,
    /// Whether the roles go to the workload itself, without a service account. A few services take no such principals; they are listed in
    /// Google's documentation of workload identity federation. Default: `false`.
    #[attr(optional)]
    pub direct: Attr<bool>,
    /// CEL condition on the workload's token, at most 4096 characters. Default: only tokens of exactly this workload pass. `""` asks for no
    /// condition at all, which the built-in policy refuses.
    #[attr(optional)]
    pub attribute_condition: Attr<String>,
    /// Google attributes and the CEL expressions that they take from the token. Default: what the source needs; `google.subject` is
    /// `assertion.sub`, and `assertion.arn` for AWS roles.
    #[attr(optional)]
    pub attribute_mapping: Attr<BTreeMap<String, Attr<String>>>,
    /// Principals that are bound in place of exactly this workload, in IAM's own form. The built-in policy refuses wildcards.
    #[attr(optional)]
    pub principals: Attr<BTreeSet<Attr<String>>>,
    /// Audiences that the provider takes, at most 10 of 256 characters. Default: its own resource name, which no other provider takes. Pods
    /// that use the token of Azure's webhook need `api://AzureADTokenExchange`, which the webhook asks for whatever one does.
    #[attr(optional)]
    pub allowed_audiences: Attr<BTreeSet<Attr<String>>>,
    /// Whether nobody gets in for the time being: pool, provider and service account are disabled in place. Of a provider that exists, the
    /// binding is removed instead. Default: `false`.
    #[attr(optional)]
    pub disabled: Attr<bool>,
    /// Whether a pool, provider or service account that was deleted less than 30 days ago under the same id is brought back. Its old tokens
    /// and conditions come back with it, so it is disabled at once and opened last. Default: `false`; what this resource itself deleted is
    /// brought back in any case.
    #[attr(optional)]
    pub undelete: Attr<bool>,
    /// Whether objects that exist and are exactly as wanted are taken over: changed and deleted with this resource from then on. Default:
    /// `false`.
    #[attr(optional)]
    pub adopt: Attr<bool>,
    /// Whether data-access logs are switched on for the token services, Vertex AI and Cloud KMS, so that each exchange, impersonation and use
    /// is on record. What is on already stays on afterwards. Default: `false`.
    #[attr(optional)]
    pub audit_logs: Attr<bool>,
    /// Keys of one's own (CMEK) for what the workload stores.
    #[attr(optional)]
    pub encryption: Attr<EncryptionModel>,
}

/// Google objects that exist.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ExistingGcpModel {
    /// Workload identity pool: its id in the same project, or `projects/NUMBER/locations/global/workloadIdentityPools/ID`.
    #[attr(optional)]
    pub pool: Attr<String>,
    /// Id of a provider in that pool.
    #[attr(optional)]
    pub provider: Attr<String>,
    /// Email of a service account, of any project.
    #[attr(optional)]
    pub service_account: Attr<String>,
}

/// Keys of one's own for what a workload stores.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct EncryptionModel {
    /// Location of ring and keys, such as `europe-west4`: that of the data, because services encrypt only with keys of their own location.
    /// Needed unless every key exists.
    #[attr(optional)]
    pub location: Attr<String>,
    /// Id of the key ring. Default: `name`.
    #[attr(optional)]
    pub key_ring: Attr<String>,
    /// Whether that key ring exists, and is only referred to. Default: `false`.
    #[attr(optional)]
    pub existing_key_ring: Attr<bool>,
    /// Keys, by id: one for each sensitivity of the data. Names of keys can never be used again. Default: one key named like the trust.
    #[attr(optional)]
    pub keys: Attr<BTreeMap<String, Attr<KeyModel>>>,
    /// Time between rotations in seconds, from `86400s` to `3153600000s`, for keys that set none. Default: `7776000s`, 90 days.
    #[attr(optional)]
    pub rotation_period: Attr<String>,
    /// `SOFTWARE` or `HSM`, for keys that set none. Immutable. Default: `SOFTWARE`.
    #[attr(optional)]
    pub protection_level: Attr<String>,
    /// Services that may encrypt and decrypt with the keys; each one's agent is made sure of first. Default: `aiplatform.googleapis.com`,
    /// which is Vertex AI.
    #[attr(optional)]
    pub service_agents: Attr<BTreeSet<Attr<String>>>,
}

/// One key.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct KeyModel {
    /// Resource name of a key that exists, `projects/…/locations/…/keyRings/…/cryptoKeys/…`: it is only referred to, and gets the grants.
    #[attr(optional)]
    pub existing: Attr<String>,
    /// Time between rotations in seconds, from `86400s` to `3153600000s`.
    #[attr(optional)]
    pub rotation_period: Attr<String>,
    /// `SOFTWARE` or `HSM`. Immutable.
    #[attr(optional)]
    pub protection_level: Attr<String>,
    /// Time between the order to destroy a version and its destruction, from `86400s` to `10368000s`. Immutable. Default: Google's, 30 days.
    #[attr(optional)]
    pub destroy_scheduled_duration: Attr<String>,
}
