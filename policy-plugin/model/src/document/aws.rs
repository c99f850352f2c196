//! The side of AWS: roles with their trust policies, and OpenID Connect providers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::IntendedClaims;

/// An IAM role and who may assume it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsRole {
    /// Name, without its path.
    pub name: Option<String>,
    /// `arn:aws:iam::ACCOUNT:role/NAME`; absent where it is not made yet.
    pub arn: Option<String>,
    /// Account that the role is in, where it is known without the ARN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// The trust policy, as a JSON object. A text that is no JSON stands here as text. Single places inside may be unknown.
    #[serde(default)]
    pub assume_role_policy: Value,
    /// ARNs of managed policies attached to the role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attached_policies: Vec<Option<String>>,
    /// Policies written into the role or attached by content, as JSON objects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inline_policies: Vec<Value>,
    /// Longest session in seconds; absent means 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session_duration: Option<u64>,
    /// Claims of web identity tokens that the role is meant for, one object a workload, each with its `iss`. Empty where nobody said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub intended: Vec<IntendedClaims>,
}

/// An OpenID Connect provider of an AWS account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsOidcProvider {
    /// `arn:aws:iam::ACCOUNT:oidc-provider/HOST/PATH`; absent where it is not made yet.
    pub arn: Option<String>,
    /// Issuer URL.
    pub issuer: Option<String>,
    /// Accepted `aud` values.
    #[serde(default)]
    pub client_ids: Vec<Option<String>>,
    /// Thumbprints of certificates; empty leaves the choice to AWS.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub thumbprints: Vec<String>,
}
