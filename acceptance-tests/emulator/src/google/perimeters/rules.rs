//! Ingress and egress rules: who may come through a perimeter, from where, to do what with what.

use std::collections::BTreeSet;

use serde_json::Value;

use super::access_policies::AccessPolicy;
use super::configuration::{check_level, is_restrictable, texts, violation};
use crate::google::schema::{Field, Kind};
use crate::http::answer::Refusal;
use crate::state::world::World;

const IDENTITY_TYPES: &[&str] =
    &["ANY_IDENTITY", "ANY_USER_ACCOUNT", "ANY_SERVICE_ACCOUNT", "IDENTITY_TYPE_UNSPECIFIED"];
const RESTRICTIONS: &[&str] =
    &["SOURCE_RESTRICTION_ENABLED", "SOURCE_RESTRICTION_DISABLED", "SOURCE_RESTRICTION_UNSPECIFIED"];
const SELECTOR: &[Field] = &[Field("method", Kind::Text), Field("permission", Kind::Text)];
const OPERATION: &[Field] = &[Field("serviceName", Kind::Text), Field("methodSelectors", Kind::Messages(SELECTOR))];
const SOURCE: &[Field] =
    &[Field("accessLevel", Kind::Text), Field("resource", Kind::Text), Field("pscEndpoint", Kind::Opaque)];
const INGRESS_FROM: &[Field] = &[
    Field("sources", Kind::Messages(SOURCE)),
    Field("identities", Kind::Texts),
    Field("identityType", Kind::Choice(IDENTITY_TYPES)),
];
const INGRESS_TO: &[Field] =
    &[Field("operations", Kind::Messages(OPERATION)), Field("resources", Kind::Texts), Field("roles", Kind::Texts)];
/// An ingress rule.
pub(crate) const INGRESS: &[Field] = &[
    Field("title", Kind::Text),
    Field("ingressFrom", Kind::Message(INGRESS_FROM)),
    Field("ingressTo", Kind::Message(INGRESS_TO)),
];
const EGRESS_FROM: &[Field] = &[
    Field("sources", Kind::Messages(SOURCE)),
    Field("identities", Kind::Texts),
    Field("identityType", Kind::Choice(IDENTITY_TYPES)),
    Field("sourceRestriction", Kind::Choice(RESTRICTIONS)),
];
const EGRESS_TO: &[Field] = &[
    Field("operations", Kind::Messages(OPERATION)),
    Field("resources", Kind::Texts),
    Field("roles", Kind::Texts),
    Field("externalResources", Kind::Texts),
];
/// An egress rule.
pub(crate) const EGRESS: &[Field] = &[
    Field("title", Kind::Text),
    Field("egressFrom", Kind::Message(EGRESS_FROM)),
    Field("egressTo", Kind::Message(EGRESS_TO)),
];

/// The longest title of a rule, in characters.
const TITLE_LIMIT: usize = 100;

/// Refuses rules that Access Context Manager refuses.
pub(super) fn check(world: &World, policy: &AccessPolicy, config: &Value, place: &str) -> Result<(), Refusal> {
    let mut titles = BTreeSet::new();
    for (list, from, to) in
        [("ingressPolicies", "ingressFrom", "ingressTo"), ("egressPolicies", "egressFrom", "egressTo")]
    {
        for (at, rule) in config[list].as_array().into_iter().flatten().enumerate() {
            let place = format!("{place}.{list}[{at}]");
            let title = rule["title"].as_str().unwrap_or_default();
            if title.chars().count() > TITLE_LIMIT {
                return Err(violation(&format!("{place}.title"), "The title of a rule has at most 100 characters."));
            }
            if !title.is_empty() && !titles.insert(title) {
                return Err(violation(&format!("{place}.title"), &format!("The title '{title}' is given twice.")));
            }
            check_from(world, policy, &rule[from], &format!("{place}.{from}"))?;
            check_to(&rule[to], &format!("{place}.{to}"))?;
        }
    }
    Ok(())
}

fn check_from(world: &World, policy: &AccessPolicy, from: &Value, place: &str) -> Result<(), Refusal> {
    let any = from["identityType"].as_str().is_some_and(|kind| kind != "IDENTITY_TYPE_UNSPECIFIED");
    let mut identities = texts(from, "identities").peekable();
    if any && identities.peek().is_some() {
        return Err(violation(place, "identity_type and identities exclude each other."));
    }
    for identity in identities {
        if !is_identity(identity) {
            return Err(violation(
                &format!("{place}.identities"),
                &format!(
                    "'{identity}' is not an identity: write user:, serviceAccount: or group: and an address, principal:// or principalSet://."
                ),
            ));
        }
    }
    for source in from["sources"].as_array().into_iter().flatten() {
        let given = ["accessLevel", "resource", "pscEndpoint"].iter().filter(|name| !source[**name].is_null()).count();
        if given != 1 {
            return Err(violation(
                &format!("{place}.sources"),
                "Each source is exactly one of access_level, resource and psc_endpoint.",
            ));
        }
        if let Some(level) = source["accessLevel"].as_str().filter(|level| *level != "*") {
            check_level(world, policy, level, &format!("{place}.sources.access_level"))?;
        }
        let resource = source["resource"].as_str().unwrap_or("projects/0");
        if !is_resource(resource) && !resource.starts_with("//compute.googleapis.com/projects/") {
            return Err(violation(&format!("{place}.sources.resource"), &format!("'{resource}' is not a source.")));
        }
    }
    let sources = from["sources"].as_array().is_some_and(|sources| !sources.is_empty());
    if from.get("sourceRestriction").is_none() && place.ends_with("egressFrom") && sources {
        return Err(violation(place, "With sources, source_restriction must be SOURCE_RESTRICTION_ENABLED."));
    }
    Ok(())
}

fn check_to(to: &Value, place: &str) -> Result<(), Refusal> {
    let mut resources = texts(to, "resources");
    if texts(to, "resources").count() > 1 && resources.any(|resource| resource == "*") {
        return Err(violation(&format!("{place}.resources"), "'*' stands alone."));
    }
    for resource in texts(to, "resources") {
        if resource != "*" && !is_resource(resource) {
            return Err(violation(
                &format!("{place}.resources"),
                &format!("'{resource}' is not '*', a project by number, a folder or an organization."),
            ));
        }
    }
    let operations = to["operations"].as_array().cloned().unwrap_or_default();
    if !operations.is_empty() && texts(to, "roles").next().is_some() {
        return Err(violation(place, "operations and roles exclude each other."));
    }
    for operation in &operations {
        let service = operation["serviceName"].as_str().unwrap_or_default();
        let selectors = operation["methodSelectors"].as_array().cloned().unwrap_or_default();
        let place = format!("{place}.operations");
        match (service, selectors.is_empty()) {
            ("", _) => return Err(violation(&place, "Every operation must name a service.")),
            ("*", false) => return Err(violation(&place, "With the service '*', no methods can be selected.")),
            ("*", true) => continue,
            (_, true) => {
                return Err(violation(&place, &format!("The operation on {service} must select methods, or '*'.")));
            }
            _ => {}
        }
        if !is_restrictable(service) {
            return Err(violation(
                &place,
                &format!("'{service}' is not a service that VPC Service Controls supports."),
            ));
        }
        for selector in &selectors {
            if selector["method"].is_null() == selector["permission"].is_null() {
                return Err(violation(&place, "Each method selector is exactly one of method and permission."));
            }
        }
    }
    Ok(())
}

fn is_identity(identity: &str) -> bool {
    let pool = |rest: &str| rest.starts_with("iam.googleapis.com/") && rest.contains("Pools/");
    match identity.split_once(':') {
        Some(("user" | "serviceAccount" | "group", address)) => address.contains('@') && !address.contains('/'),
        Some(("principal", rest)) => {
            rest.strip_prefix("//").is_some_and(|rest| pool(rest) && rest.contains("/subject/"))
        }
        Some(("principalSet", rest)) => rest.strip_prefix("//").is_some_and(pool),
        _ => false,
    }
}

fn is_resource(resource: &str) -> bool {
    ["projects/", "folders/", "organizations/"].iter().any(|kind| {
        resource.strip_prefix(kind).is_some_and(|id| !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit()))
    })
}
