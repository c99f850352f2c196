//! `from`: who is trusted.

use tfplugin::schema::validate::exactly_one_of;
use tfplugin::{Attr, Model};

/// Who is trusted.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(validate = exactly_one_of(["aks", "aws_role", "azure_managed_identity", "github_actions"]))]
pub struct FromModel {
    /// A workload on Azure Kubernetes Service, vouched for by its cluster's OIDC issuer.
    #[attr(optional)]
    pub aks: Attr<AksModel>,
    /// A workload that runs under an AWS IAM role: on EC2, ECS, EKS or Lambda. Nothing on the AWS side has to change, least of all the role's
    /// trust policy: Google asks AWS who signed the workload's request.
    #[attr(optional)]
    pub aws_role: Attr<AwsRoleModel>,
    /// A workload that runs under an Azure managed identity: on a virtual machine, a scale set or another service with Azure's instance
    /// metadata service.
    #[attr(optional)]
    pub azure_managed_identity: Attr<AzureManagedIdentityModel>,
    /// A GitHub Actions workflow.
    #[attr(optional)]
    pub github_actions: Attr<GithubActionsModel>,
}

/// A workload on Azure Kubernetes Service.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct AksModel {
    /// OIDC issuer URL of the cluster, character for character, with its slash at the end: `az aks show --query oidcIssuerProfile.issuerUrl`.
    /// Exactly one of `issuer` and `cluster_id` is needed.
    #[attr(optional)]
    pub issuer: Attr<String>,
    /// Resource id of the cluster, whose issuer is then looked up: `az aks show --query id`.
    #[attr(optional)]
    pub cluster_id: Attr<String>,
    /// Kubernetes namespace of the workload.
    #[attr(required)]
    pub namespace: Attr<String>,
    /// Kubernetes service account of the workload, by its bare name.
    #[attr(required)]
    pub service_account: Attr<String>,
}

/// A workload that runs under an AWS IAM role.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct AwsRoleModel {
    /// AWS account id, twelve digits in quotes.
    #[attr(required)]
    pub account_id: Attr<String>,
    /// Bare name of the role, without path and ARN. Google sees the ARN of the role's session,
    /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`, which has no path either.
    #[attr(required)]
    pub role_name: Attr<String>,
    /// Name of the one session that is meant, such as an EC2 instance's id. Default: every session of the role.
    #[attr(optional)]
    pub session_name: Attr<String>,
}

/// A workload that runs under an Azure managed identity.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct AzureManagedIdentityModel {
    /// Id of the Entra tenant, in lower case. Its issuer `https://sts.windows.net/TENANT/` is trusted for this one identity.
    #[attr(required)]
    pub tenant_id: Attr<String>,
    /// A managed identity that exists, of either kind. Without it, a user-assigned one is made.
    #[attr(optional)]
    pub identity: Attr<ExistingIdentityModel>,
    /// Subscription in which to make the identity.
    #[attr(optional)]
    pub subscription_id: Attr<String>,
    /// Resource group, which exists, in which to make the identity.
    #[attr(optional)]
    pub resource_group: Attr<String>,
    /// Region in which to make the identity, by its short name such as `westeurope`.
    #[attr(optional)]
    pub location: Attr<String>,
    /// Name of the identity to make, 3 to 128 letters, digits, hyphens and underscores. Default: `name`.
    #[attr(optional)]
    pub identity_name: Attr<String>,
    /// Identifier URI of an Entra application that exists and issues tokens of version 1: the audience of the identity's tokens. Default: an
    /// application `api://TENANT/NAME` is made, which has no secret and nobody signs in to.
    #[attr(optional)]
    pub audience: Attr<String>,
}

/// A managed identity that exists.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct ExistingIdentityModel {
    /// Principal id (object id), the subject of its tokens: `az identity show --query principalId`. Not the client id.
    #[attr(required)]
    pub principal_id: Attr<String>,
    /// Client id, which a machine with several identities has to ask by: `az identity show --query clientId`.
    #[attr(optional)]
    pub client_id: Attr<String>,
}

/// A GitHub Actions workflow. The repository is known by its immutable ids, so nobody who takes over a name gets in.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct GithubActionsModel {
    /// User or organisation.
    #[attr(required)]
    pub owner: Attr<String>,
    /// Its id: `gh api users/OWNER --jq .id`.
    #[attr(required)]
    pub owner_id: Attr<String>,
    /// Repository, without its owner.
    #[attr(required)]
    pub repository: Attr<String>,
    /// Its id: `gh api repos/OWNER/REPOSITORY --jq .id`.
    #[attr(required)]
    pub repository_id: Attr<String>,
    /// Deployment environment that the job names. GitHub puts it into the subject in place of the reference.
    #[attr(optional)]
    pub environment: Attr<String>,
    /// Git reference that the workflow runs on, in full, such as `refs/heads/main`. Without `environment` and `ref`, everything in the
    /// repository but pull requests gets in.
    #[attr(optional)]
    pub r#ref: Attr<String>,
    /// File of the workflow, such as `.github/workflows/deploy.yml`. Google only: Entra cannot tell workflows apart.
    #[attr(optional)]
    pub workflow: Attr<String>,
    /// OIDC issuer, for GitHub Enterprise. Default: `https://token.actions.githubusercontent.com`.
    #[attr(optional)]
    pub issuer: Attr<String>,
}
