//! What a perimeter may say: its fields, and what Access Context Manager refuses.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::access_policies::AccessPolicy;
use super::rules;
use crate::google::organizations;
use crate::google::refusal::invalid_with_violation;
use crate::google::schema::{Field, Kind};
use crate::http::answer::Refusal;
use crate::state::world::World;

const TYPES: &[&str] = &["PERIMETER_TYPE_REGULAR", "PERIMETER_TYPE_BRIDGE"];
const ACCESSIBLE: &[Field] = &[Field("enableRestriction", Kind::Flag), Field("allowedServices", Kind::Texts)];
/// What a perimeter holds and lets through.
pub(crate) const CONFIG: &[Field] = &[
    Field("resources", Kind::Texts),
    Field("restrictedServices", Kind::Texts),
    Field("accessLevels", Kind::Texts),
    Field("vpcAccessibleServices", Kind::Message(ACCESSIBLE)),
    Field("ingressPolicies", Kind::Messages(rules::INGRESS)),
    Field("egressPolicies", Kind::Messages(rules::EGRESS)),
];
/// The fields of a perimeter.
pub(crate) const FIELDS: &[Field] = &[
    Field("name", Kind::Text),
    Field("title", Kind::Text),
    Field("description", Kind::Text),
    Field("perimeterType", Kind::Choice(TYPES)),
    Field("status", Kind::Message(CONFIG)),
    Field("spec", Kind::Message(CONFIG)),
    Field("useExplicitDryRunSpec", Kind::Flag),
    Field("etag", Kind::Text),
];

/// Services that perimeters can restrict.
const RESTRICTABLE: &[&str] = &[
    "aiplatform",
    "artifactregistry",
    "bigquery",
    "bigquerydatatransfer",
    "bigtable",
    "binaryauthorization",
    "cloudasset",
    "cloudbuild",
    "cloudfunctions",
    "cloudkms",
    "cloudresourcemanager",
    "cloudtasks",
    "cloudtrace",
    "composer",
    "compute",
    "connectgateway",
    "container",
    "containeranalysis",
    "containerfilesystem",
    "containerregistry",
    "datacatalog",
    "dataflow",
    "dataform",
    "dataproc",
    "datastore",
    "dialogflow",
    "discoveryengine",
    "dlp",
    "dns",
    "documentai",
    "eventarc",
    "file",
    "firestore",
    "gkehub",
    "healthcare",
    "iam",
    "iamcredentials",
    "iap",
    "iaptunnel",
    "logging",
    "monitoring",
    "networkconnectivity",
    "notebooks",
    "orgpolicy",
    "oslogin",
    "privateca",
    "pubsub",
    "recaptchaenterprise",
    "redis",
    "run",
    "secretmanager",
    "securitycenter",
    "servicecontrol",
    "servicedirectory",
    "servicenetworking",
    "serviceusage",
    "spanner",
    "speech",
    "sqladmin",
    "storage",
    "storagetransfer",
    "sts",
    "texttospeech",
    "translate",
    "videointelligence",
    "vision",
    "visionai",
    "vpcaccess",
    "workflows",
];

/// Refuses what Access Context Manager refuses. `name` is the perimeter's own, which others are compared with.
pub(super) fn check(
    world: &World,
    policy: &AccessPolicy,
    name: &str,
    fields: &Map<String, Value>,
) -> Result<(), Refusal> {
    let text = |field: &str| fields.get(field).and_then(Value::as_str).unwrap_or_default();
    if text("title").is_empty() {
        return Err(violation("service_perimeter.title", "A service perimeter must have a title."));
    }
    let inside = format!("{}/", policy.name);
    let others: Vec<_> = world
        .google
        .perimeters
        .perimeters
        .values()
        .filter(|other| other.name != name && other.name.starts_with(&inside))
        .collect();
    if others.iter().any(|other| other.fields["title"] == fields["title"]) {
        return Err(violation(
            "service_perimeter.title",
            &format!("The title '{}' is used by another service perimeter of this policy.", text("title")),
        ));
    }
    let explicit = fields.get("useExplicitDryRunSpec") == Some(&Value::Bool(true));
    if fields.get("spec").is_some_and(|spec| !is_empty(spec)) && !explicit {
        return Err(violation(
            "service_perimeter.spec",
            "The spec can be set only when use_explicit_dry_run_spec is true.",
        ));
    }
    let bridge = text("perimeterType") == "PERIMETER_TYPE_BRIDGE";
    for part in ["status", "spec"] {
        let Some(config) = fields.get(part) else { continue };
        let place = format!("service_perimeter.{part}");
        check_config(world, policy, config, bridge, &place)?;
        for resource in texts(config, "resources") {
            let taken = others.iter().find(|other| {
                !other.is_bridge()
                    && other
                        .fields
                        .get(part)
                        .is_some_and(|config| texts(config, "resources").any(|each| each == resource))
            });
            match taken {
                Some(taken) if !bridge => {
                    return Err(violation(
                        &format!("{place}.resources"),
                        &format!("{resource} is in the service perimeter {} already.", taken.name),
                    ));
                }
                None if bridge => {
                    return Err(violation(
                        &format!("{place}.resources"),
                        &format!("{resource} must be in a regular service perimeter before it can be in a bridge."),
                    ));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn check_config(
    world: &World,
    policy: &AccessPolicy,
    config: &Value,
    bridge: bool,
    place: &str,
) -> Result<(), Refusal> {
    let mut seen = BTreeSet::new();
    for resource in texts(config, "resources") {
        check_resource(world, policy, resource, place)?;
        if !seen.insert(resource) {
            return Err(violation(&format!("{place}.resources"), &format!("{resource} is given twice.")));
        }
    }
    for service in texts(config, "restrictedServices") {
        if !is_restrictable(service) {
            return Err(violation(
                &format!("{place}.restricted_services"),
                &format!("'{service}' is not a service that VPC Service Controls supports."),
            ));
        }
    }
    let beside = ["restrictedServices", "accessLevels", "ingressPolicies", "egressPolicies"];
    if bridge && beside.iter().any(|field| config[*field].as_array().is_some_and(|list| !list.is_empty())) {
        return Err(violation(place, "A perimeter bridge names resources only."));
    }
    for level in texts(config, "accessLevels") {
        check_level(world, policy, level, &format!("{place}.access_levels"))?;
    }
    let accessible = &config["vpcAccessibleServices"];
    if accessible["enableRestriction"] != true
        && accessible["allowedServices"].as_array().is_some_and(|list| !list.is_empty())
    {
        return Err(violation(
            &format!("{place}.vpc_accessible_services"),
            "Allowed services can be given only when enable_restriction is true.",
        ));
    }
    rules::check(world, policy, config, place)
}

fn check_resource(world: &World, policy: &AccessPolicy, resource: &str, place: &str) -> Result<(), Refusal> {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let refused = |why: &str| Err(violation(&format!("{place}.resources"), &format!("'{resource}' {why}")));
    if let Some(project) = resource.strip_prefix("projects/") {
        if !number(project) {
            return refused("is not a project by number, such as projects/123456789012.");
        }
        let Some(project) = world.project(project) else { return refused("does not exist.") };
        let above = organizations::ancestry(world, project);
        if !above.contains(&policy.parent) {
            return refused("is not in the organization of this policy.");
        }
        if !policy.scopes.is_empty() && !policy.scopes.iter().any(|scope| above.contains(scope)) {
            return refused("is outside the scopes of this policy.");
        }
        return Ok(());
    }
    if resource.strip_prefix("folders/").is_some_and(number)
        || resource.starts_with("//compute.googleapis.com/projects/")
    {
        return Ok(());
    }
    refused("is neither a project by number, nor a folder, nor a VPC network.")
}

/// Refuses an access level that is not of this policy or does not exist.
pub(super) fn check_level(world: &World, policy: &AccessPolicy, level: &str, place: &str) -> Result<(), Refusal> {
    let own = level.starts_with(&format!("{}/accessLevels/", policy.name));
    if own && world.google.perimeters.levels.contains_key(level) {
        return Ok(());
    }
    Err(violation(place, &format!("The access level '{level}' does not exist in this policy.")))
}

/// Whether a perimeter can restrict this service.
pub(super) fn is_restrictable(service: &str) -> bool {
    service.strip_suffix(".googleapis.com").is_some_and(|name| RESTRICTABLE.contains(&name))
}

/// The texts of a list.
pub(super) fn texts<'a>(message: &'a Value, name: &str) -> impl Iterator<Item = &'a str> + use<'a> {
    message[name].as_array().into_iter().flatten().filter_map(Value::as_str)
}

pub(super) fn violation(field: &str, description: &str) -> Refusal {
    invalid_with_violation(field, description)
}

fn is_empty(config: &Value) -> bool {
    config.as_object().is_none_or(|fields| {
        fields.values().all(|value| match value {
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
            other => other.is_null(),
        })
    })
}
