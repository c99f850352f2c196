//! Role assignments: who has which role on what.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{RoleAssignmentName, Scope};
use crate::api::Api;
use crate::request::{Empty, Request};

/// Microsoft.Authorization's stable version.
const API_VERSION: &str = "2022-04-01";

/// What is said of an assignment. All but the description is fixed once it exists.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoleAssignmentSpec {
    /// The role's full id.
    pub role_definition_id: String,
    /// The object id of who gets it; of a managed identity its principal id, never its client id.
    pub principal_id: String,
    /// What kind of object that is. Saying so spares the wait until a new one is known everywhere.
    pub principal_type: PrincipalType,
    /// Narrows the role, in Azure's condition language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// The language's version, `2.0`, where there is a condition.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_version: Option<String>,
    /// For people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What kind of object a role is assigned to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum PrincipalType {
    /// A managed identity or an application.
    #[default]
    ServicePrincipal,
    /// A person.
    User,
    /// A group.
    Group,
    /// Anything that this version does not know.
    #[serde(other)]
    Unknown,
}

/// An assignment as Azure has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RoleAssignment {
    /// Its id, which names its scope.
    pub id: String,
    /// Its GUID.
    pub name: String,
    /// What is said of it.
    #[serde(rename = "properties")]
    pub spec: RoleAssignmentSpec,
}

impl RoleAssignment {
    /// Whether it gives the same role to the same principal under the same condition.
    pub fn gives(&self, spec: &RoleAssignmentSpec) -> bool {
        fn guid(id: &str) -> &str {
            id.rsplit('/').next().unwrap_or_default()
        }
        guid(&self.spec.role_definition_id).eq_ignore_ascii_case(guid(&spec.role_definition_id))
            && self.spec.principal_id.eq_ignore_ascii_case(&spec.principal_id)
            && self.spec.condition == spec.condition
    }

    /// Its name, if its id is one.
    pub fn parsed_name(&self) -> Option<RoleAssignmentName> {
        self.id.parse().ok()
    }
}

/// A page of assignments.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RoleAssignments {
    /// The assignments.
    pub value: Vec<RoleAssignment>,
    /// The URL of the next page.
    pub next_link: Option<String>,
}

/// Reads an assignment.
pub fn get(name: &RoleAssignmentName) -> Request<RoleAssignment> {
    about(Request::get(Api::AzureResourceManager, name.path()), "read", name)
        .needs(&["Microsoft.Authorization/roleAssignments/read"])
}

/// Lists a principal's assignments on the scope, above it and below it.
pub fn list(scope: &Scope, principal_id: &str) -> Request<RoleAssignments> {
    let path = scope.path().literal("providers").literal("Microsoft.Authorization").literal("roleAssignments");
    Request::get(Api::AzureResourceManager, path)
        .query("api-version", API_VERSION)
        .query("$filter", format_args!("principalId eq '{}'", principal_id.replace('\'', "''")))
        .about("list", format_args!("the role assignments of {principal_id} on {scope}"))
        .needs(&["Microsoft.Authorization/roleAssignments/read"])
}

/// Makes an assignment. Its name is the caller's, so sending it twice is sending it once.
pub fn create(name: &RoleAssignmentName, spec: &RoleAssignmentSpec) -> Request<RoleAssignment> {
    about(Request::put(Api::AzureResourceManager, name.path()), "create", name)
        .needs(&["Microsoft.Authorization/roleAssignments/write"])
        .json(&json!({ "properties": spec }))
}

/// Takes an assignment away.
pub fn delete(name: &RoleAssignmentName) -> Request<Empty> {
    about(Request::delete(Api::AzureResourceManager, name.path()), "delete", name)
        .needs(&["Microsoft.Authorization/roleAssignments/delete"])
}

fn about<T>(request: Request<T>, operation: &'static str, name: &RoleAssignmentName) -> Request<T> {
    request.query("api-version", API_VERSION).about(operation, format_args!("role assignment {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    #[test]
    fn urls_and_bodies() {
        let scope: Scope = "/subscriptions/s/resourceGroups/g".parse().unwrap();
        let name = RoleAssignmentName { scope: scope.clone(), id: "guid".into() };
        let spec = RoleAssignmentSpec {
            role_definition_id: "/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions/r".into(),
            principal_id: "p".into(),
            ..RoleAssignmentSpec::default()
        };
        let base = "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.Authorization/roleAssignments";
        let create = create(&name, &spec);
        assert_eq!(create.url(&Endpoints::official()).unwrap().as_str(), format!("{base}/guid?api-version=2022-04-01"));
        assert_eq!(
            create.body().unwrap(),
            &json!({"properties": {"roleDefinitionId": spec.role_definition_id, "principalId": "p",
                "principalType": "ServicePrincipal"}})
        );
        assert_eq!(
            list(&scope, "p").url(&Endpoints::official()).unwrap().as_str(),
            format!("{base}?api-version=2022-04-01&%24filter=principalId%20eq%20%27p%27")
        );
        let live: RoleAssignment =
            serde_json::from_value(json!({"id": name.to_string(), "name": "guid", "properties": {
            "roleDefinitionId": "/providers/Microsoft.Authorization/roleDefinitions/R", "principalId": "P",
            "principalType": "ForeignGroup", "scope": scope.to_string()}}))
            .unwrap();
        assert!(live.gives(&spec));
        assert_eq!((live.spec.principal_type, live.parsed_name()), (PrincipalType::Unknown, Some(name)));
    }
}
