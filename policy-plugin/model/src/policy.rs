//! What goes into a policy besides the document, and what a policy says about itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::TrustDocument;
use crate::finding::Severity;

pub use crate::document::Scope;

/// One question to a policy.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// What is judged.
    pub document: TrustDocument,
    /// Settings of the policy; null takes its defaults.
    #[serde(default, skip_serializing_if = "serde_json::Value::is_null")]
    pub settings: serde_json::Value,
}

/// What a policy is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Metadata {
    /// Name of the policy.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its rules.
    pub rules: Vec<RuleInfo>,
}

/// A rule, as shown in lists.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleInfo {
    /// Rule id, such as `gcp-member-pool-star`.
    pub id: String,
    /// Severity of its violations, unless a finding says less.
    pub severity: Severity,
    /// What the rule looks at.
    pub scope: Scope,
    /// What it demands, in one sentence.
    pub summary: String,
}

/// Settings of the built-in policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuiltInSettings {
    /// Issuer hosts, besides the known ones, from which people outside the organisation get tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_issuer_hosts: Vec<String>,
    /// Issuers that trusts may name, as URLs; one that ends in `/*` takes everything below it. Empty allows any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_issuers: Vec<String>,
    /// Numbers of the projects whose workload identity pools may be members of grants. Empty allows any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_pool_projects: Vec<String>,
    /// Ids of the Entra tenants whose tokens may be accepted. Empty allows any.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allowed_entra_tenants: Vec<String>,
    /// AWS accounts that are one's own, besides that of the role in question.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub own_aws_accounts: Vec<String>,
    /// Longest session of a federated AWS role, in seconds; absent means 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session_duration: Option<u64>,
}
