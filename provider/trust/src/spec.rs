//! The typed specification of a trust, as a user writes it.

use std::collections::{BTreeMap, BTreeSet};

use crate::leaf::{Leaf, Text};

/// One trust: who (`from`) may act as what (`to`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Name of the trust; the ids of what it creates derive from it.
    pub name: Text,
    /// Who is trusted.
    pub from: Leaf<Source>,
    /// What the source may act as.
    pub to: Leaf<Targets>,
}

/// Who is trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A workload on Azure Kubernetes Service.
    Aks(Aks),
}

/// A workload on Azure Kubernetes Service, known by its Kubernetes service account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aks {
    /// OIDC issuer URL of the cluster, verbatim.
    pub issuer: Text,
    /// Kubernetes namespace.
    pub namespace: Text,
    /// Kubernetes service account.
    pub service_account: Text,
}

/// What the source may act as: at least one target.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Targets {
    /// Google Cloud.
    pub gcp: Option<Leaf<Gcp>>,
}

/// A Google service account with roles on one project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gcp {
    /// Project id.
    pub project: Text,
    /// Roles that the service account gets on the project.
    pub roles: Leaf<BTreeSet<Text>>,
    /// Id of the workload identity pool, where it is not the trust's name.
    pub pool_id: Option<Text>,
    /// Id of the pool's provider, where it is not the trust's name.
    pub provider_id: Option<Text>,
    /// Id of the service account, where it is not the trust's name.
    pub service_account_id: Option<Text>,
    /// CEL condition; omitted means the tight one, empty means none.
    pub attribute_condition: Option<Text>,
    /// CEL mapping; omitted means the source's own.
    pub attribute_mapping: Option<Leaf<BTreeMap<String, Text>>>,
    /// Raw principals bound to the service account in place of the source's exact one.
    pub principals: Option<Leaf<BTreeSet<Text>>>,
}
