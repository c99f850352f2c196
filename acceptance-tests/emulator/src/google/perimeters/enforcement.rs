//! Whether a request gets through the perimeters around its project. All requests come from outside; what is inside calls nobody here.

use serde_json::{Map, Value, json};

use super::configuration::texts;
use crate::google::access::{self, Principal};
use crate::google::projects::Project;
use crate::google::refusal;
use crate::google::{members, organizations, roles};
use crate::http::answer::Refusal;
use crate::http::route::Call;
use crate::state::logs::Entry;
use crate::state::world::World;

/// What a request wants.
struct Asked<'a> {
    service: &'a str,
    /// The last word of the method's name, in any case.
    method: &'a str,
    permission: &'a str,
    /// The project by number, and what is above it.
    ancestry: Vec<String>,
    caller: Option<&'a Principal>,
}

/// Refuses a request that a perimeter keeps out, and notes the one that a perimeter on trial would keep out. `caller` is nobody for methods
/// that ask for no credential.
pub(crate) fn enforce(
    world: &World,
    call: &Call<'_>,
    project: &Project,
    permission: &str,
    caller: Option<&Principal>,
) -> Result<(), Refusal> {
    if world.google.perimeters.perimeters.is_empty() {
        return Ok(());
    }
    let asked = Asked {
        service: call.api.service,
        method: call.request.verb.as_deref().unwrap_or_default(),
        permission,
        ancestry: organizations::ancestry(world, project),
        caller,
    };
    let now = world.now();
    for perimeter in world.google.perimeters.perimeters.values().filter(|perimeter| !perimeter.is_bridge()) {
        let Some(fields) = perimeter.in_force(now) else { continue };
        let enforced = keeps_out(world, fields.get("status"), &asked);
        let on_trial =
            fields.get("useExplicitDryRunSpec") == Some(&json!(true)) && keeps_out(world, fields.get("spec"), &asked);
        if !enforced && !on_trial {
            continue;
        }
        let id = unique_id(world, &perimeter.name);
        world.log(Entry {
            log: "policy_denied",
            service: call.api.service,
            permission: permission.to_owned(),
            resource: format!("projects/{}", project.number),
            principal: caller.map(|caller| access::shown_name(world, caller)),
            perimeter: Some(perimeter.name.clone()),
            dry_run: !enforced,
            id: id.clone(),
        });
        if enforced {
            return Err(refused(asked.service, project, &id));
        }
    }
    Ok(())
}

/// Whether a configuration of a perimeter keeps the request out.
fn keeps_out(world: &World, config: Option<&Value>, asked: &Asked<'_>) -> bool {
    let Some(config) = config else { return false };
    let inside = texts(config, "resources").any(|resource| asked.ancestry.iter().any(|each| each == resource));
    let restricted = texts(config, "restrictedServices").any(|service| service == asked.service);
    if !inside || !restricted {
        return false;
    }
    let level =
        |name: &str| world.google.perimeters.levels.get(name).is_some_and(|level| level.admits(world, asked.caller));
    let by_level = texts(config, "accessLevels").any(level);
    let by_rule = config["ingressPolicies"].as_array().into_iter().flatten().any(|rule| {
        let (from, to) = (&rule["ingressFrom"], &rule["ingressTo"]);
        let comes = from["sources"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|source| source["accessLevel"].as_str().is_some_and(|name| name == "*" || level(name)));
        comes && is_meant(world, from, asked.caller) && reaches(to, asked)
    });
    !by_level && !by_rule
}

fn is_meant(world: &World, from: &Value, caller: Option<&Principal>) -> bool {
    match (from["identityType"].as_str(), caller) {
        (Some("ANY_IDENTITY"), _) => true,
        (Some("ANY_USER_ACCOUNT"), Some(Principal::User(_))) => true,
        (Some("ANY_SERVICE_ACCOUNT"), Some(Principal::Account(_) | Principal::Agent(_))) => true,
        (_, None) => false,
        (_, Some(caller)) => texts(from, "identities").any(|identity| members::is(world, caller, identity)),
    }
}

fn reaches(to: &Value, asked: &Asked<'_>) -> bool {
    let resource =
        texts(to, "resources").any(|resource| resource == "*" || asked.ancestry.iter().any(|each| each == resource));
    let by_role = texts(to, "roles").any(|role| roles::holds(role, asked.permission));
    let by_operation = to["operations"].as_array().into_iter().flatten().any(|operation| {
        let service = operation["serviceName"].as_str().unwrap_or_default();
        service == "*"
            || (service == asked.service
                && operation["methodSelectors"].as_array().into_iter().flatten().any(|each| selects(each, asked)))
    });
    resource && (by_role || by_operation)
}

fn selects(selector: &Value, asked: &Asked<'_>) -> bool {
    let method = selector["method"].as_str().unwrap_or_default();
    let last = method.rsplit('.').next().unwrap_or_default();
    method == "*"
        || (!asked.method.is_empty() && last.eq_ignore_ascii_case(asked.method))
        || (!asked.permission.is_empty() && selector["permission"] == asked.permission)
}

fn unique_id(world: &World, perimeter: &str) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(format!("{perimeter} {}", world.log_length()));
    digest.iter().take(20).map(|byte| format!("{byte:02x}")).collect()
}

fn refused(service: &str, project: &Project, id: &str) -> Refusal {
    let metadata: Map<String, Value> =
        [("uid", json!(id)), ("service", json!(service)), ("consumer", json!(format!("projects/{}", project.number)))]
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
    Refusal::new(
        403,
        "PERMISSION_DENIED",
        format!("Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier: {id}"),
    )
    .with_detail(json!({
        "@type": "type.googleapis.com/google.rpc.PreconditionFailure",
        "violations": [{ "type": "VPC_SERVICE_CONTROLS", "description": id }],
    }))
    .with_detail(refusal::error_info("SECURITY_POLICY_VIOLATED", "googleapis.com", Value::Object(metadata)))
}
