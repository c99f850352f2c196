//! The way out: what a graph has made, as resources of the official providers, each with the block that imports it.
//!
//! Whoever adopts a composite resource must be able to leave it again, without an outage and without writing a dozen resources by hand. Only
//! what was made is handed over; what was found or referred to never was the composite's. Fields that say whose an object is are written as
//! they are in the cloud, so that the first plan has nothing to change.

mod aws;
mod azure;
mod gcp;
mod gcp_perimeter;
mod module;

use std::collections::{BTreeMap, BTreeSet};

use crate::graph::{Graph, Node};
use crate::hcl::{Block, Value};
use crate::leaf::{Leaf, Text};
use crate::object::{Key, Object};

pub use module::Module;

/// An object as the state holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Its native id.
    pub id: String,
    /// Whether this graph made it.
    pub made: bool,
}

/// Why a graph cannot be handed over.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EjectError {
    /// The state says too little.
    #[error("the state does not tell `{what}` of {key}: apply or refresh it once, and eject that state")]
    Unknown {
        /// The object.
        key: Key,
        /// The value.
        what: &'static str,
    },
    /// The state holds an id that is not one.
    #[error("the state is damaged: `{id}` is no id of {key}")]
    Id {
        /// The object.
        key: Key,
        /// The id.
        id: String,
    },
}

/// The official resources for what a graph has made, in the order of its keys. `label` is the name that they get in Terraform. The module has
/// seen every graph that is handed over with this one.
///
/// # Errors
/// [`EjectError`] where the state lacks a value that an official resource must have.
pub fn eject(
    graph: &Graph,
    held: &BTreeMap<Key, Held>,
    label: &str,
    module: &mut Module,
) -> Result<Vec<Block>, EjectError> {
    // An id is not enough: an application of Entra and its service principal have the same.
    let mut addresses = BTreeMap::new();
    let mut given = BTreeMap::new();
    let mut logged = BTreeSet::new();
    for (key, node) in graph.nodes() {
        let (Some(held), Some(kind)) = (held.get(key), official(&node.object)) else { continue };
        if !held.made || node.referenced {
            continue;
        }
        // Google's resource is all of a service's log types at once.
        if let Object::AuditConfig(it) = &node.object
            && !logged.insert((&it.project, &it.service))
        {
            continue;
        }
        let address = module.give(kind, &label_of(label, key));
        given.insert(held.id.clone(), address.clone());
        addresses.insert(key, address);
    }
    let mut blocks = Vec::new();
    for (key, node) in graph.nodes() {
        let Some(it) = held.get(key).filter(|held| held.made && !node.referenced) else { continue };
        let Some(address) = addresses.get(key) else { continue };
        let around = Around { key, node, id: &it.id, address, given: &given, graph, held, module };
        let Official { before, resource, import_id } = around.official()?;
        blocks.extend(before);
        blocks.push(resource);
        blocks.push(Block::new("import").set("to", Value::Verbatim(address.to_string())).set("id", import_id));
    }
    Ok(blocks)
}

/// Takes a composite out of the state and leaves everything in the clouds as it is. `address` has no instance keys.
pub fn release(address: &str) -> Block {
    let lifecycle = Block::new("lifecycle").set("destroy", false);
    Block::new("removed").set("from", Value::Verbatim(address.to_owned())).nest(lifecycle)
}

/// What the official providers call an object. None: they have no resource for it, or none that can be imported.
fn official(object: &Object) -> Option<&'static str> {
    Some(match object {
        Object::Service(_) => "google_project_service",
        Object::Pool(_) => "google_iam_workload_identity_pool",
        Object::Provider(_) => "google_iam_workload_identity_pool_provider",
        Object::ServiceAccount(_) => "google_service_account",
        Object::Grant(grant) => gcp::kind_of_grant(&grant.resource),
        Object::AuditConfig(_) => "google_project_iam_audit_config",
        Object::KeyRing(_) => "google_kms_key_ring",
        Object::CryptoKey(_) => "google_kms_crypto_key",
        Object::Perimeter(_) => "google_access_context_manager_service_perimeter",
        Object::TransferJob(_) => "google_storage_transfer_job",
        Object::ManagedIdentity(_) => "azurerm_user_assigned_identity",
        Object::FederatedCredential(_) => "azurerm_federated_identity_credential",
        Object::RoleAssignment(_) => "azurerm_role_assignment",
        Object::Application(_) => "azuread_application",
        Object::ServicePrincipal(_) => "azuread_service_principal",
        Object::Role(_) => "aws_iam_role",
        Object::RolePolicy(_) => "aws_iam_role_policy",
        Object::RolePolicyAttachment(_) => "aws_iam_role_policy_attachment",
        Object::OidcProvider(_) => "aws_iam_openid_connect_provider",
        // A service agent is never made twice, a run is over, and a cluster's settings belong to whoever manages the cluster. An audience goes
        // with its provider, an account's own issuer stays on, and a statement is part of the role's trust policy, which is its owner's.
        Object::ServiceAgent(_)
        | Object::TransferRun(_)
        | Object::Cluster(_)
        | Object::OidcProviderClient(_)
        | Object::OutboundFederation(_)
        | Object::RoleStatement(_) => return None,
    })
}

/// Where an official resource stands in its module.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Address {
    kind: &'static str,
    label: String,
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.kind, self.label)
    }
}

/// An official resource, and what its import needs.
struct Official {
    before: Vec<Block>,
    resource: Block,
    import_id: Value,
}

impl Official {
    fn new(resource: Block, import_id: impl Into<Value>) -> Self {
        Self { before: Vec::new(), resource, import_id: import_id.into() }
    }
}

/// An object, and what it stands next to.
struct Around<'a> {
    key: &'a Key,
    node: &'a Node,
    id: &'a str,
    address: &'a Address,
    given: &'a BTreeMap<String, Address>,
    graph: &'a Graph,
    held: &'a BTreeMap<Key, Held>,
    module: &'a Module,
}

impl Around<'_> {
    fn official(&self) -> Result<Official, EjectError> {
        match &self.node.object {
            Object::Service(it) => self.service(it),
            Object::Pool(it) => self.pool(it),
            Object::Provider(it) => self.provider(it),
            Object::ServiceAccount(it) => self.service_account(it),
            Object::Grant(it) => self.grant(it),
            Object::AuditConfig(it) => self.audit_config(it),
            Object::KeyRing(it) => self.key_ring(it),
            Object::CryptoKey(it) => self.crypto_key(it),
            Object::Perimeter(it) => self.perimeter(it),
            Object::TransferJob(it) => self.transfer_job(it),
            Object::ManagedIdentity(it) => self.managed_identity(it),
            Object::FederatedCredential(it) => self.federated_credential(it),
            Object::RoleAssignment(it) => self.role_assignment(it),
            Object::Application(it) => self.application(it),
            Object::ServicePrincipal(it) => self.service_principal(it),
            Object::Role(it) => self.role(it),
            Object::RolePolicy(it) => self.role_policy(it),
            Object::RolePolicyAttachment(it) => self.role_policy_attachment(it),
            Object::OidcProvider(it) => self.oidc_provider(it),
            Object::ServiceAgent(_)
            | Object::TransferRun(_)
            | Object::Cluster(_)
            | Object::OidcProviderClient(_)
            | Object::OutboundFederation(_)
            | Object::RoleStatement(_) => Err(self.damaged()),
        }
    }

    /// The block of the resource, still empty.
    fn resource(&self) -> Block {
        Block::new("resource").label(self.address.kind).label(&self.address.label)
    }

    fn known(&self, text: &Text, what: &'static str) -> Result<String, EjectError> {
        text.known().cloned().ok_or_else(|| self.unknown(what))
    }

    fn flag(&self, leaf: &Leaf<bool>, what: &'static str) -> Result<bool, EjectError> {
        leaf.known().copied().ok_or_else(|| self.unknown(what))
    }

    fn all<'a>(&self, texts: impl IntoIterator<Item = &'a Text>, what: &'static str) -> Result<Value, EjectError> {
        texts.into_iter().map(|text| self.known(text, what)).collect()
    }

    fn map(&self, map: &BTreeMap<String, Text>, what: &'static str) -> Result<Value, EjectError> {
        let pairs = map.iter().map(|(key, text)| Ok((key.clone(), self.known(text, what)?.into())));
        Ok(Value::Map(pairs.collect::<Result<_, EjectError>>()?))
    }

    fn unknown(&self, what: &'static str) -> EjectError {
        EjectError::Unknown { key: self.key.clone(), what }
    }

    fn damaged(&self) -> EjectError {
        EjectError::Id { key: self.key.clone(), id: self.id.to_owned() }
    }

    /// An attribute of another official resource, where the object with that id becomes one; else what it is now.
    fn refer(&self, id: &str, attribute: &str, otherwise: impl Into<Value>) -> Value {
        match self.given.get(id) {
            Some(address) => Value::Verbatim(format!("{address}.{attribute}")),
            None => otherwise.into(),
        }
    }
}

/// The composite's own label, and what the key says beyond the kind of the object: `chat` and `chat_aiplatform_user`.
fn label_of(label: &str, key: &str) -> String {
    let role = key.splitn(3, '/').nth(2).unwrap_or_default();
    let role = role.strip_prefix("roles/").unwrap_or(role);
    let role = role.split("/subscriptions/").next().unwrap_or(role);
    let mut whole = format!("{label}_{role}").to_lowercase();
    whole = whole
        .chars()
        .map(|letter| if letter.is_ascii_alphanumeric() || letter == '-' { letter } else { '_' })
        .collect();
    let whole = whole.trim_end_matches('_');
    if whole.starts_with(|letter: char| letter.is_ascii_digit() || letter == '-') {
        return format!("_{whole}");
    }
    whole.to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
