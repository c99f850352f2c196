//! The document that policies judge, built from the graph: what is judged is what will be sent, and what stands around it already.

use std::collections::BTreeMap;

use crosscloud_policy_model::document::{Pointer, TrustDocument};

use crate::admits;
use crate::facts::Facts;
use crate::graph::{Graph, Node};
use crate::leaf::{Leaf, Text};
use crate::object::{Key, Object};
use crate::path::AttributePath;
use crate::source::{Identity, Towards};
use crate::spec::Spec;
use crate::target::gcp::{CONDITION, Gcp};

mod aws;
mod azure;
mod google;
mod surroundings;

pub use surroundings::{Beside, Surroundings};

/// A document, and which parts of it are not the resource's own.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Described {
    /// What is judged.
    pub document: TrustDocument,
    /// Names of what the resource only refers to, by the place where it stands.
    existing: BTreeMap<Pointer, String>,
}

impl Described {
    /// What the place belongs to, if that exists already and the resource only refers to it.
    pub fn existing(&self, pointer: &str) -> Option<&str> {
        self.existing.get(&element_of(pointer)).map(String::as_str)
    }
}

impl From<TrustDocument> for Described {
    fn from(document: TrustDocument) -> Self {
        Self { document, existing: BTreeMap::new() }
    }
}

/// The document of a trust. Values that are not known yet, and what nobody has looked at, are listed in its `unknown`.
pub fn of(spec: &Spec, graph: &Graph, facts: &Facts) -> TrustDocument {
    amid(("crosscloud_trust", spec), graph, facts, &Surroundings::default()).document
}

/// The document of any other graph, for a resource of type `resource`.
pub fn of_graph(resource: &str, name: &Text, graph: &Graph, facts: &Facts) -> TrustDocument {
    graph_amid((resource, name), graph, facts, &Surroundings::default()).document
}

/// The document of a trust, or of what a resource of another type amounts to as one, in which the objects that it only refers to stand as they
/// were seen.
pub fn amid((resource, spec): (&str, &Spec), graph: &Graph, facts: &Facts, around: &Surroundings) -> Described {
    let identity = |towards| spec.from.known().map(|source| source.identity(towards, &spec.name, facts));
    let gcp = spec.to.known().and_then(|targets| targets.gcp.as_ref()).and_then(Leaf::known);
    let mut writer = Writer::new(resource, &spec.name, facts);
    writer.identities = Identities {
        gcp: identity(Towards::Gcp),
        azure: identity(Towards::Azure),
        aws: identity(Towards::Aws),
        refused: is_on(&spec.disabled) || aws_is_off(spec),
    };
    writer.gcp = gcp;
    if spec.admits.is_some() {
        writer.condition = admits::ADMITS;
    }
    writer.nodes(graph, around);
    writer.described
}

/// The document of any other graph, for a resource of this type and name, in which what it only refers to stands as it was seen.
pub fn graph_amid((resource, name): (&str, &Text), graph: &Graph, facts: &Facts, around: &Surroundings) -> Described {
    let mut writer = Writer::new(resource, name, facts);
    writer.nodes(graph, around);
    writer.described
}

/// The document of objects that stand in the clouds and that nobody here wants, each with what lies in or on it.
pub fn of_existing(subject: &str, objects: &[(Object, Vec<Beside>)], facts: &Facts, path: &str) -> Described {
    let document = TrustDocument { subject: subject.to_owned(), ..TrustDocument::default() };
    let mut writer = Writer { described: document.into(), ..Writer::new("", &Leaf::Unknown, facts) };
    for (object, beside) in objects {
        writer.existing(object, beside, path);
    }
    writer.described
}

/// Puts objects into a document, with the attribute that each value comes from.
struct Writer<'a> {
    described: Described,
    facts: &'a Facts,
    /// Who is trusted, where the graph is a trust's.
    identities: Identities,
    gcp: Option<&'a Gcp>,
    /// The attribute that the condition of Google's provider comes from.
    condition: &'static str,
    /// Whether the workload enters roles that exist.
    enters: bool,
    /// What is being written, where it is not the resource's own.
    found: Option<Found>,
}

/// Something that exists and that the resource only refers to.
#[derive(Clone)]
struct Found {
    name: String,
    /// The attribute that refers to it; nothing inside it has one of its own.
    path: String,
    /// Whether it is nothing that the resource itself refers to, but lies in or on such a thing.
    foreign: bool,
}

/// Who is trusted, as each target sees it.
#[derive(Default)]
struct Identities {
    gcp: Option<Identity>,
    azure: Option<Identity>,
    aws: Option<Identity>,
    /// Whether AWS lets nobody in for the time being.
    refused: bool,
}

fn is_on(switch: &Leaf<bool>) -> bool {
    *switch == Leaf::Known(true)
}

fn aws_is_off(spec: &Spec) -> bool {
    let aws = spec.to.known().and_then(|targets| targets.aws.as_ref()).and_then(Leaf::known);
    aws.is_some_and(|aws| is_on(&aws.disabled))
}

impl<'a> Writer<'a> {
    fn new(resource: &str, name: &Text, facts: &'a Facts) -> Self {
        let name = name.known().map_or("(known after apply)", String::as_str);
        let document = TrustDocument { subject: format!("{resource}/{name}"), ..TrustDocument::default() };
        Self {
            described: document.into(),
            facts,
            identities: Identities::default(),
            gcp: None,
            condition: CONDITION,
            enters: false,
            found: None,
        }
    }

    fn nodes(&mut self, graph: &Graph, around: &Surroundings) {
        self.enters = graph.nodes().values().any(|node| matches!(node.object, Object::RoleStatement(_)));
        for (key, node) in graph.nodes() {
            let seen = around.seen.get(key).filter(|_| node.referenced);
            self.found = node.referenced.then(|| Found {
                name: surroundings::name(&node.object),
                path: node.path.to_string(),
                foreign: false,
            });
            self.object(key, node, seen.unwrap_or(&node.object), node.referenced && seen.is_none());
        }
        let single = self.single_identity(graph);
        let tells = |it: &&(Key, Beside)| !single.as_ref().is_some_and(|single| it.1.is_of(single));
        let beside =
            around.beside.iter().filter(tells).filter_map(|(key, it)| Some((key, graph.nodes().get(key)?, it)));
        for (key, node, it) in beside {
            self.beside(key, it, &node.path.to_string());
        }
        self.found = None;
        for path in graph.hidden() {
            self.hidden(path);
        }
    }

    /// What a principal of one identity of the pool begins with, where the pool is somebody else's. Never are all of its bindings in view there,
    /// so one that names a single identity changes no verdict; and an account that a thousand members share has a thousand of them.
    fn single_identity(&self, graph: &Graph) -> Option<String> {
        let pool = graph.nodes().get("gcp/pool").filter(|pool| pool.referenced);
        let name = pool.and_then(|_| self.described.document.pools.first()?.name.as_ref())?;
        Some(format!("principal://iam.googleapis.com/{name}/subject/"))
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
            | Object::TransferRun(_)
            | Object::OutboundFederation(_)
            | Object::ServicePrincipal(_) => {}
            Object::Pool(it) => self.pool(it, node.referenced, hidden, &path),
            Object::Provider(it) => self.provider(it, hidden, &path),
            Object::Grant(it) => self.grant(it, &path),
            Object::CryptoKey(it) => self.crypto_key(it, hidden, &path),
            Object::Perimeter(it) => self.perimeter(it, &path),
            // What is seen of an identity are all of its credentials.
            Object::ManagedIdentity(it) => self.managed_identity(key, it, !hidden, &path),
            Object::Application(it) => self.application(key, it, &path),
            Object::FederatedCredential(it) => self.credential(it, &node.below, &path),
            Object::RoleAssignment(it) => self.role_assignment(it, &node.below, &path),
            Object::Cluster(it) => self.cluster(it, &path),
            Object::Role(it) => self.role(it, &node.object, hidden, &path),
            Object::RoleStatement(it) => self.role_statement(it),
            Object::RolePolicy(it) => self.role_policy(it),
            Object::RolePolicyAttachment(it) => self.attachment(it),
            Object::OidcProvider(it) => self.oidc_provider(it, hidden, &path),
            Object::OidcProviderClient(it) => self.oidc_provider_client(it, &path),
        }
    }

    /// Notes where a value comes from and whether it is known.
    fn leaf(&mut self, value: &Text, pointer: String, path: &str) -> Option<String> {
        self.origin(pointer.clone(), path);
        if value.is_unknown() {
            self.unknown(pointer);
        }
        value.known().cloned()
    }

    /// The same for a switch.
    fn switch(&mut self, value: &Leaf<bool>, pointer: String) -> bool {
        if value.is_unknown() {
            self.unknown(pointer);
        }
        value.known().copied().unwrap_or_default()
    }

    /// Names of a set that is unknown as a whole, or whose members are, are missing from the list and noted.
    fn texts<'t>(&mut self, values: impl IntoIterator<Item = &'t Text>, pointer: &str) -> Vec<String> {
        let mut known = Vec::new();
        for value in values {
            match value {
                Leaf::Known(value) => known.push(value.clone()),
                Leaf::Unknown => self.unknown(pointer.to_owned()),
            }
        }
        known
    }

    fn unknown(&mut self, pointer: String) {
        self.document().unknown.insert(pointer);
    }

    fn origin(&mut self, pointer: String, path: &str) {
        let path = match &self.found {
            Some(found) => {
                self.described.existing.insert(element_of(&pointer), found.name.clone());
                &found.path
            }
            None => path,
        };
        self.described.document.origins.insert(pointer, path.to_owned());
    }

    fn document(&mut self) -> &mut TrustDocument {
        &mut self.described.document
    }

    fn is_foreign(&self) -> bool {
        self.found.as_ref().is_some_and(|found| found.foreign)
    }
}

/// The place of the whole object that a place is part of: `/providers/0` for `/providers/0/attribute_condition`.
fn element_of(pointer: &str) -> Pointer {
    pointer.split('/').take(3).collect::<Vec<_>>().join("/")
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
