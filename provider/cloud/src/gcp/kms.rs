//! Cloud KMS: key rings, keys and their versions. Rings and key names are for ever; only the material of a version can be destroyed.

use std::collections::BTreeMap;
use std::time::Duration;

pub use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{CryptoKeyName, KeyRingName, duration, is_empty};
use crate::api::{Api, Quota};
use crate::request::{Path, Request};

/// A key ring as Google has it. There is nothing about it that could be set.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KeyRing {
    /// The full name.
    pub name: String,
}

/// What can be set on a key that encrypts and decrypts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CryptoKeySpec {
    /// How new versions are made.
    #[serde(skip_serializing_if = "is_empty")]
    pub version_template: VersionTemplate,
    /// How often a new version takes over; `None` is never.
    #[serde(with = "duration", skip_serializing_if = "Option::is_none")]
    pub rotation_period: Option<Duration>,
    /// How long a destroyed version can be brought back; fixed once the key exists. `None` leaves it to Google, whose answer is 30 days.
    #[serde(with = "duration", skip_serializing_if = "Option::is_none")]
    pub destroy_scheduled_duration: Option<Duration>,
    /// Labels.
    #[serde(skip_serializing_if = "is_empty")]
    pub labels: BTreeMap<String, String>,
}

/// How versions are made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct VersionTemplate {
    /// `SOFTWARE`, `HSM` or another; fixed once the key exists. Empty leaves it to Google.
    #[serde(skip_serializing_if = "is_empty")]
    pub protection_level: String,
    /// For example `GOOGLE_SYMMETRIC_ENCRYPTION`. Empty leaves it to Google.
    #[serde(skip_serializing_if = "is_empty")]
    pub algorithm: String,
}

/// A key as Google has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CryptoKey {
    /// The full name.
    pub name: String,
    /// `ENCRYPT_DECRYPT` or another.
    #[serde(default)]
    pub purpose: String,
    /// What can be set.
    #[serde(flatten)]
    pub spec: CryptoKeySpec,
    /// The version that encrypts.
    #[serde(default)]
    pub primary: Option<KeyVersion>,
}

/// A version of a key.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct KeyVersion {
    /// The full name.
    pub name: String,
    /// What can be done with it.
    #[serde(default)]
    pub state: KeyVersionState,
}

/// What can be done with a version.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub enum KeyVersionState {
    /// In use.
    #[serde(rename = "ENABLED")]
    Enabled,
    /// Switched off.
    #[serde(rename = "DISABLED")]
    Disabled,
    /// To be destroyed soon, and can be brought back until then.
    #[serde(rename = "DESTROY_SCHEDULED")]
    DestroyScheduled,
    /// Gone for good.
    #[serde(rename = "DESTROYED")]
    Destroyed,
    /// Being made.
    #[serde(rename = "PENDING_GENERATION")]
    PendingGeneration,
    /// Anything that this version does not know.
    #[default]
    #[serde(other, rename = "CRYPTO_KEY_VERSION_STATE_UNSPECIFIED")]
    Unspecified,
}

/// A page of versions.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct KeyVersions {
    /// The versions.
    #[serde(rename = "cryptoKeyVersions")]
    pub items: Vec<KeyVersion>,
    /// Asks for the next page, unless empty.
    pub next_page_token: String,
}

/// The record of a key that was deleted for good, whose name nothing can ever have again.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RetiredKey {
    /// The full name that the key had. It may hold the project's number or id, as Google likes.
    #[serde(default)]
    pub original_resource: String,
    /// When it was deleted.
    #[serde(default)]
    pub delete_time: Option<String>,
}

/// A page of such records.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RetiredKeys {
    /// The records.
    #[serde(rename = "retiredResources")]
    pub items: Vec<RetiredKey>,
    /// Asks for the next page, unless empty.
    pub next_page_token: String,
}

impl CryptoKeySpec {
    /// The update mask that makes `live` so. Fields that are fixed, or left to Google, are not in it.
    pub fn difference(&self, live: &CryptoKeySpec) -> Vec<&'static str> {
        let mut mask = Vec::new();
        if self.rotation_period != live.rotation_period {
            // Google takes the two only together.
            mask.extend(["rotationPeriod", "nextRotationTime"]);
        }
        if self.labels != live.labels {
            mask.push("labels");
        }
        let algorithm = &self.version_template.algorithm;
        if !algorithm.is_empty() && *algorithm != live.version_template.algorithm {
            mask.push("versionTemplate.algorithm");
        }
        mask
    }

    /// The fields in which `live` is otherwise and for ever.
    pub fn fixed_difference(&self, live: &CryptoKeySpec) -> Vec<&'static str> {
        let level = &self.version_template.protection_level;
        let wanted = self.destroy_scheduled_duration;
        let fields = [
            ("versionTemplate.protectionLevel", !level.is_empty() && *level != live.version_template.protection_level),
            ("destroyScheduledDuration", wanted.is_some() && wanted != live.destroy_scheduled_duration),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }

    /// The body of a write. The first rotation is a period from `now`.
    fn body(&self, now: Timestamp) -> Value {
        let mut body = json!(self);
        if let Some(period) = self.rotation_period
            && let Ok(next) = now.checked_add(period)
        {
            body["nextRotationTime"] = json!(next.to_string());
        }
        body
    }
}

impl CryptoKey {
    /// Whether nothing can be encrypted with it any more, because the version that did is destroyed or about to be.
    pub fn is_retired(&self) -> bool {
        let gone = |state| matches!(state, KeyVersionState::Destroyed | KeyVersionState::DestroyScheduled);
        self.primary.as_ref().is_none_or(|version| gone(version.state))
    }
}

/// Reads a key ring.
pub fn get_ring(name: &KeyRingName) -> Request<KeyRing> {
    Request::get(Api::Kms, name.path()).about("read", format_args!("key ring {name}")).needs(&["cloudkms.keyRings.get"])
}

/// Creates a key ring.
pub fn create_ring(name: &KeyRingName) -> Request<KeyRing> {
    Request::post(Api::Kms, name.collection())
        .about("create", format_args!("key ring {name}"))
        .needs(&["cloudkms.keyRings.create"])
        .query("keyRingId", &name.key_ring)
        .json(&json!({}))
}

/// Reads a key.
pub fn get_key(name: &CryptoKeyName) -> Request<CryptoKey> {
    about(Request::get(Api::Kms, name.path()), "read", name).needs(&["cloudkms.cryptoKeys.get"])
}

/// Creates a key with its first version.
pub fn create_key(name: &CryptoKeyName, spec: &CryptoKeySpec, now: Timestamp) -> Request<CryptoKey> {
    let mut body = spec.body(now);
    body["purpose"] = json!("ENCRYPT_DECRYPT");
    about(Request::post(Api::Kms, name.collection()), "create", name)
        .needs(&["cloudkms.cryptoKeys.create"])
        .query("cryptoKeyId", &name.key)
        .json(&body)
}

/// Sets the fields that `mask` names.
pub fn update_key(name: &CryptoKeyName, spec: &CryptoKeySpec, mask: &[&str], now: Timestamp) -> Request<CryptoKey> {
    about(Request::patch(Api::Kms, name.path()), "update", name)
        .needs(&["cloudkms.cryptoKeys.update"])
        .query("updateMask", mask.join(","))
        .json(&spec.body(now))
}

/// Lists a key's versions.
pub fn list_versions(key: &CryptoKeyName, page_token: &str) -> Request<KeyVersions> {
    let request = Request::get(Api::Kms, key.path().literal("cryptoKeyVersions"))
        .about("list", format_args!("the versions of key {key}"))
        .needs(&["cloudkms.cryptoKeyVersions.list"]);
    if page_token.is_empty() { request } else { request.query("pageToken", page_token) }
}

/// Lists the keys that were deleted for good in a project's location.
pub fn list_retired(project: &str, location: &str, page_token: &str) -> Request<RetiredKeys> {
    let parent = Path::new("v1").literal("projects").segment(project).literal("locations").segment(location);
    let request = Request::get(Api::Kms, parent.literal("retiredResources"))
        .about("list", format_args!("the names of deleted keys in {location} of project {project}"))
        .needs(&["cloudkms.retiredResources.list"]);
    if page_token.is_empty() { request } else { request.query("pageToken", page_token) }
}

/// Makes a new version.
pub fn create_version(key: &CryptoKeyName) -> Request<KeyVersion> {
    Request::post(Api::Kms, key.path().literal("cryptoKeyVersions"))
        .about("create", format_args!("a version of key {key}"))
        .needs(&["cloudkms.cryptoKeyVersions.create"])
        .json(&json!({}))
}

/// Lets a version encrypt from now on.
pub fn make_primary(key: &CryptoKeyName, version: &KeyVersion) -> Request<CryptoKey> {
    let id = version.name.rsplit('/').next().unwrap_or_default();
    about(Request::post(Api::Kms, key.path().verb("updatePrimaryVersion")), "change the primary version of", key)
        .needs(&["cloudkms.cryptoKeys.update"])
        .idempotent(true)
        .json(&json!({ "cryptoKeyVersionId": id }))
}

/// Schedules a version's destruction.
pub fn destroy_version(version: &KeyVersion) -> Request<KeyVersion> {
    of_version(version, "destroy").needs(&["cloudkms.cryptoKeyVersions.destroy"])
}

/// Takes a version back from its destruction. It is disabled then.
pub fn restore_version(version: &KeyVersion) -> Request<KeyVersion> {
    of_version(version, "restore").needs(&["cloudkms.cryptoKeyVersions.restore"])
}

/// Switches a version on.
pub fn enable_version(version: &KeyVersion) -> Request<KeyVersion> {
    Request::patch(Api::Kms, Path::new("v1").resource(&version.name))
        .about("enable", format_args!("key version {}", version.name))
        .needs(&["cloudkms.cryptoKeyVersions.update"])
        .query("updateMask", "state")
        .json(&json!({ "state": "ENABLED" }))
}

fn of_version(version: &KeyVersion, verb: &'static str) -> Request<KeyVersion> {
    Request::post(Api::Kms, Path::new("v1").resource(&version.name).verb(verb))
        .about(verb, format_args!("key version {}", version.name))
        .quota(Quota::Write(Api::Kms))
        .json(&json!({}))
}

fn about<T>(request: Request<T>, operation: &'static str, name: &CryptoKeyName) -> Request<T> {
    request.about(operation, format_args!("key {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    const DAY: u64 = 24 * 3_600;

    fn key() -> CryptoKeyName {
        KeyRingName::new("p", "europe-west4", "ring").key("models")
    }

    fn spec(days: u64) -> CryptoKeySpec {
        CryptoKeySpec { rotation_period: Some(Duration::from_secs(days * DAY)), ..CryptoKeySpec::default() }
    }

    #[test]
    fn urls_and_bodies() {
        let base = "https://cloudkms.googleapis.com/v1/projects/p/locations/europe-west4/keyRings";
        let ring = create_ring(&key().ring);
        assert_eq!(ring.url(&Endpoints::official()).unwrap().as_str(), format!("{base}?keyRingId=ring"));
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let create = create_key(&key(), &spec(90), now);
        assert_eq!(
            create.url(&Endpoints::official()).unwrap().as_str(),
            format!("{base}/ring/cryptoKeys?cryptoKeyId=models")
        );
        assert_eq!(
            create.body().unwrap(),
            &json!({"purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "7776000s", "nextRotationTime": "2026-04-01T00:00:00Z"})
        );
        let version = KeyVersion { name: format!("{}/cryptoKeyVersions/3", key()), state: KeyVersionState::Enabled };
        assert_eq!(
            destroy_version(&version).url(&Endpoints::official()).unwrap().as_str(),
            format!("{base}/ring/cryptoKeys/models/cryptoKeyVersions/3:destroy")
        );
        assert_eq!(make_primary(&key(), &version).body().unwrap(), &json!({"cryptoKeyVersionId": "3"}));
    }

    #[test]
    fn a_key_is_read_and_compared() {
        let live: CryptoKey = serde_json::from_value(json!({
            "name": key().to_string(), "purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "7776000s",
            "nextRotationTime": "2026-04-01T00:00:00Z", "destroyScheduledDuration": "2592000s", "labels": {"a": "b"},
            "versionTemplate": {"protectionLevel": "SOFTWARE", "algorithm": "GOOGLE_SYMMETRIC_ENCRYPTION"},
            "primary": {"name": "v", "state": "DESTROY_SCHEDULED"}}))
        .unwrap();
        assert!(live.is_retired());
        let wanted = CryptoKeySpec { labels: live.spec.labels.clone(), ..spec(90) };
        assert!(wanted.difference(&live.spec).is_empty() && wanted.fixed_difference(&live.spec).is_empty());
        assert_eq!(spec(30).difference(&live.spec), ["rotationPeriod", "nextRotationTime", "labels"]);
        let hard = VersionTemplate { protection_level: "HSM".into(), ..VersionTemplate::default() };
        let hard = CryptoKeySpec { version_template: hard, ..wanted };
        assert_eq!(hard.fixed_difference(&live.spec), ["versionTemplate.protectionLevel"]);
        assert!(serde_json::from_value::<CryptoKey>(json!({"name": "x", "rotationPeriod": "soon"})).is_err());
    }
}
