//! Sources: who is trusted. Each turns what the user wrote into one [`Identity`], which is all that a target sees of it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::facts::Facts;
use crate::graph::Builder;
use crate::leaf::{Leaf, Text};
use crate::object::Key;
use crate::problem::Problem;

pub(crate) mod aks;
pub(crate) mod aws_role;
pub(crate) mod azure_managed_identity;
pub(crate) mod github_actions;

pub use aks::Aks;
pub use aws_role::AwsRole;
pub use azure_managed_identity::{AzureManagedIdentity, ExistingIdentity};
pub use github_actions::GithubActions;

/// Who is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A workload on Azure Kubernetes Service.
    Aks(Aks),
    /// A workload that runs under an AWS IAM role.
    AwsRole(AwsRole),
    /// A workload that runs under an Azure managed identity.
    AzureManagedIdentity(AzureManagedIdentity),
    /// A GitHub Actions workflow.
    GithubActions(GithubActions),
}

/// What a source amounts to: whose tokens, which of them, and how the workload gets one.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Whose tokens.
    pub tokens: Tokens,
    /// The `sub` claims of the workload's tokens; on AWS the role's sessions. The first is the one shown.
    pub subjects: Vec<Text>,
    /// Where the issuer was written.
    pub issuer_path: &'static str,
    /// Where the subject was written.
    pub subject_path: &'static str,
    /// Google attribute to CEL expression, for a target that asks for no other.
    pub attribute_mapping: BTreeMap<String, String>,
    /// A CEL condition that only this identity's tokens pass.
    pub condition: Text,
    /// Which mapped identities of Google's pool are this one.
    pub selectors: Vec<Selector>,
    /// Claims of tokens that this trust is meant for, one object for each form that they have.
    pub claims: Leaf<Vec<BTreeMap<String, Value>>>,
    /// How the workload gets its token.
    pub delivery: TokenDelivery,
    /// Objects of the source itself, which have to be there first.
    pub after: Vec<Key>,
}

/// Whose tokens, and what they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tokens {
    /// OpenID Connect tokens.
    Oidc {
        /// The `iss` claim.
        issuer: Text,
        /// The `aud` claim, where the workload cannot choose it.
        audience: Option<Text>,
    },
    /// Signed `GetCallerIdentity` requests of an AWS account.
    Aws {
        /// Twelve-digit account id.
        account_id: Text,
    },
}

/// Which mapped identities of a pool: what stands behind the pool's name in a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// The one with this `google.subject`.
    Subject(Text),
    /// Those with this value of a mapped attribute.
    Attribute(&'static str, Text),
}

/// How a workload gets its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenDelivery {
    /// The kubelet writes it to a projected volume, for any audience.
    KubernetesVolume {
        /// Kubernetes namespace.
        namespace: Text,
        /// Kubernetes service account.
        service_account: Text,
    },
    /// The client library signs a request with the role's credentials.
    AwsCredentials,
    /// Azure's instance metadata service gives it out.
    AzureInstanceMetadata {
        /// Identifier URI of the application that the token is for.
        resource: Text,
        /// Client id of the identity.
        client_id: Text,
    },
    /// The workflow asks GitHub's token service, for any audience.
    GithubWorkflow,
}

impl Source {
    /// What this source amounts to, with its own objects added to the graph.
    pub(crate) fn build(&self, graph: &mut Builder<'_>, name: &Text, facts: &Facts) -> Identity {
        match self {
            Source::Aks(it) => aks::build(it, graph, facts),
            Source::AwsRole(it) => aws_role::identity(it),
            Source::AzureManagedIdentity(it) => azure_managed_identity::build(it, graph, name, facts),
            Source::GithubActions(it) => github_actions::identity(it),
        }
    }

    /// What this source amounts to.
    pub fn identity(&self, name: &Text, facts: &Facts) -> Identity {
        self.build(&mut Builder::new(&BTreeMap::new()), name, facts)
    }

    /// The attribute of `from` that chose this source.
    pub fn attribute(&self) -> &'static str {
        match self {
            Source::Aks(_) => "aks",
            Source::AwsRole(_) => "aws_role",
            Source::AzureManagedIdentity(_) => "azure_managed_identity",
            Source::GithubActions(_) => "github_actions",
        }
    }

    pub(crate) fn problems(&self, name: &Text) -> Vec<Problem> {
        match self {
            Source::Aks(it) => aks::problems(it),
            Source::AwsRole(it) => aws_role::problems(it),
            Source::AzureManagedIdentity(it) => azure_managed_identity::problems(it, name),
            Source::GithubActions(it) => github_actions::problems(it),
        }
    }
}

impl Identity {
    /// The `sub` claim that is shown.
    pub fn subject(&self) -> Text {
        self.subjects.first().cloned().unwrap_or(Leaf::Unknown)
    }

    /// The `iss` claim. AWS's signed requests have none.
    pub fn issuer(&self) -> Option<&Text> {
        match &self.tokens {
            Tokens::Oidc { issuer, .. } => Some(issuer),
            Tokens::Aws { .. } => None,
        }
    }
}
