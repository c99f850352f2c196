//! Where tokens come from: clusters, and how GitHub names and guards its workflows.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A managed Kubernetes cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ManagedCluster {
    /// Whose cluster.
    pub kind: ClusterKind,
    /// Resource id or name.
    pub name: Option<String>,
    /// Issuer URL of its service account tokens.
    pub issuer: Option<String>,
    /// Whether it publishes its issuer; absent where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc_issuer_enabled: Option<bool>,
    /// Whether workload identity is switched on; absent where nobody said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workload_identity_enabled: Option<bool>,
}

/// Whose cluster.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClusterKind {
    /// Azure Kubernetes Service.
    Aks,
    /// Amazon Elastic Kubernetes Service.
    Eks,
    /// Google Kubernetes Engine.
    Gke,
    /// Any other.
    #[default]
    Other,
}

/// A deployment environment of a GitHub repository.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitHubEnvironment {
    /// `OWNER/NAME`, or the name alone.
    pub repository: Option<String>,
    /// Name of the environment.
    pub name: Option<String>,
    /// Whether somebody must approve a deployment.
    #[serde(default)]
    pub reviewers: bool,
    /// Whether only chosen branches or tags may deploy.
    #[serde(default)]
    pub branch_policy: bool,
}

/// How a GitHub repository or organisation composes the subjects of its tokens.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GitHubSubjectTemplate {
    /// `OWNER/NAME`, the name alone, or absent for a whole organisation.
    pub repository: Option<String>,
    /// Whether the default form is used and the keys do not matter.
    #[serde(default)]
    pub use_default: bool,
    /// Claims that make up the subject, in order.
    #[serde(default)]
    pub include_claim_keys: Vec<String>,
}
