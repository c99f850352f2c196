//! `from`: who is trusted.

use std::collections::BTreeMap;

use tfplugin::schema::validate::exactly_one_of;
use tfplugin::{Attr, Model};

/// Who is trusted.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(validate = exactly_one_of([
    "aks", "aws_role", "azure_managed_identity", "gcp_service_account", "github_actions", "gitlab", "kubernetes", "oidc", "terraform_cloud",
]))]
pub struct FromModel {
    /// A workload on Azure Kubernetes Service, vouched for by its cluster's OIDC issuer.
    #[attr(optional)]
    pub aks: Attr<AksModel>,
    /// A workload that runs under an AWS IAM role: on EC2, ECS, EKS or Lambda. For Google nothing on the AWS side has to change, least of all
    /// the role's trust policy: Google asks AWS who signed the workload's request. For Azure, and for Google with `web_identity`, the account's
    /// own issuer vouches for the role: it is switched on where it is not, and the role gets an inline policy that lets it ask for tokens.
    #[attr(optional)]
    pub aws_role: Attr<AwsRoleModel>,
    /// A workload that runs under an Azure managed identity: on a virtual machine, a scale set or another service with Azure's instance
    /// metadata service.
    #[attr(optional)]
    pub azure_managed_identity: Attr<AzureManagedIdentityModel>,
    /// A GitHub Actions workflow.
    #[attr(optional)]
    pub github_actions: Attr<GithubActionsModel>,
    /// A GitLab job, on gitlab.com or on an instance of one's own.
    #[attr(optional)]
    pub gitlab: Attr<GitlabModel>,
    /// A run of HCP Terraform.
    #[attr(optional)]
    pub terraform_cloud: Attr<TerraformCloudModel>,
    /// A workload on any Kubernetes cluster, vouched for by its issuer: on EKS, GKE, or run by oneself.
    #[attr(optional)]
    pub kubernetes: Attr<KubernetesModel>,
    /// A workload that runs under a Google service account: on Compute Engine, Cloud Run or another service with Google's metadata server.
    #[attr(optional)]
    pub gcp_service_account: Attr<GcpServiceAccountModel>,
    /// A workload with tokens of any other OpenID Connect issuer.
    #[attr(optional)]
    pub oidc: Attr<OidcModel>,
}

/// A workload on Azure Kubernetes Service.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct AksModel {
    /// OIDC issuer URL of the cluster, character for character, with its slash at the end: `az aks show --query oidcIssuerProfile.issuerUrl`.
    /// One of `issuer`, `cluster_id` and `issuers` is needed.
    #[attr(optional)]
    pub issuer: Attr<String>,
    /// Resource id of the cluster, whose issuer is then looked up: `az aks show --query id`.
    #[attr(optional)]
    pub cluster_id: Attr<String>,
    /// Issuers of clusters that replace one another, by short names of your choice such as `green`. While a cluster is replaced both issuers
    /// are accepted: add the new one here, move the workloads, then remove the old one. Each has objects of its own, whose ids end in its
    /// name, so that nothing else changes. An import says them as `issuer:NAME=URL`.
    #[attr(optional)]
    pub issuers: Attr<BTreeMap<String, Attr<String>>>,
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
    /// Bare name of the role, without path and ARN. In a signed request Google sees the ARN of the role's session,
    /// `arn:aws:sts::ACCOUNT:assumed-role/NAME/SESSION`, which has no path either.
    #[attr(required)]
    pub role_name: Attr<String>,
    /// Path of the role, with a slash at each end. For Azure and with `web_identity`: it is part of the subject there. Default: `/`.
    #[attr(optional)]
    pub role_path: Attr<String>,
    /// Name of the one session that is meant, such as an EC2 instance's id. Google only, and without `web_identity`. Default: every session of
    /// the role.
    #[attr(optional)]
    pub session_name: Attr<String>,
    /// Whether the workload shows Google, too, a token of its account's own issuer (`sts:GetWebIdentityToken`) in place of a signed request. Such a
    /// token works where Google's libraries find no credentials to sign with, as on ECS and Fargate, and names the role with its path, which
    /// `admits.role_paths` goes by. `token_commands.gcp` fetches it. The trust lets its own role ask for such tokens; a member's role gets that
    /// from whoever owns it: a policy that allows `sts:GetWebIdentityToken` with the `audience`. Default: `false`.
    #[attr(optional)]
    pub web_identity: Attr<bool>,
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
    /// File of the workflow, such as `.github/workflows/deploy.yml`. AWS needs `ref` beside it; Entra cannot tell workflows apart.
    #[attr(optional)]
    pub workflow: Attr<String>,
    /// OIDC issuer, for GitHub Enterprise. Default: `https://token.actions.githubusercontent.com`.
    #[attr(optional)]
    pub issuer: Attr<String>,
}

/// A GitLab job. The project is known by its immutable ids where the target looks at them: at Google.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct GitlabModel {
    /// Path of the project with its groups, such as `group/app`.
    #[attr(required)]
    pub project: Attr<String>,
    /// Its id.
    #[attr(required)]
    pub project_id: Attr<String>,
    /// Id of the group or user that the project is in.
    #[attr(required)]
    pub namespace_id: Attr<String>,
    /// Branch that the job runs on. Exactly one of `branch` and `tag` is needed.
    #[attr(optional)]
    pub branch: Attr<String>,
    /// Tag that the job runs on.
    #[attr(optional)]
    pub tag: Attr<String>,
    /// Environment that the job deploys to. Google only: the subject does not name it.
    #[attr(optional)]
    pub environment: Attr<String>,
    /// OIDC issuer of an instance of one's own: its URL. Default: `https://gitlab.com`.
    #[attr(optional)]
    pub issuer: Attr<String>,
}

/// A run of HCP Terraform. Organisation and workspace are known by their immutable ids where the target looks at them: at Google.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct TerraformCloudModel {
    /// Name of the organisation.
    #[attr(required)]
    pub organization: Attr<String>,
    /// Its id, which begins with `org-`.
    #[attr(required)]
    pub organization_id: Attr<String>,
    /// Name of the project. Default: `Default Project`.
    #[attr(optional)]
    pub project: Attr<String>,
    /// Name of the workspace.
    #[attr(required)]
    pub workspace: Attr<String>,
    /// Its id, which begins with `ws-`.
    #[attr(required)]
    pub workspace_id: Attr<String>,
    /// Phase of the run: `plan` or `apply`. Default: both.
    #[attr(optional)]
    pub run_phase: Attr<String>,
    /// OIDC issuer. Default: `https://app.terraform.io`; in Europe `https://app.eu.terraform.io`.
    #[attr(optional)]
    pub issuer: Attr<String>,
}

/// A workload on any Kubernetes cluster.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct KubernetesModel {
    /// OIDC issuer URL of the cluster, character for character: `kubectl get --raw /.well-known/openid-configuration`. One of `issuer` and
    /// `issuers` is needed.
    #[attr(optional)]
    pub issuer: Attr<String>,
    /// Issuers of clusters that replace one another, by short names of your choice such as `green`. While a cluster is replaced both issuers
    /// are accepted: add the new one here, move the workloads, then remove the old one. Each has objects of its own, whose ids end in its
    /// name, so that nothing else changes. An import says them as `issuer:NAME=URL`.
    #[attr(optional)]
    pub issuers: Attr<BTreeMap<String, Attr<String>>>,
    /// Kubernetes namespace of the workload.
    #[attr(required)]
    pub namespace: Attr<String>,
    /// Kubernetes service account of the workload, by its bare name.
    #[attr(required)]
    pub service_account: Attr<String>,
    /// Public keys of a cluster whose issuer cannot be reached, as a JWK set: `kubectl get --raw /openid/v1/jwks`. Google only. When the
    /// cluster's keys change, this has to change, too.
    #[attr(optional)]
    pub jwks: Attr<String>,
}

/// A workload that runs under a Google service account.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct GcpServiceAccountModel {
    /// Its unique id, a number: `gcloud iam service-accounts describe EMAIL --format='value(uniqueId)'`. An account that is made again under
    /// the same email has another.
    #[attr(required)]
    pub unique_id: Attr<String>,
    /// Its email, for people only.
    #[attr(optional)]
    pub email: Attr<String>,
}

/// A workload with tokens of any other OpenID Connect issuer.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct OidcModel {
    /// Issuer URL, exactly as the `iss` claim has it.
    #[attr(required)]
    pub issuer: Attr<String>,
    /// The `sub` claim of the one workload, exactly.
    #[attr(required)]
    pub subject: Attr<String>,
    /// The `aud` claim, where the workload cannot choose it. Default: the target's own.
    #[attr(optional)]
    pub audience: Attr<String>,
}
