//! The trust document: what a policy judges, whoever describes it.
//!
//! The provider builds it from the graph of one `crosscloud_trust`; the gate builds it from the resources of a plan file. Values stand where
//! they belong; what is not known yet or must not be read is said beside them, in [`TrustDocument::unknown`] and
//! [`TrustDocument::sensitive`], so that no rule can mistake a placeholder for a value.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A JSON pointer (RFC 6901) to a place in a [`TrustDocument`], such as `/providers/0/attribute_condition`.
pub type Pointer = String;

/// Everything that decides who gets in, for one trust.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrustDocument {
    /// What is judged, such as `crosscloud_trust/aks-chat`.
    pub subject: String,
    /// Google workload identity pools.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pools: Vec<Pool>,
    /// Google workload identity pool providers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<PoolProvider>,
    /// Grants on Google resources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bindings: Vec<Binding>,
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
    /// Claims of tokens that the trust is meant to admit, one object a workload. Empty where nobody said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intended: Vec<BTreeMap<String, serde_json::Value>>,
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
    },
    /// An AWS account, through signed `GetCallerIdentity` requests.
    Aws {
        /// Twelve-digit account id.
        account_id: Option<String>,
    },
    /// A SAML identity provider.
    Saml,
}

/// One role granted to members on one resource.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
}

/// What kind of Google resource a grant is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// An organization, folder or project.
    Project,
    /// A service account.
    ServiceAccount,
    /// A Cloud KMS key.
    CryptoKey,
    /// Anything else that carries an allow policy.
    Other,
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
