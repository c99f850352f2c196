//! Service perimeters: what is inside, and who is let in and out.

use crosscloud_policy_model::document::{PerimeterConfig, PerimeterRule};

use super::canvas::{Canvas, Key, Says};
use super::google::{Federations, home_of};
use super::grants::member;
use crate::picture::{Kind, Meaning};

/// Draws perimeters and access levels.
pub(super) fn draw(canvas: &mut Canvas<'_>, federations: &mut Federations<'_>) {
    let document = canvas.document;
    for (index, perimeter) in document.perimeters.iter().enumerate() {
        let at = format!("/perimeters/{index}");
        let place = format!("{at}/name");
        let name = canvas.known(&place, &perimeter.name).unwrap_or(&at).to_owned();
        let label = canvas.shown(&place, name.rsplit('/').next().unwrap_or(&name));
        let node = canvas.placed(Kind::Perimeter, &name, &label, "Google perimeters", &at);
        for (kind, config) in [("enforced", &perimeter.enforced), ("dry_run", &perimeter.dry_run)] {
            if let Some(config) = config {
                let detail = if kind == "enforced" { name.clone() } else { format!("{name}, dry run") };
                canvas.detail(&node, detail);
                walls(canvas, federations, &node, &format!("{at}/{kind}"), config);
            }
        }
    }
    for (index, level) in document.access_levels.iter().enumerate() {
        let at = format!("/access_levels/{index}");
        let node =
            access_level(canvas, canvas.known(&format!("{at}/name"), &level.name).unwrap_or(&at).to_owned().as_str());
        canvas.at(&node, &at);
        for (range, text) in level.ip_subnetworks.iter().enumerate() {
            let place = format!("{at}/ip_subnetworks/{range}");
            let shown = canvas.shown(&place, text);
            let from = if text.ends_with("/0") {
                canvas.node(Kind::Anyone, text, &format!("anyone from {shown}"), "the internet")
            } else {
                canvas.node(Kind::Principal, text, &format!("from {shown}"), "networks")
            };
            canvas.stands_on((&from, &node, Meaning::AdmittedBy, None), [(&place, Says::Grant)]);
        }
        for (number, text) in level.members.iter().enumerate() {
            let place = format!("{at}/members/{number}");
            admit(canvas, federations, text.as_ref(), &place, &node);
        }
    }
}

fn walls(canvas: &mut Canvas<'_>, federations: &mut Federations<'_>, node: &Key, at: &str, config: &PerimeterConfig) {
    for (index, resource) in config.resources.iter().enumerate() {
        let place = format!("{at}/resources/{index}");
        let shown = canvas.shown(&place, resource);
        let inside = canvas.node(Kind::Resource, resource, &shown, &home_of(resource));
        canvas.stands_on((&inside, node, Meaning::Inside, None), [(&place, Says::Condition)]);
        let grants = canvas.nodes.keys().filter(|key| key.is_grant_on(resource)).cloned().collect::<Vec<_>>();
        for grant in grants {
            canvas.edge(&grant, &inside, Meaning::Inside);
        }
    }
    for (index, level) in config.access_levels.iter().enumerate() {
        let place = format!("{at}/access_levels/{index}");
        let level = access_level(canvas, level);
        canvas.stands_on((&level, node, Meaning::AdmittedBy, None), [(&place, Says::Grant)]);
    }
    for (index, rule) in config.ingress.iter().enumerate() {
        let at = format!("{at}/ingress/{index}");
        for (number, text) in rule.identities.iter().enumerate() {
            let place = format!("{at}/identities/{number}");
            if let Some(who) = admit(canvas, federations, text.as_ref(), &place, node) {
                surroundings(canvas, (&who, node, Meaning::AdmittedBy), &at);
            }
        }
        if let Some(crowd) = crowd(canvas, rule, &at) {
            canvas
                .stands_on((&crowd, node, Meaning::AdmittedBy, None), [(&format!("{at}/identity_type"), Says::Grant)]);
            surroundings(canvas, (&crowd, node, Meaning::AdmittedBy), &at);
        }
    }
    for (index, rule) in config.egress.iter().enumerate() {
        let at = format!("{at}/egress/{index}");
        let reached = if rule.resources.is_empty() {
            vec!["external resources"]
        } else {
            rule.resources.iter().map(String::as_str).collect()
        };
        for resource in reached {
            let outside = if resource == "*" {
                canvas.node(Kind::Anyone, &format!("outside {at}"), "anything outside", "outside the perimeter")
            } else {
                let shown = canvas.shown(&format!("{at}/resources"), resource);
                canvas.node(Kind::Resource, resource, &shown, &home_of(resource))
            };
            canvas
                .stands_on((node, &outside, Meaning::LetsOutTo, None), [(&format!("{at}/identity_type"), Says::Grant)]);
            surroundings(canvas, (node, &outside, Meaning::LetsOutTo), &at);
        }
    }
}

/// Puts the rest of a rule below its edge, so that a finding on any of it is one on the edge.
fn surroundings(canvas: &mut Canvas<'_>, (from, to, meaning): (&Key, &Key, Meaning), at: &str) {
    canvas.stands_on(
        (from, to, meaning, None),
        [
            (&format!("{at}/sources"), Says::Grant),
            (&format!("{at}/resources"), Says::Grant),
            (&format!("{at}/services"), Says::Grant),
        ],
    );
}

fn admit(
    canvas: &mut Canvas<'_>,
    federations: &mut Federations<'_>,
    text: Option<&String>,
    place: &str,
    to: &Key,
) -> Option<Key> {
    let who = match text.filter(|_| !canvas.document.is_unknown(place)) {
        Some(text) => member(canvas, federations, text, place)?,
        None => canvas.unknown(place, "Google Cloud"),
    };
    canvas.stands_on((&who, to, Meaning::AdmittedBy, None), [(place, Says::Grant)]).unknown |= text.is_none();
    Some(who)
}

fn crowd(canvas: &mut Canvas<'_>, rule: &PerimeterRule, at: &str) -> Option<Key> {
    let label = match rule.identity_type.as_deref() {
        Some("ANY_IDENTITY") => "any identity",
        Some("ANY_USER_ACCOUNT") => "any user account",
        Some("ANY_SERVICE_ACCOUNT") => "any service account",
        Some(other) => other,
        None if rule.identities.is_empty() => "callers from an allowed source",
        None => return None,
    };
    Some(canvas.node(Kind::Anyone, at, label, "Google perimeters"))
}

fn access_level(canvas: &mut Canvas<'_>, name: &str) -> Key {
    let key = canvas.node(Kind::AccessLevel, name, name.rsplit('/').next().unwrap_or(name), "Google perimeters");
    canvas.detail(&key, name);
    key
}
