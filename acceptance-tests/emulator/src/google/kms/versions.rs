//! Versions of keys. Destruction waits for its time, thirty days as a rule, and until then it can be undone.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::keys::{self, Key};
use super::{authorised, body, start_operation};
use crate::google::iam::paged;
use crate::google::refusal::{invalid_with_violation, not_found, precondition};
use crate::google::schema::{self, Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::World;

const STATES: &[&str] = &["ENABLED", "DISABLED"];

/// The fields of a version.
pub(crate) const FIELDS: &[Field] = &[
    Field("name", Kind::Output),
    Field("state", Kind::Choice(STATES)),
    Field("protectionLevel", Kind::Output),
    Field("algorithm", Kind::Output),
    Field("createTime", Kind::Output),
    Field("generateTime", Kind::Output),
    Field("destroyTime", Kind::Output),
    Field("destroyEventTime", Kind::Output),
];
/// The body of `updatePrimaryVersion`.
pub(crate) const PRIMARY: &[Field] = &[Field("cryptoKeyVersionId", Kind::Text)];

/// The most rotations that are caught up with at once, for a clock that was moved far ahead.
const ROTATIONS_AT_ONCE: usize = 50;

/// Where a version is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Enabled,
    Disabled,
    DestroyScheduled,
    Destroyed,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Enabled => "ENABLED",
            Self::Disabled => "DISABLED",
            Self::DestroyScheduled => "DESTROY_SCHEDULED",
            Self::Destroyed => "DESTROYED",
        }
    }

    /// Whether it can be used, or switched on to be used.
    pub(super) fn is_usable(self) -> bool {
        matches!(self, Self::Enabled | Self::Disabled)
    }
}

/// A version of a key.
#[derive(Debug, Clone)]
pub(crate) struct Version {
    pub(crate) name: String,
    pub(crate) state: State,
    /// The key itself. Nobody can ask for it, so it may as well follow from the name and the moment.
    pub(super) material: [u8; 32],
    created_at: Millis,
    /// When it is to be destroyed, or was.
    destroyed_at: Option<Millis>,
}

impl Version {
    pub(super) fn new(name: String, now: Millis) -> Self {
        let material = Sha256::digest(format!("{name} {now}")).into();
        Self { name, state: State::Enabled, material, created_at: now, destroyed_at: None }
    }

    pub(super) fn shown(&self, key: &Key) -> Value {
        let template = &key.fields["versionTemplate"];
        let mut shown = json!({
            "name": self.name,
            "state": self.state.word(),
            "protectionLevel": template["protectionLevel"],
            "algorithm": template["algorithm"],
            "createTime": rfc3339(self.created_at),
            "generateTime": rfc3339(self.created_at),
        });
        match (self.state, self.destroyed_at) {
            (State::DestroyScheduled, Some(at)) => shown["destroyTime"] = json!(rfc3339(at)),
            (State::Destroyed, Some(at)) => shown["destroyEventTime"] = json!(rfc3339(at)),
            _ => {}
        }
        shown
    }
}

/// Lets happen what fell due: rotations and destructions.
pub(super) fn settle(world: &mut World) {
    let now = world.now();
    for key in world.google.kms.keys.values_mut() {
        for version in key.versions.values_mut() {
            if version.state == State::DestroyScheduled && version.destroyed_at.is_some_and(|at| at <= now) {
                version.state = State::Destroyed;
            }
        }
        for _ in 0..ROTATIONS_AT_ONCE {
            let Some(due) = key.moment("nextRotationTime").filter(|due| *due <= now) else { break };
            let made = key.add_version(due);
            key.primary = Some(made);
            match key.duration("rotationPeriod") {
                Some(period) => key.fields.insert(String::from("nextRotationTime"), json!(rfc3339(due + period))),
                None => key.fields.remove("nextRotationTime"),
            };
        }
    }
}

/// `cryptoKeyVersions.create`.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.cryptoKeyVersions.create")?;
    body(call, FIELDS, "crypto_key_version")?;
    let mut key = keys::found(world, &name)?.clone();
    let made = key.add_version(world.now());
    // Only keys that encrypt have a primary version, and the first one becomes it by itself.
    if key.primary.is_none() && key.purpose() == "ENCRYPT_DECRYPT" {
        key.primary = Some(made);
    }
    stored(world, key, made)
}

/// `cryptoKeyVersions.list`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.cryptoKeyVersions.list")?;
    let key = keys::found(world, &name)?;
    let wanted = call.request.query("filter").and_then(|filter| filter.strip_prefix("state=")).map(str::trim);
    let versions = key.versions.values().filter(|version| wanted.is_none_or(|state| state == version.state.word()));
    paged(call, "cryptoKeyVersions", versions.map(|version| version.shown(key)).collect(), 100, 1000)
}

/// `cryptoKeyVersions.get`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (key, number) = found(world, call, "cloudkms.cryptoKeyVersions.get")?;
    Ok(Answer::json(&key.versions[&number].shown(&key)))
}

/// `cryptoKeyVersions.patch`, which switches a version on and off.
pub(super) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut key, number) = found(world, call, "cloudkms.cryptoKeyVersions.update")?;
    let patch = body(call, FIELDS, "crypto_key_version")?;
    let paths = schema::mask(call.request.query("updateMask"), FIELDS)?;
    if paths != [["state"]] {
        return Err(invalid_with_violation("update_mask", "Only the state of a crypto key version can be changed."));
    }
    let wanted = match patch.get("state").and_then(Value::as_str) {
        Some("ENABLED") => State::Enabled,
        Some("DISABLED") => State::Disabled,
        _ => return Err(invalid_with_violation("crypto_key_version.state", "The state must be ENABLED or DISABLED.")),
    };
    change(&mut key, number, State::is_usable, |version| version.state = wanted)?;
    stored(world, key, number)
}

/// `cryptoKeyVersions.destroy`: schedules it.
pub(super) fn destroy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut key, number) = found(world, call, "cloudkms.cryptoKeyVersions.destroy")?;
    body(call, &[], "")?;
    let at = world.now() + key.destroy_after();
    change(&mut key, number, State::is_usable, |version| {
        version.state = State::DestroyScheduled;
        version.destroyed_at = Some(at);
    })?;
    stored(world, key, number)
}

/// `cryptoKeyVersions.restore`: takes a scheduled destruction back. The version is switched off then.
pub(super) fn restore(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut key, number) = found(world, call, "cloudkms.cryptoKeyVersions.restore")?;
    body(call, &[], "")?;
    change(
        &mut key,
        number,
        |state| state == State::DestroyScheduled,
        |version| {
            version.state = State::Disabled;
            version.destroyed_at = None;
        },
    )?;
    stored(world, key, number)
}

/// `cryptoKeyVersions.delete`, once nothing is left of it.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let (mut key, number) = found(world, call, "cloudkms.cryptoKeyVersions.delete")?;
    change(&mut key, number, |state| state == State::Destroyed, |_| {})?;
    key.versions.remove(&number);
    if key.primary == Some(number) {
        key.primary = None;
    }
    let name = key.name.clone();
    world.google.kms.keys.insert(name.clone(), key);
    Ok(start_operation(world, &name, json!({ "@type": "type.googleapis.com/google.protobuf.Empty" })))
}

/// `cryptoKeys.updatePrimaryVersion`.
pub(super) fn make_primary(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.cryptoKeys.update")?;
    let body = body(call, PRIMARY, "")?;
    let mut key = keys::found(world, &name)?.clone();
    let id = body.get("cryptoKeyVersionId").and_then(Value::as_str).unwrap_or_default();
    let number = id.parse::<u32>().ok().filter(|number| key.versions.contains_key(number));
    let Some(number) = number else {
        return Err(not_found(format!("CryptoKeyVersion {name}/cryptoKeyVersions/{id} not found.")));
    };
    if key.purpose() != "ENCRYPT_DECRYPT" {
        return Err(invalid_with_violation(
            "name",
            "Only keys with the purpose ENCRYPT_DECRYPT have a primary version.",
        ));
    }
    change(&mut key, number, |state| state == State::Enabled, |_| {})?;
    key.primary = Some(number);
    let shown = key.shown();
    world.google.kms.keys.insert(name, key);
    Ok(Answer::json(&shown))
}

/// The key and the number of the version in the path.
fn found(world: &mut World, call: &Call<'_>, permission: &str) -> Result<(Key, u32), Refusal> {
    let name = authorised(world, call, permission)?;
    let key = keys::found(world, name.split("/cryptoKeyVersions/").next().unwrap_or_default())?;
    let number = call.param("version").parse().ok().filter(|number| key.versions.contains_key(number));
    let number = number.ok_or_else(|| not_found(format!("CryptoKeyVersion {name} not found.")))?;
    Ok((key.clone(), number))
}

/// Changes a version if its state allows that.
fn change(
    key: &mut Key,
    number: u32,
    allowed: impl Fn(State) -> bool,
    change: impl FnOnce(&mut Version),
) -> Result<(), Refusal> {
    let Some(version) = key.versions.get_mut(&number) else { return Ok(()) };
    if !allowed(version.state) {
        let state = version.state.word();
        return Err(precondition(format!("{} is in state {state}, which does not allow this request.", version.name)));
    }
    change(version);
    Ok(())
}

fn stored(world: &mut World, key: Key, number: u32) -> Result<Answer, Refusal> {
    let shown = key.versions.get(&number).map_or(Value::Null, |version| version.shown(&key));
    world.google.kms.keys.insert(key.name.clone(), key);
    Ok(Answer::json(&shown))
}
