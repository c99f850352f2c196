//! `crosscloud_aks_workload_identity`: OIDC issuer and workload identity switched on for a cluster that exists. The issuer can never be taken
//! back; workload identity is switched off for a while only where that is asked for.

use std::collections::BTreeMap;

use crate::facts::{FactQuery, Facts};
use crate::graph::{Builder, Graph, Node};
use crate::import::{ImportError, Look, Seen};
use crate::leaf::{Leaf, Text};
use crate::names::ArmId;
use crate::object::Object;
use crate::object::azure::Cluster;
use crate::problem::Problem;
use crate::source::aks::{CLUSTER_KIND, not_a_cluster};

/// Two settings of a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AksWorkloadIdentity {
    /// Resource id of the cluster.
    pub cluster_id: Text,
    /// Whether workload identity is wanted beside the OIDC issuer.
    pub workload_identity: Leaf<bool>,
    /// Whether workload identity is off for the time being.
    pub disabled: Leaf<bool>,
}

impl AksWorkloadIdentity {
    /// The cluster as it is wanted.
    pub fn graph(&self, facts: &Facts) -> Graph {
        let none = BTreeMap::new();
        let mut graph = Builder::new(&none);
        let cluster = Cluster {
            id: self.cluster_id.clone(),
            oidc_issuer: Leaf::Known(true),
            workload_identity: match self.disabled {
                Leaf::Known(false) => self.workload_identity,
                Leaf::Known(true) => Leaf::Known(false),
                Leaf::Unknown => Leaf::Unknown,
            },
            disabled: self.disabled,
        };
        let key = graph.add("azure/cluster", Node::new(Object::Cluster(cluster), "cluster_id"));
        graph.want_text(&self.cluster_id, |cluster| FactQuery::Issuer { cluster }, Some(&key), facts);
        graph.finish()
    }

    /// The cluster's OIDC issuer URL, which it has once the issuer is on.
    pub fn issuer(&self, facts: &Facts) -> Text {
        let issuer = self.cluster_id.known().and_then(|id| facts.issuers.get(id));
        issuer.cloned().map_or(Leaf::Unknown, Leaf::Known)
    }

    /// What an import has to look at, from the cluster's resource id.
    ///
    /// # Errors
    /// The expected form, where the id is not of it.
    pub fn looks(id: &str) -> Result<Vec<Look>, ImportError> {
        if ArmId::parse(id, CLUSTER_KIND).is_none() {
            let form =
                "`/subscriptions/ID/resourceGroups/GROUP/providers/Microsoft.ContainerService/managedClusters/NAME`";
            return Err(ImportError::Form { id: id.to_owned(), form });
        }
        let unknown = Leaf::Unknown;
        let cluster = Cluster { id: Text::of(id), oidc_issuer: unknown, workload_identity: unknown, disabled: unknown };
        Ok(vec![Look::object("azure/cluster", Object::Cluster(cluster))])
    }

    /// The specification that what was seen amounts to.
    ///
    /// # Errors
    /// [`ImportError`] where the cluster is not there.
    pub fn reconstruct(seen: &Seen) -> Result<Self, ImportError> {
        match seen.objects.get("azure/cluster") {
            Some(Object::Cluster(it)) => {
                let disabled = Leaf::Known(false);
                Ok(Self { cluster_id: it.id.clone(), workload_identity: it.workload_identity, disabled })
            }
            _ => Err(ImportError::Missing("cluster of this id".to_owned())),
        }
    }

    /// Everything that cannot work, with the attribute at fault.
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        if let Some(id) = self.cluster_id.known()
            && ArmId::parse(id, CLUSTER_KIND).is_none()
        {
            problems.push(not_a_cluster("cluster_id", id));
        }
        if (self.disabled, self.workload_identity) == (Leaf::Known(true), Leaf::Known(false)) {
            problems.push(Problem::at(
                "disabled",
                "Nothing to switch off",
                "With `workload_identity = false` the webhook is left to others, and Azure never lets the issuer be switched off, so nobody would be kept out. Disable the trusts that rest on the issuer.",
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/chat/providers/Microsoft.ContainerService/managedClusters/chat";

    fn cluster(id: &str) -> AksWorkloadIdentity {
        let (on, off) = (Leaf::Known(true), Leaf::Known(false));
        AksWorkloadIdentity { cluster_id: Text::of(id), workload_identity: on, disabled: off }
    }

    #[test]
    fn the_issuer_is_asked_for_once_the_cluster_has_one() {
        let it = cluster(ID);
        assert_eq!(it.problems(), []);
        let graph = it.graph(&Facts::default());
        let want = graph.wants().first().map(|want| want.after.clone());
        assert_eq!(want, Some(Some("azure/cluster".to_owned())));
        let issuer = "https://westeurope.oic.prod-aks.azure.com/a/b/".to_owned();
        let facts = Facts { issuers: BTreeMap::from([(ID.to_owned(), issuer.clone())]), ..Facts::default() };
        assert!(it.graph(&facts).wants().is_empty());
        assert_eq!(it.issuer(&facts), Text::of(issuer));
    }

    #[test]
    fn what_is_not_a_cluster_is_told() {
        for id in
            ["", "chat", "/subscriptions/x/resourceGroups/chat/providers/Microsoft.ContainerService/managedClusters/c"]
        {
            assert_eq!(cluster(id).problems().len(), 1, "{id}");
        }
    }

    #[test]
    fn while_it_is_disabled_the_webhook_is_off_and_the_issuer_stays() {
        let wanted = |it: &AksWorkloadIdentity| match &it.graph(&Facts::default()).nodes()["azure/cluster"].object {
            Object::Cluster(it) => (it.oidc_issuer, it.workload_identity, it.disabled),
            other => panic!("{other:?}"),
        };
        let (on, off) = (Leaf::Known(true), Leaf::Known(false));
        assert_eq!(wanted(&cluster(ID)), (on, on, off));
        let disabled = AksWorkloadIdentity { disabled: on, ..cluster(ID) };
        assert_eq!(wanted(&disabled), (on, off, on));
        assert_eq!(disabled.problems(), []);
        let nothing = AksWorkloadIdentity { workload_identity: off, ..disabled.clone() }.problems();
        assert_eq!(nothing.iter().map(|it| it.path.to_string()).collect::<Vec<_>>(), ["disabled"]);
        let unknown = AksWorkloadIdentity { disabled: Leaf::Unknown, ..disabled };
        assert!(!unknown.graph(&Facts::default()).nodes()["azure/cluster"].is_complete());
    }
}
