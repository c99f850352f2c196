//! The attributes of `crosscloud_trust`. Doc comments are the registry page.

use std::collections::{BTreeMap, BTreeSet};

use tfplugin::schema::validate::{at_least_one_of, exactly_one_of};
use tfplugin::timeouts::Timeouts;
use tfplugin::{Attr, Model};

use crate::composite::ObjectModel;

/// A keyless trust between clouds: one workload (`from`) may act in another cloud (`to`), with no key and no secret. The resource is
/// everything on both sides that makes it true, created, changed and removed as one.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct TrustModel {
    /// Name of the trust. The pool, its provider and the service account take it as their id unless they are given one of their own.
    #[attr(required)]
    pub name: Attr<String>,
    /// Who is trusted: exactly one source.
    #[attr(required)]
    pub from: Attr<FromModel>,
    /// What the source may act as: at least one target.
    #[attr(required)]
    pub to: Attr<ToModel>,
    /// The workload as the target's IAM names it: the member of an allow policy.
    #[attr(computed)]
    pub principal: Attr<String>,
    /// Audience that the workload asks its token for.
    #[attr(computed)]
    pub audience: Attr<String>,
    /// The `iss` claim of the workload's tokens.
    #[attr(computed)]
    pub issuer: Attr<String>,
    /// The `sub` claim of the workload's tokens.
    #[attr(computed)]
    pub subject: Attr<String>,
    /// Email of the Google service account that the workload acts as.
    #[attr(computed)]
    pub service_account_email: Attr<String>,
    /// Credential configuration (`external_account`) for Google's client libraries and `gcloud auth login --cred-file`. JSON; it holds no
    /// secret.
    #[attr(computed)]
    pub credential_config: Attr<String>,
    /// Kubernetes manifest: the service account, the credential configuration as a ConfigMap, and a pod that mounts both it and a
    /// projected token for `audience`. YAML.
    #[attr(computed)]
    pub kubernetes_manifest: Attr<String>,
    /// Environment variables for the workload's containers.
    #[attr(computed)]
    pub environment: Attr<BTreeMap<String, Attr<String>>>,
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

/// Who is trusted.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(validate = exactly_one_of(["aks"]))]
pub struct FromModel {
    /// A workload on Azure Kubernetes Service, vouched for by its cluster's OIDC issuer.
    #[attr(optional)]
    pub aks: Attr<AksModel>,
}

/// A workload on Azure Kubernetes Service.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct AksModel {
    /// OIDC issuer URL of the cluster, character for character: `az aks show --query oidcIssuerProfile.issuerUrl`.
    #[attr(required)]
    pub issuer: Attr<String>,
    /// Kubernetes namespace of the workload.
    #[attr(required)]
    pub namespace: Attr<String>,
    /// Kubernetes service account of the workload, by its bare name.
    #[attr(required)]
    pub service_account: Attr<String>,
}

/// What the source may act as.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(validate = at_least_one_of(["gcp"]))]
pub struct ToModel {
    /// A service account in a Google Cloud project.
    #[attr(optional)]
    pub gcp: Attr<GcpModel>,
}

/// A service account in a Google Cloud project.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct GcpModel {
    /// Project id (not the number, which is looked up).
    #[attr(required)]
    pub project: Attr<String>,
    /// Roles that the service account gets on the project, such as `roles/aiplatform.user` for Vertex AI.
    #[attr(required)]
    pub roles: Attr<BTreeSet<Attr<String>>>,
    /// Id of the workload identity pool. Default: `name`.
    #[attr(optional)]
    pub pool_id: Attr<String>,
    /// Id of the pool's provider. Default: `name`.
    #[attr(optional)]
    pub provider_id: Attr<String>,
    /// Id of the service account, the part of its email before the `@`. Default: `name`.
    #[attr(optional)]
    pub service_account_id: Attr<String>,
    /// CEL condition on the workload's token. Default: only tokens of exactly this workload pass. `""` asks for no condition at all, which
    /// the built-in policy refuses.
    #[attr(optional)]
    pub attribute_condition: Attr<String>,
    /// Google attributes and the CEL expressions that they take from the token. Default: `google.subject` is `assertion.sub`.
    #[attr(optional)]
    pub attribute_mapping: Attr<BTreeMap<String, Attr<String>>>,
    /// Principals that may act as the service account, in IAM's own form, in place of exactly this workload. The built-in policy refuses
    /// wildcards.
    #[attr(optional)]
    pub principals: Attr<BTreeSet<Attr<String>>>,
}
