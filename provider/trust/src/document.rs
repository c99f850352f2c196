//! The document that policies judge, built from the graph: what is judged is what will be sent.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::{Binding, Pool, PoolProvider, ResourceKind, TokenSource, TrustDocument};

use crate::facts::Facts;
use crate::graph::Graph;
use crate::leaf::{Leaf, Text};
use crate::object::Object;
use crate::object::gcp::{ProviderKind, Resource, SERVICE_ACCOUNT_USER_ROLE, pool_name};
use crate::source::Identity;
use crate::spec::{Gcp, Spec};
use crate::target::gcp::{CONDITION, MAPPING, PRINCIPALS, ROLES};

/// The document of a trust. Values that are not known yet are listed in its `unknown`.
pub fn of(spec: &Spec, graph: &Graph, facts: &Facts) -> TrustDocument {
    let name = spec.name.known().map_or("(known after apply)", String::as_str);
    let mut writer =
        Writer { document: TrustDocument { subject: format!("crosscloud_trust/{name}"), ..Default::default() } };
    let identity = spec.from.known().map(|source| source.identity());
    let gcp = spec.to.known().and_then(|targets| targets.gcp.as_ref()).and_then(Leaf::known);
    for node in graph.nodes().values() {
        writer.object(&node.object, identity.as_ref(), gcp, facts);
    }
    for path in graph.hidden() {
        writer.hidden(path);
    }
    writer.document
}

struct Writer {
    document: TrustDocument,
}

impl Writer {
    fn object(&mut self, object: &Object, identity: Option<&Identity>, gcp: Option<&Gcp>, facts: &Facts) {
        match object {
            Object::Pool(it) => {
                let at = format!("/pools/{}", self.document.pools.len());
                let name = pool_name(&facts.project_number(&it.project), &it.pool);
                let name = self.leaf(&name, format!("{at}/name"), "to.gcp.pool_id");
                self.document.pools.push(Pool { name, disabled: false, complete: true });
                self.origin(at, "to.gcp");
            }
            Object::Provider(it) => {
                let at = format!("/providers/{}", self.document.providers.len());
                let pool = pool_name(&facts.project_number(&it.project), &it.pool);
                let name = Text::concat([pool.piece(), "/providers/".into(), it.provider.piece()]);
                let provider = PoolProvider {
                    name: self.leaf(&name, format!("{at}/name"), "to.gcp.provider_id"),
                    pool: self.leaf(&pool, format!("{at}/pool"), "to.gcp.pool_id"),
                    disabled: it.disabled.known().copied().unwrap_or_default(),
                    source: self.source(&it.kind, &at, identity),
                    attribute_mapping: self.mapping(&at, &it.attribute_mapping, gcp),
                    attribute_condition: self.leaf(
                        &it.attribute_condition,
                        format!("{at}/attribute_condition"),
                        CONDITION,
                    ),
                    intended: match identity.map(|identity| &identity.claims) {
                        Some(Leaf::Known(claims)) => vec![claims.clone()],
                        _ => {
                            self.document.unknown.insert(format!("{at}/intended"));
                            Vec::new()
                        }
                    },
                };
                self.document.providers.push(provider);
                self.origin(at, "to.gcp");
            }
            Object::Grant(it) => {
                let (kind, path) = match &it.resource {
                    Resource::Project { .. } => (ResourceKind::Project, ROLES),
                    Resource::ServiceAccount { .. } => (
                        ResourceKind::ServiceAccount,
                        match (gcp.and_then(|gcp| gcp.principals.as_ref()), identity) {
                            (None, Some(identity)) => identity.subject_path,
                            _ => PRINCIPALS,
                        },
                    ),
                    Resource::CryptoKey { .. } => (ResourceKind::CryptoKey, ""),
                    Resource::Bucket { .. } => (ResourceKind::Bucket, ""),
                };
                let name = match &it.resource {
                    // The policy knows accounts by their email alone.
                    Resource::ServiceAccount { email, .. } => {
                        Text::concat(["projects/-/serviceAccounts/".into(), email.piece()])
                    }
                    other => other.name(),
                };
                self.binding(kind, &name, &it.role, &it.member, path);
            }
            _ => {}
        }
    }

    fn source(&mut self, kind: &ProviderKind, at: &str, identity: Option<&Identity>) -> TokenSource {
        let path = identity.map_or("from", |identity| identity.issuer_path);
        match kind {
            ProviderKind::Oidc { issuer, allowed_audiences, jwks } => TokenSource::Oidc {
                issuer: self.leaf(issuer, format!("{at}/source/issuer"), path),
                allowed_audiences: allowed_audiences.iter().filter_map(Leaf::known).cloned().collect(),
                uploaded_keys: jwks.is_some(),
            },
            ProviderKind::Aws { account_id } => {
                TokenSource::Aws { account_id: self.leaf(account_id, format!("{at}/source/account_id"), path) }
            }
        }
    }

    fn binding(&mut self, kind: ResourceKind, resource: &Text, role: &Text, member: &Text, path: &str) {
        let at = format!("/bindings/{}", self.document.bindings.len());
        let binding = Binding {
            resource_kind: kind,
            resource: self.leaf(resource, format!("{at}/resource"), path),
            role: self.leaf(role, format!("{at}/role"), path),
            members: vec![self.leaf(member, format!("{at}/members/0"), path)],
            ..Default::default()
        };
        self.document.bindings.push(binding);
        self.origin(at, path);
    }

    /// An unknown mapping as a whole is an empty map in the graph, and must not be taken for one.
    fn mapping(&mut self, at: &str, mapping: &BTreeMap<String, Text>, gcp: Option<&Gcp>) -> BTreeMap<String, String> {
        let at = format!("{at}/attribute_mapping");
        self.origin(at.clone(), MAPPING);
        if matches!(gcp.and_then(|gcp| gcp.attribute_mapping.as_ref()), Some(Leaf::Unknown)) {
            self.document.unknown.insert(at.clone());
        }
        let mut known = BTreeMap::new();
        for (key, cel) in mapping {
            let pointer = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
            let path = format!("{MAPPING}[{}]", serde_json::Value::from(key.as_str()));
            known.insert(key.clone(), self.leaf(cel, pointer, &path).unwrap_or_default());
        }
        known
    }

    /// What an unknown value hides still has to be judged: it stands in the document as something nobody knows.
    fn hidden(&mut self, path: &str) {
        match path {
            PRINCIPALS => {
                let role = Text::of(SERVICE_ACCOUNT_USER_ROLE);
                self.binding(ResourceKind::ServiceAccount, &Leaf::Unknown, &role, &Leaf::Unknown, PRINCIPALS);
            }
            ROLES => self.binding(ResourceKind::Project, &Leaf::Unknown, &Leaf::Unknown, &Leaf::Unknown, ROLES),
            whole => {
                for pointer in ["/pools", "/providers", "/bindings"] {
                    self.document.unknown.insert(pointer.to_owned());
                    self.origin(pointer.to_owned(), whole);
                }
            }
        }
    }

    fn leaf(&mut self, value: &Text, pointer: String, path: &str) -> Option<String> {
        self.origin(pointer.clone(), path);
        if value.is_unknown() {
            self.document.unknown.insert(pointer);
        }
        value.known().cloned()
    }

    fn origin(&mut self, pointer: String, path: &str) {
        self.document.origins.insert(pointer, path.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::{facts, google, trust};
    use crate::spec::Targets;

    fn document(gcp: Gcp) -> TrustDocument {
        let spec = Spec { to: Leaf::Known(Targets { gcp: Some(Leaf::Known(gcp)) }), ..trust() };
        of(&spec, &Graph::of(&spec, &facts()), &facts())
    }

    #[test]
    fn a_known_trust_has_no_unknown_places() {
        let document = document(google());
        assert_eq!(document.subject, "crosscloud_trust/aks-chat");
        assert!(document.unknown.is_empty(), "{:?}", document.unknown);
        assert_eq!(document.providers[0].intended.len(), 1);
        assert_eq!(document.bindings.len(), 2);
        assert_eq!(document.origins["/providers/0/attribute_condition"], "to.gcp.attribute_condition");
    }

    #[test]
    fn unknown_values_are_listed_and_leave_nothing_that_looks_like_a_value() {
        let document = document(Gcp {
            attribute_condition: Some(Leaf::Unknown),
            attribute_mapping: Some(Leaf::Unknown),
            principals: Some(Leaf::Unknown),
            ..google()
        });
        assert_eq!(document.providers[0].attribute_condition, None);
        assert!(document.unknown.contains("/providers/0/attribute_condition"));
        assert!(document.unknown.contains("/providers/0/attribute_mapping"));
        assert!(document.unknown.contains("/bindings/1/members/0"));
        assert_eq!(document.origins["/bindings/1"], "to.gcp.principals");
    }

    #[test]
    fn an_empty_condition_is_known_to_be_empty() {
        let document = document(Gcp { attribute_condition: Some(Text::of("")), ..google() });
        assert_eq!(document.providers[0].attribute_condition.as_deref(), Some(""));
    }
}
