//! Role definitions, looked up by name or by id.

use serde::Deserialize;

use super::Scope;
use crate::api::Api;
use crate::request::{Path, Request};

/// Microsoft.Authorization's stable version.
const API_VERSION: &str = "2022-04-01";

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct RoleDefinition {
    /// Its full id.
    pub id: String,
    /// Its GUID.
    pub name: String,
    /// What it is.
    pub properties: RoleDefinitionProperties,
}

/// What a role is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RoleDefinitionProperties {
    /// For example `Cognitive Services OpenAI User`.
    pub role_name: String,
    /// `BuiltInRole` or `CustomRole`.
    #[serde(rename = "type", default)]
    pub role_type: String,
}

/// A list of roles.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RoleDefinitions {
    /// The roles.
    #[serde(default)]
    pub value: Vec<RoleDefinition>,
}

/// Finds the roles of that name that can be assigned on the scope. Names are unique in a tenant.
pub fn by_name(scope: &Scope, name: &str) -> Request<RoleDefinitions> {
    // A quote in OData is written twice.
    let filter = format!("roleName eq '{}'", name.replace('\'', "''"));
    about(Request::get(Api::AzureResourceManager, collection(scope)), format_args!("role {name}"))
        .query("$filter", filter)
}

/// Reads the role of that GUID.
pub fn by_id(scope: &Scope, guid: &str) -> Request<RoleDefinition> {
    about(Request::get(Api::AzureResourceManager, collection(scope).segment(guid)), format_args!("role {guid}"))
}

/// The GUID in a role's id, or in a text that is one.
pub fn guid_of(role: &str) -> Option<&str> {
    let last = role.rsplit('/').next().unwrap_or_default();
    let shape: Vec<_> = last.split('-').map(str::len).collect();
    let is_guid = shape == [8, 4, 4, 4, 12] && last.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    is_guid.then_some(last)
}

fn collection(scope: &Scope) -> Path {
    scope.path().literal("providers").literal("Microsoft.Authorization").literal("roleDefinitions")
}

fn about<T>(request: Request<T>, what: std::fmt::Arguments<'_>) -> Request<T> {
    request
        .query("api-version", API_VERSION)
        .about("look up", what)
        .needs(&["Microsoft.Authorization/roleDefinitions/read"])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    #[test]
    fn urls() {
        let scope: Scope = "/subscriptions/s".parse().unwrap();
        let base = "https://management.azure.com/subscriptions/s/providers/Microsoft.Authorization/roleDefinitions";
        let url = by_name(&scope, "Owner's Role").url(&Endpoints::official()).unwrap();
        assert_eq!(
            url.as_str(),
            format!("{base}?api-version=2022-04-01&%24filter=roleName%20eq%20%27Owner%27%27s%20Role%27")
        );
        let guid = "5e0bd9bd-7b93-4f28-af87-19fc36ad61bd";
        let url = by_id(&scope, guid).url(&Endpoints::official()).unwrap();
        assert_eq!(url.as_str(), format!("{base}/{guid}?api-version=2022-04-01"));
        assert_eq!(guid_of(&format!("/providers/x/{guid}")), Some(guid));
        assert_eq!(guid_of("Cognitive Services OpenAI User"), None);
    }
}
