//! `crosscloud_service_perimeter`.

use crosscloud_trust::{Admitted, ServicePerimeter};

use super::{facts, piece_of_graph, root};
use crate::piece::Piece;
use crate::resource::Resource;
use crate::view::View;

pub(super) fn perimeter(it: &Resource<'_>) -> Option<Piece> {
    let root = root(it);
    let admitted = |it: &View<'_>| Admitted {
        principals: it.at("principals").required(View::leaves),
        access_levels: it.at("access_levels").optional(View::leaves),
        services: it.at("services").optional(View::leaves),
    };
    let spec = ServicePerimeter {
        name: root.at("name").leaf(),
        access_policy: root.at("access_policy").leaf(),
        title: root.at("title").option_leaf(),
        projects: root.at("projects").required(View::leaves),
        restricted_services: root.at("restricted_services").optional(View::leaves),
        access_levels: root.at("access_levels").optional(View::leaves),
        vpc_accessible_services: root.at("vpc_accessible_services").optional(View::leaves),
        admit: root.at("admit").optional(admitted),
        dry_run: root.at("dry_run").switch(false),
    };
    let facts = facts::planned(it, &root.at("project"));
    piece_of_graph(it, &spec.name, &spec.graph(&facts), &facts)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use crate::testing::known;

    #[test]
    fn a_perimeter_with_its_doors() {
        let piece = known(
            "crosscloud_service_perimeter",
            json!({"name": "ml", "access_policy": "1", "projects": ["ml-prod"], "admit": {"principals": ["user:a@example.com"]}}),
        );
        let config = piece.document.perimeters[0].enforced.clone().unwrap();
        assert!(config.ingress.iter().any(|rule| rule.identities == [Some("user:a@example.com".to_owned())]));
    }
}
