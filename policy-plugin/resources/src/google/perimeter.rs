//! VPC service perimeters and access levels.

use crosscloud_policy_model::document::{AccessLevel, Perimeter, PerimeterConfig, PerimeterRule};

use crate::piece::Piece;
use crate::resource::Resource;
use crate::view::View;

pub(super) fn perimeter(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    read(&View::of(it.values, it.unknown, it.sensitive), &mut piece);
    Some(piece)
}

/// All perimeters of an access policy in one resource.
pub(super) fn perimeters(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    for block in it.at("service_perimeters").items() {
        read(&block, &mut piece);
    }
    Some(piece)
}

/// One ingress policy that is managed apart from its perimeter.
pub(super) fn ingress_policy(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let rule =
        rule(&View::of(it.values, it.unknown, it.sensitive), "ingress", "/perimeters/0/enforced/ingress/0", &mut piece);
    alone(it, piece, PerimeterConfig { ingress: vec![rule], ..PerimeterConfig::default() })
}

/// One egress policy that is managed apart from its perimeter.
pub(super) fn egress_policy(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let rule =
        rule(&View::of(it.values, it.unknown, it.sensitive), "egress", "/perimeters/0/enforced/egress/0", &mut piece);
    alone(it, piece, PerimeterConfig { egress: vec![rule], ..PerimeterConfig::default() })
}

/// With `AND`, what one condition asks for tightens the others; with `OR` each is a level of its own.
pub(super) fn access_level(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let name = it.at("name").text().map(str::to_owned);
    // A custom level is an expression of its own kind, which is not read.
    let basic = View::of(it.values, it.unknown, it.sensitive).block("basic")?;
    let any = basic.at("combining_function").text() == Some("OR");
    let mut levels: Vec<AccessLevel> = Vec::new();
    for condition in basic.at("conditions").items() {
        let fresh = any || levels.is_empty();
        if fresh {
            levels.push(AccessLevel { name: name.clone(), ..AccessLevel::default() });
        }
        let index = levels.len() - 1;
        let at = format!("/access_levels/{index}");
        let ranges = piece.texts(&condition.at("ip_subnetworks"), format!("{at}/ip_subnetworks"));
        let members = piece.each_text(&condition.at("members"), &format!("{at}/members"));
        // Further demands narrow as members do, and a negated condition excludes what it names.
        let narrowed = ["regions", "device_policy", "required_access_levels", "vpc_network_sources"]
            .iter()
            .any(|name| !condition.at(name).is_absent());
        let negated = condition.at("negate").flag().unwrap_or_default();
        let level = &mut levels[index];
        level.members.extend(members);
        if !narrowed && !negated {
            level.ip_subnetworks.extend(ranges);
        }
    }
    piece.document.access_levels = levels;
    Some(piece)
}

fn alone(it: &Resource<'_>, mut piece: Piece, config: PerimeterConfig) -> Option<Piece> {
    let name = piece.text(&it.at("perimeter"), "/perimeters/0/name");
    piece.document.perimeters.push(Perimeter { name, bridge: false, enforced: Some(config), dry_run: None });
    Some(piece)
}

fn read(view: &View<'_>, piece: &mut Piece) {
    let at = format!("/perimeters/{}", piece.document.perimeters.len());
    let name = piece.text(&view.at("name"), format!("{at}/name"));
    let bridge = view.at("perimeter_type").text() == Some("PERIMETER_TYPE_BRIDGE");
    let enforced = view.block("status").map(|block| config(&block, &format!("{at}/enforced"), piece));
    // Without its own switch, what is tried out is what is enforced.
    let explicit = view.at("use_explicit_dry_run_spec").flag().unwrap_or_default();
    let dry_run = view.block("spec").filter(|_| explicit);
    let dry_run = dry_run.map(|block| config(&block, &format!("{at}/dry_run"), piece));
    piece.document.perimeters.push(Perimeter { name, bridge, enforced, dry_run });
}

fn config(view: &View<'_>, at: &str, piece: &mut Piece) -> PerimeterConfig {
    piece.note(view, at);
    let mut rules = |block: &str, way: &str| -> Vec<PerimeterRule> {
        let policies = view.at(block).items();
        policies.iter().enumerate().map(|(index, it)| rule(it, way, &format!("{at}/{way}/{index}"), piece)).collect()
    };
    PerimeterConfig {
        ingress: rules("ingress_policies", "ingress"),
        egress: rules("egress_policies", "egress"),
        resources: piece.texts(&view.at("resources"), format!("{at}/resources")),
        restricted_services: piece.texts(&view.at("restricted_services"), format!("{at}/restricted_services")),
        access_levels: piece.texts(&view.at("access_levels"), format!("{at}/access_levels")),
    }
}

fn rule(view: &View<'_>, way: &str, at: &str, piece: &mut Piece) -> PerimeterRule {
    piece.note(view, at);
    let mut rule = PerimeterRule::default();
    if let Some(from) = view.block(&format!("{way}_from")) {
        rule.identity_type = piece.filled(&from.at("identity_type"), format!("{at}/identity_type"));
        rule.identities = piece.each_text(&from.at("identities"), &format!("{at}/identities"));
        let sources = from.at("sources");
        piece.note(&sources, format!("{at}/sources"));
        for (index, source) in sources.items().iter().enumerate() {
            let place = [source.at("access_level"), source.at("resource")].into_iter().find(|it| !it.is_absent());
            if let Some(place) = place {
                rule.sources.extend(piece.filled(&place, format!("{at}/sources/{index}")));
            }
        }
    }
    if let Some(to) = view.block(&format!("{way}_to")) {
        rule.resources = piece.texts(&to.at("resources"), format!("{at}/resources"));
        let operations = to.at("operations");
        piece.note(&operations, format!("{at}/services"));
        let named = operations.items();
        rule.services = named.iter().filter_map(|it| it.at("service_name").filled()).map(str::to_owned).collect();
    }
    rule
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use crate::testing::known;

    #[test]
    fn a_perimeter_with_an_open_door() {
        let piece = known(
            "google_access_context_manager_service_perimeter",
            json!({
                "name": "accessPolicies/1/servicePerimeters/ml", "parent": "accessPolicies/1", "title": "ml",
                "perimeter_type": "PERIMETER_TYPE_REGULAR", "use_explicit_dry_run_spec": null, "spec": [],
                "status": [{
                    "resources": ["projects/1"], "restricted_services": ["storage.googleapis.com"], "access_levels": null,
                    "vpc_accessible_services": [],
                    "ingress_policies": [{
                        "ingress_from": [{"identity_type": "ANY_IDENTITY", "identities": null, "sources": [{"access_level": "*", "resource": null}]}],
                        "ingress_to": [{"resources": ["*"], "operations": [{"service_name": "*", "method_selectors": []}]}],
                    }],
                    "egress_policies": [],
                }],
            }),
        );
        let config = piece.document.perimeters[0].enforced.clone().unwrap();
        let rule = &config.ingress[0];
        assert_eq!(rule.identity_type.as_deref(), Some("ANY_IDENTITY"));
        assert_eq!((&rule.sources, &rule.services), (&vec!["*".to_owned()], &vec!["*".to_owned()]));
        let place = piece.document.origin("/perimeters/0/enforced/ingress/0/identity_type");
        assert_eq!(place, "status[0].ingress_policies[0].ingress_from[0].identity_type");
        assert!(piece.document.perimeters[0].dry_run.is_none());
    }

    #[test]
    fn policies_that_are_managed_apart() {
        let from = json!([{"identity_type": "ANY_IDENTITY"}]);
        let one = known(
            "google_access_context_manager_service_perimeter_egress_policy",
            json!({"perimeter": "accessPolicies/1/servicePerimeters/ml", "egress_from": from, "egress_to": [{"resources": ["*"]}]}),
        );
        assert_eq!(one.document.perimeters[0].enforced.as_ref().unwrap().egress[0].resources, ["*"]);
    }

    #[test]
    fn conditions_of_a_level_add_up_or_stand_apart() {
        let conditions = json!([{"ip_subnetworks": ["0.0.0.0/0"]}, {"members": ["user:a@example.com"]}]);
        let level = |combining: &str| {
            known(
                "google_access_context_manager_access_level",
                json!({"name": "accessPolicies/1/accessLevels/l", "basic": [{"combining_function": combining, "conditions": conditions}]}),
            )
            .document
            .access_levels
        };
        assert_eq!(level("AND").len(), 1);
        assert_eq!(level("AND")[0].members.len(), 1);
        assert_eq!(level("OR").len(), 2);
        assert!(level("OR")[0].members.is_empty());
    }
}
