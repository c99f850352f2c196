//! Service principals, of applications and of managed identities.

use serde_json::{Value, json};

use super::{bad_request, body, conflict, filter, not_found, operator};
use crate::azure::directory::{Principal, insert_principal};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::life::Life;
use crate::state::world::{World, details};

const MEMBERS: &[&str] = &[
    "accountEnabled",
    "alternativeNames",
    "appId",
    "appRoleAssignmentRequired",
    "description",
    "displayName",
    "notes",
    "notificationEmailAddresses",
    "preferredSingleSignOnMode",
    "servicePrincipalType",
    "tags",
];

pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = operator(world, call)?;
    let now = world.now();
    let principals = world.azure.directory.principals.values().filter(|principal| {
        principal.tenant == caller.tenant && principal.life.is_live() && principal.life.is_visible(now)
    });
    let chosen = filter::chosen(call, principals.map(|principal| shown(world, principal)).collect())?;
    Ok(Answer::json(
        &json!({ "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#servicePrincipals", "value": chosen }),
    ))
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = operator(world, call)?;
    let fields = body(call, MEMBERS)?;
    let app_id = fields.get("appId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let now = world.now();
    let application = world
        .azure
        .directory
        .application(&caller.tenant, &app_id)
        .filter(|application| application.life.is_visible(now));
    let Some(application) = application else {
        return Err(Refusal {
            code: String::from("Request_BadRequest"),
            ..bad_request(format!(
                "The appId '{app_id}' of the service principal does not reference a valid application object."
            ))
        });
    };
    let name = application.fields.get("displayName").and_then(Value::as_str).unwrap_or_default().to_owned();
    if world.azure.directory.principal(&caller.tenant, &app_id).is_some() {
        return Err(Refusal {
            code: String::from("Request_MultipleObjectsWithSameKeyValue"),
            status: 409,
            ..conflict("servicePrincipalNames")
        });
    }
    let principal = Principal {
        object_id: world.next_guid("service principal"),
        app_id,
        tenant: caller.tenant,
        name,
        identity: None,
        fields,
        life: Life { deleted_at: None, visible_from: world.visible_from(), seeded: false },
    };
    let shown = shown(world, &principal);
    insert_principal(world, principal);
    Ok(Answer::json_with(201, &shown))
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let principal = found(world, call)?;
    Ok(Answer::json(&shown(world, &principal)))
}

pub(super) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut principal = found(world, call)?;
    principal.fields.extend(body(call, MEMBERS)?);
    insert_principal(world, principal);
    Ok(Answer::empty(204))
}

pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut principal = found(world, call)?;
    if principal.identity.is_some() {
        return Err(Refusal::new(
            403,
            "Authorization_RequestDenied",
            "The service principal of a managed identity goes with the identity only.",
        ));
    }
    principal.life.deleted_at = Some(world.now());
    insert_principal(world, principal);
    Ok(Answer::empty(204))
}

/// Those of the ids that are there.
pub(super) fn by_ids(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = operator(world, call)?;
    let body = body(call, &["ids", "types"])?;
    let ids: Vec<&str> =
        body.get("ids").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).collect();
    let now = world.now();
    let principals = world.azure.directory.principals.values().filter(|principal| {
        principal.tenant == caller.tenant
            && principal.life.is_live()
            && principal.life.is_visible(now)
            && ids.iter().any(|id| id.eq_ignore_ascii_case(&principal.object_id))
    });
    let shown: Vec<Value> = principals
        .map(|principal| {
            let mut shown = shown(world, principal);
            shown["@odata.type"] = json!("#microsoft.graph.servicePrincipal");
            shown
        })
        .collect();
    Ok(Answer::json(&json!({ "value": shown })))
}

/// As Graph writes it.
pub(super) fn shown(world: &World, principal: &Principal) -> Value {
    let uris = world
        .azure
        .directory
        .application(&principal.tenant, &principal.app_id)
        .into_iter()
        .flat_map(|application| application.uris());
    let mut names: Vec<String> = uris.map(str::to_owned).collect();
    names.push(principal.app_id.clone());
    let kind = if principal.identity.is_some() { "ManagedIdentity" } else { "Application" };
    let alternative: Vec<&str> = principal.identity.iter().flat_map(|id| ["isExplicit=True", id.as_str()]).collect();
    let mut shown = json!({
        "id": principal.object_id,
        "appId": principal.app_id,
        "displayName": principal.name,
        "appDisplayName": if principal.identity.is_some() { Value::Null } else { json!(principal.name) },
        "appOwnerOrganizationId": principal.tenant,
        "accountEnabled": true,
        "servicePrincipalType": kind,
        "servicePrincipalNames": names,
        "alternativeNames": alternative,
        "tags": [],
        "notes": null,
        "description": null,
    });
    for (name, value) in &principal.fields {
        shown[name] = value.clone();
    }
    shown
}

/// All service principals of applications, for the control API; those of managed identities are listed with them.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let principals = world.azure.directory.principals.values().filter(|principal| principal.identity.is_none());
    let objects = principals.map(|principal| Object {
        kind: "azure/service_principal",
        id: principal.object_id.clone(),
        state: principal.life.state(),
        seeded: principal.life.seeded,
        details: details([("app_id", json!(principal.app_id)), ("resource", shown(world, principal))]),
    });
    objects.collect()
}

fn found(world: &World, call: &Call<'_>) -> Result<Principal, Refusal> {
    let caller = operator(world, call)?;
    let id = call.param("principal");
    let now = world.now();
    let found = world.azure.directory.principals.get(id).filter(|principal| {
        principal.tenant == caller.tenant && principal.life.is_live() && principal.life.is_visible(now)
    });
    found.cloned().ok_or_else(|| not_found(id))
}
