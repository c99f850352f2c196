//! Application registrations.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{bad_request, body, conflict, filter, not_found, operator};
use crate::azure::directory::Application;
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::rfc3339;
use crate::state::life::Life;
use crate::state::world::{World, details};

/// What can be written.
const MEMBERS: &[&str] = &[
    "api",
    "appRoles",
    "defaultRedirectUri",
    "description",
    "displayName",
    "groupMembershipClaims",
    "identifierUris",
    "info",
    "isDeviceOnlyAuthSupported",
    "isFallbackPublicClient",
    "keyCredentials",
    "notes",
    "optionalClaims",
    "parentalControlSettings",
    "passwordCredentials",
    "publicClient",
    "requiredResourceAccess",
    "samlMetadataUrl",
    "serviceManagementReference",
    "signInAudience",
    "spa",
    "tags",
    "tokenEncryptionKeyId",
    "uniqueName",
    "web",
];
const AUDIENCES: &[&str] =
    &["AzureADMyOrg", "AzureADMultipleOrgs", "AzureADandPersonalMicrosoftAccount", "PersonalMicrosoftAccount"];

pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = operator(world, call)?;
    let now = world.now();
    let applications = world.azure.directory.applications.values().filter(|application| {
        application.tenant == caller.tenant && application.life.is_live() && application.life.is_visible(now)
    });
    let chosen = filter::chosen(call, applications.map(shown).collect())?;
    Ok(Answer::json(
        &json!({ "@odata.context": "https://graph.microsoft.com/v1.0/$metadata#applications", "value": chosen }),
    ))
}

pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = operator(world, call)?;
    let mut fields = body(call, MEMBERS)?;
    if fields.get("displayName").and_then(Value::as_str).is_none_or(str::is_empty) {
        return Err(bad_request(
            "A value without a type name was found and no expected type is available: displayName is required.",
        ));
    }
    fields.entry("signInAudience").or_insert_with(|| json!("AzureADMyOrg"));
    let app_id = world.next_guid("application id");
    check(world, &caller.tenant, &app_id, None, &fields)?;
    let application = Application {
        object_id: world.next_guid("application"),
        app_id,
        tenant: caller.tenant,
        fields,
        secrets: Vec::new(),
        credentials: BTreeMap::new(),
        created_at: world.now(),
        life: Life { deleted_at: None, visible_from: world.visible_from(), seeded: false },
    };
    let shown = shown(&application);
    world.azure.directory.applications.insert(application.object_id.clone(), application);
    Ok(Answer::json_with(201, &shown))
}

pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::json(&shown(&found(world, call)?)))
}

pub(super) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut application = found(world, call)?;
    let patch = body(call, MEMBERS)?;
    for (name, value) in patch {
        if name == "api"
            && let (Some(old), Some(new)) =
                (application.fields.get_mut("api").and_then(Value::as_object_mut), value.as_object())
        {
            old.extend(new.clone());
            continue;
        }
        application.fields.insert(name, value);
    }
    check(world, &application.tenant, &application.app_id, Some(&application.object_id), &application.fields)?;
    store(world, application);
    Ok(Answer::empty(204))
}

/// The application and its service principal can be restored for thirty days, and its identifiers stay taken meanwhile.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut application = found(world, call)?;
    let now = world.now();
    application.life.deleted_at = Some(now);
    for principal in world.azure.directory.principals.values_mut() {
        if principal.app_id == application.app_id && principal.tenant == application.tenant && principal.life.is_live()
        {
            principal.life.deleted_at = Some(now);
        }
    }
    store(world, application);
    Ok(Answer::empty(204))
}

/// The live application in the path.
pub(super) fn found(world: &World, call: &Call<'_>) -> Result<Application, Refusal> {
    let caller = operator(world, call)?;
    let id = call.param("application");
    let now = world.now();
    let found = world.azure.directory.applications.get(id).filter(|application| {
        application.tenant == caller.tenant && application.life.is_live() && application.life.is_visible(now)
    });
    found.cloned().ok_or_else(|| not_found(id))
}

/// Puts a changed application back.
pub(super) fn store(world: &mut World, application: Application) {
    world.azure.directory.applications.insert(application.object_id.clone(), application);
}

/// As Graph writes it.
pub(super) fn shown(application: &Application) -> Value {
    let mut shown = json!({
        "id": application.object_id,
        "appId": application.app_id,
        "createdDateTime": rfc3339(application.created_at),
        "deletedDateTime": application.life.deleted_at.map(rfc3339),
        "identifierUris": [],
        "tags": [],
        "api": { "requestedAccessTokenVersion": null, "oauth2PermissionScopes": [], "preAuthorizedApplications": [], "knownClientApplications": [], "acceptMappedClaims": null },
        "appRoles": [],
        "keyCredentials": [],
        "passwordCredentials": [],
        "requiredResourceAccess": [],
        "notes": null,
        "description": null,
        "web": { "redirectUris": [], "homePageUrl": null, "logoutUrl": null },
        "spa": { "redirectUris": [] },
        "publicClient": { "redirectUris": [] },
        "publisherDomain": null,
    });
    for (name, value) in &application.fields {
        if name == "api" {
            for (name, value) in value.as_object().into_iter().flatten() {
                shown["api"][name] = value.clone();
            }
        } else {
            shown[name] = value.clone();
        }
    }
    shown
}

/// All applications with their credentials, for the control API.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let mut objects = Vec::new();
    for application in world.azure.directory.applications.values() {
        objects.push(Object {
            kind: "azure/application",
            id: application.object_id.clone(),
            state: application.life.state(),
            seeded: application.life.seeded,
            details: details([("app_id", json!(application.app_id)), ("resource", shown(application))]),
        });
        objects.extend(application.credentials.values().map(|credential| Object {
            kind: "azure/application_federated_credential",
            id: format!("{}/{}", application.object_id, credential.name),
            state: application.life.state(),
            seeded: application.life.seeded,
            details: details([("resource", super::credentials::shown(credential))]),
        }));
    }
    objects
}

fn check(
    world: &World,
    tenant: &str,
    app_id: &str,
    own: Option<&str>,
    fields: &Map<String, Value>,
) -> Result<(), Refusal> {
    let version = fields.get("api").map_or(&Value::Null, |api| &api["requestedAccessTokenVersion"]);
    if !(version.is_null() || version == 1 || version == 2) {
        return Err(bad_request(
            "Invalid value specified for property 'requestedAccessTokenVersion' of resource 'ApiApplication'.",
        ));
    }
    let audience = fields.get("signInAudience").and_then(Value::as_str).unwrap_or("AzureADMyOrg");
    if !AUDIENCES.contains(&audience) {
        return Err(bad_request("Invalid value specified for property 'signInAudience' of resource 'Application'."));
    }
    let uris = match fields.get("identifierUris") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Array(uris)) => uris,
        Some(_) => {
            return Err(bad_request(
                "Invalid value specified for property 'identifierUris' of resource 'Application'.",
            ));
        }
    };
    for uri in uris {
        let uri = uri.as_str().unwrap_or_default();
        check_uri(world, tenant, app_id, uri)?;
        let taken = world.azure.directory.applications.values().any(|other| {
            Some(other.object_id.as_str()) != own
                && other.tenant == tenant
                && other.life.remembered(world.now())
                && other.uris().any(|known| known == uri)
        });
        if taken {
            return Err(conflict("identifierUris"));
        }
    }
    Ok(())
}

/// An identifier must show the tenant, the application, or a domain that the tenant has proved to be its own.
fn check_uri(world: &World, tenant: &str, app_id: &str, uri: &str) -> Result<(), Refusal> {
    let parsed = url::Url::parse(uri).ok().filter(|_| uri.len() <= 255 && !uri.ends_with('/'));
    let Some(parsed) = parsed else {
        return Err(bad_request("Invalid value specified for property 'identifierUris' of resource 'Application'."));
    };
    let host = parsed.host_str().unwrap_or_default();
    let domain = world.azure.directory.tenant(tenant).map(|tenant| tenant.domain.as_str()).unwrap_or_default();
    let own_domain = host == domain || host.ends_with(&format!(".{domain}"));
    let good = match parsed.scheme() {
        "api" => host == app_id || host == tenant || own_domain || parsed.path().split('/').any(|part| part == app_id),
        "https" => own_domain,
        _ => false,
    };
    if good {
        return Ok(());
    }
    let message = format!(
        "Values of identifierUris property must use a verified domain of the organization or its subdomain: '{uri}'"
    );
    let detail = json!({ "code": "HostNameNotOnVerifiedDomain", "message": message, "target": "identifierUris" });
    Err(Refusal::new(400, "HostNameNotOnVerifiedDomain", message).with_detail(detail))
}
