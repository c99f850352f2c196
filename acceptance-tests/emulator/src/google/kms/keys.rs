//! Keys: made with their first version, rotated on their own, changed in few ways, and never made twice under one name.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::key_rules::{self, FIELDS};
use super::versions::{State, Version};
use super::{API, Retired, authorised, body, check_id, rings, start_operation};
use crate::google::iam::paged;
use crate::google::refusal::{exists, invalid, invalid_with_violation, not_found, precondition};
use crate::google::{schema, times};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::{World, details};

/// A key.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(super) name: String,
    pub(super) fields: Map<String, Value>,
    pub(super) versions: BTreeMap<u32, Version>,
    /// The version that encrypts.
    pub(super) primary: Option<u32>,
    /// The number of the last version, deleted ones included.
    pub(super) last: u32,
    created_at: Millis,
    visible_from: Millis,
}

impl Key {
    /// The version that encrypts, if there is one.
    pub(crate) fn primary(&self) -> Option<&Version> {
        self.versions.get(&self.primary?)
    }

    /// What the key is for, such as `ENCRYPT_DECRYPT`.
    pub(crate) fn purpose(&self) -> &str {
        self.fields.get("purpose").and_then(Value::as_str).unwrap_or_default()
    }

    /// How long a version waits for its destruction.
    pub(super) fn destroy_after(&self) -> Millis {
        self.duration("destroyScheduledDuration").unwrap_or(key_rules::DESTROY_AFTER)
    }

    /// Whether nothing of the key can be used any more, nor brought back.
    fn is_spent(&self) -> bool {
        self.versions.values().all(|version| version.state == State::Destroyed)
    }

    pub(super) fn duration(&self, field: &str) -> Option<Millis> {
        self.fields.get(field).and_then(Value::as_str).and_then(times::duration)
    }

    pub(super) fn moment(&self, field: &str) -> Option<Millis> {
        self.fields.get(field).and_then(Value::as_str).and_then(times::moment)
    }

    /// Adds a version with the next number.
    pub(super) fn add_version(&mut self, now: Millis) -> u32 {
        self.last += 1;
        self.versions.insert(self.last, Version::new(format!("{}/cryptoKeyVersions/{}", self.name, self.last), now));
        self.last
    }

    pub(super) fn shown(&self) -> Value {
        let mut shown = schema::without_defaults(&self.fields);
        shown.insert(String::from("name"), json!(self.name));
        shown.insert(String::from("createTime"), json!(rfc3339(self.created_at)));
        if let Some(primary) = self.primary().filter(|_| self.purpose() == "ENCRYPT_DECRYPT") {
            shown.insert(String::from("primary"), primary.shown(self));
        }
        Value::Object(shown)
    }
}

/// `cryptoKeys.create`.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let ring = authorised(world, call, "cloudkms.cryptoKeys.create")?;
    let id = call.request.query("cryptoKeyId").unwrap_or_default();
    check_id("crypto_key_id", id)?;
    let fields = key_rules::with_defaults(body(call, FIELDS, "crypto_key")?);
    key_rules::check(&fields, world.now(), true)?;
    rings::found(world, &ring)?;
    let name = format!("{ring}/cryptoKeys/{id}");
    if world.google.kms.keys.contains_key(&name) {
        return Err(exists(format!("CryptoKey {name} already exists.")));
    }
    if world.google.kms.is_retired(&name) {
        return Err(exists(format!(
            "CryptoKey {name} was deleted before, and the name of a deleted CryptoKey cannot be reused."
        )));
    }
    let now = world.now();
    let visible_from = world.visible_from();
    let mut key = Key {
        name: name.clone(),
        fields,
        versions: BTreeMap::new(),
        primary: None,
        last: 0,
        created_at: now,
        visible_from,
    };
    match call.request.query("skipInitialVersionCreation") {
        Some("true" | "True") => {}
        _ if key.fields.get("importOnly") == Some(&json!(true)) => {
            return Err(invalid(
                "A key that holds imported versions only must be created with skipInitialVersionCreation.",
            ));
        }
        _ => key.primary = Some(key.add_version(now)),
    }
    let shown = key.shown();
    world.google.kms.keys.insert(name, key);
    Ok(Answer::json(&shown))
}

/// `cryptoKeys.list`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let ring = authorised(world, call, "cloudkms.cryptoKeys.list")?;
    rings::found(world, &ring)?;
    let (prefix, now) = (format!("{ring}/"), world.now());
    let keys = world.google.kms.keys.values();
    let keys = keys.filter(|key| key.name.starts_with(&prefix) && now >= key.visible_from);
    paged(call, "cryptoKeys", keys.map(Key::shown).collect(), 100, 1000)
}

/// `cryptoKeys.get`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.cryptoKeys.get")?;
    Ok(Answer::json(&found(world, &name)?.shown()))
}

/// `cryptoKeys.patch`.
pub(super) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.cryptoKeys.update")?;
    let patch = body(call, FIELDS, "crypto_key")?;
    let paths = schema::mask(call.request.query("updateMask"), FIELDS)?;
    if let Some(path) = paths.iter().find(|path| key_rules::IMMUTABLE.contains(&path.join(".").as_str())) {
        return Err(invalid_with_violation("update_mask", &format!("The field {} cannot be changed.", path.join("."))));
    }
    let mut key = found(world, &name)?.clone();
    let level = key.fields["versionTemplate"]["protectionLevel"].clone();
    schema::apply(&mut key.fields, &patch, &paths);
    key.fields = key_rules::with_defaults(key.fields);
    if key.fields["versionTemplate"]["protectionLevel"] != level {
        return Err(invalid_with_violation(
            "version_template.protection_level",
            "The protection level cannot be changed.",
        ));
    }
    let reschedules = paths.iter().any(|path| path.first().is_some_and(|first| first == "nextRotationTime"));
    key_rules::check(&key.fields, world.now(), reschedules)?;
    let shown = key.shown();
    world.google.kms.keys.insert(name, key);
    Ok(Answer::json(&shown))
}

/// `cryptoKeys.delete`, which burns the name.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.cryptoKeys.delete")?;
    if !found(world, &name)?.versions.is_empty() {
        return Err(precondition(format!("CryptoKey {name} cannot be deleted: it still holds crypto key versions.")));
    }
    world.google.kms.keys.remove(&name);
    world.google.policies.remove(&format!("//{}/{name}", API.service));
    let id = world.next_id("retired resource");
    let parent = name.split("/keyRings/").next().unwrap_or_default().to_owned();
    let retired = Retired {
        name: format!("{parent}/retiredResources/{}", &id[..16]),
        original: name.clone(),
        deleted_at: world.now(),
    };
    world.google.kms.retired.push(retired);
    Ok(start_operation(world, &name, json!({ "@type": "type.googleapis.com/google.protobuf.Empty" })))
}

/// The key, if a read finds it.
pub(super) fn found<'a>(world: &'a World, name: &str) -> Result<&'a Key, Refusal> {
    let now = world.now();
    let found = world.google.kms.keys.get(name).filter(|key| now >= key.visible_from);
    found.ok_or_else(|| not_found(format!("CryptoKey {name} not found.")))
}

/// All keys, for the control API. A key without a version that could ever be used again counts as deleted, and is listed with its burnt name.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let keys = world.google.kms.keys.values().map(|key| {
        let scheduled = key.versions.values().any(|version| version.state == State::DestroyScheduled);
        let usable = key.versions.values().any(|version| version.state.is_usable());
        Object {
            kind: "gcp/key",
            id: key.name.clone(),
            state: if !usable && (scheduled || (key.is_spent() && key.last > 0)) { "soft_deleted" } else { "live" },
            seeded: false,
            details: details([
                ("resource", key.shown()),
                ("versions", key.versions.values().map(|version| version.shown(key)).collect()),
            ]),
        }
    });
    keys.collect()
}
