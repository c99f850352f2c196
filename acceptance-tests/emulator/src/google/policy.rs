//! Allow policies, the same for every resource that has one: read at a version, written whole against an etag, asked for permissions.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::access::{self, Principal};
use super::refusal::{concurrent_change, invalid, invalid_with_violation};
use super::schema::{self, Field, Kind};
use super::{expressions, members, roles};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::seed::OPERATOR;
use crate::state::clock::Millis;
use crate::state::world::{World, details};

const CONDITION: &[Field] = &[
    Field("title", Kind::Text),
    Field("description", Kind::Text),
    Field("expression", Kind::Text),
    Field("location", Kind::Text),
];
const BINDING: &[Field] =
    &[Field("role", Kind::Text), Field("members", Kind::Texts), Field("condition", Kind::Message(CONDITION))];
const LOG_TYPES: &[&str] = &["ADMIN_READ", "DATA_READ", "DATA_WRITE", "LOG_TYPE_UNSPECIFIED"];
const AUDIT_LOG: &[Field] = &[Field("logType", Kind::Choice(LOG_TYPES)), Field("exemptedMembers", Kind::Texts)];
const AUDIT: &[Field] = &[Field("service", Kind::Text), Field("auditLogConfigs", Kind::Messages(AUDIT_LOG))];
const POLICY: &[Field] = &[
    Field("version", Kind::Number),
    Field("bindings", Kind::Messages(BINDING)),
    Field("auditConfigs", Kind::Messages(AUDIT)),
    Field("etag", Kind::Text),
];
/// A policy as Cloud Storage takes it: without audit logs, and with two fields that it does not heed.
pub(crate) const BUCKET_POLICY: &[Field] = &[
    Field("kind", Kind::Output),
    Field("resourceId", Kind::Output),
    Field("version", Kind::Number),
    Field("bindings", Kind::Messages(BINDING)),
    Field("etag", Kind::Text),
];
/// The body of `setIamPolicy`.
pub(crate) const SET_REQUEST: &[Field] = &[Field("policy", Kind::Message(POLICY)), Field("updateMask", Kind::Text)];
const OPTIONS: &[Field] = &[Field("requestedPolicyVersion", Kind::Number)];
/// The body of `getIamPolicy`, where it has one.
pub(crate) const GET_REQUEST: &[Field] = &[Field("options", Kind::Message(OPTIONS))];
/// The body of `testIamPermissions`.
pub(crate) const TEST_REQUEST: &[Field] = &[Field("permissions", Kind::Texts)];

/// Members of one policy, each occurrence counted.
const MEMBER_LIMIT: usize = 1500;

/// The etag of a policy that was never written.
const UNWRITTEN: &str = "ACAB";

/// What one binding is known by: its role and, as JSON, its condition.
type Key = (String, Option<String>);

/// An allow policy.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policy {
    bindings: BTreeMap<Key, BTreeSet<String>>,
    audit_configs: Vec<Value>,
    revision: u64,
    /// What counts for permissions until that time, while a change is on its way.
    before: Option<(Millis, BTreeMap<Key, BTreeSet<String>>)>,
    seeded: BTreeSet<(Key, String)>,
}

impl Policy {
    /// A policy that was there when the emulator started.
    pub(crate) fn seeded(grants: Vec<(String, Vec<String>)>, revision: u64) -> Self {
        let mut policy = Self { revision, ..Self::default() };
        for (role, members) in grants {
            for member in members {
                let key = (role.clone(), None);
                policy.seeded.insert((key.clone(), member.clone()));
                policy.bindings.entry(key).or_default().insert(member);
            }
        }
        policy
    }

    /// Whether a role is granted to exactly this member, without a condition.
    pub(crate) fn grants(&self, role: &str, member: &str) -> bool {
        self.bindings.get(&(role.to_owned(), None)).is_some_and(|members| members.contains(member))
    }

    /// Whether calls of that kind to a service are noted in the audit log.
    pub(crate) fn audits(&self, service: &str, kind: &str) -> bool {
        self.audit_configs
            .iter()
            .filter(|config| config["service"] == service || config["service"] == "allServices")
            .any(|config| {
                let kinds = config["auditLogConfigs"].as_array();
                kinds.is_some_and(|kinds| kinds.iter().any(|each| each["logType"] == kind))
            })
    }

    fn etag(&self) -> String {
        if self.revision == 0 {
            UNWRITTEN.to_owned()
        } else {
            STANDARD.encode((0x0700_0000_0000_0000 | self.revision).to_be_bytes())
        }
    }

    fn has_conditions(&self) -> bool {
        self.bindings.keys().any(|(_, condition)| condition.is_some())
    }

    /// The policy as the API answers it. Below version 3 a condition is not shown: its role's name stands for it.
    fn shown(&self, version: i64) -> Value {
        let bindings: Vec<Value> = self
            .bindings
            .iter()
            .map(|((role, condition), members)| match condition {
                Some(condition) if version >= 3 => {
                    json!({ "role": role, "members": members, "condition": serde_json::from_str::<Value>(condition).unwrap_or_default() })
                }
                Some(condition) => {
                    let digest: String = Sha256::digest(condition).iter().take(10).map(|byte| format!("{byte:02x}")).collect();
                    json!({ "role": format!("{role}_withcond_{digest}"), "members": members })
                }
                None => json!({ "role": role, "members": members }),
            })
            .collect();
        let mut shown =
            json!({ "version": if self.has_conditions() && version >= 3 { 3 } else { 1 }, "etag": self.etag() });
        if !bindings.is_empty() {
            shown["bindings"] = Value::Array(bindings);
        }
        if !self.audit_configs.is_empty() {
            shown["auditConfigs"] = Value::Array(self.audit_configs.clone());
        }
        shown
    }
}

/// The policy version that a `getIamPolicy` body asks for.
pub(crate) fn version_from_body(call: &Call<'_>) -> Result<i64, Refusal> {
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    let body = schema::checked(&body, GET_REQUEST, "")?;
    version(body.get("options").and_then(|options| options["requestedPolicyVersion"].as_i64()).unwrap_or(0))
}

/// The policy version that a `getIamPolicy` query asks for. These methods take no body.
pub(crate) fn version_from_query(call: &Call<'_>) -> Result<i64, Refusal> {
    version_of(call.request.query("options.requestedPolicyVersion").unwrap_or("0"))
}

/// The policy version that a text asks for.
pub(crate) fn version_of(asked: &str) -> Result<i64, Refusal> {
    let number = asked.parse().map_err(|_| {
        invalid(format!("Invalid value at 'options.requested_policy_version' (TYPE_INT32), \"{asked}\""))
    })?;
    version(number)
}

/// Answers `getIamPolicy`.
pub(crate) fn read(world: &World, name: &str, version: i64) -> Result<Answer, Refusal> {
    let policy = world.google.policies.get(name).cloned().unwrap_or_default();
    Ok(Answer::json(&policy.shown(version)))
}

/// Answers `setIamPolicy`.
pub(crate) fn write(world: &mut World, call: &Call<'_>, name: &str) -> Result<Answer, Refusal> {
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    let body = schema::checked(&body, SET_REQUEST, "")?;
    let Some(wanted) = body.get("policy").and_then(Value::as_object) else {
        return Err(invalid_with_violation("policy", "The request must carry a policy."));
    };
    let mask = match body.get("updateMask").and_then(Value::as_str) {
        Some(mask) if !mask.is_empty() => schema::mask(Some(mask), POLICY)?.into_iter().flatten().collect(),
        _ => vec![String::from("bindings"), String::from("etag")],
    };
    let mask: Vec<&str> = mask.iter().map(String::as_str).collect();
    replace(world, name, wanted, &mask)
}

/// Puts the parts of a policy that the mask names in the place of what was there.
pub(crate) fn replace(
    world: &mut World,
    name: &str,
    wanted: &Map<String, Value>,
    mask: &[&str],
) -> Result<Answer, Refusal> {
    let current = world.google.policies.get(name).cloned().unwrap_or_default();
    let version = wanted.get("version").and_then(Value::as_i64).unwrap_or(0);
    if ![0, 1, 3].contains(&version) {
        return Err(invalid_with_violation(
            "policy.version",
            &format!("Policy version {version} is not one of 0, 1 and 3."),
        ));
    }
    let etag = wanted.get("etag").and_then(Value::as_str).filter(|etag| !etag.is_empty());
    if let Some(etag) = etag {
        if STANDARD.decode(etag).is_err() {
            return Err(invalid(format!("Invalid value at 'policy.etag' (TYPE_BYTES), \"{etag}\"")));
        }
        if etag != current.etag() {
            return Err(concurrent_change());
        }
        if current.has_conditions() && version < 3 {
            return Err(invalid_with_violation(
                "policy.version",
                "The policy has conditional role bindings: read it with requestedPolicyVersion 3 and write it with version 3.",
            ));
        }
    }
    let mut next = current.clone();
    if mask.contains(&"bindings") {
        next.bindings = bindings(world, name, wanted, version)?;
        // A writer of an older version who sends no etag overwrites the conditions of others, as Google documents it.
        if etag.is_none() && version >= 3 && (current.has_conditions() || next.has_conditions()) {
            return Err(invalid_with_violation(
                "policy.etag",
                "A policy with conditional role bindings must be written with the etag that it was read with.",
            ));
        }
    }
    if mask.contains(&"auditConfigs") {
        next.audit_configs = wanted.get("auditConfigs").and_then(Value::as_array).cloned().unwrap_or_default();
    }
    next.revision = world.next_number();
    next.before = (world.lag > 0).then(|| (world.visible_from(), current.bindings));
    let shown = next.shown(if version == 0 { 1 } else { version });
    world.google.policies.insert(name.to_owned(), next);
    Ok(Answer::json(&shown))
}

/// Answers `testIamPermissions` from the policies of the resource and what is above it.
pub(crate) fn test(world: &World, call: &Call<'_>, names: &[String]) -> Result<Answer, Refusal> {
    let caller = access::caller(world, call)?;
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    let body = schema::checked(&body, TEST_REQUEST, "")?;
    let asked = body.get("permissions").and_then(Value::as_array).cloned().unwrap_or_default();
    let held: Vec<Value> = asked
        .into_iter()
        .filter(|permission| allows(world, names, &caller, permission.as_str().unwrap_or_default()))
        .collect();
    Ok(Answer::json(&if held.is_empty() { json!({}) } else { json!({ "permissions": held }) }))
}

/// Whether any of these policies, the resource's own first, gives the principal the permission.
pub(crate) fn allows(world: &World, names: &[String], principal: &Principal, permission: &str) -> bool {
    if matches!(principal, Principal::User(user) if user == OPERATOR) && !world.operator.allows(permission) {
        return false;
    }
    let now = world.now();
    let resource = names.first().map_or("", String::as_str).trim_start_matches("//");
    let (service, resource) = resource.split_once('/').unwrap_or((resource, ""));
    names.iter().filter_map(|name| world.google.policies.get(name)).any(|policy| {
        let bindings = match &policy.before {
            Some((until, before)) if now < *until => before,
            _ => &policy.bindings,
        };
        bindings.iter().any(|((role, condition), members)| {
            roles::holds(role, permission)
                && members.iter().any(|member| members::is(world, principal, member))
                && condition.as_deref().is_none_or(|condition| {
                    let condition: Value = serde_json::from_str(condition).unwrap_or_default();
                    expressions::binding_holds(condition["expression"].as_str().unwrap_or_default(), service, resource)
                })
        })
    })
}

/// Writes a member under another name in every policy, as Google does when a service account goes or comes back.
pub(crate) fn rename_member(world: &mut World, from: &str, to: &str) {
    for policy in world.google.policies.values_mut() {
        for members in policy.bindings.values_mut() {
            if members.remove(from) {
                members.insert(to.to_owned());
            }
        }
    }
}

/// The grants in policies whose name begins so, as the control API lists them.
pub(crate) fn objects(world: &World, prefix: &str, state: impl Fn(&str) -> &'static str) -> Vec<Object> {
    let mut objects = Vec::new();
    for (name, policy) in world.google.policies.iter().filter(|(name, _)| name.starts_with(prefix)) {
        let resource = shown_name(world, name.strip_prefix(prefix).unwrap_or(name));
        for ((role, condition), members) in &policy.bindings {
            for member in members {
                let suffix = condition.as_deref().map_or_else(String::new, |condition| format!(" if {condition}"));
                objects.push(Object {
                    kind: "gcp/grant",
                    id: format!("{resource} {role} {member}{suffix}"),
                    state: state(name),
                    seeded: policy.seeded.contains(&((role.clone(), condition.clone()), member.clone())),
                    details: details([
                        ("resource", json!(resource)),
                        ("role", json!(role)),
                        ("member", json!(member)),
                        (
                            "condition",
                            condition.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default(),
                        ),
                    ]),
                });
            }
        }
    }
    objects
}

fn version(asked: i64) -> Result<i64, Refusal> {
    if [0, 1, 3].contains(&asked) {
        return Ok(asked);
    }
    Err(invalid_with_violation(
        "options.requested_policy_version",
        &format!("Requested policy version {asked} is not one of 0, 1 and 3."),
    ))
}

/// Service accounts are kept under their unique id and shown under their e-mail address.
fn shown_name(world: &World, resource: &str) -> String {
    match resource.rsplit_once("/serviceAccounts/") {
        Some((project, id)) => {
            let email = world.google.accounts.get(id).map_or(id, |account| account.email.as_str());
            format!("{project}/serviceAccounts/{email}")
        }
        None => resource.to_owned(),
    }
}

fn bindings(
    world: &World,
    name: &str,
    policy: &Map<String, Value>,
    version: i64,
) -> Result<BTreeMap<Key, BTreeSet<String>>, Refusal> {
    let mut bindings: BTreeMap<Key, BTreeSet<String>> = BTreeMap::new();
    let mut count = 0;
    for binding in policy.get("bindings").and_then(Value::as_array).into_iter().flatten() {
        let role = binding["role"].as_str().unwrap_or_default();
        if role.is_empty() {
            return Err(invalid_with_violation("policy.bindings.role", "Every binding must name a role."));
        }
        if !roles::exists(role) {
            return Err(invalid(format!("Role {role} is not supported for this resource.")));
        }
        let condition = condition(binding, version)?;
        for member in binding["members"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            count += 1;
            let member = members::checked(world, name, member)?;
            bindings.entry((role.to_owned(), condition.clone())).or_default().insert(member);
        }
    }
    if count > MEMBER_LIMIT {
        return Err(invalid(format!("The policy has {count} members; at most {MEMBER_LIMIT} are allowed.")));
    }
    Ok(bindings)
}

fn condition(binding: &Value, version: i64) -> Result<Option<String>, Refusal> {
    let Some(condition) = binding.get("condition").and_then(Value::as_object).filter(|fields| !fields.is_empty())
    else {
        return Ok(None);
    };
    if version < 3 {
        return Err(invalid_with_violation(
            "policy.version",
            "A policy with conditional role bindings must be written with version 3.",
        ));
    }
    let text = |name: &str| condition.get(name).and_then(Value::as_str).unwrap_or_default();
    if text("title").is_empty() {
        return Err(invalid_with_violation("policy.bindings.condition.title", "A condition must have a title."));
    }
    if text("expression").is_empty() {
        return Err(invalid_with_violation(
            "policy.bindings.condition.expression",
            "A condition must have an expression.",
        ));
    }
    expressions::check_condition("policy.bindings.condition.expression", text("expression"))?;
    Ok(Some(Value::Object(condition.clone()).to_string()))
}
