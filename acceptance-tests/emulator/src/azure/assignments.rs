//! `Microsoft.Authorization/roleAssignments`: named by a GUID, unchangeable, and one for each principal, role and scope.

use serde_json::{Map, Value, json};

use super::VENDOR;
use super::access;
use super::definitions::{self, equals};
use super::directory::is_guid;
use super::refusal::{self, bad_request};
use super::resources::{body, check_version, key, known, live, page};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Object, Route};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::{World, details};

/// `Microsoft.Authorization`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "Microsoft.Authorization",
    title: "Azure role-based access control",
    common_query: &[],
    render: refusal::render,
    fault: refusal::injected,
    objects: |world| {
        let mut objects = objects(world);
        objects.extend(definitions::objects(world));
        objects
    },
    routes: &[
        Route { method: "PUT", template: ASSIGNMENT, query: &[], handler: put },
        Route { method: "GET", template: ASSIGNMENT, query: &[], handler: get },
        Route { method: "DELETE", template: ASSIGNMENT, query: &[], handler: delete },
        Route {
            method: "GET",
            template: "/{+scope}/providers/Microsoft.Authorization/roleAssignments",
            query: &[],
            handler: list,
        },
        Route {
            method: "GET",
            template: "/{+scope}/providers/Microsoft.Authorization/roleDefinitions",
            query: &[],
            handler: definitions::list,
        },
        Route { method: "GET", template: DEFINITION, query: &[], handler: definitions::get },
        Route { method: "PUT", template: DEFINITION, query: &[], handler: definitions::put },
        Route { method: "DELETE", template: DEFINITION, query: &[], handler: definitions::delete },
        Route {
            method: "GET",
            template: "/providers/Microsoft.Authorization/roleDefinitions/{role}",
            query: &[],
            handler: definitions::get,
        },
    ],
};

const ASSIGNMENT: &str = "/{+scope}/providers/Microsoft.Authorization/roleAssignments/{assignment}";
const DEFINITION: &str = "/{+scope}/providers/Microsoft.Authorization/roleDefinitions/{role}";

const KIND: &str = "Microsoft.Authorization/roleAssignments";
const VERSIONS: &[&str] = &["2015-07-01", "2018-01-01-preview", "2020-04-01-preview", "2022-04-01"];

const PROPERTIES: &[&str] = &[
    "roleDefinitionId",
    "principalId",
    "principalType",
    "condition",
    "conditionVersion",
    "description",
    "delegatedManagedIdentityResourceId",
    "scope",
    "createdOn",
    "updatedOn",
    "createdBy",
    "updatedBy",
];

/// What a write keeps, beside the ids.
const KEPT: &[&str] =
    &["principalType", "condition", "conditionVersion", "description", "delegatedManagedIdentityResourceId"];

/// A role assignment.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) id: String,
    pub(crate) name: String,
    /// In lower case.
    pub(crate) scope: String,
    pub(crate) scope_shown: String,
    /// GUID of the role, in lower case.
    pub(crate) role_id: String,
    pub(crate) role_shown: String,
    pub(crate) principal_id: String,
    pub(crate) fields: Map<String, Value>,
    pub(crate) created_at: Millis,
    pub(crate) created_by: String,
    /// From when on it counts.
    pub(crate) visible_from: Millis,
    pub(crate) seeded: bool,
}

impl Assignment {
    fn shown(&self) -> Value {
        let mut properties = json!({
            "roleDefinitionId": self.role_shown,
            "principalId": self.principal_id,
            "scope": self.scope_shown,
            "condition": null,
            "conditionVersion": null,
            "description": null,
            "delegatedManagedIdentityResourceId": null,
            "createdOn": rfc3339(self.created_at),
            "updatedOn": rfc3339(self.created_at),
            "createdBy": self.created_by,
            "updatedBy": self.created_by,
        });
        for (name, value) in &self.fields {
            properties[name] = value.clone();
        }
        json!({ "id": self.id, "type": KIND, "name": self.name, "properties": properties })
    }
}

fn put(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let (scope, name) = (format!("/{}", call.param("scope")), call.param("assignment").to_owned());
    let id = format!("{scope}/providers/{KIND}/{name}");
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/write"), &id)?;
    if !is_guid(&name) {
        return Err(Refusal::new(
            400,
            "InvalidRoleAssignmentId",
            format!("The role assignment ID '{name}' is not valid. The role assignment ID must be a GUID."),
        ));
    }
    scope_exists(world, &scope)?;
    let wanted = wanted(world, call, &scope, &id, &name, &caller.object_id)?;
    if let Some(existing) = world.azure.assignments.get(&key(&id)).cloned() {
        let same =
            existing.role_id == wanted.role_id && existing.principal_id.eq_ignore_ascii_case(&wanted.principal_id);
        if !same {
            return Err(Refusal::new(
                400,
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            ));
        }
        let updated = Assignment { fields: wanted.fields, ..existing };
        let shown = updated.shown();
        world.azure.assignments.insert(key(&id), updated);
        return Ok(Answer::json(&shown));
    }
    let twin = world.azure.assignments.values().find(|other| {
        other.scope == wanted.scope
            && other.role_id == wanted.role_id
            && other.principal_id.eq_ignore_ascii_case(&wanted.principal_id)
            && other.fields.get("condition") == wanted.fields.get("condition")
    });
    if let Some(twin) = twin {
        return Err(Refusal::new(
            409,
            "RoleAssignmentExists",
            format!(
                "The role assignment already exists. The ID of the existing role assignment is {}.",
                twin.name.replace('-', "")
            ),
        ));
    }
    let shown = wanted.shown();
    world.azure.assignments.insert(key(&id), wanted);
    Ok(Answer::json_with(201, &shown))
}

fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let (scope, name) = (format!("/{}", call.param("scope")), call.param("assignment"));
    let id = format!("{scope}/providers/{KIND}/{name}");
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/read"), &id)?;
    let found = world.azure.assignments.get(&key(&id)).filter(|assignment| world.now() >= assignment.visible_from);
    found.map(|assignment| Answer::json(&assignment.shown())).ok_or_else(|| {
        Refusal::new(404, "RoleAssignmentNotFound", format!("The role assignment '{name}' is not found."))
    })
}

fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let id = format!("/{}/providers/{KIND}/{}", call.param("scope"), call.param("assignment"));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/delete"), &id)?;
    match world.azure.assignments.remove(&key(&id)) {
        Some(assignment) => Ok(Answer::json(&assignment.shown())),
        None => Ok(Answer::empty(204)),
    }
}

/// At the scope and below it; `atScope()` adds what is inherited and leaves out what is below, `principalId eq` and `assignedTo` choose a principal.
fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    check_version(call, KIND, VERSIONS)?;
    let scope = key(&format!("/{}", call.param("scope")));
    let caller = access::caller(world, call)?;
    access::authorised(world, &caller, &format!("{KIND}/read"), &scope)?;
    let filter = call.request.query("$filter").unwrap_or_default();
    let at_scope = filter.to_ascii_lowercase().contains("atscope()");
    let principal = equals(filter, "principalId").or_else(|| {
        let (_, after) = filter.split_once("assignedTo('")?;
        after.split_once('\'').map(|(principal, _)| principal.to_owned())
    });
    let now = world.now();
    let assignments = world.azure.assignments.values().filter(|assignment| {
        let above = access::is_at_or_above(&assignment.scope, &scope);
        let below = !at_scope && access::is_at_or_above(&scope, &assignment.scope);
        (above || below)
            && now >= assignment.visible_from
            && principal.as_deref().is_none_or(|principal| assignment.principal_id.eq_ignore_ascii_case(principal))
    });
    Ok(page(assignments.map(Assignment::shown).collect()))
}

fn wanted(world: &World, call: &Call<'_>, scope: &str, id: &str, name: &str, by: &str) -> Result<Assignment, Refusal> {
    let given = body(call, &["id", "name", "type", "properties"])?;
    let properties = given.get("properties").and_then(Value::as_object).cloned();
    let properties = properties.ok_or_else(|| refusal::invalid_content("The request content has no 'properties'."))?;
    known(&properties, PROPERTIES, "properties")?;
    let text = |name: &str| properties.get(name).and_then(Value::as_str).unwrap_or_default();
    let (role, principal) = (text("roleDefinitionId"), text("principalId"));
    if !is_guid(principal) {
        return Err(Refusal::new(
            400,
            "InvalidPrincipalId",
            format!("A valid principal ID must be provided for role assignment, not '{principal}'."),
        ));
    }
    let guid = role.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    let path = role.to_ascii_lowercase().contains("/providers/microsoft.authorization/roledefinitions/");
    if !path || definitions::permissions(world, &guid).is_none() {
        return Err(Refusal { status: 400, ..definitions::does_not_exist(&guid) });
    }
    let mut fields: Map<String, Value> = Map::new();
    for name in KEPT {
        if let Some(value) = properties.get(*name).filter(|value| !value.is_null()) {
            fields.insert((*name).to_owned(), value.clone());
        }
    }
    if fields.contains_key("condition") != fields.contains_key("conditionVersion")
        || fields.get("conditionVersion").is_some_and(|version| version != "2.0")
    {
        return Err(bad_request("A role assignment condition and the condition version 2.0 go together."));
    }
    let kind = check_principal(world, principal, fields.get("principalType").and_then(Value::as_str))?;
    fields.insert(String::from("principalType"), json!(kind));
    Ok(Assignment {
        id: id.to_owned(),
        name: name.to_owned(),
        scope: key(scope),
        scope_shown: scope.to_owned(),
        role_id: guid,
        role_shown: role.to_owned(),
        principal_id: principal.to_owned(),
        fields,
        created_at: world.now(),
        created_by: by.to_owned(),
        visible_from: world.visible_from(),
        seeded: false,
    })
}

/// The type of the principal. One that was made a moment ago is found only by a caller who says its type.
fn check_principal(world: &World, id: &str, given: Option<&str>) -> Result<&'static str, Refusal> {
    let principal = world.azure.directory.principals.values().find(|principal| {
        principal.object_id.eq_ignore_ascii_case(id)
            && principal.life.is_live()
            && (given.is_some() || principal.life.is_visible(world.now()))
    });
    let tenant = world.azure.directory.tenants.first().map(|tenant| tenant.id.replace('-', "")).unwrap_or_default();
    if principal.is_none() {
        return Err(Refusal::new(
            400,
            "PrincipalNotFound",
            format!(
                "Principal {} does not exist in the directory {tenant}. Check that you have the correct principal ID. If you are creating this \
                 principal and then immediately assigning a role, this error might be related to a replication delay. In this case, set the role \
                 assignment principalType property to a value, such as ServicePrincipal, User, or Group.  See https://aka.ms/docs-principaltype",
                id.replace('-', "")
            ),
        ));
    }
    match given {
        None | Some("ServicePrincipal") => Ok("ServicePrincipal"),
        Some(other) => Err(Refusal::new(
            400,
            "UnmatchedPrincipalType",
            format!(
                "The PrincipalId '{}' has type 'ServicePrincipal' , which is different from specified PrinciaplType '{other}'.",
                id.replace('-', "")
            ),
        )),
    }
}

/// A scope is a subscription, a group, or something in one.
fn scope_exists(world: &World, scope: &str) -> Result<(), Refusal> {
    if access::subscription_of(scope).is_none() {
        return Err(Refusal::new(
            400,
            "InvalidScope",
            format!("The scope '{scope}' is not emulated: it is outside of any subscription."),
        ));
    }
    let parts: Vec<&str> = scope.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() == 2 || live(world, scope).is_some() {
        return Ok(());
    }
    match parts.as_slice() {
        [_, _, _, group] => Err(refusal::group_not_found(group)),
        [subscription_word, subscription, word, group, ..] => {
            if live(world, &format!("/{subscription_word}/{subscription}/{word}/{group}")).is_none() {
                return Err(refusal::group_not_found(group));
            }
            let kind = parts.get(5..7).map(|kind| kind.join("/")).unwrap_or_default();
            Err(refusal::not_found(&kind, parts.last().unwrap_or(&""), group))
        }
        _ => Err(bad_request(format!("The scope '{scope}' is not valid."))),
    }
}

fn objects(world: &World) -> Vec<Object> {
    let assignments = world.azure.assignments.values().map(|assignment| Object {
        kind: "azure/role_assignment",
        id: assignment.id.clone(),
        state: "live",
        seeded: assignment.seeded,
        details: details([("resource", assignment.shown())]),
    });
    assignments.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_filters_are_read_in_any_case() {
        assert_eq!(equals("roleName eq 'Owner'", "roleName").as_deref(), Some("Owner"));
        assert_eq!(equals("atScope() and principalid eq 'x'", "principalId").as_deref(), Some("x"));
        assert_eq!(equals("atScope()", "principalId"), None);
        assert_eq!(key("/A/b/"), "/a/b");
    }
}
