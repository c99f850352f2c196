//! The attributes of `crosscloud_trust`. Doc comments are the registry page.

mod azure;
mod from;
mod gcp;

use std::collections::BTreeMap;

use tfplugin::timeouts::Timeouts;
use tfplugin::{Attr, Model};

use crate::composite::ObjectModel;

pub(crate) use azure::{AzureModel, ExistingAzureModel, ScopedRoleModel};
pub(crate) use from::{
    AksModel, AwsRoleModel, AzureManagedIdentityModel, ExistingIdentityModel, FromModel, GithubActionsModel,
};
pub(crate) use gcp::{EncryptionModel, ExistingGcpModel, GcpModel, KeyModel, ToModel};

/// A keyless trust between clouds: one workload (`from`) may act in another cloud (`to`), with no key and no secret. The resource is
/// everything on both sides that makes it true, created, changed and removed as one.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct TrustModel {
    /// Name of the trust. What it creates (pool, provider, service account, managed identity, federated credential, key ring) takes it as
    /// its id unless it is given one of its own.
    #[attr(required)]
    pub name: Attr<String>,
    /// Who is trusted: exactly one source.
    #[attr(required)]
    pub from: Attr<FromModel>,
    /// What the source may act as: at least one target.
    #[attr(required)]
    pub to: Attr<ToModel>,
    /// Whether nobody gets in for the time being: pool, provider and service account are disabled in place, and the federated credential is
    /// removed. Default: `false`. Each target has a switch of its own too.
    #[attr(optional)]
    pub disabled: Attr<bool>,
    /// Labels for everything that takes some: tags of Azure identities and labels of keys. At most 63 lower-case letters, digits, hyphens and
    /// underscores each, which every cloud takes.
    #[attr(optional)]
    pub labels: Attr<BTreeMap<String, Attr<String>>>,
    /// The workload as the target's IAM names it: the member of an allow policy on Google, the object id on Azure. With both targets,
    /// Google's.
    #[attr(computed)]
    pub principal: Attr<String>,
    /// Audience that the workload asks its token for. With both targets, Google's. Null where a token has none that can be chosen.
    #[attr(computed)]
    pub audience: Attr<String>,
    /// The `iss` claim of the workload's tokens. Null for AWS roles, which sign requests instead.
    #[attr(computed)]
    pub issuer: Attr<String>,
    /// The `sub` claim of the workload's tokens; for AWS roles the ARN of the role's sessions.
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
    /// Credential configuration (`external_account`) for Google's client libraries and `gcloud auth login --cred-file`. JSON; it holds no
    /// secret. For GitHub Actions it holds `${ACTIONS_ID_TOKEN_REQUEST_URL}` and `${ACTIONS_ID_TOKEN_REQUEST_TOKEN}`, which `envsubst`
    /// replaces in the job. Null without `to.gcp`.
    #[attr(computed)]
    pub credential_config: Attr<String>,
    /// Kubernetes manifest: the service account (annotated for Azure), the credential configuration as a ConfigMap, and a pod that shows what
    /// your own pods need: the projected token for `audience`, and the label that Azure's webhook looks at. YAML. Null for workloads that run
    /// elsewhere.
    #[attr(computed)]
    pub kubernetes_manifest: Attr<String>,
    /// Environment variables for the workload.
    #[attr(computed)]
    pub environment: Attr<BTreeMap<String, Attr<String>>>,
    /// Resource names of the keys in `to.gcp.encryption`, by what they are for. Null without.
    #[attr(computed)]
    pub key_names: Attr<BTreeMap<String, Attr<String>>>,
    /// Every cloud object behind the trust, by `cloud/kind[/role]`. A `status` other than `present` is drift, which the next apply repairs.
    #[attr(computed)]
    pub objects: Attr<BTreeMap<String, ObjectModel>>,
    /// Which world the trust lives in: `real`, or `emulator` under `CROSSCLOUD_ENDPOINT`. A trust never moves from one to the other.
    #[attr(computed)]
    pub realm: Attr<String>,
    /// How long operations may take. Default: 20 minutes each.
    #[attr(optional)]
    pub timeouts: Attr<Timeouts>,
}
