//! `crosscloud_aks_workload_identity`.

use crosscloud_trust::{AksWorkloadIdentity, Facts};

use super::{piece_of_graph, root};
use crate::piece::Piece;
use crate::resource::Resource;

pub(super) fn cluster(it: &Resource<'_>) -> Option<Piece> {
    let root = root(it);
    let spec = AksWorkloadIdentity {
        cluster_id: root.at("cluster_id").leaf(),
        workload_identity: root.at("workload_identity").switch(true),
        disabled: root.at("disabled").switch(false),
    };
    let facts = Facts::default();
    let mut piece = piece_of_graph(it, &spec.cluster_id, &spec.graph(&facts), &facts)?;
    // A cluster that the same plan makes goes by its address until it has an id.
    let made = it.referred("cluster_id", &["azurerm_kubernetes_cluster"]).filter(|_| spec.cluster_id.is_unknown());
    if let (Some(made), Some(cluster)) = (made, piece.document.clusters.first_mut()) {
        cluster.name = Some(made.address.to_owned());
        piece.document.unknown.remove("/clusters/0/name");
    }
    Some(piece)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Other, beside, known};

    #[test]
    fn a_cluster_goes_by_its_id() {
        let id = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/prod";
        let piece = known("crosscloud_aks_workload_identity", json!({"cluster_id": id}));
        assert_eq!(piece.document.clusters[0].workload_identity_enabled, Some(true));
        assert_eq!(piece.document.subject, format!("crosscloud_aks_workload_identity/{id}"));
    }

    #[test]
    fn a_cluster_that_is_about_to_be_made_goes_by_its_address() {
        let cluster = Other {
            type_name: "azurerm_kubernetes_cluster",
            address: "azurerm_kubernetes_cluster.prod",
            values: json!({"name": "prod"}),
            unknown: json!({"id": true}),
        };
        let piece = beside("crosscloud_aks_workload_identity", json!({}), json!({"cluster_id": true}), cluster);
        assert_eq!(piece.document.clusters[0].name.as_deref(), Some("azurerm_kubernetes_cluster.prod"));
    }
}
