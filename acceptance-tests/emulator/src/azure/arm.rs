//! `Microsoft.Resources`: tenants, subscriptions, resource groups, and lists of whatever lies in them.

use serde_json::{Map, Value, json};

use super::access;
use super::definitions::equals;
use super::operations;
use super::refusal::{self, group_not_found};
use super::resources::{self, GROUP, Resource, Subscription, body, check_version, group_id, key, live, page};
use super::{VENDOR, identities};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::world::World;

/// `Microsoft.Resources`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "Microsoft.Resources",
    title: "Azure Resource Manager",
    common_query: &[],
    render: refusal::render,
    fault: refusal::injected,
    objects: |world| resources::objects(world, GROUP, "azure/resource_group"),
    routes: &[
        Route { method: "GET", template: "/tenants", query: &[], handler: tenants },
        Route { method: "GET", template: "/subscriptions", query: &[], handler: subscriptions },
        Route { method: "GET", template: "/subscriptions/{subscription}", query: &[], handler: subscription },
        Route { method: "GET", template: "/subscriptions/{subscription}/resourceGroups", query: &[], handler: groups },
        Route {
            method: "GET",
            template: "/subscriptions/{subscription}/resources",
            query: &[],
            handler: in_subscription,
        },
        Route {
            method: "GET",
            template: "/subscriptions/{subscription}/providers/{namespace}",
            query: &[],
            handler: provider,
        },
        Route {
            method: "POST",
            template: "/subscriptions/{subscription}/providers/{namespace}/register",
            query: &[],
            handler: provider,
        },
        Route {
            method: "GET",
            template: "/subscriptions/{subscription}/resourceGroups/{group}/resources",
            query: &[],
            handler: in_group,
        },
        Route { method: "GET", template: RESOURCE_GROUP, query: &[], handler: get_group },
        Route { method: "HEAD", template: RESOURCE_GROUP, query: &[], handler: head_group },
        Route { method: "PUT", template: RESOURCE_GROUP, query: &[], handler: put_group },
        Route { method: "DELETE", template: RESOURCE_GROUP, query: &[], handler: delete_group },
        Route {
            method: "GET",
            template: "/subscriptions/{subscription}/providers/{namespace}/locations/{location}/operations/{operation}",
            query: &[],
            handler: operations::status,
        },
        Route {
            method: "GET",
            template: "/subscriptions/{subscription}/providers/{namespace}/locations/{location}/operationresults/{operation}",
            query: &[],
            handler: operations::result,
        },
    ],
};

const RESOURCE_GROUP: &str = "/subscriptions/{subscription}/resourceGroups/{group}";

const VERSIONS: &[&str] = &[
    "2016-06-01",
    "2019-05-01",
    "2019-07-01",
    "2019-10-01",
    "2019-11-01",
    "2020-01-01",
    "2020-06-01",
    "2020-10-01",
    "2021-01-01",
    "2021-04-01",
    "2022-01-01",
    "2022-09-01",
    "2022-12-01",
    "2023-07-01",
    "2024-03-01",
    "2024-07-01",
    "2024-11-01",
    "2025-03-01",
    "2025-04-01",
];

/// Namespaces that subscriptions here are registered for.
const NAMESPACES: &[&str] = &[
    "Microsoft.Authorization",
    "Microsoft.CognitiveServices",
    "Microsoft.ContainerService",
    "Microsoft.ManagedIdentity",
    "Microsoft.Resources",
    "Microsoft.Storage",
];

fn tenants(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, "Microsoft.Resources/tenants", VERSIONS)?;
    let caller = access::caller(world, call)?;
    let mine = world.azure.directory.tenants.iter().filter(|tenant| tenant.id == caller.tenant);
    let shown = mine.map(|tenant| {
        json!({
            "id": format!("/tenants/{}", tenant.id), "tenantId": tenant.id, "defaultDomain": tenant.domain, "displayName": tenant.domain,
            "tenantCategory": "Home", "domains": [tenant.domain],
        })
    });
    Ok(page(shown.collect()))
}

/// Those in which the caller may read anything.
fn subscriptions(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, "Microsoft.Resources/subscriptions", VERSIONS)?;
    let caller = access::caller(world, call)?;
    let holds = |subscription: &&Subscription| {
        let id = key(&format!("/subscriptions/{}", subscription.id));
        subscription.tenant == caller.tenant
            && world.azure.assignments.values().any(|assignment| {
                assignment.principal_id == caller.object_id && access::is_at_or_above(&id, &assignment.scope)
            })
    };
    Ok(page(world.azure.subscriptions.values().filter(holds).map(shown_subscription).collect()))
}

fn subscription(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, "Microsoft.Resources/subscriptions", VERSIONS)?;
    let id = format!("/subscriptions/{}", call.param("subscription"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, "Microsoft.Resources/subscriptions/read", &id)?;
    let found = world.azure.subscriptions.get(&key(&id));
    found.map(|subscription| Answer::json(&shown_subscription(subscription))).ok_or_else(|| {
        Refusal::new(
            404,
            "SubscriptionNotFound",
            format!("The subscription '{}' could not be found.", call.param("subscription")),
        )
    })
}

fn shown_subscription(subscription: &Subscription) -> Value {
    json!({
        "id": format!("/subscriptions/{}", subscription.id),
        "subscriptionId": subscription.id,
        "tenantId": subscription.tenant,
        "displayName": subscription.name,
        "state": "Enabled",
        "authorizationSource": "RoleBased",
        "managedByTenants": [],
        "subscriptionPolicies": { "locationPlacementId": "Public_2014-09-01", "quotaId": "PayAsYouGo_2014-09-01", "spendingLimit": "Off" },
    })
}

fn provider(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, "Microsoft.Resources/providers", VERSIONS)?;
    let id = format!("/subscriptions/{}", call.param("subscription"));
    let caller = access::caller(world, call)?;
    let namespace = call.param("namespace");
    let verb = if call.request.method == "POST" { "register/action" } else { "read" };
    access::authorised(world, &caller, &format!("{namespace}/{verb}"), &id)?;
    let known = NAMESPACES.iter().find(|known| known.eq_ignore_ascii_case(namespace));
    let known = known.ok_or_else(|| {
        Refusal::new(404, "InvalidResourceNamespace", format!("The resource namespace '{namespace}' is invalid."))
    })?;
    Ok(Answer::json(&json!({
        "id": format!("{id}/providers/{known}"), "namespace": known, "registrationState": "Registered", "registrationPolicy": "RegistrationRequired",
        "resourceTypes": [],
    })))
}

fn groups(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, GROUP, VERSIONS)?;
    let id = format!("/subscriptions/{}", call.param("subscription"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, "Microsoft.Resources/subscriptions/resourceGroups/read", &id)?;
    Ok(page(resources::listed(world, GROUP, &id).into_iter().map(Resource::shown).collect()))
}

fn group_action(world: &World, call: &Call<'_>, verb: &str) -> Result<String, Refusal> {
    check_version(call, GROUP, VERSIONS)?;
    let id = group_id(call);
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("Microsoft.Resources/subscriptions/resourceGroups/{verb}"), &id)?;
    Ok(id)
}

fn get_group(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = group_action(world, call, "read")?;
    live(world, &id).map(|group| Answer::json(&group.shown())).ok_or_else(|| group_not_found(call.param("group")))
}

fn head_group(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = group_action(world, call, "read")?;
    Ok(Answer::empty(if live(world, &id).is_some() { 204 } else { 404 }))
}

fn put_group(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = group_action(world, call, "write")?;
    let name = call.param("group");
    let good = (1..=90).contains(&name.chars().count())
        && !name.ends_with('.')
        && name.chars().all(|character| character.is_alphanumeric() || "-_().".contains(character));
    if !good {
        return Err(Refusal::new(
            400,
            "InvalidResourceGroup",
            format!("The provided resource group name '{name}' has these invalid characters or a wrong length."),
        ));
    }
    let given = body(call, &["id", "name", "type", "location", "tags", "managedBy", "properties"])?;
    let location = resources::location(&given)?;
    let tags = resources::tags(&given)?;
    if let Some(mut group) = world.azure.resources.get(&key(&id)).cloned() {
        if group.location() != location {
            return Err(Refusal::new(
                409,
                "InvalidResourceGroupLocation",
                format!(
                    "Invalid resource group location '{location}'. The Resource group already exists in location '{}'.",
                    group.location()
                ),
            ));
        }
        group.body.insert(String::from("tags"), tags);
        let shown = group.shown();
        world.azure.resources.insert(group.key(), group);
        return Ok(Answer::json(&shown));
    }
    let body = json!({ "location": location, "tags": tags, "properties": { "provisioningState": "Succeeded" } });
    let group = resources::insert(world, id, GROUP, body.as_object().cloned().unwrap_or_default());
    Ok(Answer::json_with(201, &group.shown()))
}

/// The group goes with everything in it.
fn delete_group(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = group_action(world, call, "delete")?;
    let group = live(world, &id).cloned().ok_or_else(|| group_not_found(call.param("group")))?;
    identities::forget_principals(world, &id);
    resources::remove(world, &id);
    let operation = operations::start(world, None);
    Ok(operations::with_result(Answer::empty(202), call, "Microsoft.Resources", group.location(), &operation))
}

fn in_subscription(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, "Microsoft.Resources/resources", VERSIONS)?;
    let id = format!("/subscriptions/{}", call.param("subscription"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, "Microsoft.Resources/subscriptions/resources/read", &id)?;
    Ok(page(everything(world, call, &id)))
}

fn in_group(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let id = group_action(world, call, "read")?;
    live(world, &id).ok_or_else(|| group_not_found(call.param("group")))?;
    Ok(page(everything(world, call, &id)))
}

/// Top-level resources below an id, without their properties; `$filter` chooses by type, name and group.
fn everything(world: &World, call: &Call<'_>, below: &str) -> Vec<Value> {
    let filter = call.request.query("$filter").unwrap_or_default();
    let prefix = format!("{}/", key(below));
    let now = world.now();
    let equal = |name: &str, value: &str| equals(filter, name).is_none_or(|wanted| wanted.eq_ignore_ascii_case(value));
    let found = world.azure.resources.iter().filter(|(id, resource)| {
        let group = resource.id.split('/').nth(4).unwrap_or_default();
        id.starts_with(&prefix)
            && resource.kind != GROUP
            && resource.kind.matches('/').count() == 1
            && resource.life.is_visible(now)
            && equal("resourceType", &resource.kind)
            && equal("name", &resource.name)
            && equal("resourceGroup", group)
    });
    let shown = found.map(|(_, resource)| {
        let mut shown = resource.shown();
        if let Some(members) = shown.as_object_mut() {
            members.retain(|name, _| name != "properties");
        }
        shown
    });
    shown.collect()
}

/// A body with nothing in it but what is given, for resources that keep what they are sent.
pub(crate) fn kept(given: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    given
        .iter()
        .filter(|(name, value)| names.contains(&name.as_str()) && !value.is_null())
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
