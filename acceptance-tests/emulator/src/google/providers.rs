//! Workload identity pool providers.

use serde_json::{Map, Value, json};

use super::iam::{body, check_id, paged, show_deleted, start_operation};
use super::provider_rules::{self, FIELDS};
use super::refusal::{exists, invalid_with_violation, not_found, precondition};
use super::{pools, schema};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::seed::SeedProvider;
use crate::state::clock::rfc3339;
use crate::state::life::Life;
use crate::state::world::{World, details};

/// A provider.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    /// `…/workloadIdentityPools/POOL/providers/ID`.
    pub(crate) name: String,
    /// The resource name of its pool.
    pub(crate) pool: String,
    pub(crate) fields: Map<String, Value>,
    pub(crate) life: Life,
}

impl Provider {
    /// Whether it takes tokens, as far as it is up to itself.
    pub(crate) fn admits(&self) -> bool {
        self.life.is_live() && self.fields.get("disabled") != Some(&Value::Bool(true))
    }

    fn shown(&self) -> Value {
        let mut shown = schema::without_defaults(&self.fields);
        // A message that is set but empty still says which kind of provider this is.
        if let Some(kind) = provider_rules::kind(&self.fields) {
            shown.entry(kind).or_insert_with(|| json!({}));
        }
        shown.insert(String::from("name"), json!(self.name));
        shown.insert(String::from("state"), json!(if self.life.is_live() { "ACTIVE" } else { "DELETED" }));
        if let Some(end) = self.life.expires_at() {
            shown.insert(String::from("expireTime"), json!(rfc3339(end)));
        }
        Value::Object(shown)
    }

    fn as_response(&self) -> Value {
        let mut shown = self.shown();
        shown["@type"] = json!("type.googleapis.com/google.iam.v1.WorkloadIdentityPoolProvider");
        shown
    }
}

/// Puts a provider of the seed into the world.
pub(crate) fn plant(world: &mut World, pool: &str, seed: &SeedProvider) {
    let name = format!("{pool}/providers/{}", seed.id);
    let deleted_at = seed.deleted.then(|| world.now());
    let life = Life { deleted_at, visible_from: 0, seeded: true };
    let provider = Provider { name: name.clone(), pool: pool.to_owned(), fields: seed.fields.clone(), life };
    world.google.providers.insert(name, provider);
}

/// `providers.create`.
pub(crate) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let pool = pools::authorised(world, call, "iam.workloadIdentityPoolProviders.create")?;
    let id = call.request.query("workloadIdentityPoolProviderId").unwrap_or_default();
    check_id("workload_identity_pool_provider_id", id)?;
    let fields = body(call, FIELDS, "workload_identity_pool_provider")?;
    pools::live(world, &pool)?;
    provider_rules::check(&fields)?;
    let name = format!("{pool}/providers/{id}");
    if world.google.providers.contains_key(&name) {
        return Err(exists("Requested entity already exists"));
    }
    let life = Life { deleted_at: None, visible_from: world.visible_from(), seeded: false };
    let fields = provider_rules::with_defaults(fields);
    let provider = Provider { name: name.clone(), pool, fields, life };
    let response = provider.as_response();
    world.google.providers.insert(name.clone(), provider);
    Ok(start_operation(world, &name, response))
}

/// `providers.list`.
pub(crate) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let pool = pools::authorised(world, call, "iam.workloadIdentityPoolProviders.list")?;
    let deleted = show_deleted(call)?;
    pools::visible(world, &pool)?;
    let now = world.now();
    let providers = world.google.providers.values();
    let providers =
        providers.filter(|each| each.pool == pool && each.life.is_visible(now) && (deleted || each.life.is_live()));
    paged(call, "workloadIdentityPoolProviders", providers.map(Provider::shown).collect(), 50, 100)
}

/// `providers.get`. A deleted provider is found for thirty days, with its state.
pub(crate) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPoolProviders.get")?;
    Ok(Answer::json(&visible(world, &name)?.shown()))
}

/// `providers.patch`.
pub(crate) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPoolProviders.update")?;
    let patch = body(call, FIELDS, "workload_identity_pool_provider")?;
    let paths = schema::mask(call.request.query("updateMask"), FIELDS)?;
    let mut provider = visible(world, &name)?.clone();
    refuse_deleted(&provider)?;
    let before = provider_rules::kind(&provider.fields);
    schema::apply(&mut provider.fields, &patch, &paths);
    if provider_rules::kind(&provider.fields) != before {
        return Err(invalid_with_violation(
            "workload_identity_pool_provider",
            "The kind of a provider (oidc, aws, saml, x509) cannot be changed after it was created.",
        ));
    }
    provider_rules::check(&provider.fields)?;
    provider.fields = provider_rules::with_defaults(provider.fields);
    let response = provider.as_response();
    world.google.providers.insert(name.clone(), provider);
    Ok(start_operation(world, &name, response))
}

/// `providers.delete`.
pub(crate) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPoolProviders.delete")?;
    let mut provider = visible(world, &name)?.clone();
    if !provider.life.is_live() {
        return Err(not_found("Requested entity was not found."));
    }
    provider.life.deleted_at = Some(world.now());
    let response = provider.as_response();
    world.google.providers.insert(name.clone(), provider);
    Ok(start_operation(world, &name, response))
}

/// `providers.undelete`.
pub(crate) fn undelete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = authorised(world, call, "iam.workloadIdentityPoolProviders.undelete")?;
    body(call, &[], "")?;
    let mut provider = visible(world, &name)?.clone();
    if provider.life.is_live() {
        return Err(precondition("The workload identity pool provider is not deleted."));
    }
    pools::live(world, &provider.pool)?;
    provider.life.deleted_at = None;
    let response = provider.as_response();
    world.google.providers.insert(name.clone(), provider);
    Ok(start_operation(world, &name, response))
}

/// All providers, for the control API. A provider of a deleted pool is as deleted as the pool.
pub(crate) fn objects(world: &World) -> Vec<Object> {
    let providers = world.google.providers.values().map(|provider| {
        let pool_is_live = world.google.pools.get(&provider.pool).is_some_and(|pool| pool.life.is_live());
        Object {
            kind: "gcp/provider",
            id: provider.name.clone(),
            state: if pool_is_live { provider.life.state() } else { "soft_deleted" },
            seeded: provider.life.seeded,
            details: details([("resource", provider.shown())]),
        }
    });
    providers.collect()
}

fn authorised(world: &World, call: &Call<'_>, permission: &str) -> Result<String, Refusal> {
    let pool = pools::authorised(world, call, permission)?;
    Ok(format!("{pool}/providers/{}", call.param("provider")))
}

fn visible<'a>(world: &'a World, name: &str) -> Result<&'a Provider, Refusal> {
    let now = world.now();
    let found = world.google.providers.get(name).filter(|provider| provider.life.is_visible(now));
    found.ok_or_else(|| not_found("Requested entity was not found."))
}

fn refuse_deleted(provider: &Provider) -> Result<(), Refusal> {
    if provider.life.is_live() {
        return Ok(());
    }
    Err(precondition("The workload identity pool provider is deleted; undelete it first."))
}
