//! Resource groups, which are only read: above all for their location.

use serde::Deserialize;

use super::ResourceGroupName;
use crate::api::Api;
use crate::request::Request;

/// As of Microsoft.Resources' stable API.
const API_VERSION: &str = "2022-09-01";

/// A resource group.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ResourceGroup {
    /// Its id.
    pub id: String,
    /// Its name, as it was written at its creation.
    pub name: String,
    /// Where its metadata lies, such as `westeurope`.
    pub location: String,
}

/// Reads a resource group.
pub fn get(name: &ResourceGroupName) -> Request<ResourceGroup> {
    Request::get(Api::AzureResourceManager, name.path())
        .query("api-version", API_VERSION)
        .about("read", format_args!("resource group {name}"))
        .needs(&["Microsoft.Resources/subscriptions/resourceGroups/read"])
}
