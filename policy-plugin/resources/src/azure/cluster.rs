//! AKS clusters.

use crosscloud_policy_model::document::{ClusterKind, ManagedCluster};

use crate::piece::Piece;
use crate::resource::Resource;

pub(super) fn kubernetes(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let at = "/clusters/0";
    piece.note(&it.at("name"), at);
    let id = it.at("id").filled().map_or_else(|| it.address.to_owned(), str::to_lowercase);
    piece.join(&id);
    let cluster = ManagedCluster {
        kind: ClusterKind::Aks,
        name: Some(id),
        issuer: piece.text(&it.at("oidc_issuer_url"), format!("{at}/issuer")),
        oidc_issuer_enabled: it.at("oidc_issuer_enabled").flag(),
        workload_identity_enabled: it.at("workload_identity_enabled").flag(),
    };
    piece.document.clusters.push(cluster);
    Some(piece)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::partly;

    #[test]
    fn a_cluster_goes_by_its_address_until_it_has_an_id() {
        let piece = partly(
            "azurerm_kubernetes_cluster",
            json!({"name": "prod", "oidc_issuer_enabled": true, "workload_identity_enabled": null}),
            json!({"id": true, "oidc_issuer_url": true}),
        );
        let cluster = &piece.document.clusters[0];
        assert_eq!((cluster.name.as_deref(), cluster.oidc_issuer_enabled), (Some("test.it"), Some(true)));
        assert!(piece.document.is_unknown("/clusters/0/issuer"));
    }
}
