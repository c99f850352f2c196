//! User-assigned managed identities.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::IdentityName;
use crate::api::{Api, Quota};
use crate::request::{Empty, Request};

/// The newest stable version; `az identity` uses a preview after it.
const API_VERSION: &str = "2024-11-30";

/// What can be set on a managed identity. Its location can never change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IdentitySpec {
    /// For example `westeurope`; compare with [`super::same_location`].
    pub location: String,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

/// A managed identity as Azure has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What can be set.
    #[serde(flatten)]
    pub spec: IdentitySpec,
    /// What Azure gave it.
    pub properties: IdentityProperties,
}

/// What Azure gives an identity.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdentityProperties {
    /// The tenant that it belongs to.
    pub tenant_id: String,
    /// The object that roles are assigned to.
    pub principal_id: String,
    /// The id that workloads sign in with.
    pub client_id: String,
}

/// Reads an identity.
pub fn get(name: &IdentityName) -> Request<Identity> {
    about(Request::get(Api::AzureResourceManager, name.path()), "read", name)
        .needs(&["Microsoft.ManagedIdentity/userAssignedIdentities/read"])
        .quota(Quota::ManagedIdentityRead)
}

/// Creates an identity, or replaces the tags of one that exists: whoever must not do that looks first. A lost answer is for the caller to
/// find out about.
pub fn put(name: &IdentityName, spec: &IdentitySpec) -> Request<Identity> {
    write(Request::put(Api::AzureResourceManager, name.path()), "create", name).idempotent(false).json(spec)
}

/// Replaces the tags.
pub fn set_tags(name: &IdentityName, tags: &BTreeMap<String, String>) -> Request<Identity> {
    let body = serde_json::json!({ "tags": tags });
    write(Request::patch(Api::AzureResourceManager, name.path()), "update", name).json(&body)
}

/// Deletes an identity and its federated credentials.
pub fn delete(name: &IdentityName) -> Request<Empty> {
    about(Request::delete(Api::AzureResourceManager, name.path()), "delete", name)
        .needs(&["Microsoft.ManagedIdentity/userAssignedIdentities/delete"])
        .quota(Quota::ManagedIdentityWrite)
}

fn write<T>(request: Request<T>, operation: &'static str, name: &IdentityName) -> Request<T> {
    about(request, operation, name)
        .needs(&["Microsoft.ManagedIdentity/userAssignedIdentities/write"])
        .quota(Quota::ManagedIdentityWrite)
}

fn about<T>(request: Request<T>, operation: &'static str, name: &IdentityName) -> Request<T> {
    request.query("api-version", API_VERSION).about(operation, format_args!("managed identity {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;
    use serde_json::json;

    #[test]
    fn urls_and_bodies() {
        let name = IdentityName::new("s", "g", "ml");
        let base = "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/\
                    Microsoft.ManagedIdentity/userAssignedIdentities/ml?api-version=2024-11-30";
        assert_eq!(get(&name).url(&Endpoints::official()).unwrap().as_str(), base);
        let tags = BTreeMap::from([("owner".to_owned(), "me".to_owned())]);
        let put = put(&name, &IdentitySpec { location: "westeurope".into(), tags: tags.clone() });
        assert_eq!(put.body().unwrap(), &json!({"location": "westeurope", "tags": {"owner": "me"}}));
        assert!(!put.is_idempotent());
        assert_eq!(set_tags(&name, &tags).body().unwrap(), &json!({"tags": {"owner": "me"}}));
        assert_eq!(delete(&name).permissions(), ["Microsoft.ManagedIdentity/userAssignedIdentities/delete"]);
    }
}
