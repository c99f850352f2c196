//! `Microsoft.Authorization/roleDefinitions`: built-in roles to be looked up by name, and custom ones.

use serde_json::{Map, Value, json};

use super::access::{self, is_at_or_above};
use super::directory::is_guid;
use super::refusal::bad_request;
use super::resources::{body, check_version, known, page};
use super::roles::BUILT_IN;
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::rfc3339;
use crate::state::world::{World, details};

pub(crate) const KIND: &str = "Microsoft.Authorization/roleDefinitions";
pub(crate) const VERSIONS: &[&str] = &["2015-07-01", "2018-01-01-preview", "2022-04-01", "2022-05-01-preview"];

/// A custom role.
#[derive(Debug, Clone)]
pub(crate) struct Definition {
    id: String,
    scope: String,
    properties: Map<String, Value>,
    permissions: Permissions,
}

/// What a role allows.
#[derive(Debug, Clone, Default)]
pub(crate) struct Permissions {
    pub(crate) actions: Vec<String>,
    pub(crate) not_actions: Vec<String>,
    pub(crate) data_actions: Vec<String>,
    pub(crate) not_data_actions: Vec<String>,
}

/// What the role with that GUID allows.
pub(crate) fn permissions(world: &World, id: &str) -> Option<Permissions> {
    if let Some(custom) = world.azure.definitions.get(&id.to_ascii_lowercase()) {
        return Some(custom.permissions.clone());
    }
    let role = BUILT_IN.iter().find(|role| role.id.eq_ignore_ascii_case(id))?;
    let list = |actions: &[&str]| actions.iter().map(|action| (*action).to_owned()).collect();
    Some(Permissions {
        actions: list(role.actions),
        not_actions: list(role.not_actions),
        data_actions: list(role.data_actions),
        not_data_actions: Vec::new(),
    })
}

/// Lists the roles that can be assigned at a scope; `$filter` narrows them down by name or type.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let scope = format!("/{}", call.param("scope"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/read"), &scope)?;
    let filter = call.request.query("$filter").unwrap_or_default();
    let mut values = all(world, &scope);
    for (name, member) in [("roleName", "roleName"), ("type", "type")] {
        if let Some(wanted) = equals(filter, name) {
            values.retain(|value| {
                value["properties"][member].as_str().is_some_and(|given| given.eq_ignore_ascii_case(&wanted))
            });
        }
    }
    Ok(page(values))
}

/// One role, by its GUID.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let scope = format!("/{}", call.param("scope"));
    let caller = access::caller(world, call)?;
    // Built-in roles are the tenant's, and everybody in it may look them up by id.
    if access::subscription_of(&scope).is_some() {
        access::authorised(world, &caller, &format!("{KIND}/read"), &scope)?;
    }
    let id = call.param("role");
    let found = all(world, &scope)
        .into_iter()
        .find(|value| value["name"].as_str().is_some_and(|name| name.eq_ignore_ascii_case(id)));
    found.map(|value| Answer::json(&value)).ok_or_else(|| does_not_exist(id))
}

/// Creates or replaces a custom role.
pub(crate) fn put(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let scope = format!("/{}", call.param("scope"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/write"), &scope)?;
    let name = call.param("role").to_ascii_lowercase();
    if !is_guid(&name) || BUILT_IN.iter().any(|role| role.id == name) {
        return Err(Refusal::new(
            400,
            "InvalidRoleDefinitionId",
            format!("The role definition ID '{name}' is not valid. The role definition ID must be a GUID."),
        ));
    }
    let given = body(call, &["id", "name", "type", "properties"])?;
    let properties = given.get("properties").and_then(Value::as_object).cloned().unwrap_or_default();
    known(
        &properties,
        &[
            "roleName",
            "description",
            "type",
            "permissions",
            "assignableScopes",
            "createdOn",
            "updatedOn",
            "createdBy",
            "updatedBy",
        ],
        "properties",
    )?;
    let role_name = properties.get("roleName").and_then(Value::as_str).filter(|name| !name.is_empty());
    let role_name = role_name.ok_or_else(|| bad_request("The role definition must have a roleName."))?;
    let taken = all(world, &scope)
        .iter()
        .any(|value| value["properties"]["roleName"] == role_name && value["name"] != name.as_str());
    if taken {
        return Err(Refusal::new(
            409,
            "RoleDefinitionWithSameNameExists",
            format!("A custom role with the same name already exists in this directory: {role_name}."),
        ));
    }
    let scopes = properties.get("assignableScopes").and_then(Value::as_array).filter(|scopes| !scopes.is_empty());
    if scopes.is_none() {
        return Err(Refusal::new(
            400,
            "MissingAssignableScopes",
            "The role definition must have at least one assignable scope.",
        ));
    }
    let definition = Definition {
        id: format!("{scope}/providers/{KIND}/{name}"),
        scope: scope.to_ascii_lowercase(),
        permissions: parsed(&properties)?,
        properties: properties.clone(),
    };
    let shown = shown_custom(world, &name, &definition);
    let status = if world.azure.definitions.insert(name, definition).is_some() { 200 } else { 201 };
    Ok(Answer::json_with(status, &shown))
}

/// Deletes a custom role that nobody holds.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let scope = format!("/{}", call.param("scope"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/delete"), &scope)?;
    let name = call.param("role").to_ascii_lowercase();
    if world.azure.assignments.values().any(|assignment| assignment.role_id == name) {
        return Err(Refusal::new(
            400,
            "RoleDefinitionHasAssignments",
            "There are existing role assignments referencing role.",
        ));
    }
    match world.azure.definitions.remove(&name) {
        Some(definition) => Ok(Answer::json(&shown_custom(world, &name, &definition))),
        None => Ok(Answer::empty(204)),
    }
}

/// 404 for a role that is not there.
pub(crate) fn does_not_exist(id: &str) -> Refusal {
    Refusal::new(
        404,
        "RoleDefinitionDoesNotExist",
        format!("The specified role definition with ID '{id}' does not exist."),
    )
}

/// All custom roles, for the control API.
pub(crate) fn objects(world: &World) -> Vec<Object> {
    let definitions = world.azure.definitions.iter().map(|(name, definition)| Object {
        kind: "azure/role_definition",
        id: definition.id.clone(),
        state: "live",
        seeded: false,
        details: details([("resource", shown_custom(world, name, definition))]),
    });
    definitions.collect()
}

/// The value that a `$filter` compares a name with.
pub(crate) fn equals(filter: &str, name: &str) -> Option<String> {
    let start = filter.to_ascii_lowercase().find(&format!("{} eq '", name.to_ascii_lowercase()))?;
    let after = filter.get(start + name.len() + 5..)?;
    let (value, _) = after.split_once('\'')?;
    Some(value.to_owned())
}

fn all(world: &World, scope: &str) -> Vec<Value> {
    let subscription = access::subscription_of(scope).map(|id| format!("/subscriptions/{id}")).unwrap_or_default();
    let built_in = BUILT_IN.iter().map(|role| {
        json!({
            "id": format!("{subscription}/providers/{KIND}/{}", role.id),
            "type": KIND,
            "name": role.id,
            "properties": {
                "roleName": role.name,
                "type": "BuiltInRole",
                "description": role.description,
                "assignableScopes": ["/"],
                "permissions": [{
                    "actions": role.actions, "notActions": role.not_actions, "dataActions": role.data_actions, "notDataActions": [],
                }],
                "createdOn": "2020-01-01T00:00:00Z",
                "updatedOn": "2020-01-01T00:00:00Z",
                "createdBy": null,
                "updatedBy": null,
            },
        })
    });
    let scope = scope.to_ascii_lowercase();
    let custom = world.azure.definitions.iter().filter(|(_, definition)| is_at_or_above(&definition.scope, &scope));
    built_in.chain(custom.map(|(name, definition)| shown_custom(world, name, definition))).collect()
}

fn shown_custom(world: &World, name: &str, definition: &Definition) -> Value {
    let mut properties = definition.properties.clone();
    properties.insert(String::from("type"), json!("CustomRole"));
    properties.entry("updatedOn").or_insert_with(|| json!(rfc3339(world.now())));
    json!({ "id": definition.id, "type": KIND, "name": name, "properties": properties })
}

fn parsed(properties: &Map<String, Value>) -> Result<Permissions, Refusal> {
    let mut permissions = Permissions::default();
    for each in properties.get("permissions").and_then(Value::as_array).into_iter().flatten() {
        let each = each.as_object().ok_or_else(|| bad_request("A permission must be an object."))?;
        known(each, &["actions", "notActions", "dataActions", "notDataActions"], "properties.permissions")?;
        let list = |name: &str| {
            each.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned)
        };
        permissions.actions.extend(list("actions"));
        permissions.not_actions.extend(list("notActions"));
        permissions.data_actions.extend(list("dataActions"));
        permissions.not_data_actions.extend(list("notDataActions"));
    }
    Ok(permissions)
}
