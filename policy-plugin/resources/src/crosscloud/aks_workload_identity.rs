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
    };
    let facts = Facts::default();
    piece_of_graph(it, &spec.cluster_id, &spec.graph(&facts), &facts)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::known;

    #[test]
    fn a_cluster_goes_by_its_id() {
        let id = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/prod";
        let piece = known("crosscloud_aks_workload_identity", json!({"cluster_id": id}));
        assert_eq!(piece.document.clusters[0].workload_identity_enabled, Some(true));
        assert_eq!(piece.document.subject, format!("crosscloud_aks_workload_identity/{id}"));
    }
}
