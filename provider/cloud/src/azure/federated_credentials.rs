//! Federated credentials of managed identities: which foreign tokens may act as the identity.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{FederatedCredentialName, IdentityName};
use crate::api::{Api, Quota};
use crate::request::{Empty, Request};

/// The newest stable version. It knows no claims matching expressions.
const API_VERSION: &str = "2024-11-30";

/// The preview that knows them; `az identity federated-credential` uses it.
const FLEXIBLE_API_VERSION: &str = "2025-01-31-preview";

/// How many credentials an identity may have.
pub const LIMIT: usize = 20;

/// What can be set on a federated credential. Azure compares issuer and subject exactly: case, slashes and white space count.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FederatedCredentialSpec {
    /// The issuer, exactly as it stands in its tokens.
    pub issuer: String,
    /// The subject, exactly; absent where an expression takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Exactly one.
    pub audiences: Vec<String>,
    /// Which subjects are accepted, in place of one subject. A preview of Azure's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims_matching_expression: Option<ClaimsMatchingExpression>,
}

/// Which claims are accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ClaimsMatchingExpression {
    /// For example `claims['sub'] matches 'repo:acme/*:ref:refs/heads/main'`.
    pub value: String,
    /// The language's version, which is 1.
    pub language_version: i32,
}

/// A federated credential as Azure has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FederatedCredential {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What can be set.
    #[serde(rename = "properties")]
    pub spec: FederatedCredentialSpec,
}

/// A page of federated credentials.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FederatedCredentials {
    /// The credentials.
    pub value: Vec<FederatedCredential>,
    /// The URL of the next page.
    pub next_link: Option<String>,
}

/// Reads a credential. `flexible` asks in the version that shows expressions.
pub fn get(name: &FederatedCredentialName, flexible: bool) -> Request<FederatedCredential> {
    about(Request::get(Api::AzureResourceManager, name.path()), "read", name, flexible)
        .needs(&["Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read"])
        .quota(Quota::ManagedIdentityRead)
}

/// Lists an identity's credentials.
pub fn list(identity: &IdentityName) -> Request<FederatedCredentials> {
    Request::get(Api::AzureResourceManager, FederatedCredentialName::collection(identity))
        .query("api-version", API_VERSION)
        .about("list", format_args!("the federated credentials of managed identity {identity}"))
        .needs(&["Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/read"])
        .quota(Quota::ManagedIdentityRead)
}

/// Creates a credential, or replaces one that exists: whoever must not do that looks first.
pub fn put(
    name: &FederatedCredentialName,
    spec: &FederatedCredentialSpec,
    operation: &'static str,
) -> Request<FederatedCredential> {
    let flexible = spec.claims_matching_expression.is_some();
    about(Request::put(Api::AzureResourceManager, name.path()), operation, name, flexible)
        .needs(&["Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write"])
        .quota(Quota::ManagedIdentityWrite)
        .json(&json!({ "properties": spec }))
}

/// Deletes a credential.
pub fn delete(name: &FederatedCredentialName) -> Request<Empty> {
    about(Request::delete(Api::AzureResourceManager, name.path()), "delete", name, false)
        .needs(&["Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/delete"])
        .quota(Quota::ManagedIdentityWrite)
}

fn about<T>(
    request: Request<T>,
    operation: &'static str,
    name: &FederatedCredentialName,
    flexible: bool,
) -> Request<T> {
    let version = if flexible { FLEXIBLE_API_VERSION } else { API_VERSION };
    request.query("api-version", version).about(operation, format_args!("federated credential {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    #[test]
    fn urls_and_bodies() {
        let name = IdentityName::new("s", "g", "ml").federated_credential("aks");
        let spec = FederatedCredentialSpec {
            issuer: "https://oidc/".into(),
            subject: Some("system:serviceaccount:a:b".into()),
            audiences: vec!["api://AzureADTokenExchange".into()],
            claims_matching_expression: None,
        };
        let put = put(&name, &spec, "create");
        assert_eq!(
            put.url(&Endpoints::official()).unwrap().as_str(),
            "https://management.azure.com/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/\
             userAssignedIdentities/ml/federatedIdentityCredentials/aks?api-version=2024-11-30"
        );
        assert_eq!(
            put.body().unwrap(),
            &json!({"properties": {"issuer": "https://oidc/", "subject": "system:serviceaccount:a:b",
                "audiences": ["api://AzureADTokenExchange"]}})
        );
        let expression = ClaimsMatchingExpression { value: "claims['sub'] eq 'x'".into(), language_version: 1 };
        let flexible = FederatedCredentialSpec { subject: None, claims_matching_expression: Some(expression), ..spec };
        let put = super::put(&name, &flexible, "create");
        assert!(put.url(&Endpoints::official()).unwrap().as_str().ends_with("api-version=2025-01-31-preview"));
        assert_eq!(
            put.body().unwrap()["properties"]["claimsMatchingExpression"],
            json!({"value": "claims['sub'] eq 'x'", "languageVersion": 1})
        );
        assert!(put.body().unwrap()["properties"].get("subject").is_none());
    }
}
