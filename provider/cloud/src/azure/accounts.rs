//! Accounts that trusts lead to, which are only read: Cognitive Services (Azure OpenAI among them) and storage.

use serde::Deserialize;

use super::{CognitiveAccountName, StorageAccountName};
use crate::api::Api;
use crate::request::Request;

/// Microsoft.CognitiveServices' stable version.
const COGNITIVE_VERSION: &str = "2025-09-01";

/// Microsoft.Storage's stable version.
const STORAGE_VERSION: &str = "2024-01-01";

/// A Cognitive Services account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CognitiveAccount {
    /// Its id.
    pub id: String,
    /// Where it is.
    #[serde(default)]
    pub location: String,
    /// For example `OpenAI` or `AIServices`.
    #[serde(default)]
    pub kind: String,
    /// What is said of it.
    #[serde(default)]
    pub properties: CognitiveProperties,
}

/// What is said of a Cognitive Services account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CognitiveProperties {
    /// Where its data plane is.
    pub endpoint: Option<String>,
    /// Its own host name, without which it takes no tokens of Entra.
    pub custom_sub_domain_name: Option<String>,
    /// Whether keys are switched off.
    pub disable_local_auth: Option<bool>,
}

/// A storage account.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct StorageAccount {
    /// Its id.
    pub id: String,
    /// Where it is.
    #[serde(default)]
    pub location: String,
    /// What is said of it.
    #[serde(default)]
    pub properties: StorageProperties,
}

/// What is said of a storage account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StorageProperties {
    /// Where its data planes are.
    pub primary_endpoints: StorageEndpoints,
    /// Whether keys work; absent means that they do.
    pub allow_shared_key_access: Option<bool>,
}

/// Where a storage account's data planes are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct StorageEndpoints {
    /// Blobs.
    pub blob: Option<String>,
}

/// Reads a Cognitive Services account.
pub fn cognitive(name: &CognitiveAccountName) -> Request<CognitiveAccount> {
    Request::get(Api::AzureResourceManager, name.path())
        .query("api-version", COGNITIVE_VERSION)
        .about("read", format_args!("Cognitive Services account {name}"))
        .needs(&["Microsoft.CognitiveServices/accounts/read"])
}

/// Reads a storage account.
pub fn storage(name: &StorageAccountName) -> Request<StorageAccount> {
    Request::get(Api::AzureResourceManager, name.path())
        .query("api-version", STORAGE_VERSION)
        .about("read", format_args!("storage account {name}"))
        .needs(&["Microsoft.Storage/storageAccounts/read"])
}
