//! Azure: a managed identity acts, a federated credential says whose tokens it takes for its own, and role assignments say what it may do.

use std::collections::BTreeSet;

use crate::facts::{FactQuery, Facts, IdentityFacts};
use crate::graph::{Builder, Node};
use crate::leaf::{Leaf, Text};
use crate::names::guid_of;
use crate::object::azure::{FederatedCredential, RoleAssignment};
use crate::object::{Key, Object, description_of};
use crate::source::aws_role::web_identity;
use crate::source::{Identity, Towards};
use crate::spec::Spec;

mod check;
pub(crate) mod identity;
pub(crate) mod import;
pub(crate) mod roles;

pub(crate) use check::problems;
pub use identity::OwnedIdentity;

pub(crate) const ROLES: &str = "to.azure.roles";
pub(crate) const CREDENTIAL: &str = "to.azure.credential_name";
pub(crate) const AUDIENCE: &str = "to.azure.audience";
pub(crate) const EXISTING: &str = "to.azure.existing.identity";

const PATHS: identity::Paths = identity::Paths {
    all: "to.azure",
    subscription_id: "to.azure.subscription_id",
    resource_group: "to.azure.resource_group",
    location: "to.azure.location",
    name: "to.azure.identity_name",
    existing: EXISTING,
};

/// The audience of tokens that are shown to Entra, in the public cloud. AKS's webhook asks for this one and no other.
pub(crate) const EXCHANGE_AUDIENCE: &str = "api://AzureADTokenExchange";

/// A managed identity with roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Azure {
    /// The identity to make.
    pub owned: OwnedIdentity,
    /// Resource id of an identity that exists, in place of one to make.
    pub existing: Option<Text>,
    /// What the identity may do, and where.
    pub roles: Leaf<BTreeSet<Leaf<ScopedRole>>>,
    /// Name of the federated credential, where it is not the trust's.
    pub credential_name: Option<Text>,
    /// Audience of the workload's tokens, where it is not Azure's own.
    pub audience: Option<Text>,
    /// Whether nobody may act as the identity for the time being: there is no credential then.
    pub disabled: Leaf<bool>,
}

/// A role at a scope.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScopedRole {
    /// Name, GUID or resource id of a role definition.
    pub role: Text,
    /// Resource id that it holds at.
    pub scope: Text,
}

/// Adds the objects of an Azure target.
pub(crate) fn build(graph: &mut Builder<'_>, spec: &Spec, azure: &Azure, source: &Identity, facts: &Facts) {
    let (key, id) = match &azure.existing {
        Some(id) => (identity::refer(graph, id, EXISTING), id.clone()),
        None => {
            let path = if azure.owned.name.is_some() { PATHS.name } else { "name" };
            identity::add(graph, &azure.owned, &spec.name, path)
        }
    };
    let after = azure.existing.is_none().then_some(&key);
    graph.want_text(&id, |id| FactQuery::Identity { id }, after, facts);
    add_roles(graph, spec, azure, &key, &id, facts);
    match (&azure.disabled, &spec.disabled) {
        (Leaf::Known(true), _) | (_, Leaf::Known(true)) => {}
        (Leaf::Known(false), Leaf::Known(false)) => add_credentials(graph, spec, azure, source, &key, &id),
        (Leaf::Unknown, _) => graph.hide("to.azure.disabled"),
        (_, Leaf::Unknown) => graph.hide("disabled"),
    }
}

/// One credential for each issuer and each form of subject. Entra compares a subject exactly, so a token with another is refused.
fn add_credentials(graph: &mut Builder<'_>, spec: &Spec, azure: &Azure, source: &Identity, identity: &Key, id: &Text) {
    let audiences = Leaf::Known([azure.audience()].into());
    let policy = web_identity::let_ask(graph, &spec.name, source, Towards::Azure, &audiences);
    let forms = source
        .issuers()
        .iter()
        .flat_map(|issuer| source.subjects.iter().enumerate().map(move |(index, subject)| (issuer, index, subject)));
    for (accepted, index, subject) in forms {
        let mut key = accepted.key("azure/federated_credential");
        let mut name = accepted.named(&azure.credential(&spec.name));
        if index > 0 {
            let suffix = (index + 1).to_string();
            key = format!("{key}/{suffix}");
            name = Text::concat([name.piece(), "-".into(), suffix.as_str().into()]);
        }
        let credential = FederatedCredential {
            identity: id.clone(),
            name,
            issuer: accepted.issuer.clone(),
            subject: subject.clone(),
            audience: azure.audience(),
        };
        let path = if azure.credential_name.is_some() { CREDENTIAL } else { source.subject_path };
        // The door opens last: who comes in finds what it may do already as it should be.
        let roles: Vec<_> = graph.keys("azure/role_assignment/");
        let node = Node::new(Object::FederatedCredential(credential), path)
            .after([identity])
            .after(&roles)
            .after(&source.after)
            .after(&policy)
            .below([identity]);
        graph.add(key, node);
    }
}

fn add_roles(graph: &mut Builder<'_>, spec: &Spec, azure: &Azure, identity: &Key, id: &Text, facts: &Facts) {
    let Leaf::Known(wanted) = &azure.roles else { return graph.hide(ROLES) };
    for wanted in wanted {
        let Leaf::Known(ScopedRole { role, scope }) = wanted else { return graph.hide(ROLES) };
        let (Leaf::Known(role), Leaf::Known(scope)) = (role, scope) else { return graph.hide(ROLES) };
        let definition = match roles::definition(role) {
            Some(definition) => Text::of(definition),
            None => {
                let query = FactQuery::RoleDefinition { scope: scope.clone(), name: role.clone() };
                graph.want(query, None, facts);
                let known = facts.role_definitions.get(&(scope.clone(), role.clone()));
                known.cloned().map_or(Leaf::Unknown, Leaf::Known)
            }
        };
        let name = match (definition.known(), id.known()) {
            (Some(definition), Some(id)) => Text::of(guid_of(&[scope, definition, id])),
            _ => Leaf::Unknown,
        };
        let assignment = RoleAssignment {
            scope: Text::of(scope),
            role_definition: definition,
            principal_id: IdentityFacts::text(facts.identity(id), |it| &it.principal_id),
            name,
            description: description_of("crosscloud_trust", &spec.name),
        };
        let node = Node::new(Object::RoleAssignment(assignment), ROLES).after([identity]).below([identity]);
        graph.add(format!("azure/role_assignment/{role}{scope}"), node);
    }
}

impl Azure {
    /// Resource id of the identity that the workload acts as.
    pub(crate) fn identity_id(&self, name: &Text) -> Text {
        self.existing.clone().unwrap_or_else(|| self.owned.id(name))
    }

    /// Name of the federated credential.
    pub(crate) fn credential(&self, name: &Text) -> Text {
        self.credential_name.clone().unwrap_or_else(|| name.clone())
    }

    /// Audience of the workload's tokens.
    pub(crate) fn audience(&self) -> Text {
        self.audience.clone().unwrap_or_else(|| Text::of(EXCHANGE_AUDIENCE))
    }
}
