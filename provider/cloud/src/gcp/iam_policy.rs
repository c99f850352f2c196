//! Allow policies: who has which role on what. Pure: the edits that a read-modify-write makes, and the requests around them.
//!
//! Everything that is not being edited, known or unknown, is written back exactly as it was read.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::audit_logs::AuditConfig;
use super::{PoolName, ServiceAccountName, is_empty};
use crate::api::{Api, Quota};
use crate::request::{Path, Request};

/// A resource that has an allow policy.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PolicyResource {
    /// A project, by its id.
    Project(String),
    /// A service account: who may act as it.
    ServiceAccount(ServiceAccountName),
    /// A workload identity pool.
    Pool(PoolName),
    /// A KMS key, by its full name `projects/…/cryptoKeys/…`.
    CryptoKey(String),
    /// A bucket of Cloud Storage, by its name.
    Bucket(String),
}

/// One role for one member on one resource, perhaps under a condition.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Grant {
    /// For example `roles/aiplatform.user`.
    pub role: String,
    /// For example `serviceAccount:…` or `principal://…`.
    pub member: String,
    /// When it holds; `None` is always.
    pub condition: Option<Condition>,
}

impl Grant {
    /// An unconditional grant.
    pub fn new(role: impl Into<String>, member: impl Into<String>) -> Self {
        Self { role: role.into(), member: member.into(), condition: None }
    }

    /// The same grant under a condition.
    #[must_use]
    pub fn when(mut self, condition: Condition) -> Self {
        self.condition = Some(condition);
        self
    }
}

impl fmt::Display for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for {}", self.role, self.member)
    }
}

/// An allow policy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    /// 3 wherever conditions may be involved, which is everywhere.
    pub version: i32,
    /// Which state of the policy this is; a write against another state is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// Who has which role.
    #[serde(skip_serializing_if = "is_empty")]
    pub bindings: Vec<Binding>,
    /// Which data-access logs are on.
    #[serde(rename = "auditConfigs", skip_serializing_if = "Option::is_none")]
    pub audit_configs: Option<Vec<AuditConfig>>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// One role and the members that have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Binding {
    /// The role.
    pub role: String,
    /// The members.
    pub members: Vec<String>,
    /// When it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition: Option<Condition>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A CEL condition of a binding. Two bindings of one role are apart unless title, description and expression are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Condition {
    /// The CEL expression.
    pub expression: String,
    /// What people see.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// More for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it came from, as tools note it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
}

impl Policy {
    /// Whether it holds the grant.
    pub fn has(&self, grant: &Grant) -> bool {
        self.bindings.iter().any(|binding| binding.is_for(grant) && binding.has_member(&grant.member))
    }

    /// Adds the grant; answers whether that changed anything.
    pub fn add(&mut self, grant: &Grant) -> bool {
        if self.has(grant) {
            return false;
        }
        match self.bindings.iter_mut().find(|binding| binding.is_for(grant)) {
            Some(binding) => binding.members.push(grant.member.clone()),
            None => self.bindings.push(Binding {
                role: grant.role.clone(),
                members: vec![grant.member.clone()],
                condition: grant.condition.clone(),
                rest: Map::new(),
            }),
        }
        true
    }

    /// Removes the grant wherever it stands; answers whether that changed anything.
    pub fn remove(&mut self, grant: &Grant) -> bool {
        let mut changed = false;
        for binding in self.bindings.iter_mut().filter(|binding| binding.is_for(grant)) {
            let before = binding.members.len();
            binding.members.retain(|member| !same_member(member, &grant.member));
            changed |= binding.members.len() != before;
        }
        if changed {
            // Google refuses a binding without members. One that was empty before is not ours to judge.
            self.bindings.retain(|binding| !binding.members.is_empty() || !binding.is_for(grant));
        }
        changed
    }
}

impl Binding {
    fn is_for(&self, grant: &Grant) -> bool {
        let same_condition = match (&self.condition, &grant.condition) {
            (None, None) => true,
            (Some(a), Some(b)) => {
                (&a.expression, &a.title, &a.description) == (&b.expression, &b.title, &b.description)
            }
            _ => false,
        };
        self.role == grant.role && same_condition
    }

    fn has_member(&self, member: &str) -> bool {
        self.members.iter().any(|present| same_member(present, member))
    }
}

/// Whether two members are one. Google folds the case of emails and domains; principals of pools are case-sensitive.
pub fn same_member(a: &str, b: &str) -> bool {
    const FOLDED: [&str; 4] = ["serviceAccount:", "user:", "group:", "domain:"];
    a == b
        || FOLDED.iter().any(|kind| match (a.strip_prefix(kind), b.strip_prefix(kind)) {
            (Some(a), Some(b)) => a.eq_ignore_ascii_case(b),
            _ => false,
        })
}

/// Reads a policy in version 3, without which conditions would be hidden.
pub fn get(resource: &PolicyResource) -> Request<Policy> {
    const VERSION: i32 = 3;
    let path = resource.policy_path("getIamPolicy");
    let request = match resource {
        PolicyResource::Project(_) => Request::post(Api::ResourceManager, path)
            .json(&json!({ "options": { "requestedPolicyVersion": VERSION } }))
            .needs(&["resourcemanager.projects.getIamPolicy"])
            .quota(Quota::Read(Api::ResourceManager)),
        PolicyResource::ServiceAccount(_) => Request::post(Api::Iam, path)
            .query("options.requestedPolicyVersion", VERSION)
            .needs(&["iam.serviceAccounts.getIamPolicy"])
            .quota(Quota::Read(Api::Iam)),
        PolicyResource::Pool(_) => Request::post(Api::Iam, path)
            .json(&json!({ "options": { "requestedPolicyVersion": VERSION } }))
            .needs(&["iam.workloadIdentityPools.getIamPolicy"])
            .quota(Quota::FederationRead),
        PolicyResource::CryptoKey(_) => Request::get(Api::Kms, path)
            .query("options.requestedPolicyVersion", VERSION)
            .needs(&["cloudkms.cryptoKeys.getIamPolicy"]),
        PolicyResource::Bucket(_) => Request::get(Api::Storage, path)
            .query("optionsRequestedPolicyVersion", VERSION)
            .needs(&["storage.buckets.getIamPolicy"]),
    };
    request.idempotent(true).about("read", format_args!("the allow policy of {resource}"))
}

/// The operation of [`set`], by which its failures are told from those of [`get`].
pub(crate) const WRITE: &str = "change";

/// Writes a policy back. Not idempotent: whether a lost answer meant success is for the read-modify-write to find out.
pub fn set(resource: &PolicyResource, policy: &Policy) -> Request<Policy> {
    write(resource, policy, json!({ "policy": policy }))
}

/// Writes a policy back, its audit logs too, which [`set`] leaves as they are.
pub fn set_with_audit_logs(resource: &PolicyResource, policy: &Policy) -> Request<Policy> {
    write(resource, policy, json!({ "policy": policy, "updateMask": "auditConfigs,bindings,etag" }))
}

fn write(resource: &PolicyResource, policy: &Policy, body: Value) -> Request<Policy> {
    let path = resource.policy_path("setIamPolicy");
    let request = match resource {
        PolicyResource::Project(_) => {
            Request::post(Api::ResourceManager, path).needs(&["resourcemanager.projects.setIamPolicy"])
        }
        PolicyResource::ServiceAccount(_) => Request::post(Api::Iam, path).needs(&["iam.serviceAccounts.setIamPolicy"]),
        PolicyResource::Pool(_) => Request::post(Api::Iam, path)
            .needs(&["iam.workloadIdentityPools.setIamPolicy"])
            .quota(Quota::FederationWrite),
        PolicyResource::CryptoKey(_) => Request::post(Api::Kms, path).needs(&["cloudkms.cryptoKeys.setIamPolicy"]),
        PolicyResource::Bucket(_) => Request::put(Api::Storage, path).needs(&["storage.buckets.setIamPolicy"]),
    };
    let request = match resource {
        // The one API that takes the policy without an envelope.
        PolicyResource::Bucket(_) => request.json(policy),
        _ => request.json(&body),
    };
    request.idempotent(false).about(WRITE, format_args!("the allow policy of {resource}"))
}

impl PolicyResource {
    fn policy_path(&self, verb: &'static str) -> Path {
        match self {
            PolicyResource::Project(project) => Path::new("v1").literal("projects").segment(project).verb(verb),
            PolicyResource::ServiceAccount(name) => name.path().verb(verb),
            PolicyResource::Pool(name) => name.path().verb(verb),
            PolicyResource::CryptoKey(name) => Path::new("v1").resource(name).verb(verb),
            PolicyResource::Bucket(name) => {
                Path::new("storage").literal("v1").literal("b").segment(name).literal("iam")
            }
        }
    }
}

impl fmt::Display for PolicyResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyResource::Project(project) => write!(f, "project {project}"),
            PolicyResource::ServiceAccount(name) => write!(f, "service account {name}"),
            PolicyResource::Pool(name) => write!(f, "workload identity pool {name}"),
            PolicyResource::CryptoKey(name) => write!(f, "key {name}"),
            PolicyResource::Bucket(name) => write!(f, "bucket {name}"),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    fn foreign() -> Value {
        json!({
            "version": 3, "etag": "BwYk", "auditConfigs": [{"service": "allServices", "auditLogConfigs": [{"logType": "DATA_READ"}]}],
            "somethingNew": {"a": [1, null]},
            "bindings": [
                {"role": "roles/owner", "members": ["user:Boss@example.com"]},
                {"role": "roles/viewer", "members": ["principal://iam.googleapis.com/projects/1/x/subject/A"],
                 "condition": {"title": "t", "expression": "request.time < timestamp('2030-01-01T00:00:00Z')"}, "novel": true},
                {"role": "roles/viewer", "members": ["serviceAccount:a@p.iam.gserviceaccount.com"]}
            ]
        })
    }

    #[test]
    fn an_edit_and_its_reverse_leave_everything_else_as_it_was() {
        let mut policy: Policy = serde_json::from_value(foreign()).unwrap();
        let grant = Grant::new("roles/aiplatform.user", "principal://x/subject/s");
        assert!(policy.add(&grant));
        assert!(!policy.add(&grant));
        assert!(policy.has(&grant));
        assert!(policy.remove(&grant));
        assert!(!policy.remove(&grant));
        assert_eq!(serde_json::to_value(&policy).unwrap(), foreign());
    }

    #[test]
    fn a_grant_joins_the_binding_with_the_same_condition_only() {
        let mut policy: Policy = serde_json::from_value(foreign()).unwrap();
        assert!(policy.add(&Grant::new("roles/viewer", "user:b@example.com")));
        assert_eq!(policy.bindings.len(), 3);
        assert_eq!(policy.bindings[2].members.len(), 2);
        assert_eq!(policy.bindings[1].members.len(), 1);
        let conditional = Condition { expression: "true".into(), ..Condition::default() };
        assert!(policy.add(&Grant::new("roles/viewer", "user:b@example.com").when(conditional)));
        assert_eq!(policy.bindings.len(), 4);
    }

    #[test]
    fn removing_touches_only_the_same_condition() {
        let mut policy: Policy = serde_json::from_value(foreign()).unwrap();
        let member = "principal://iam.googleapis.com/projects/1/x/subject/A";
        assert!(!policy.remove(&Grant::new("roles/viewer", member)));
        let condition = policy.bindings[1].condition.clone().unwrap();
        assert!(policy.remove(&Grant::new("roles/viewer", member).when(condition)));
        assert_eq!(policy.bindings.len(), 2);
    }

    #[test]
    fn members_match_as_google_matches_them() {
        assert!(same_member("serviceAccount:A@p.iam", "serviceAccount:a@P.iam"));
        assert!(same_member("user:A@b.c", "user:a@b.c"));
        assert!(!same_member("serviceAccount:a@b.c", "user:a@b.c"));
        assert!(!same_member("principal://x/subject/A", "principal://x/subject/a"));
        assert!(!same_member("principalSet://x/attribute.R/A", "principalSet://x/attribute.R/a"));
        assert!(!same_member("deleted:serviceAccount:a@b.c?uid=1", "serviceAccount:a@b.c"));
    }

    #[test]
    fn every_resource_is_read_in_version_three_the_way_its_api_wants_it() {
        let account = ServiceAccountName::new("p", "a@p.iam.gserviceaccount.com");
        let key = "projects/p/locations/l/keyRings/r/cryptoKeys/k";
        let cases = [
            (
                PolicyResource::Project("p".into()),
                "POST",
                "https://cloudresourcemanager.googleapis.com/v1/projects/p:getIamPolicy",
                true,
            ),
            (
                PolicyResource::ServiceAccount(account),
                "POST",
                "https://iam.googleapis.com/v1/projects/p/serviceAccounts/a@p.iam.gserviceaccount.com:getIamPolicy?options.requestedPolicyVersion=3",
                false,
            ),
            (
                PolicyResource::CryptoKey(key.into()),
                "GET",
                "https://cloudkms.googleapis.com/v1/projects/p/locations/l/keyRings/r/cryptoKeys/k:getIamPolicy?options.requestedPolicyVersion=3",
                false,
            ),
            (
                PolicyResource::Bucket("b".into()),
                "GET",
                "https://storage.googleapis.com/storage/v1/b/b/iam?optionsRequestedPolicyVersion=3",
                false,
            ),
        ];
        for (resource, method, url, has_body) in cases {
            let request = get(&resource);
            assert_eq!(request.method().as_str(), method);
            assert_eq!(request.url(&Endpoints::official()).unwrap().as_str(), url);
            assert_eq!(request.body().is_some(), has_body);
            assert!(request.is_idempotent());
            assert!(!request.raw().writes(), "{resource} is only read");
            let policy = Policy { version: 3, etag: Some("e".into()), ..Policy::default() };
            let write = set(&resource, &policy);
            let plain = json!({"version": 3, "etag": "e"});
            let wrapped = if let PolicyResource::Bucket(_) = resource { plain } else { json!({"policy": plain}) };
            assert_eq!(write.body().unwrap(), &wrapped);
            assert!(!write.is_idempotent() && write.raw().writes());
        }
    }
}
