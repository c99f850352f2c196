//! The trust document: what a policy judges, whoever describes it.
//!
//! The provider builds it from the graph of one `crosscloud_trust`; the gate builds it from the resources of a plan file. Values stand where
//! they belong; what is not known yet or must not be read is said beside them, in [`TrustDocument::unknown`] and
//! [`TrustDocument::sensitive`], so that no rule can mistake a placeholder for a value.

mod aws;
mod azure;
mod google;
mod platform;

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use aws::{AwsOidcProvider, AwsRole};
pub use azure::{AzureRoleAssignment, EntraIdentity, EntraIdentityKind, FederatedCredential};
pub use google::{
    AccessLevel, Authority, Binding, DataStore, KmsKey, Perimeter, PerimeterConfig, PerimeterRule, Pool, PoolProvider,
    ResourceKind, ServiceAccountKey, TokenSource,
};
pub use platform::{ClusterKind, GitHubEnvironment, GitHubSubjectTemplate, ManagedCluster};

/// A JSON pointer (RFC 6901) to a place in a [`TrustDocument`], such as `/providers/0/attribute_condition`.
pub type Pointer = String;

/// Claims of a token that a trust is meant to admit, as far as they are said.
pub type IntendedClaims = BTreeMap<String, serde_json::Value>;

/// Everything that decides who gets in, for one trust or for a whole plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustDocument {
    /// What is judged, such as `crosscloud_trust/aks-chat`.
    pub subject: String,
    /// Whether this is one trust or everything of a plan. Rules for whole plans keep silent on one trust.
    #[serde(default, skip_serializing_if = "Scope::is_trust")]
    pub scope: Scope,
    /// Google workload identity pools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<Pool>,
    /// Google workload identity pool providers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<PoolProvider>,
    /// Grants on Google resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Binding>,
    /// Cloud KMS keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kms_keys: Vec<KmsKey>,
    /// Things that hold data and can be encrypted with a key of one's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub data_stores: Vec<DataStore>,
    /// Keys made for Google service accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub service_account_keys: Vec<ServiceAccountKey>,
    /// VPC service perimeters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub perimeters: Vec<Perimeter>,
    /// Access levels that perimeters refer to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub access_levels: Vec<AccessLevel>,
    /// IAM roles with their trust policies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aws_roles: Vec<AwsRole>,
    /// OpenID Connect providers of AWS accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aws_oidc_providers: Vec<AwsOidcProvider>,
    /// Entra applications and managed identities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entra_identities: Vec<EntraIdentity>,
    /// Federated credentials of those identities.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub federated_credentials: Vec<FederatedCredential>,
    /// Role assignments in Azure.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub azure_role_assignments: Vec<AzureRoleAssignment>,
    /// Kubernetes clusters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clusters: Vec<ManagedCluster>,
    /// Deployment environments on GitHub.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub github_environments: Vec<GitHubEnvironment>,
    /// How GitHub composes subjects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub github_subject_templates: Vec<GitHubSubjectTemplate>,
    /// Where each value was written: pointer into this document to attribute path, such as `to.gcp.attribute_condition`.
    /// A place without an entry takes the one of its nearest parent.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub origins: BTreeMap<Pointer, String>,
    /// Places whose value is not known yet; what stands there is null or empty and means nothing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unknown: BTreeSet<Pointer>,
    /// Places whose value may be judged but never shown.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub sensitive: BTreeSet<Pointer>,
}

/// What a document describes, and what a rule looks at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// One trust.
    #[default]
    Trust,
    /// All trusts of a plan together.
    Plan,
}

impl Scope {
    fn is_trust(&self) -> bool {
        *self == Self::Trust
    }
}

impl TrustDocument {
    /// Whether the value at a pointer is not known yet, by itself or as part of something that is not.
    #[must_use]
    pub fn is_unknown(&self, pointer: &str) -> bool {
        ancestors(pointer).any(|place| self.unknown.contains(place))
    }

    /// Whether the value at a pointer, or anything inside it, is not known yet.
    #[must_use]
    pub fn has_unknown(&self, pointer: &str) -> bool {
        let inside = |place: &Pointer| place.strip_prefix(pointer).is_some_and(|rest| rest.starts_with('/'));
        self.is_unknown(pointer) || self.unknown.iter().any(inside)
    }

    /// Whether the value at a pointer must not be shown.
    #[must_use]
    pub fn is_sensitive(&self, pointer: &str) -> bool {
        ancestors(pointer).any(|place| self.sensitive.contains(place))
    }

    /// The attribute path of a place, or that of its nearest parent; empty if none is said.
    #[must_use]
    pub fn origin(&self, pointer: &str) -> &str {
        ancestors(pointer).find_map(|place| self.origins.get(place)).map_or("", String::as_str)
    }
}

/// A pointer, then its parents, up to the whole document.
fn ancestors(pointer: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(pointer), |place| place.rfind('/').map(|end| &place[..end]))
}

#[cfg(test)]
mod tests {
    use super::TrustDocument;

    #[test]
    fn places_inherit_from_their_parents() {
        let mut document = TrustDocument::default();
        document.unknown.insert("/providers/0/attribute_mapping".to_owned());
        document.sensitive.insert("/providers/1".to_owned());
        document.origins.insert("/providers/0".to_owned(), "to.gcp".to_owned());
        document.origins.insert("/providers/0/attribute_condition".to_owned(), "to.gcp.attribute_condition".to_owned());
        assert!(document.is_unknown("/providers/0/attribute_mapping/google.subject"));
        assert!(!document.is_unknown("/providers/0") && document.has_unknown("/providers/0"));
        assert!(!document.has_unknown("/providers/01"));
        assert!(document.is_sensitive("/providers/1/source/issuer"));
        assert_eq!(document.origin("/providers/0/attribute_condition"), "to.gcp.attribute_condition");
        assert_eq!(document.origin("/providers/0/source/issuer"), "to.gcp");
        assert_eq!(document.origin("/bindings/0"), "");
    }
}
