//! What a role may do: policies written into it, and policies attached to it.

use serde::Deserialize;

use super::documents::decoded;
use super::query::{self, or_empty, parsed};
use crate::api::Api;
use crate::request::{Empty, Request};

/// A policy written into a role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RolePolicy {
    /// The role.
    pub role_name: String,
    /// The policy's name in it.
    pub policy_name: String,
    /// What it says; compare with [`super::same_document`].
    #[serde(rename = "PolicyDocument", deserialize_with = "decoded")]
    pub document: String,
}

/// A policy attached to a role.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachedPolicy {
    /// Its ARN.
    pub policy_arn: String,
    /// Its name.
    #[serde(default, deserialize_with = "or_empty")]
    pub policy_name: String,
}

/// A page of attached policies.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AttachedPolicies {
    /// The policies.
    #[serde(rename = "AttachedPolicies", default, deserialize_with = "or_empty")]
    pub items: Vec<AttachedPolicy>,
    /// Whether there is another page.
    #[serde(default, deserialize_with = "parsed")]
    pub is_truncated: bool,
    /// Asks for it.
    #[serde(default)]
    pub marker: Option<String>,
}

/// A page of the names of policies written into a role.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PolicyNames {
    /// The names.
    #[serde(rename = "PolicyNames", default, deserialize_with = "or_empty")]
    pub items: Vec<String>,
    /// Whether there is another page.
    #[serde(default, deserialize_with = "parsed")]
    pub is_truncated: bool,
    /// Asks for it.
    #[serde(default)]
    pub marker: Option<String>,
}

/// Reads a policy written into a role.
pub fn get(role: &str, policy: &str) -> Request<RolePolicy> {
    about(query::read(Api::AwsIam, "GetRolePolicy"), "read", role, policy).needs(&["iam:GetRolePolicy"])
}

/// Lists the policies written into a role.
pub fn list(role: &str, marker: Option<&str>) -> Request<PolicyNames> {
    let request = query::read(Api::AwsIam, "ListRolePolicies")
        .about("list", format_args!("the policies in role {role}"))
        .needs(&["iam:ListRolePolicies"])
        .field("RoleName", role);
    paged(request, marker)
}

/// Writes a policy into a role, over one of that name: whoever must not do that looks first.
pub fn put(role: &str, policy: &str, document: &str) -> Request<Empty> {
    about(query::action(Api::AwsIam, "PutRolePolicy"), "write", role, policy)
        .needs(&["iam:PutRolePolicy"])
        .idempotent(true)
        .field("PolicyDocument", document)
}

/// Deletes a policy written into a role.
pub fn delete(role: &str, policy: &str) -> Request<Empty> {
    about(query::action(Api::AwsIam, "DeleteRolePolicy"), "delete", role, policy)
        .needs(&["iam:DeleteRolePolicy"])
        .idempotent(true)
}

/// Lists the policies attached to a role.
pub fn list_attached(role: &str, marker: Option<&str>) -> Request<AttachedPolicies> {
    let request = query::read(Api::AwsIam, "ListAttachedRolePolicies")
        .about("list", format_args!("the policies attached to role {role}"))
        .needs(&["iam:ListAttachedRolePolicies"])
        .field("RoleName", role);
    paged(request, marker)
}

/// Attaches a policy. One that is attached stays so.
pub fn attach(role: &str, policy_arn: &str) -> Request<Empty> {
    about_attached(query::action(Api::AwsIam, "AttachRolePolicy"), "attach", role, policy_arn)
        .needs(&["iam:AttachRolePolicy"])
}

/// Detaches a policy.
pub fn detach(role: &str, policy_arn: &str) -> Request<Empty> {
    about_attached(query::action(Api::AwsIam, "DetachRolePolicy"), "detach", role, policy_arn)
        .needs(&["iam:DetachRolePolicy"])
}

fn paged<T>(request: Request<T>, marker: Option<&str>) -> Request<T> {
    match marker {
        Some(marker) => request.field("Marker", marker),
        None => request,
    }
}

fn about<T>(request: Request<T>, operation: &'static str, role: &str, policy: &str) -> Request<T> {
    let request = request.about(operation, format_args!("policy {policy} in role {role}"));
    request.field("RoleName", role).field("PolicyName", policy)
}

fn about_attached(request: Request<Empty>, operation: &'static str, role: &str, policy_arn: &str) -> Request<Empty> {
    let request = request.about(operation, format_args!("policy {policy_arn} of role {role}"));
    request.idempotent(true).field("RoleName", role).field("PolicyArn", policy_arn)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn pages_are_read_empty_or_not() {
        let full: AttachedPolicies = serde_json::from_value(json!({
            "AttachedPolicies": [{"PolicyArn": "arn", "PolicyName": "n"}], "IsTruncated": "true", "Marker": "m"}))
        .unwrap();
        assert!(full.is_truncated && full.marker.as_deref() == Some("m") && full.items[0].policy_arn == "arn");
        let empty: PolicyNames = serde_json::from_value(json!({"PolicyNames": null, "IsTruncated": "false"})).unwrap();
        assert!(empty.items.is_empty() && !empty.is_truncated && empty.marker.is_none());
        let next = list("r", Some("m"));
        assert!(next.fields().iter().any(|(name, value)| name == "Marker" && value == "m"));
    }
}
