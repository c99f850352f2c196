//! Puts the seed's tenants, subscriptions and resources into an empty world.

use serde_json::{Map, Value, json};

use super::assignments::Assignment;
use super::directory::{Application, Principal, Tenant, guid_of};
use super::resources::{GROUP, Resource, Subscription, key};
use super::roles::{BUILT_IN, OWNER};
use crate::seed::Seed;
use crate::seed::azure::{OPERATOR_CLIENT, OPERATOR_SECRET, SeedApplication, SeedGroup, SeedSubscription, SeedTenant};
use crate::state::life::Life;
use crate::state::world::World;

/// The name of the operator's application.
const OPERATOR: &str = "operator";

/// Plants what the seed says. Ids follow from names, so that they are the same in every run.
pub(crate) fn plant(world: &mut World, seed: &Seed) {
    for tenant in &seed.azure.tenants {
        plant_tenant(world, tenant);
        for subscription in &tenant.subscriptions {
            plant_subscription(world, tenant, subscription);
        }
    }
}

fn seeded() -> Life {
    Life { deleted_at: None, visible_from: 0, seeded: true }
}

fn plant_tenant(world: &mut World, tenant: &SeedTenant) {
    let has_operator = tenant.applications.iter().any(|application| application.display_name == OPERATOR);
    if !has_operator {
        let operator = SeedApplication {
            display_name: OPERATOR.to_owned(),
            client_id: Some(OPERATOR_CLIENT.to_owned()),
            secrets: vec![OPERATOR_SECRET.to_owned()],
            identifier_uris: Vec::new(),
            token_version: None,
        };
        plant_application(world, tenant, &operator);
    }
    for application in &tenant.applications {
        plant_application(world, tenant, application);
    }
    let operator = principal_id(tenant, OPERATOR);
    world.azure.directory.tenants.push(Tenant { id: tenant.id.clone(), domain: tenant.domain.clone(), operator });
}

fn principal_id(tenant: &SeedTenant, name: &str) -> String {
    guid_of(&format!("principal {} {name}", tenant.id))
}

fn plant_application(world: &mut World, tenant: &SeedTenant, seed: &SeedApplication) {
    let object_id = guid_of(&format!("application {} {}", tenant.id, seed.display_name));
    let app_id =
        seed.client_id.clone().unwrap_or_else(|| guid_of(&format!("client {} {}", tenant.id, seed.display_name)));
    let mut fields = Map::new();
    fields.insert(String::from("displayName"), json!(seed.display_name));
    fields.insert(String::from("identifierUris"), json!(seed.identifier_uris));
    fields.insert(String::from("api"), json!({ "requestedAccessTokenVersion": seed.token_version }));
    let application = Application {
        object_id: object_id.clone(),
        app_id: app_id.clone(),
        tenant: tenant.id.clone(),
        fields,
        secrets: seed.secrets.clone(),
        credentials: Default::default(),
        created_at: world.now(),
        life: seeded(),
    };
    world.azure.directory.applications.insert(object_id, application);
    let principal = Principal {
        object_id: principal_id(tenant, &seed.display_name),
        app_id,
        tenant: tenant.id.clone(),
        name: seed.display_name.clone(),
        identity: None,
        fields: Map::new(),
        life: seeded(),
    };
    super::directory::insert_principal(world, principal);
}

fn plant_subscription(world: &mut World, tenant: &SeedTenant, seed: &SeedSubscription) {
    let id = format!("/subscriptions/{}", seed.id);
    world
        .azure
        .subscriptions
        .insert(key(&id), Subscription { id: seed.id.clone(), name: seed.name.clone(), tenant: tenant.id.clone() });
    if !seed.operator_denied {
        plant_assignment(world, &id, OWNER, &principal_id(tenant, OPERATOR));
    }
    for group in &seed.resource_groups {
        plant_group(world, tenant, &id, group);
    }
    for assignment in &seed.role_assignments {
        let role = BUILT_IN.iter().find(|role| role.name == assignment.role);
        let scope = assignment.scope.as_deref().unwrap_or(&id);
        match role {
            Some(role) => plant_assignment(world, scope, role.id, &assignment.principal_id),
            None => {
                tracing::warn!(role = assignment.role, "the seed names a role that is not built in; it is left out")
            }
        }
    }
}

fn plant_assignment(world: &mut World, scope: &str, role: &str, principal: &str) {
    let name = guid_of(&format!("assignment {scope} {role} {principal}"));
    let assignment = Assignment {
        id: format!("{scope}/providers/Microsoft.Authorization/roleAssignments/{name}"),
        name,
        scope: key(scope),
        scope_shown: scope.to_owned(),
        role_id: role.to_owned(),
        role_shown: format!(
            "/subscriptions/{}/providers/Microsoft.Authorization/roleDefinitions/{role}",
            super::access::subscription_of(scope).unwrap_or_default()
        ),
        principal_id: principal.to_owned(),
        fields: json!({ "principalType": "ServicePrincipal" }).as_object().cloned().unwrap_or_default(),
        created_at: world.now(),
        created_by: principal.to_owned(),
        visible_from: 0,
        seeded: true,
    };
    world.azure.assignments.insert(key(&assignment.id), assignment);
}

fn plant_group(world: &mut World, tenant: &SeedTenant, subscription: &str, group: &SeedGroup) {
    let id = format!("{subscription}/resourceGroups/{}", group.name);
    let body = json!({ "location": group.location, "tags": {}, "properties": { "provisioningState": "Succeeded" } });
    plant_resource(world, &id, GROUP, &group.name, body.as_object().cloned().unwrap_or_default());
    for resource in &group.resources {
        let mut id = format!("{id}/providers/");
        let (namespace, types) = resource.kind.split_once('/').unwrap_or((&resource.kind, ""));
        id.push_str(namespace);
        for (kind, name) in types.split('/').zip(resource.name.split('/')) {
            id.push_str(&format!("/{kind}/{name}"));
        }
        let name = resource.name.rsplit('/').next().unwrap_or_default();
        let mut body = resource.body.clone();
        if !resource.kind.contains("/federatedIdentityCredentials") && resource.kind.matches('/').count() == 1 {
            body.entry("tags").or_insert_with(|| json!({}));
        }
        complete(world, tenant, &id, &resource.kind, &mut body);
        plant_resource(world, &id, &resource.kind, name, body);
    }
}

/// Adds what the service itself would have added.
fn complete(world: &mut World, tenant: &SeedTenant, id: &str, kind: &str, body: &mut Map<String, Value>) {
    let properties = body.entry("properties").or_insert_with(|| json!({}));
    if !properties.is_object() {
        *properties = json!({});
    }
    match kind {
        super::identities::KIND => {
            let client = guid_of(&format!("client {id}"));
            let principal = guid_of(&format!("principal {id}"));
            properties["tenantId"] = json!(tenant.id);
            properties["clientId"] = json!(client);
            properties["principalId"] = json!(principal);
            let name = id.rsplit('/').next().unwrap_or_default().to_owned();
            let principal = Principal {
                object_id: principal,
                app_id: client,
                tenant: tenant.id.clone(),
                name,
                identity: Some(id.to_owned()),
                fields: Map::new(),
                life: seeded(),
            };
            super::directory::insert_principal(world, principal);
        }
        super::credentials::KIND => {}
        super::clusters::KIND => {
            properties["provisioningState"] = json!("Succeeded");
            properties["powerState"] = json!({ "code": "Running" });
            if properties["oidcIssuerProfile"]["enabled"] == true
                && properties["oidcIssuerProfile"]["issuerURL"].is_null()
            {
                let location = body.get("location").and_then(Value::as_str).unwrap_or_default().to_owned();
                let issuer = super::clusters::issuer(&location, &tenant.id, &guid_of(&format!("cluster issuer {id}")));
                body["properties"]["oidcIssuerProfile"]["issuerURL"] = json!(issuer);
            }
            super::clusters::add_identities(id, &tenant.id, body);
        }
        super::cognitive::KIND => {
            let body: &mut Map<String, Value> = body;
            super::cognitive::complete(body);
        }
        super::storage::KIND => super::storage::complete(body, id.rsplit('/').next().unwrap_or_default()),
        _ => properties["provisioningState"] = json!("Succeeded"),
    }
}

fn plant_resource(world: &mut World, id: &str, kind: &str, name: &str, body: Map<String, Value>) {
    let resource = Resource {
        id: id.to_owned(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        body,
        revision: 1,
        busy: None,
        life: seeded(),
    };
    world.azure.resources.insert(key(id), resource);
}
