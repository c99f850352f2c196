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
pub(crate) mod gcp_service_account;
pub(crate) mod github_actions;
pub(crate) mod gitlab;
pub(crate) mod kubernetes;
pub(crate) mod oidc;
pub(crate) mod terraform_cloud;

pub use aks::Aks;
pub use aws_role::AwsRole;
pub use azure_managed_identity::{AzureManagedIdentity, ExistingIdentity};
pub use gcp_service_account::GcpServiceAccount;
pub use github_actions::GithubActions;
pub use gitlab::Gitlab;
pub use kubernetes::Kubernetes;
pub use oidc::Oidc;
pub use terraform_cloud::TerraformCloud;

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
    /// A GitLab job.
    Gitlab(Gitlab),
    /// A run of HCP Terraform.
    TerraformCloud(TerraformCloud),
    /// A workload on any Kubernetes cluster.
    Kubernetes(Kubernetes),
    /// A workload that runs under a Google service account.
    GcpServiceAccount(GcpServiceAccount),
    /// A workload with tokens of any other issuer.
    Oidc(Oidc),
}

/// Which cloud a source is let into: what it shows there can depend on that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Towards {
    /// Google Cloud.
    Gcp,
    /// Azure.
    Azure,
    /// Amazon Web Services.
    Aws,
}

/// What a source amounts to: whose tokens, which of them, and how the workload gets one.
#[derive(Debug, Clone, PartialEq)]
pub struct Identity {
    /// Whose tokens.
    pub tokens: Tokens,
    /// The `sub` claims of the workload's tokens; on AWS the role's sessions. The first is the one shown.
    pub subjects: Vec<Text>,
    /// Claims beside the subject that tell the workload from whoever takes over its names, for a target that compares single claims.
    pub pins: BTreeMap<&'static str, Text>,
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
        /// The issuers: one, or more while a cluster is replaced. The first is the one shown.
        issuers: Vec<Accepted>,
        /// The `aud` claim, where the workload cannot choose it.
        audience: Option<Text>,
        /// The issuer's public keys as a JWK set, where nobody can fetch them.
        jwks: Option<Text>,
    },
    /// Signed `GetCallerIdentity` requests of an AWS account.
    Aws {
        /// Twelve-digit account id.
        account_id: Text,
    },
}

/// An issuer whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What the user calls it. None for the one that needs no name.
    pub label: Option<String>,
    /// The `iss` claim.
    pub issuer: Text,
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
    /// The job names the audience, and its runner puts the token into a variable.
    GitlabJob,
    /// HCP Terraform fetches the tokens that the workspace's variables ask for, and hands the provider what it needs.
    TerraformRun,
    /// Google's metadata server gives it out, for any audience.
    GoogleMetadata,
    /// AWS's token service gives it to the role, for any audience that the role may ask for.
    AwsTokenService {
        /// ARN of the role.
        role_arn: Text,
    },
    /// Something else writes it to a file.
    File,
}

impl Source {
    /// What this source amounts to in a cloud, with its own objects added to the graph.
    pub(crate) fn build(&self, towards: Towards, graph: &mut Builder<'_>, name: &Text, facts: &Facts) -> Identity {
        match self {
            Source::Aks(it) => aks::build(it, graph, facts),
            Source::AwsRole(it) if towards == Towards::Gcp && !it.web_identity => aws_role::identity(it),
            Source::AwsRole(it) => aws_role::web_identity::identity(it, graph, facts),
            Source::AzureManagedIdentity(it) => azure_managed_identity::build(it, graph, name, facts),
            Source::GithubActions(it) => github_actions::identity(it),
            Source::Gitlab(it) => gitlab::identity(it),
            Source::TerraformCloud(it) => terraform_cloud::identity(it),
            Source::Kubernetes(it) => kubernetes::build(it, graph),
            Source::GcpServiceAccount(it) => gcp_service_account::identity(it),
            Source::Oidc(it) => oidc::identity(it),
        }
    }

    /// What this source amounts to in a cloud.
    pub fn identity(&self, towards: Towards, name: &Text, facts: &Facts) -> Identity {
        self.build(towards, &mut Builder::new(&BTreeMap::new()), name, facts)
    }

    /// The attribute of `from` that chose this source.
    pub fn attribute(&self) -> &'static str {
        match self {
            Source::Aks(_) => "aks",
            Source::AwsRole(_) => "aws_role",
            Source::AzureManagedIdentity(_) => "azure_managed_identity",
            Source::GithubActions(_) => "github_actions",
            Source::Gitlab(_) => "gitlab",
            Source::TerraformCloud(_) => "terraform_cloud",
            Source::Kubernetes(_) => "kubernetes",
            Source::GcpServiceAccount(_) => "gcp_service_account",
            Source::Oidc(_) => "oidc",
        }
    }

    pub(crate) fn problems(&self, name: &Text) -> Vec<Problem> {
        match self {
            Source::Aks(it) => aks::problems(it),
            Source::AwsRole(it) => aws_role::problems(it),
            Source::AzureManagedIdentity(it) => azure_managed_identity::problems(it, name),
            Source::GithubActions(it) => github_actions::problems(it),
            Source::Gitlab(it) => gitlab::problems(it),
            Source::TerraformCloud(it) => terraform_cloud::problems(it),
            Source::Kubernetes(it) => kubernetes::problems(it),
            Source::GcpServiceAccount(it) => gcp_service_account::problems(it),
            Source::Oidc(it) => oidc::problems(it),
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
            Tokens::Oidc { issuers, .. } => issuers.first().map(|accepted| &accepted.issuer),
            Tokens::Aws { .. } => None,
        }
    }

    /// Whose OpenID Connect tokens are taken. AWS's signed requests are none.
    pub fn issuers(&self) -> &[Accepted] {
        match &self.tokens {
            Tokens::Oidc { issuers, .. } => issuers,
            Tokens::Aws { .. } => &[],
        }
    }

    /// The claims of tokens of one issuer.
    pub(crate) fn claims_of(&self, issuer: &str) -> Vec<BTreeMap<String, Value>> {
        let all = self.claims.known().into_iter().flatten();
        all.filter(|claims| claims.get("iss").is_none_or(|iss| iss == issuer)).cloned().collect()
    }
}

impl Accepted {
    /// The one issuer of a source that has one.
    pub(crate) fn one(issuer: Text) -> Vec<Self> {
        vec![Self { label: None, issuer }]
    }

    /// A name with the issuer's own behind it.
    pub(crate) fn named(&self, name: &Text) -> Text {
        match &self.label {
            None => name.clone(),
            Some(label) => Text::concat([name.piece(), "-".into(), label.as_str().into()]),
        }
    }

    /// A key with the issuer's own name behind it.
    pub(crate) fn key(&self, key: &str) -> Key {
        match &self.label {
            None => key.to_owned(),
            Some(label) => format!("{key}/{label}"),
        }
    }
}
