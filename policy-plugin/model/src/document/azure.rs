//! The side of Azure: identities, their federated credentials, and role assignments.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::IntendedClaims;

/// An identity that outside tokens can be exchanged for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct EntraIdentity {
    /// What it is called in [`FederatedCredential::identity`]: its id, or any name that is unique in the document.
    pub id: String,
    /// Application or managed identity.
    pub kind: EntraIdentityKind,
    /// Display name or name of the resource.
    pub name: Option<String>,
    /// Object id of the service principal, as role assignments name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_id: Option<String>,
    /// Home tenant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tenant_id: Option<String>,
    /// Whether every federated credential of it is in this document.
    #[serde(default)]
    pub complete: bool,
}

/// What kind of identity.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntraIdentityKind {
    /// An application registration.
    #[default]
    Application,
    /// A user-assigned managed identity.
    UserAssigned,
}

/// A federated identity credential: whose tokens become this identity.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FederatedCredential {
    /// [`EntraIdentity::id`] of its identity.
    pub identity: Option<String>,
    /// Name of the credential.
    pub name: Option<String>,
    /// Issuer URL.
    pub issuer: Option<String>,
    /// Subject, compared exactly; absent where an expression stands instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Flexible expression over claims, such as `claims['sub'] matches 'repo:octo/app:*'`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims_matching_expression: Option<String>,
    /// Accepted `aud` values.
    #[serde(default)]
    pub audiences: Vec<Option<String>>,
    /// Claims of tokens that the credential is meant for. Empty where nobody said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intended: Vec<IntendedClaims>,
}

/// A role assignment in Azure.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AzureRoleAssignment {
    /// Where it applies, such as `/subscriptions/ID/resourceGroups/NAME`.
    pub scope: Option<String>,
    /// Name or id of the role definition.
    pub role: Option<String>,
    /// Object id of the principal.
    pub principal_id: Option<String>,
    /// [`EntraIdentity::id`], where the principal is one of the document's identities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<String>,
    /// `ServicePrincipal`, `User` or `Group`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub principal_type: Option<String>,
    /// Condition of the assignment, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
}
