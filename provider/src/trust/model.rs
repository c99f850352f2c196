//! The attributes of `crosscloud_trust`. Doc comments are the registry page.

mod aws;
mod azure;
mod from;
mod gcp;

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::schema::validate::at_least_one_of;
use tfplugin::timeouts::Timeouts;
use tfplugin::{Attr, Model};

use crate::composite::ObjectModel;

pub(crate) use aws::{AwsModel, ExistingAwsModel};
pub(crate) use azure::{AzureModel, ExistingAzureModel, ScopedRoleModel};
pub(crate) use from::{
    AksModel, AwsRoleModel, AzureManagedIdentityModel, ExistingIdentityModel, FromModel, GcpServiceAccountModel,
    GithubActionsModel, GitlabModel, KubernetesModel, OidcModel, TerraformCloudModel,
};
pub(crate) use gcp::{EncryptionModel, ExistingGcpModel, GcpModel, KeyModel, ToModel};

/// Who else may become a member of a trust.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(validate = at_least_one_of(["namespaces", "repository_ids", "role_names", "role_paths"]))]
pub struct AdmitsModel {
    /// Kubernetes namespaces of the same cluster, for `from.aks` and `from.kubernetes`.
    #[attr(optional)]
    pub namespaces: Attr<BTreeSet<Attr<String>>>,
    /// Ids of repositories of the same owner on GitHub, for `from.github_actions`. Pull requests never come in.
    #[attr(optional)]
    pub repository_ids: Attr<BTreeSet<Attr<String>>>,
    /// Names of IAM roles of the same AWS account, for `from.aws_role`. In a request that a role signs Google sees no path of it; names are
    /// unique in an account.
    #[attr(optional)]
    pub role_names: Attr<BTreeSet<Attr<String>>>,
    /// Paths of IAM roles of the same AWS account, such as `/team/ml/`, for `from.aws_role` with `web_identity`: roles at or below them may
    /// become members. Who may create roles there is IAM's to say: `iam:CreateRole` on `arn:aws:iam::ACCOUNT:role/team/ml/*`.
    #[attr(optional)]
    pub role_paths: Attr<BTreeSet<Attr<String>>>,
}

/// A keyless trust between clouds: one workload (`from`) may act in another cloud (`to`), with no key and no secret. The resource is
/// everything on both sides that makes it true, created, changed and removed as one.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct TrustModel {
    /// Name of the trust. What it creates (pool, provider, service account, managed identity, federated credential, role, key ring) takes it
    /// as its id unless it is given one of its own.
    #[attr(required)]
    pub name: Attr<String>,
    /// Who is trusted: exactly one source.
    #[attr(required)]
    pub from: Attr<FromModel>,
    /// What the source may act as: at least one target.
    #[attr(required)]
    pub to: Attr<ToModel>,
    /// Who else may become a member of the trust, each with a `crosscloud_trust_member` of its own: Google's provider then has a condition that
    /// the members share, and the AWS role keeps the statements of such members in its trust policy and has one more, which refuses everybody
    /// else whatever stands beside it. Without, both are for this workload alone. Nobody gets in by this; it only says who may be let in. While
    /// members remain, the trust is not destroyed.
    #[attr(optional)]
    pub admits: Attr<AdmitsModel>,
    /// Whether nobody gets in for the time being: pool, provider and service account are disabled in place, the federated credential is
    /// removed, and the AWS role refuses everyone. Default: `false`. Each target has a switch of its own too.
    #[attr(optional)]
    pub disabled: Attr<bool>,
    /// Labels for everything that takes some: tags in AWS and of Azure identities, and labels of keys. At most 63 lower-case letters, digits, hyphens and
    /// underscores each, which every cloud takes. A guide says [which objects carry them](../guides/switches-and-labels.md#labels).
    #[attr(optional)]
    pub labels: Attr<BTreeMap<String, Attr<String>>>,
    /// The workload as the target's IAM names it: the member of an allow policy on Google, the object id on Azure, the role on AWS. With
    /// several targets, Google's, else Azure's.
    #[attr(computed)]
    pub principal: Attr<String>,
    /// Audience that the workload asks its token for. With several targets, Google's, else Azure's. Null where a token has none that can be
    /// chosen.
    #[attr(computed)]
    pub audience: Attr<String>,
    /// The `iss` claim of the workload's tokens. Null for AWS roles at Google that sign requests instead.
    #[attr(computed)]
    pub issuer: Attr<String>,
    /// The `sub` claim of the workload's tokens; for AWS roles that sign requests at Google the ARN of the role's sessions.
    #[attr(computed)]
    pub subject: Attr<String>,
    /// Email of the Google service account that the workload acts as. Null with direct access, and without `to.gcp`.
    #[attr(computed)]
    pub service_account_email: Attr<String>,
    /// Client id of the Azure identity that the workload acts as. Null without `to.azure`.
    #[attr(computed)]
    pub client_id: Attr<String>,
    /// Tenant of that identity. Null without `to.azure`.
    #[attr(computed)]
    pub tenant_id: Attr<String>,
    /// ARN of the AWS role that the workload acts as. Null without `to.aws`.
    #[attr(computed)]
    pub role_arn: Attr<String>,
    /// ARN of the AWS account's OIDC provider for the issuer, for `existing` of further trusts. Null without `to.aws`, and for Google service
    /// accounts, which need none.
    #[attr(computed)]
    pub oidc_provider_arn: Attr<String>,
    /// Credential configuration (`external_account`) for Google's client libraries and `gcloud auth login --cred-file`. JSON; it holds no
    /// secret. For GitHub Actions it holds `${ACTIONS_ID_TOKEN_REQUEST_URL}` and `${ACTIONS_ID_TOKEN_REQUEST_TOKEN}`, which `envsubst`
    /// replaces in the job. Null without `to.gcp`, and for HCP Terraform, which makes its own.
    #[attr(computed)]
    pub credential_config: Attr<String>,
    /// The same for each of `issuers`, by its name. Null without.
    #[attr(computed)]
    pub credential_configs: Attr<BTreeMap<String, Attr<String>>>,
    /// Profile for AWS's configuration file, `~/.aws/config`, of a workload whose token is in a file. Null without `to.aws`.
    #[attr(computed)]
    pub aws_config: Attr<String>,
    /// Shell commands that put the workload's tokens where `environment` and the configurations look for them, by target; to be run again
    /// before a token expires. A GitLab job names its tokens `CROSSCLOUD_GCP_TOKEN`, `CROSSCLOUD_AZURE_TOKEN` and `CROSSCLOUD_AWS_TOKEN` in
    /// `id_tokens`. Null where the platform or the vendor's own tools do it.
    #[attr(computed)]
    pub token_commands: Attr<BTreeMap<String, Attr<String>>>,
    /// Kubernetes manifest: the service account (annotated for Azure), the credential configuration as a ConfigMap, and a pod that shows what
    /// your own pods need: projected tokens for Google and AWS, and the label that Azure's webhook looks at. YAML. Null for workloads that run
    /// elsewhere.
    #[attr(computed)]
    pub kubernetes_manifest: Attr<String>,
    /// Environment variables for the workload; for HCP Terraform, those of the workspace.
    #[attr(computed)]
    pub environment: Attr<BTreeMap<String, Attr<String>>>,
    /// Resource names of the keys in `to.gcp.encryption`, by what they are for. Null without.
    #[attr(computed)]
    pub key_names: Attr<BTreeMap<String, Attr<String>>>,
    /// Every cloud object behind the trust, by `cloud/kind[/role]`. A `status` other than `present` is drift, which the next apply repairs.
    #[attr(computed)]
    pub objects: Attr<BTreeMap<String, ObjectModel>>,
    /// Which world the trust lives in: `real`, `emulator` under `CROSSCLOUD_ENDPOINT`, or `custom:` and the hosts of other endpoints. A trust never moves from one to the other.
    #[attr(computed)]
    pub realm: Attr<String>,
    /// How long operations may take. Default: 20 minutes each.
    #[attr(optional)]
    pub timeouts: Attr<Timeouts>,
}
