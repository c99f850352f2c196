//! What goes into a policy besides the document, and what a policy says about itself.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::document::TrustDocument;
use crate::finding::Severity;

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

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One trust.
    Trust,
    /// All trusts of a plan together.
    Plan,
}

/// Settings of the built-in policy.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BuiltInSettings {
    /// Issuer hosts, besides the known ones, from which people outside the organisation get tokens.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared_issuer_hosts: Vec<String>,
}
