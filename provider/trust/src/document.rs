//! The document that policies judge, built from the graph: what is judged is what will be sent.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::TrustDocument;

use crate::facts::Facts;
use crate::graph::{Graph, Node};
use crate::leaf::{Leaf, Text};
use crate::object::{Key, Object};
use crate::path::AttributePath;
use crate::source::Identity;
use crate::spec::Spec;
use crate::target::gcp::Gcp;

mod aws;
mod azure;
mod google;

/// The document of a trust. Values that are not known yet are listed in its `unknown`.
pub fn of(spec: &Spec, graph: &Graph, facts: &Facts) -> TrustDocument {
    with_seen(spec, graph, facts, &BTreeMap::new())
}

/// The document of a trust in which the objects that it only refers to stand as they were seen. What was not seen is unknown.
pub fn with_seen(spec: &Spec, graph: &Graph, facts: &Facts, seen: &BTreeMap<Key, Object>) -> TrustDocument {
    let identity = spec.from.known().map(|source| source.identity(&spec.name, facts));
    let gcp = spec.to.known().and_then(|targets| targets.gcp.as_ref()).and_then(Leaf::known);
    let mut writer = Writer::new("crosscloud_trust", &spec.name, facts);
    writer.identity = identity.as_ref();
    writer.gcp = gcp;
    writer.nodes(graph, seen);
    writer.document
}

/// The document of any other graph, for a resource of type `resource`.
pub fn of_graph(resource: &str, name: &Text, graph: &Graph, facts: &Facts) -> TrustDocument {
    let mut writer = Writer::new(resource, name, facts);
    writer.nodes(graph, &BTreeMap::new());
    writer.document
}

/// Puts objects into a document, with the attribute that each value comes from.
struct Writer<'a> {
    document: TrustDocument,
    facts: &'a Facts,
    /// Who is trusted, where the graph is a trust's.
    identity: Option<&'a Identity>,
    gcp: Option<&'a Gcp>,
}

impl<'a> Writer<'a> {
    fn new(resource: &str, name: &Text, facts: &'a Facts) -> Self {
        let name = name.known().map_or("(known after apply)", String::as_str);
        let document = TrustDocument { subject: format!("{resource}/{name}"), ..TrustDocument::default() };
        Self { document, facts, identity: None, gcp: None }
    }

    fn nodes(&mut self, graph: &Graph, seen: &BTreeMap<Key, Object>) {
        for (key, node) in graph.nodes() {
            let object = if node.referenced { seen.get(key).unwrap_or(&node.object) } else { &node.object };
            let hidden = node.referenced && !seen.contains_key(key);
            self.object(key, node, object, hidden);
        }
        for path in graph.hidden() {
            self.hidden(path);
        }
    }

    /// `hidden`: the object exists, and nobody has looked at it yet.
    fn object(&mut self, key: &str, node: &Node, object: &Object, hidden: bool) {
        let path = node.path.to_string();
        match object {
            Object::Service(_)
            | Object::ServiceAgent(_)
            | Object::ServiceAccount(_)
            | Object::AuditConfig(_)
            | Object::KeyRing(_)
            | Object::TransferJob(_)
            | Object::ServicePrincipal(_) => {}
            Object::Pool(it) => self.pool(it, node.referenced, &path),
            Object::Provider(it) => self.provider(it, hidden, &path),
            Object::Grant(it) => self.grant(it, &path),
            Object::CryptoKey(it) => self.crypto_key(it, hidden, &path),
            Object::Perimeter(it) => self.perimeter(it, &path),
            Object::ManagedIdentity(it) => self.managed_identity(key, it, node.referenced, &path),
            Object::Application(it) => self.application(key, it, &path),
            Object::FederatedCredential(it) => self.credential(it, &node.below, &path),
            Object::RoleAssignment(it) => self.role_assignment(it, &node.below, &path),
            Object::Cluster(it) => self.cluster(it, &path),
            Object::Role(it) => self.role(it, &path),
            Object::RolePolicy(it) => self.role_policy(it),
            Object::RolePolicyAttachment(it) => self.attachment(it),
            Object::OidcProvider(it) => self.oidc_provider(it, &path),
        }
    }

    /// Notes where a value comes from and whether it is known.
    fn leaf(&mut self, value: &Text, pointer: String, path: &str) -> Option<String> {
        self.origin(pointer.clone(), path);
        if value.is_unknown() {
            self.document.unknown.insert(pointer);
        }
        value.known().cloned()
    }

    /// The same for a switch.
    fn switch(&mut self, value: &Leaf<bool>, pointer: String) -> bool {
        if value.is_unknown() {
            self.document.unknown.insert(pointer);
        }
        value.known().copied().unwrap_or_default()
    }

    /// Names of a set that is unknown as a whole, or whose members are, are missing from the list and noted.
    fn texts<'t>(&mut self, values: impl IntoIterator<Item = &'t Text>, pointer: &str) -> Vec<String> {
        let mut known = Vec::new();
        for value in values {
            match value {
                Leaf::Known(value) => known.push(value.clone()),
                Leaf::Unknown => {
                    self.document.unknown.insert(pointer.to_owned());
                }
            }
        }
        known
    }

    fn unknown(&mut self, pointer: String) {
        self.document.unknown.insert(pointer);
    }

    fn origin(&mut self, pointer: String, path: &str) {
        self.document.origins.insert(pointer, path.to_owned());
    }
}

/// A token of a JSON pointer.
fn escaped(token: &str) -> String {
    token.replace('~', "~0").replace('/', "~1")
}

/// The path of a map's element.
fn element(path: &str, key: &str) -> String {
    AttributePath::from(path).key(key).to_string()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
