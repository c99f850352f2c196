//! Workload identity pools.

use serde_json::{Map, Value, json};

use super::iam::{body, check_id, check_texts, paged, show_deleted, start_operation};
use super::refusal::{exists, invalid_with_violation, not_found, precondition};
use super::schema::{self, Field, Kind};
use super::{access, policy, providers};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::seed::SeedPool;
use crate::state::clock::rfc3339;
use crate::state::life::Life;
use crate::state::world::{World, details};

/// The fields of a pool.
pub(crate) const FIELDS: &[Field] = &[
    Field("name", Kind::Output),
    Field("state", Kind::Output),
    Field("expireTime", Kind::Output),
    Field("displayName", Kind::Text),
    Field("description", Kind::Text),
    Field("disabled", Kind::Flag),
    Field("mode", Kind::Text),
    Field("inlineTrustConfig", Kind::Opaque),
    Field("inlineCertificateIssuanceConfig", Kind::Opaque),
];
const MODES: &[&str] = &["FEDERATION_ONLY", "TRUST_DOMAIN", "SYSTEM_TRUST_DOMAIN"];

/// A pool.
#[derive(Debug, Clone)]
pub(crate) struct Pool {
    /// `projects/NUMBER/locations/global/workloadIdentityPools/ID`.
    pub(crate) name: String,
    fields: Map<String, Value>,
    pub(crate) life: Life,
}

impl Pool {
    /// Whether tokens of this pool work.
    pub(crate) fn admits(&self) -> bool {
        self.life.is_live() && self.fields.get("disabled") != Some(&Value::Bool(true))
    }

    fn shown(&self) -> Value {
        let mut shown = schema::without_defaults(&self.fields);
        shown.insert(String::from("name"), json!(self.name));
        shown.insert(String::from("state"), json!(if self.life.is_live() { "ACTIVE" } else { "DELETED" }));
        if let Some(end) = self.life.expires_at() {
            shown.insert(String::from("expireTime"), json!(rfc3339(end)));
        }
        Value::Object(shown)
    }

    fn as_response(&self) -> Value {
        let mut shown = self.shown();
        shown["@type"] = json!("type.googleapis.com/google.iam.v1.WorkloadIdentityPool");
        shown
    }
}

/// Puts a pool of the seed into the world.
pub(crate) fn plant(world: &mut World, project_number: &str, seed: &SeedPool) {
    let name = format!("projects/{project_number}/locations/global/workloadIdentityPools/{}", seed.id);
    let deleted_at = seed.deleted.then(|| world.now());
    let life = Life { deleted_at, visible_from: 0, seeded: true };
    for provider in &seed.providers {
        providers::plant(world, &name, provider);
    }
    world.google.pools.insert(name.clone(), Pool { name, fields: seed.fields.clone(), life });
}

/// Checks project, API, location and permission, and returns the resource name of the pool in the path.
pub(crate) fn authorised(world: &World, call: &Call<'_>, permission: &str) -> Result<String, Refusal> {
    let project = access::project(world, call, permission)?;
    let location = call.param("location");
    if location != "global" {
        return Err(invalid_with_violation(
            "parent",
            &format!("Location '{location}' is not supported: pools exist only in 'global'."),
        ));
    }
    Ok(format!("projects/{}/locations/global/workloadIdentityPools/{}", project.number, call.param("pool")))
}

/// `workloadIdentityPools.create`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let parent = authorised(world, call, "iam.workloadIdentityPools.create")?;
    let id = call.request.query("workloadIdentityPoolId").unwrap_or_default();
    check_id("workload_identity_pool_id", id)?;
    let fields = body(call, FIELDS, "workload_identity_pool")?;
    check(&fields)?;
    let name = format!("{parent}{id}");
    if world.google.pools.contains_key(&name) {
        return Err(exists("Requested entity already exists"));
    }
    let life = Life { deleted_at: None, visible_from: world.visible_from(), seeded: false };
    let pool = Pool { name: name.clone(), fields, life };
    let response = pool.as_response();
    world.google.pools.insert(name.clone(), pool);
    Ok(start_operation(world, &name, response))
}

/// `workloadIdentityPools.list`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let parent = authorised(world, call, "iam.workloadIdentityPools.list")?;
    let deleted = show_deleted(call)?;
    let now = world.now();
    let pools = world.google.pools.values();
    let pools = pools
        .filter(|pool| pool.name.starts_with(&parent) && pool.life.is_visible(now) && (deleted || pool.life.is_live()));
    paged(call, "workloadIdentityPools", pools.map(Pool::shown).collect(), 50, 1000)
}

/// `workloadIdentityPools.get`. A deleted pool is found for thirty days, with its state.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPools.get")?;
    Ok(Answer::json(&visible(world, &name)?.shown()))
}

/// `workloadIdentityPools.patch`.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPools.update")?;
    let patch = body(call, FIELDS, "workload_identity_pool")?;
    let paths = schema::mask(call.request.query("updateMask"), FIELDS)?;
    if paths.iter().any(|path| path.first().is_some_and(|first| first == "mode")) {
        return Err(invalid_with_violation("update_mask", "The mode of a pool cannot be changed."));
    }
    let mut pool = visible(world, &name)?.clone();
    refuse_deleted(&pool)?;
    schema::apply(&mut pool.fields, &patch, &paths);
    check(&pool.fields)?;
    let response = pool.as_response();
    world.google.pools.insert(name.clone(), pool);
    Ok(start_operation(world, &name, response))
}

/// `workloadIdentityPools.delete`.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPools.delete")?;
    let mut pool = visible(world, &name)?.clone();
    if !pool.life.is_live() {
        return Err(not_found("Requested entity was not found."));
    }
    pool.life.deleted_at = Some(world.now());
    let response = pool.as_response();
    world.google.pools.insert(name.clone(), pool);
    Ok(start_operation(world, &name, response))
}

/// `workloadIdentityPools.undelete`: the pool comes back as it was, with its providers and every condition they had.
pub(crate) fn undelete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPools.undelete")?;
    body(call, &[], "")?;
    let mut pool = visible(world, &name)?.clone();
    if pool.life.is_live() {
        return Err(precondition("The workload identity pool is not deleted."));
    }
    pool.life.deleted_at = None;
    let response = pool.as_response();
    world.google.pools.insert(name.clone(), pool);
    Ok(start_operation(world, &name, response))
}

/// `workloadIdentityPools.getIamPolicy`.
pub(crate) fn get_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPools.getIamPolicy")?;
    let version = policy::version_from_body(call)?;
    live(world, &name)?;
    policy::read(world, &format!("//iam.googleapis.com/{name}"), version)
}

/// `workloadIdentityPools.setIamPolicy`.
pub(crate) fn set_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPools.setIamPolicy")?;
    live(world, &name)?;
    policy::write(world, call, &format!("//iam.googleapis.com/{name}"))
}

/// All pools, for the control API.
pub(crate) fn objects(world: &World) -> Vec<Object> {
    let pools = world.google.pools.values().map(|pool| Object {
        kind: "gcp/pool",
        id: pool.name.clone(),
        state: pool.life.state(),
        seeded: pool.life.seeded,
        details: details([("resource", pool.shown())]),
    });
    pools.collect()
}

/// The pool, if it is there and not deleted.
pub(crate) fn live<'a>(world: &'a World, name: &str) -> Result<&'a Pool, Refusal> {
    let pool = visible(world, name)?;
    refuse_deleted(pool)?;
    Ok(pool)
}

/// The pool, live or deleted, if a read finds it.
pub(crate) fn visible<'a>(world: &'a World, name: &str) -> Result<&'a Pool, Refusal> {
    let now = world.now();
    let found = world.google.pools.get(name).filter(|pool| pool.life.is_visible(now));
    found.ok_or_else(|| not_found("Requested entity was not found."))
}

fn refuse_deleted(pool: &Pool) -> Result<(), Refusal> {
    if pool.life.is_live() {
        return Ok(());
    }
    Err(precondition("The workload identity pool is deleted; undelete it first."))
}

fn check(fields: &Map<String, Value>) -> Result<(), Refusal> {
    check_texts(fields)?;
    match fields.get("mode").and_then(Value::as_str) {
        Some(mode) if !MODES.contains(&mode) => Err(invalid_with_violation(
            "workload_identity_pool.mode",
            &format!("'{mode}' is not one of {}.", MODES.join(", ")),
        )),
        _ => Ok(()),
    }
}
