//! `Microsoft.ManagedIdentity/userAssignedIdentities`.

use serde_json::{Map, Value, json};

use super::directory::{Principal, insert_principal};
use super::refusal::{self, bad_request};
use super::resources::{self, Resource, admitted, body, check_version, group_id, key, live, missing, page};
use super::{VENDOR, access, credentials};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::life::Life;
use crate::state::world::World;

/// `Microsoft.ManagedIdentity`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "Microsoft.ManagedIdentity",
    title: "Managed identities for Azure resources",
    common_query: &[],
    render: refusal::render,
    fault: refusal::injected,
    objects: |world| {
        let mut objects = resources::objects(world, KIND, "azure/managed_identity");
        objects.extend(resources::objects(world, credentials::KIND, "azure/federated_credential"));
        objects
    },
    routes: &[
        Route { method: "PUT", template: IDENTITY, query: &[], handler: put },
        Route { method: "GET", template: IDENTITY, query: &[], handler: get },
        Route { method: "PATCH", template: IDENTITY, query: &[], handler: patch },
        Route { method: "DELETE", template: IDENTITY, query: &[], handler: delete },
        Route { method: "GET", template: IN_GROUP, query: &[], handler: list_in_group },
        Route { method: "GET", template: IN_SUBSCRIPTION, query: &[], handler: list_in_subscription },
        Route { method: "PUT", template: credentials::CREDENTIAL, query: &[], handler: credentials::put },
        Route { method: "GET", template: credentials::CREDENTIAL, query: &[], handler: credentials::get },
        Route { method: "DELETE", template: credentials::CREDENTIAL, query: &[], handler: credentials::delete },
        Route { method: "GET", template: credentials::OF_IDENTITY, query: &[], handler: credentials::list },
    ],
};

/// The type.
pub(crate) const KIND: &str = "Microsoft.ManagedIdentity/userAssignedIdentities";

const IDENTITY: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{identity}";
const IN_GROUP: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.ManagedIdentity/userAssignedIdentities";
const IN_SUBSCRIPTION: &str =
    "/subscriptions/{subscription}/providers/Microsoft.ManagedIdentity/userAssignedIdentities";

const VERSIONS: &[&str] = &[
    "2018-11-30",
    "2022-01-31-preview",
    "2023-01-31",
    "2023-07-31-preview",
    "2024-11-30",
    "2025-01-31-preview",
    "2025-05-31-preview",
];

/// Members of the body; the ones that the service sets are ignored when they come in.
const MEMBERS: &[&str] = &["id", "name", "type", "location", "tags", "properties", "systemData"];
const PROPERTIES: &[&str] = &["tenantId", "principalId", "clientId", "isolationScope"];

/// The id of the identity in the path.
pub(crate) fn id(call: &Call<'_>) -> String {
    format!("{}/providers/{KIND}/{}", group_id(call), call.param("identity"))
}

fn put(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    let caller = admitted(world, call, &format!("{KIND}/write"), &id)?;
    check_name(call.param("identity"))?;
    let given = body(call, MEMBERS)?;
    let location = resources::location(&given)?;
    let tags = resources::tags(&given)?;
    let scope = isolation_scope(&resources::properties(&given, PROPERTIES)?)?;
    let existing = world.azure.resources.get(&key(&id)).cloned();
    if let Some(mut existing) = existing {
        resources::same_location(&existing, &location, call.param("group"))?;
        existing.body.insert(String::from("tags"), tags);
        if let Some(scope) = scope {
            existing.set_property("isolationScope", json!(scope));
        }
        return Ok(stored(world, existing, 200));
    }
    let (client, principal) = (world.next_guid("client"), world.next_guid("principal"));
    let mut properties = json!({ "tenantId": caller.tenant, "principalId": principal, "clientId": client });
    if let Some(scope) = scope {
        properties["isolationScope"] = json!(scope);
    }
    let body = json!({ "location": location, "tags": tags, "properties": properties });
    let identity = resources::insert(world, id, KIND, body.as_object().cloned().unwrap_or_default());
    let principal = Principal {
        object_id: principal,
        app_id: client,
        tenant: caller.tenant,
        name: identity.name.clone(),
        identity: Some(identity.id.clone()),
        fields: Map::new(),
        life: Life { deleted_at: None, visible_from: world.visible_from(), seeded: false },
    };
    insert_principal(world, principal);
    Ok(Answer::json_with(201, &identity.shown()))
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/read"), &id)?;
    let identity = live(world, &id).ok_or_else(|| missing(call, KIND, call.param("identity")))?;
    Ok(Answer::json(&identity.shown()))
}

fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/write"), &id)?;
    let given = body(call, MEMBERS)?;
    let mut identity = live(world, &id).cloned().ok_or_else(|| missing(call, KIND, call.param("identity")))?;
    if given.contains_key("location") {
        resources::same_location(&identity, &resources::location(&given)?, call.param("group"))?;
    }
    if given.contains_key("tags") {
        identity.body.insert(String::from("tags"), resources::tags(&given)?);
    }
    if let Some(scope) = isolation_scope(&resources::properties(&given, PROPERTIES)?)? {
        identity.set_property("isolationScope", json!(scope));
    }
    Ok(stored(world, identity, 200))
}

/// The identity goes for good, with its service principal and its credentials.
fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/delete"), &id)?;
    forget_principals(world, &id);
    Ok(resources::remove(world, &id))
}

fn list_in_group(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let group = group_id(call);
    admitted(world, call, &format!("{KIND}/read"), &group)?;
    Ok(page(resources::listed(world, KIND, &group).into_iter().map(Resource::shown).collect()))
}

fn list_in_subscription(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let subscription = format!("/subscriptions/{}", call.param("subscription"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/read"), &subscription)?;
    Ok(page(resources::listed(world, KIND, &subscription).into_iter().map(Resource::shown).collect()))
}

/// Removes the service principals of the identities that an id names or contains.
pub(crate) fn forget_principals(world: &mut World, id: &str) {
    let gone = key(id);
    world.azure.directory.principals.retain(|_, principal| {
        principal.identity.as_deref().is_none_or(|identity| !access::is_at_or_above(&gone, &key(identity)))
    });
}

fn stored(world: &mut World, mut identity: Resource, status: u16) -> Answer {
    identity.revision = world.next_number();
    let shown = identity.shown();
    world.azure.resources.insert(identity.key(), identity);
    Answer::json_with(status, &shown)
}

fn isolation_scope(properties: &Map<String, Value>) -> Result<Option<String>, Refusal> {
    match properties.get("isolationScope") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(scope)) if matches!(scope.as_str(), "None" | "Regional") => Ok(Some(scope.clone())),
        Some(other) => Err(bad_request(format!("The isolation scope {other} is not one of None and Regional."))),
    }
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let bytes = name.as_bytes();
    let good = (3..=128).contains(&bytes.len())
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if good {
        return Ok(());
    }
    Err(bad_request(format!(
        "The resource name '{name}' is not valid: 3 to 128 letters, digits, hyphens and underscores, beginning with a letter or digit."
    )))
}
