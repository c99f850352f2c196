//! Buckets. Their names belong to all of Google Cloud, not to a project.

use serde_json::{Map, Value, json};

use super::{API, authorised, condition_not_met, denied};
use crate::google::kms::{cmek, key_rules};
use crate::google::policy::{self, Policy};
use crate::google::projects::{Project, policy_name};
use crate::google::refusal::{exists, invalid, invalid_with_violation};
use crate::google::schema::{self, Field, Kind};
use crate::google::{access, agents};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::{World, details};

const PREVENTION: &[&str] = &["inherited", "enforced", "unspecified"];
const CLASSES: &[&str] =
    &["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE", "MULTI_REGIONAL", "REGIONAL", "DURABLE_REDUCED_AVAILABILITY"];
const UNIFORM: &[Field] = &[Field("enabled", Kind::Flag), Field("lockedTime", Kind::Output)];
const IAM: &[Field] = &[
    Field("uniformBucketLevelAccess", Kind::Message(UNIFORM)),
    Field("bucketPolicyOnly", Kind::Message(UNIFORM)),
    Field("publicAccessPrevention", Kind::Choice(PREVENTION)),
];
const SOFT_DELETE: &[Field] = &[Field("retentionDurationSeconds", Kind::Long), Field("effectiveTime", Kind::Output)];
const ENCRYPTION: &[Field] = &[Field("defaultKmsKeyName", Kind::Text)];
const VERSIONING: &[Field] = &[Field("enabled", Kind::Flag)];

/// The fields of a bucket.
pub(crate) const FIELDS: &[Field] = &[
    Field("kind", Kind::Output),
    Field("id", Kind::Output),
    Field("selfLink", Kind::Output),
    Field("projectNumber", Kind::Output),
    Field("metageneration", Kind::Output),
    Field("generation", Kind::Output),
    Field("etag", Kind::Output),
    Field("timeCreated", Kind::Output),
    Field("updated", Kind::Output),
    Field("locationType", Kind::Output),
    Field("owner", Kind::Output),
    Field("name", Kind::Text),
    Field("location", Kind::Text),
    Field("storageClass", Kind::Choice(CLASSES)),
    Field("labels", Kind::TextMap),
    Field("iamConfiguration", Kind::Message(IAM)),
    Field("encryption", Kind::Message(ENCRYPTION)),
    Field("versioning", Kind::Message(VERSIONING)),
    Field("softDeletePolicy", Kind::Message(SOFT_DELETE)),
    Field("retentionPolicy", Kind::Opaque),
    Field("lifecycle", Kind::Opaque),
    Field("autoclass", Kind::Opaque),
    Field("hierarchicalNamespace", Kind::Opaque),
    Field("logging", Kind::Opaque),
    Field("rpo", Kind::Text),
    Field("defaultEventBasedHold", Kind::Flag),
];

/// Fields that are settled when a bucket is made.
const SETTLED: &[&str] = &["name", "location"];

/// A bucket.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    pub(crate) name: String,
    /// Project id.
    pub(crate) project: String,
    number: String,
    pub(super) fields: Map<String, Value>,
    generation: u64,
    created_at: Millis,
    visible_from: Millis,
}

impl Bucket {
    /// The full name that its policy is kept under.
    pub(crate) fn policy_name(&self) -> String {
        format!("//{}/projects/_/buckets/{}", API.service, self.name)
    }

    /// How often its metadata was written.
    pub(super) fn metageneration(&self) -> String {
        self.generation.to_string()
    }

    /// Where its data is, in capitals.
    pub(crate) fn location(&self) -> &str {
        self.fields.get("location").and_then(Value::as_str).unwrap_or("US")
    }

    fn shown(&self) -> Value {
        let mut shown = schema::without_defaults(&self.fields);
        let location = self.location();
        let kind = if location.contains('-') { "region" } else { "multi-region" };
        let facts = json!({
            "kind": "storage#bucket",
            "id": self.name,
            "name": self.name,
            "selfLink": format!("https://www.googleapis.com/storage/v1/b/{}", self.name),
            "projectNumber": self.number,
            "location": location,
            "locationType": kind,
            "metageneration": self.generation.to_string(),
            "generation": self.created_at.to_string(),
            "etag": format!("CA{}=", self.generation),
            "timeCreated": rfc3339(self.created_at),
            "updated": rfc3339(self.created_at),
        });
        shown.extend(facts.as_object().cloned().unwrap_or_default());
        Value::Object(shown)
    }
}

/// `buckets.insert`.
pub(super) fn insert(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = access::caller(world, call)?;
    let reference = call.request.query("project").unwrap_or_default();
    if reference.is_empty() {
        return Err(invalid("Required parameter: project"));
    }
    let project = project(world, call, reference, "storage.buckets.create")?;
    if !policy::allows(world, &[policy_name(&project.id)], &caller, "storage.buckets.create") {
        return Err(denied(world, &caller, "storage.buckets.create", "project"));
    }
    let mut fields = body(call)?;
    let name = fields.remove("name").and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default();
    check_name(&name)?;
    let location = fields.get("location").and_then(Value::as_str).unwrap_or("US").to_uppercase();
    fields.insert(String::from("location"), json!(location));
    fields.entry("storageClass").or_insert_with(|| json!("STANDARD"));
    let kept = fields.entry("softDeletePolicy").or_insert_with(|| json!({}));
    if kept["retentionDurationSeconds"].is_null() {
        kept["retentionDurationSeconds"] = json!("604800");
    }
    check(&fields)?;
    if world.google.buckets.contains_key(&name) {
        return Err(exists("Your previous request to create the named bucket succeeded and you already own it."));
    }
    try_key(world, &project, &fields)?;
    let bucket = Bucket {
        name: name.clone(),
        project: project.id.clone(),
        number: project.number.clone(),
        fields,
        generation: 1,
        created_at: world.now(),
        visible_from: world.visible_from(),
    };
    let shown = bucket.shown();
    let revision = world.next_number();
    world.google.policies.insert(bucket.policy_name(), initial_policy(&project.id, revision));
    world.google.buckets.insert(name, bucket);
    Ok(Answer::json(&shown))
}

/// `buckets.list`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let caller = access::caller(world, call)?;
    let reference = call.request.query("project").unwrap_or_default();
    let project = project(world, call, reference, "storage.buckets.list")?;
    if !policy::allows(world, &[policy_name(&project.id)], &caller, "storage.buckets.list") {
        return Err(denied(world, &caller, "storage.buckets.list", "project"));
    }
    let (prefix, now) = (call.request.query("prefix").unwrap_or_default(), world.now());
    let buckets =
        world.google.buckets.values().filter(|bucket| {
            bucket.project == project.id && bucket.name.starts_with(prefix) && now >= bucket.visible_from
        });
    let items: Vec<Value> = buckets.map(Bucket::shown).collect();
    Ok(Answer::json(&json!({ "kind": "storage#buckets", "items": items })))
}

/// `buckets.get`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::json(&authorised(world, call, "storage.buckets.get")?.shown()))
}

/// `buckets.patch`: what the body names replaces what was there, and null clears it.
pub(super) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut bucket = authorised(world, call, "storage.buckets.update")?;
    let patch = body(call)?;
    if let Some(settled) =
        SETTLED.iter().find(|field| patch.get(**field).is_some_and(|value| *value != bucket.fields[**field]))
    {
        return Err(invalid(format!("The {settled} of a bucket cannot be changed.")));
    }
    let given = call.json().map_err(|error| invalid(format!("Parse Error. {error}")))?;
    merge(&mut bucket.fields, given.as_object().unwrap_or(&Map::new()), &patch);
    check(&bucket.fields)?;
    let number = world.project(&bucket.project).cloned();
    if let Some(project) = number.filter(|_| patch.contains_key("encryption")) {
        try_key(world, &project, &bucket.fields)?;
    }
    bucket.generation += 1;
    let shown = bucket.shown();
    world.google.buckets.insert(bucket.name.clone(), bucket);
    Ok(Answer::json(&shown))
}

/// `buckets.delete`, of an empty one.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = authorised(world, call, "storage.buckets.delete")?;
    if world.google.objects.keys().any(|(of, _)| *of == bucket.name) {
        return Err(exists("The bucket you tried to delete is not empty."));
    }
    world.google.policies.remove(&bucket.policy_name());
    world.google.buckets.remove(&bucket.name);
    Ok(Answer::empty(204))
}

/// `buckets.getIamPolicy`.
pub(super) fn get_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = authorised(world, call, "storage.buckets.getIamPolicy")?;
    let version = policy::version_of(call.request.query("optionsRequestedPolicyVersion").unwrap_or("0"))?;
    Ok(with_kind(policy::read(world, &bucket.policy_name(), version)?, &bucket))
}

/// `buckets.setIamPolicy`, whose body is the policy itself.
pub(super) fn set_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = authorised(world, call, "storage.buckets.setIamPolicy")?;
    let body = call.json().map_err(|error| invalid(format!("Parse Error. {error}")))?;
    let mut wanted = schema::checked(&body, policy::BUCKET_POLICY, "")?;
    wanted.retain(|name, _| name != "kind" && name != "resourceId");
    // A policy that changed since it was read is a failed precondition here, and a conflict everywhere else.
    let replaced = policy::replace(world, &bucket.policy_name(), &wanted, &["bindings", "etag"]);
    let replaced = replaced.map_err(|refusal| if refusal.code == "ABORTED" { condition_not_met() } else { refusal })?;
    Ok(with_kind(replaced, &bucket))
}

/// `buckets.testIamPermissions`.
pub(super) fn test_permissions(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let bucket = authorised(world, call, "")?;
    let caller = access::caller(world, call)?;
    let asked = call.request.query.iter().filter(|(name, _)| name == "permissions").map(|(_, value)| value);
    let held: Vec<&String> = asked.filter(|permission| super::may(world, &bucket, &caller, permission)).collect();
    Ok(Answer::json(&json!({ "kind": "storage#testIamPermissionsResponse", "permissions": held })))
}

/// `projects.serviceAccount.get`, which makes sure of the service agent.
pub(super) fn service_account(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "resourcemanager.projects.get")?;
    let email = agents::ensure(world, &project.number, API.service);
    Ok(Answer::json(&json!({ "kind": "storage#serviceAccount", "email_address": email })))
}

/// The bucket, if a read finds it.
pub(crate) fn visible<'a>(world: &'a World, name: &str) -> Option<&'a Bucket> {
    let now = world.now();
    world.google.buckets.get(name).filter(|bucket| now >= bucket.visible_from)
}

/// All buckets, for the control API.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let buckets = world.google.buckets.values().map(|bucket| Object {
        kind: "gcp/bucket",
        id: bucket.name.clone(),
        state: "live",
        seeded: false,
        details: details([("resource", bucket.shown())]),
    });
    buckets.collect()
}

/// Lets the service agent of Cloud Storage try the key that protects what has none of its own.
pub(super) fn try_key(
    world: &mut World,
    project: &Project,
    fields: &Map<String, Value>,
) -> Result<Option<String>, Refusal> {
    let key =
        fields.get("encryption").and_then(|encryption| encryption["defaultKmsKeyName"].as_str()).unwrap_or_default();
    if key.is_empty() {
        return Ok(None);
    }
    let agent = agents::email(&project.number, API.service).unwrap_or_default();
    let location = match fields.get("location").and_then(Value::as_str).unwrap_or("US") {
        "EU" => String::from("europe"),
        other => other.to_lowercase(),
    };
    cmek::usable(world, key, &location, &agent).map(Some).map_err(|error| match error {
        cmek::Unusable::Denied { .. } => Refusal::new(
            403,
            "PERMISSION_DENIED",
            format!(
                "Permission denied on Cloud KMS key. Please ensure that your Cloud Storage service account has been authorized to use this \
                 key: {error}."
            ),
        ),
        other => invalid_with_violation("encryption.default_kms_key_name", &format!("{other}.")),
    })
}

fn project(world: &World, call: &Call<'_>, reference: &str, permission: &str) -> Result<Project, Refusal> {
    let project = access::existing_project(world, call, reference, permission)?;
    access::service_on(world, call, &project, permission)?;
    Ok(project)
}

fn body(call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    let body = call.json().map_err(|error| invalid(format!("Parse Error. {error}")))?;
    schema::checked(&body, FIELDS, "")
}

fn merge(current: &mut Map<String, Value>, given: &Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in given {
        match (value, patch.get(name), current.get_mut(name)) {
            (Value::Null, _, _) => {
                current.remove(name);
            }
            (Value::Object(given), Some(Value::Object(patch)), Some(Value::Object(current))) => {
                merge(current, given, patch)
            }
            (_, Some(wanted), _) => {
                current.insert(name.clone(), wanted.clone());
            }
            (_, None, _) => {}
        }
    }
}

fn check(fields: &Map<String, Value>) -> Result<(), Refusal> {
    key_rules::check_labels(fields)?;
    let kept = fields.get("softDeletePolicy").and_then(|policy| policy["retentionDurationSeconds"].as_str());
    let seconds = kept.and_then(|text| text.parse::<i64>().ok()).unwrap_or(0);
    if seconds != 0 && !(604_800..=7_776_000).contains(&seconds) {
        return Err(invalid("The soft delete retention must be 0 or between 7 and 90 days."));
    }
    Ok(())
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let edge = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let good = (3..=222).contains(&name.len())
        && name.split('.').all(|part| !part.is_empty() && part.len() <= 63)
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_.".contains(&byte))
        && edge(name.bytes().next())
        && edge(name.bytes().last())
        && !name.starts_with("goog")
        && !name.contains("google")
        && name.parse::<std::net::Ipv4Addr>().is_err();
    if good { Ok(()) } else { Err(invalid(format!("Invalid bucket name: '{name}'"))) }
}

/// What everybody with a basic role on the project holds on a new bucket.
fn initial_policy(project: &str, revision: u64) -> Policy {
    let writers = vec![format!("projectEditor:{project}"), format!("projectOwner:{project}")];
    let readers = vec![format!("projectViewer:{project}")];
    let grants = vec![
        (String::from("roles/storage.legacyBucketOwner"), writers.clone()),
        (String::from("roles/storage.legacyBucketReader"), readers.clone()),
        (String::from("roles/storage.legacyObjectOwner"), writers),
        (String::from("roles/storage.legacyObjectReader"), readers),
    ];
    Policy::seeded(grants, revision)
}

fn with_kind(answer: Answer, bucket: &Bucket) -> Answer {
    let mut shown: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    shown["kind"] = json!("storage#policy");
    shown["resourceId"] = json!(format!("projects/_/buckets/{}", bucket.name));
    Answer::json(&shown)
}
