//! IAM roles: who may enter them, for how long, and what is said of them.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::documents::{decoded, same_document};
use super::query::{self, or_empty, parsed, tags};
use crate::api::Api;
use crate::request::{Empty, Request};

/// What can be set on a role. Its path is fixed once it exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSpec {
    /// `/`, or more for people to order roles by.
    pub path: String,
    /// The trust policy: who may enter the role.
    pub trust_policy: String,
    /// At most 1,000 characters.
    pub description: String,
    /// The longest session, in seconds: 3,600 to 43,200.
    pub max_session_duration: u32,
    /// The ARN of the managed policy that no permission goes beyond.
    pub permissions_boundary: Option<String>,
    /// Tags.
    pub tags: BTreeMap<String, String>,
}

impl Default for RoleSpec {
    /// What AWS makes of a role of which nothing is said.
    fn default() -> Self {
        Self {
            path: "/".to_owned(),
            trust_policy: String::new(),
            description: String::new(),
            max_session_duration: 3_600,
            permissions_boundary: None,
            tags: BTreeMap::new(),
        }
    }
}

/// A role as AWS has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Role {
    /// Its ARN.
    pub arn: String,
    /// Its name, unique in the account without regard to case.
    pub role_name: String,
    /// The id that a re-created role of the same name does not share.
    pub role_id: String,
    /// Its path.
    #[serde(default)]
    pub path: String,
    /// The trust policy.
    #[serde(default, rename = "AssumeRolePolicyDocument", deserialize_with = "decoded")]
    pub trust_policy: String,
    /// What is said of it.
    #[serde(default, deserialize_with = "or_empty")]
    pub description: String,
    /// The longest session, in seconds.
    #[serde(default, deserialize_with = "parsed")]
    pub max_session_duration: u32,
    /// The managed policy that no permission goes beyond.
    #[serde(default)]
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// Tags.
    #[serde(default, deserialize_with = "tags")]
    pub tags: BTreeMap<String, String>,
}

/// A managed policy that no permission of a role goes beyond.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PermissionsBoundary {
    /// The ARN of the policy.
    #[serde(rename = "PermissionsBoundaryArn")]
    pub arn: String,
}

impl Role {
    /// The ARN of the managed policy that no permission goes beyond.
    pub fn boundary(&self) -> Option<&String> {
        self.permissions_boundary.as_ref().map(|boundary| &boundary.arn)
    }

    /// What can be set, as it is.
    pub fn spec(&self) -> RoleSpec {
        RoleSpec {
            path: self.path.clone(),
            trust_policy: self.trust_policy.clone(),
            description: self.description.clone(),
            max_session_duration: self.max_session_duration,
            permissions_boundary: self.boundary().cloned(),
            tags: self.tags.clone(),
        }
    }
}

impl RoleSpec {
    /// The fields in which `live` is otherwise, and that can be changed.
    pub fn difference(&self, live: &Role) -> Vec<&'static str> {
        let fields = [
            ("trust_policy", !same_document(&self.trust_policy, &live.trust_policy)),
            ("description", self.description != live.description),
            ("max_session_duration", self.max_session_duration != live.max_session_duration),
            ("permissions_boundary", self.permissions_boundary.as_ref() != live.boundary()),
            ("tags", self.tags != live.tags),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }

    /// The fields in which `live` is otherwise and for ever.
    pub fn fixed_difference(&self, live: &Role) -> Vec<&'static str> {
        if self.path == live.path { Vec::new() } else { vec!["path"] }
    }
}

/// An answer about one role.
#[derive(Clone, Debug, Deserialize)]
pub struct RoleAnswer {
    /// The role.
    #[serde(rename = "Role")]
    pub role: Role,
}

/// Reads a role.
pub fn get(name: &str) -> Request<RoleAnswer> {
    about(query::read(Api::AwsIam, "GetRole"), "read", name).needs(&["iam:GetRole"])
}

/// Creates a role.
pub fn create(name: &str, spec: &RoleSpec) -> Request<RoleAnswer> {
    let request = about(query::action(Api::AwsIam, "CreateRole"), "create", name)
        .needs(&["iam:CreateRole"])
        .field("AssumeRolePolicyDocument", &spec.trust_policy)
        .field("Path", &spec.path)
        .field("MaxSessionDuration", spec.max_session_duration)
        .tagged(&spec.tags);
    let request = match &spec.permissions_boundary {
        Some(boundary) => request.needs(&["iam:PutRolePermissionsBoundary"]).field("PermissionsBoundary", boundary),
        None => request,
    };
    let request = if spec.tags.is_empty() { request } else { request.needs(&["iam:TagRole"]) };
    if spec.description.is_empty() { request } else { request.field("Description", &spec.description) }
}

/// Sets description and longest session.
pub fn update(name: &str, spec: &RoleSpec) -> Request<Empty> {
    about(query::action(Api::AwsIam, "UpdateRole"), "update", name)
        .needs(&["iam:UpdateRole"])
        .idempotent(true)
        .field("Description", &spec.description)
        .field("MaxSessionDuration", spec.max_session_duration)
}

/// Sets the trust policy.
pub fn set_trust_policy(name: &str, document: &str) -> Request<Empty> {
    about(query::action(Api::AwsIam, "UpdateAssumeRolePolicy"), "change the trust policy of", name)
        .needs(&["iam:UpdateAssumeRolePolicy"])
        .idempotent(true)
        .field("PolicyDocument", document)
}

/// Sets the policy that no permission goes beyond.
pub fn set_boundary(name: &str, arn: &str) -> Request<Empty> {
    about(query::action(Api::AwsIam, "PutRolePermissionsBoundary"), "set the permissions boundary of", name)
        .needs(&["iam:PutRolePermissionsBoundary"])
        .idempotent(true)
        .field("PermissionsBoundary", arn)
}

/// Takes that policy away.
pub fn delete_boundary(name: &str) -> Request<Empty> {
    about(query::action(Api::AwsIam, "DeleteRolePermissionsBoundary"), "remove the permissions boundary of", name)
        .needs(&["iam:DeleteRolePermissionsBoundary"])
        .idempotent(true)
}

/// Adds tags, or sets them anew.
pub fn tag(name: &str, tags: &BTreeMap<String, String>) -> Request<Empty> {
    about(query::action(Api::AwsIam, "TagRole"), "tag", name).needs(&["iam:TagRole"]).idempotent(true).tagged(tags)
}

/// Removes tags.
pub fn untag(name: &str, keys: &[&String]) -> Request<Empty> {
    about(query::action(Api::AwsIam, "UntagRole"), "untag", name)
        .needs(&["iam:UntagRole"])
        .idempotent(true)
        .members("TagKeys", keys)
}

/// Deletes a role that has no policies.
pub fn delete(name: &str) -> Request<Empty> {
    about(query::action(Api::AwsIam, "DeleteRole"), "delete", name).needs(&["iam:DeleteRole"]).idempotent(true)
}

fn about<T>(request: Request<T>, operation: &'static str, name: &str) -> Request<T> {
    request.about(operation, format_args!("role {name}")).field("RoleName", name)
}

/// What must be called to turn one map of tags into another: the tags to set, and the keys to remove.
pub(super) fn tag_changes<'a>(
    wanted: &BTreeMap<String, String>,
    live: &'a BTreeMap<String, String>,
) -> (BTreeMap<String, String>, Vec<&'a String>) {
    let set = wanted.iter().filter(|(key, value)| live.get(*key) != Some(value));
    let gone = live.keys().filter(|key| !wanted.contains_key(*key));
    (set.map(|(key, value)| (key.clone(), value.clone())).collect(), gone.collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn spec() -> RoleSpec {
        RoleSpec {
            trust_policy: r#"{"Version":"2012-10-17"}"#.into(),
            tags: BTreeMap::from([("a".into(), "b".into())]),
            ..RoleSpec::default()
        }
    }

    #[test]
    fn a_creation_says_everything() {
        let create = create("transfer", &spec());
        let fields: Vec<_> = create.fields().iter().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(
            fields,
            [
                "Action=CreateRole",
                "Version=2010-05-08",
                "RoleName=transfer",
                r#"AssumeRolePolicyDocument={"Version":"2012-10-17"}"#,
                "Path=/",
                "MaxSessionDuration=3600",
                "Tags.member.1.Key=a",
                "Tags.member.1.Value=b"
            ]
        );
        assert_eq!(create.permissions(), ["iam:CreateRole", "iam:TagRole"]);
        assert!(!create.is_idempotent());
    }

    #[test]
    fn a_role_is_read_and_compared() {
        let answer: RoleAnswer =
            serde_json::from_value(json!({"Role": {"Arn": "arn", "RoleName": "transfer", "RoleId": "AROA",
            "Path": "/", "AssumeRolePolicyDocument": "%7B%22Version%22%3A%222012-10-17%22%7D", "Description": null,
            "MaxSessionDuration": "3600", "Tags": [{"Key": "a", "Value": "b"}]}}))
            .unwrap();
        assert!(spec().difference(&answer.role).is_empty() && spec().fixed_difference(&answer.role).is_empty());
        let other = RoleSpec { description: "d".into(), tags: BTreeMap::from([("c".into(), "d".into())]), ..spec() };
        assert_eq!(other.difference(&answer.role), ["description", "tags"]);
        let (set, gone) = tag_changes(&other.tags, &answer.role.tags);
        assert_eq!((set, gone), (other.tags.clone(), vec![&"a".to_owned()]));
        let bare: RoleAnswer =
            serde_json::from_value(json!({"Role": {"Arn": "a", "RoleName": "r", "RoleId": "i", "Tags": null}}))
                .unwrap();
        assert!(bare.role.tags.is_empty());
    }
}
