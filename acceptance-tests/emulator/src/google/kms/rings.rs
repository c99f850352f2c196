//! Key rings: a name and a moment. One can be deleted only when it holds nothing.

use serde_json::{Value, json};

use super::{API, authorised, body, check_id, start_operation};
use crate::google::iam::paged;
use crate::google::refusal::{exists, not_found, precondition};
use crate::google::schema::{Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::{Millis, rfc3339};
use crate::state::world::{World, details};

/// The fields of a key ring.
pub(crate) const FIELDS: &[Field] = &[Field("name", Kind::Output), Field("createTime", Kind::Output)];

/// A key ring.
#[derive(Debug, Clone)]
pub(crate) struct Ring {
    name: String,
    created_at: Millis,
    visible_from: Millis,
}

impl Ring {
    fn shown(&self) -> Value {
        json!({ "name": self.name, "createTime": rfc3339(self.created_at) })
    }
}

/// `keyRings.create`.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let parent = authorised(world, call, "cloudkms.keyRings.create")?;
    let id = call.request.query("keyRingId").unwrap_or_default();
    check_id("key_ring_id", id)?;
    body(call, FIELDS, "key_ring")?;
    let name = format!("{parent}/keyRings/{id}");
    if world.google.kms.rings.contains_key(&name) {
        return Err(exists(format!("KeyRing {name} already exists.")));
    }
    let ring = Ring { name: name.clone(), created_at: world.now(), visible_from: world.visible_from() };
    let shown = ring.shown();
    world.google.kms.rings.insert(name, ring);
    Ok(Answer::json(&shown))
}

/// `keyRings.list`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let parent = authorised(world, call, "cloudkms.keyRings.list")? + "/";
    let now = world.now();
    let rings = world.google.kms.rings.values();
    let rings = rings.filter(|ring| ring.name.starts_with(&parent) && now >= ring.visible_from);
    paged(call, "keyRings", rings.map(Ring::shown).collect(), 100, 1000)
}

/// `keyRings.get`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.keyRings.get")?;
    Ok(Answer::json(&found(world, &name)?.shown()))
}

/// `keyRings.delete`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "cloudkms.keyRings.delete")?;
    found(world, &name)?;
    if world.google.kms.keys.keys().any(|key| key.starts_with(&format!("{name}/"))) {
        return Err(precondition(format!("KeyRing {name} cannot be deleted: it still holds crypto keys.")));
    }
    world.google.kms.rings.remove(&name);
    world.google.policies.remove(&format!("//{}/{name}", API.service));
    Ok(start_operation(world, &name, json!({ "@type": "type.googleapis.com/google.protobuf.Empty" })))
}

/// The key ring, if a read finds it.
pub(super) fn found<'a>(world: &'a World, name: &str) -> Result<&'a Ring, Refusal> {
    let now = world.now();
    let found = world.google.kms.rings.get(name).filter(|ring| now >= ring.visible_from);
    found.ok_or_else(|| not_found(format!("KeyRing {name} not found.")))
}

/// All key rings, for the control API.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let rings = world.google.kms.rings.values().map(|ring| Object {
        kind: "gcp/key_ring",
        id: ring.name.clone(),
        state: "live",
        seeded: false,
        details: details([("resource", ring.shown())]),
    });
    rings.collect()
}
