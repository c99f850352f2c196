//! `crosscloud_service_perimeter`.

use std::collections::BTreeSet;

use crosscloud_trust::document::Surroundings;
use crosscloud_trust::gcp::{Operation, Rule, RuleSource};
use crosscloud_trust::{Admitted, Leaf, ServicePerimeter, Text};

use super::{facts, root, whole};
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
        ingress: root.at("ingress").optional(rules),
        egress: root.at("egress").optional(rules),
        disabled: root.at("disabled").switch(false),
        dry_run: root.at("dry_run").switch(false),
    };
    let facts = facts::planned(it, |facts| spec.graph(facts), |_| Vec::new());
    whole(it, spec.document(&spec.graph(&facts), &facts, &Surroundings::default()).document)
}

fn rules(it: &View<'_>) -> Vec<Leaf<Rule>> {
    it.items().iter().map(|it| rule(it).map_or(Leaf::Unknown, Leaf::Known)).collect()
}

/// A rule; none where a part of it is unknown that decides how much it says.
fn rule(it: &View<'_>) -> Option<Rule> {
    let set = |it: &View<'_>, name: &str| -> Option<BTreeSet<Text>> {
        let it = it.at(name);
        (!it.is_unknown()).then(|| it.leaves())
    };
    let operation = |it: &View<'_>| {
        let (methods, permissions) = (set(it, "methods")?, set(it, "permissions")?);
        Some(Operation { service: it.at("service").leaf(), methods, permissions })
    };
    let operations = it.at("operations");
    if operations.is_unknown() {
        return None;
    }
    let levels = set(it, "access_levels")?.into_iter().map(RuleSource::AccessLevel);
    Some(Rule {
        title: it.at("title").option_leaf().unwrap_or(Text::of("")),
        identities: set(it, "identities")?,
        identity_type: it.at("identity_type").option_leaf(),
        sources: levels.chain(set(it, "source_resources")?.into_iter().map(RuleSource::Resource)).collect(),
        resources: set(it, "resources")?,
        external_resources: set(it, "external_resources")?,
        operations: operations.items().iter().map(operation).collect::<Option<_>>()?,
        roles: set(it, "roles")?,
    })
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

    #[test]
    fn a_perimeter_with_ways_out() {
        let way = json!({"identity_type": "ANY_IDENTITY", "resources": ["*"], "operations": [{"service": "*"}]});
        let piece = known(
            "crosscloud_service_perimeter",
            json!({"name": "ml", "access_policy": "1", "projects": ["ml-prod"], "egress": [way]}),
        );
        let config = piece.document.perimeters[0].enforced.clone().unwrap();
        assert_eq!(config.egress[0].identity_type.as_deref(), Some("ANY_IDENTITY"));
        assert_eq!(
            (&config.egress[0].resources[..], &config.egress[0].services[..]),
            (&["*".to_owned()][..], &["*".to_owned()][..])
        );
    }
}
