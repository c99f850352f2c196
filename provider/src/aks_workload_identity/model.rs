//! The attributes of `crosscloud_aks_workload_identity`. Doc comments are the registry page.

use std::collections::BTreeMap;

use tfplugin::timeouts::Timeouts;
use tfplugin::{Attr, Model};

use crate::composite::ObjectModel;

/// OIDC issuer and workload identity, switched on for an AKS cluster that exists. Everything else about the cluster is left as it is.
///
/// Azure never lets the issuer be switched off again, so destroying this resource changes nothing about the cluster: not even while it is
/// `disabled`, when the webhook stays off until somebody switches it on. Do not use it for a cluster
/// that `azurerm_kubernetes_cluster` manages, unless both `oidc_issuer_enabled` and `workload_identity_enabled` are under `ignore_changes`
/// there: set them there instead.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct AksWorkloadIdentityModel {
    /// Resource id of the cluster: `az aks show --query id`.
    #[attr(required)]
    pub(crate) cluster_id: Attr<String>,
    /// Whether the webhook of Azure Workload Identity is switched on too, which pods need that call Azure. Google needs the issuer alone. What
    /// is on is switched off by `disabled` alone. Default: `true`.
    #[attr(optional)]
    pub(crate) workload_identity: Attr<bool>,
    /// Whether workload identity is off for the time being: the webhook is switched off, so that pods which start get no token by it, and the
    /// issuer stays. Pods that run keep the tokens that they were given a volume for, and a pod whose volume stands in its own manifest, as for
    /// Google and AWS, needs no webhook: disable the trusts, too. An import reads a webhook that is off as `workload_identity = false`; the
    /// next plan writes `disabled` into the state and changes nothing in Azure. Default: `false`.
    #[attr(optional)]
    pub(crate) disabled: Attr<bool>,
    /// OIDC issuer URL of the cluster, for `from.aks.issuer` of a trust.
    #[attr(computed)]
    pub(crate) issuer: Attr<String>,
    /// The cloud object behind the resource. A `status` other than `present` is drift, which the next apply repairs.
    #[attr(computed)]
    pub(crate) objects: Attr<BTreeMap<String, ObjectModel>>,
    /// Which world the cluster lives in: `real`, `emulator` under `CROSSCLOUD_ENDPOINT`, or `custom:` and the hosts of other endpoints.
    #[attr(computed)]
    pub(crate) realm: Attr<String>,
    /// How long operations may take. Default: 20 minutes each.
    #[attr(optional)]
    pub(crate) timeouts: Attr<Timeouts>,
}
