//! Facts: what only the clouds can tell. Some can be asked for at any time, such as a project's number; others exist only once an object was
//! made, such as the client id of a managed identity. No fact about a living object ever changes.

use std::collections::BTreeMap;

use crate::leaf::{Leaf, Text};

/// What is known so far. A fact that is missing leaves the values made of it unknown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Google project id to project number; principals and audiences are built on the number.
    pub project_numbers: BTreeMap<String, String>,
    /// Storage Transfer's agent, by Google project id.
    pub transfer_agents: BTreeMap<String, TransferAgent>,
    /// Azure managed identities, by resource id as the graph spells it.
    pub identities: BTreeMap<String, IdentityFacts>,
    /// Client ids of Entra applications, by identifier URI.
    pub applications: BTreeMap<String, String>,
    /// OIDC issuer URLs of AKS clusters, by resource id as the graph spells it.
    pub issuers: BTreeMap<String, String>,
    /// GUIDs of Azure role definitions, by scope and name of the role.
    pub role_definitions: BTreeMap<(String, String), String>,
    /// Issuer URLs of AWS accounts that vouch for their roles, by account id.
    pub outbound_issuers: BTreeMap<String, String>,
}

/// Storage Transfer's agent in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferAgent {
    /// Email of the agent's service account.
    pub email: String,
    /// Its unique id: the subject of the tokens that it shows to other clouds.
    pub subject_id: String,
}

/// What Azure gives a managed identity when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityFacts {
    /// Object id: the subject of its tokens, and whom roles are assigned to.
    pub principal_id: String,
    /// Client id: what workloads name it by.
    pub client_id: String,
    /// Tenant id.
    pub tenant_id: String,
}

/// A fact to ask a cloud for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FactQuery {
    /// The number of a Google project.
    ProjectNumber {
        /// Project id.
        project: String,
    },
    /// The id of a Google project that is known by its number.
    ProjectId {
        /// Project number.
        number: String,
    },
    /// Storage Transfer's agent in a Google project. Asking makes Google create it.
    TransferAgent {
        /// Project id.
        project: String,
    },
    /// Principal, client and tenant of a managed identity.
    Identity {
        /// Resource id.
        id: String,
    },
    /// The client id of an Entra application.
    Application {
        /// Tenant id.
        tenant_id: String,
        /// Identifier URI.
        identifier_uri: String,
    },
    /// The OIDC issuer URL of an AKS cluster.
    Issuer {
        /// Resource id.
        cluster: String,
    },
    /// The GUID of an Azure role definition.
    RoleDefinition {
        /// Scope at which the role is to be assigned.
        scope: String,
        /// Name of the role, such as `Cognitive Services OpenAI User`.
        name: String,
    },
    /// The issuer URL of an AWS account that vouches for its roles.
    OutboundIssuer {
        /// Twelve-digit account id.
        account_id: String,
    },
}

/// A fact that a graph lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Want {
    /// What to ask for.
    pub query: FactQuery,
    /// The object that has to be there before there is an answer. None: the answer does not depend on this graph.
    pub after: Option<crate::object::Key>,
}

impl Facts {
    /// Takes over more facts.
    pub fn merge(&mut self, more: Self) {
        self.project_numbers.extend(more.project_numbers);
        self.transfer_agents.extend(more.transfer_agents);
        self.identities.extend(more.identities);
        self.applications.extend(more.applications);
        self.issuers.extend(more.issuers);
        self.role_definitions.extend(more.role_definitions);
        self.outbound_issuers.extend(more.outbound_issuers);
    }

    /// The number of a project; unknown where the id is, or where nobody has looked it up.
    pub fn project_number(&self, project: &Text) -> Text {
        look_up(&self.project_numbers, project).cloned().map_or(Leaf::Unknown, Leaf::Known)
    }

    /// The id of a project by its number.
    pub fn project_id(&self, number: &str) -> Option<&String> {
        self.project_numbers.iter().find(|(_, known)| *known == number).map(|(id, _)| id)
    }

    /// Storage Transfer's agent in a project.
    pub fn transfer_agent(&self, project: &Text) -> Option<&TransferAgent> {
        look_up(&self.transfer_agents, project)
    }

    /// What Azure gave a managed identity.
    pub fn identity(&self, id: &Text) -> Option<&IdentityFacts> {
        look_up(&self.identities, id)
    }

    /// The issuer of an AWS account's own tokens.
    pub fn outbound_issuer(&self, account_id: &Text) -> Text {
        look_up(&self.outbound_issuers, account_id).cloned().map_or(Leaf::Unknown, Leaf::Known)
    }

    /// Whether this fact is known.
    pub fn answers(&self, query: &FactQuery) -> bool {
        match query {
            FactQuery::ProjectNumber { project } => self.project_numbers.contains_key(project),
            FactQuery::ProjectId { number } => self.project_numbers.values().any(|known| known == number),
            FactQuery::TransferAgent { project } => self.transfer_agents.contains_key(project),
            FactQuery::Identity { id } => self.identities.contains_key(id),
            FactQuery::Application { identifier_uri, .. } => self.applications.contains_key(identifier_uri),
            FactQuery::Issuer { cluster } => self.issuers.contains_key(cluster),
            FactQuery::RoleDefinition { scope, name } => {
                self.role_definitions.contains_key(&(scope.clone(), name.clone()))
            }
            FactQuery::OutboundIssuer { account_id } => self.outbound_issuers.contains_key(account_id),
        }
    }
}

fn look_up<'a, T>(facts: &'a BTreeMap<String, T>, of: &Text) -> Option<&'a T> {
    of.known().and_then(|of| facts.get(of))
}

impl IdentityFacts {
    /// One of the facts about an identity that may not be known yet.
    pub fn text(facts: Option<&Self>, of: impl FnOnce(&Self) -> &String) -> Text {
        facts.map_or(Leaf::Unknown, |facts| Leaf::Known(of(facts).clone()))
    }
}
