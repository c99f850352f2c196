//! `Microsoft.Storage/storageAccounts` and their blob containers, as sources of transfers.

use serde_json::{Map, Value, json};

use super::arm::kept;
use super::operations::Busy;
use super::refusal::{self, bad_request, parent_not_found};
use super::resources::{self, Resource, admitted, body, check_version, group_id, key, live, missing, page};
use super::{VENDOR, access, operations};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::world::World;

/// `Microsoft.Storage`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "Microsoft.Storage",
    title: "Azure Storage",
    common_query: &[],
    render: refusal::render,
    fault: refusal::injected,
    objects: |world| {
        let mut objects = resources::objects(world, KIND, "azure/storage_account");
        objects.extend(resources::objects(world, CONTAINER_KIND, "azure/blob_container"));
        objects
    },
    routes: &[
        Route {
            method: "POST",
            template: "/subscriptions/{subscription}/providers/Microsoft.Storage/checkNameAvailability",
            query: &[],
            handler: check_name_availability,
        },
        Route { method: "PUT", template: ACCOUNT, query: &[], handler: put },
        Route { method: "GET", template: ACCOUNT, query: &[], handler: get },
        Route { method: "DELETE", template: ACCOUNT, query: &[], handler: delete },
        Route { method: "GET", template: IN_GROUP, query: &[], handler: list },
        Route { method: "PUT", template: CONTAINER, query: &[], handler: put_container },
        Route { method: "GET", template: CONTAINER, query: &[], handler: get_container },
        Route { method: "DELETE", template: CONTAINER, query: &[], handler: delete_container },
    ],
};

/// The type of accounts.
pub(crate) const KIND: &str = "Microsoft.Storage/storageAccounts";
/// The type of containers.
pub(crate) const CONTAINER_KIND: &str = "Microsoft.Storage/storageAccounts/blobServices/containers";

const ACCOUNT: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{account}";
const IN_GROUP: &str =
    "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts";
const CONTAINER: &str = "/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.Storage/storageAccounts/{account}/blobServices/default/containers/{container}";

const VERSIONS: &[&str] =
    &["2022-09-01", "2023-01-01", "2023-05-01", "2024-01-01", "2025-01-01", "2025-06-01", "2025-08-01", "2026-04-01"];

const MEMBERS: &[&str] = &[
    "id",
    "name",
    "type",
    "sku",
    "kind",
    "location",
    "extendedLocation",
    "zones",
    "placement",
    "tags",
    "identity",
    "properties",
];
const PROPERTIES: &[&str] = &[
    "allowedCopyScope",
    "publicNetworkAccess",
    "sasPolicy",
    "keyPolicy",
    "customDomain",
    "encryption",
    "networkAcls",
    "accessTier",
    "azureFilesIdentityBasedAuthentication",
    "supportsHttpsTrafficOnly",
    "isSftpEnabled",
    "isLocalUserEnabled",
    "enableExtendedGroups",
    "isHnsEnabled",
    "largeFileSharesState",
    "routingPreference",
    "dualStackEndpointPreference",
    "allowBlobPublicAccess",
    "minimumTlsVersion",
    "allowSharedKeyAccess",
    "isNfsV3Enabled",
    "allowCrossTenantReplication",
    "defaultToOAuthAuthentication",
    "immutableStorageWithVersioning",
    "dnsEndpointType",
    "geoPriorityReplicationStatus",
    "dataCollaborationPolicyProperties",
    "allowSharedKeyAccessForServices",
];
/// What the service says and nobody else: ignored when it comes in.
const OUTPUTS: &[&str] = &[
    "accountMigrationInProgress",
    "blobRestoreStatus",
    "creationTime",
    "failoverInProgress",
    "geoReplicationStats",
    "isSkuConversionBlocked",
    "keyCreationTime",
    "lastGeoFailoverTime",
    "primaryEndpoints",
    "primaryLocation",
    "privateEndpointConnections",
    "provisioningState",
    "secondaryEndpoints",
    "secondaryLocation",
    "statusOfPrimary",
    "statusOfSecondary",
    "storageAccountSkuConversionStatus",
];
const CONTAINER_PROPERTIES: &[&str] = &[
    "defaultEncryptionScope",
    "denyEncryptionScopeOverride",
    "publicAccess",
    "metadata",
    "immutableStorageWithVersioning",
    "enableNfsV3RootSquash",
    "enableNfsV3AllSquash",
];

fn id(call: &Call<'_>) -> String {
    format!("{}/providers/{KIND}/{}", group_id(call), call.param("account"))
}

fn check_name_availability(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let caller = access::caller(world, call)?;
    let subscription = format!("/subscriptions/{}", call.param("subscription"));
    access::authorised(world, &caller, "Microsoft.Storage/checknameavailability/read", &subscription)?;
    let given = body(call, &["name", "type"])?;
    let name = given.get("name").and_then(Value::as_str).unwrap_or_default();
    let taken = world.azure.resources.values().any(|other| other.kind == KIND && other.name == name);
    if taken {
        let message = format!("The storage account named {name} is already taken.");
        return Ok(Answer::json(&json!({ "nameAvailable": false, "reason": "AlreadyExists", "message": message })));
    }
    Ok(Answer::json(&json!({ "nameAvailable": true })))
}

/// A new account is answered with nothing but where its result will be; a change is answered at once.
fn put(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/write"), &id)?;
    let name = call.param("account").to_owned();
    let good =
        (3..=24).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    if !good {
        return Err(Refusal::new(
            400,
            "AccountNameInvalid",
            format!(
                "{name} is not a valid storage account name. Storage account name must be between 3 and 24 characters in length and use numbers and lower-case letters only."
            ),
        ));
    }
    let given = body(call, MEMBERS)?;
    let location = resources::location(&given)?;
    let tags = resources::tags(&given)?;
    for name in ["sku", "kind"] {
        if given.get(name).is_none_or(Value::is_null) {
            return Err(bad_request(format!("The property '{name}' is required.")));
        }
    }
    let allowed: Vec<&str> = PROPERTIES.iter().chain(OUTPUTS).copied().collect();
    let mut properties = resources::properties(&given, &allowed)?;
    properties.retain(|name, value| !OUTPUTS.contains(&name.as_str()) && !value.is_null());
    let elsewhere =
        world.azure.resources.values().any(|other| other.kind == KIND && other.name == name && other.key() != key(&id));
    if elsewhere {
        return Err(Refusal::new(
            409,
            "StorageAccountAlreadyTaken",
            format!("The storage account named {name} is already taken."),
        ));
    }
    let mut whole = kept(&given, &["sku", "kind", "identity", "zones"]);
    whole.insert(String::from("location"), json!(location));
    whole.insert(String::from("tags"), tags);
    whole.insert(String::from("properties"), Value::Object(properties));
    complete(&mut whole, &name);
    if let Some(mut existing) = world.azure.resources.get(&key(&id)).cloned() {
        resources::same_location(&existing, &location, call.param("group"))?;
        existing.body = whole;
        let shown = existing.shown();
        world.azure.resources.insert(existing.key(), existing);
        return Ok(Answer::json(&shown));
    }
    let mut account = resources::insert(world, id, KIND, whole);
    account.busy = Some(Busy { until: operations::until(world), state: "Creating", hides: None });
    let operation = operations::start(world, Some(&account.id));
    world.azure.resources.insert(account.key(), account);
    Ok(operations::with_result(Answer::empty(202), call, "Microsoft.Storage", &location, &operation))
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/read"), &id)?;
    let account = live(world, &id).ok_or_else(|| missing(call, KIND, call.param("account")))?;
    Ok(Answer::json(&account.shown_at(world.now())))
}

fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = id(call);
    admitted(world, call, &format!("{KIND}/delete"), &id)?;
    Ok(resources::remove(world, &id))
}

fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let group = group_id(call);
    admitted(world, call, &format!("{KIND}/read"), &group)?;
    Ok(page(resources::listed(world, KIND, &group).into_iter().map(|account| account.shown_at(world.now())).collect()))
}

fn container(world: &World, call: &Call<'_>, verb: &str) -> Result<(String, String), Refusal> {
    check_version(call, CONTAINER_KIND, VERSIONS)?;
    let account = id(call);
    let id = format!("{account}/blobServices/default/containers/{}", call.param("container"));
    admitted(world, call, &format!("{CONTAINER_KIND}/{verb}"), &id)?;
    live(world, &account).ok_or_else(|| parent_not_found(CONTAINER_KIND, &account))?;
    Ok((account, id))
}

fn put_container(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (_, id) = container(world, call, "write")?;
    let name = call.param("container");
    let good = (3..=63).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--");
    if !good {
        return Err(Refusal::new(400, "ContainerNameInvalid", format!("The container name '{name}' is not valid.")));
    }
    let given = body(call, &["id", "name", "type", "etag", "properties"])?;
    let properties = resources::properties(&given, CONTAINER_PROPERTIES)?;
    if let Some(mut existing) = world.azure.resources.get(&key(&id)).cloned() {
        existing.body.insert(String::from("properties"), Value::Object(properties));
        let shown = existing.shown();
        world.azure.resources.insert(existing.key(), existing);
        return Ok(Answer::json(&shown));
    }
    let mut whole = Map::new();
    whole.insert(String::from("properties"), Value::Object(properties));
    Ok(Answer::json_with(201, &resources::insert(world, id, CONTAINER_KIND, whole).shown()))
}

fn get_container(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (_, id) = container(world, call, "read")?;
    let found = live(world, &id).map(Resource::shown);
    found
        .map(|shown| Answer::json(&shown))
        .ok_or_else(|| Refusal::new(404, "ContainerNotFound", "The specified container does not exist."))
}

fn delete_container(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (_, id) = container(world, call, "delete")?;
    Ok(resources::remove(world, &id))
}

/// Adds what the service says.
pub(crate) fn complete(body: &mut Map<String, Value>, name: &str) {
    if let Some(properties) = body.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(String::from("provisioningState"), json!("Succeeded"));
        let blob = format!("https://{name}.blob.core.windows.net/");
        properties.insert(String::from("primaryEndpoints"), json!({ "blob": blob }));
    }
}
