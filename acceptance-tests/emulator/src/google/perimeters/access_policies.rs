//! Access policies: one without scopes for a whole organization, and one for each folder or project that has its own.

use serde_json::{Value, json};

use super::{authorised, body, start_operation};
use crate::google::iam::paged;
use crate::google::refusal::{denied, exists, invalid_with_violation, precondition};
use crate::google::schema::{Field, Kind};
use crate::google::{access, organizations, policy};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::seed::SeedAccessPolicy;
use crate::state::world::{World, details};

/// The fields of an access policy.
pub(crate) const FIELDS: &[Field] = &[
    Field("name", Kind::Output),
    Field("etag", Kind::Output),
    Field("parent", Kind::Text),
    Field("title", Kind::Text),
    Field("scopes", Kind::Texts),
];

/// An access policy.
#[derive(Debug, Clone)]
pub(crate) struct AccessPolicy {
    /// `accessPolicies/NUMBER`.
    pub(crate) name: String,
    /// `organizations/ID`.
    pub(crate) parent: String,
    title: String,
    pub(crate) scopes: Vec<String>,
    seeded: bool,
}

impl AccessPolicy {
    fn shown(&self) -> Value {
        let mut shown =
            json!({ "name": self.name, "parent": self.parent, "title": self.title, "etag": "51f4f5e3f8d1c0a7" });
        if !self.scopes.is_empty() {
            shown["scopes"] = json!(self.scopes);
        }
        shown
    }
}

/// Puts an access policy of the seed into the world.
pub(crate) fn plant(world: &mut World, seed: &SeedAccessPolicy) {
    let name = format!("accessPolicies/{}", seed.number);
    let policy = AccessPolicy {
        name: name.clone(),
        parent: seed.parent.clone(),
        title: seed.title.clone().unwrap_or_else(|| String::from("default policy")),
        scopes: seed.scopes.clone(),
        seeded: true,
    };
    world.google.perimeters.policies.insert(name, policy);
}

/// `accessPolicies.create`.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let fields = body(call, FIELDS, "policy")?;
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let parent = text("parent");
    in_organization(world, call, &parent, "accesscontextmanager.policies.create")?;
    if text("title").is_empty() {
        return Err(invalid_with_violation("policy.title", "An access policy must have a title."));
    }
    let scopes: Vec<String> = fields
        .get("scopes")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|scope| scope.as_str().map(str::to_owned))
        .collect();
    let known = |scope: &String| scope.starts_with("folders/") || scope.starts_with("projects/");
    if scopes.len() > 1 || !scopes.iter().all(known) {
        return Err(invalid_with_violation(
            "policy.scopes",
            "A policy has one scope at most, a folder or a project by number.",
        ));
    }
    let taken =
        world.google.perimeters.policies.values().find(|policy| policy.parent == parent && policy.scopes == scopes);
    if let Some(taken) = taken {
        return Err(exists(format!("Policy already exists with parent {parent} and the same scopes: {}.", taken.name)));
    }
    let number = 100_000_000_000 + world.next_number();
    let policy =
        AccessPolicy { name: format!("accessPolicies/{number}"), parent, title: text("title"), scopes, seeded: false };
    let name = policy.name.clone();
    let mut response = policy.shown();
    response["@type"] = json!("type.googleapis.com/google.identity.accesscontextmanager.v1.AccessPolicy");
    world.google.perimeters.policies.insert(name.clone(), policy);
    Ok(start_operation(world, &name, &name, "create", response))
}

/// `accessPolicies.list`, of one organization.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let parent = call.request.query("parent").unwrap_or_default();
    in_organization(world, call, parent, "accesscontextmanager.policies.list")?;
    let policies = world.google.perimeters.policies.values().filter(|policy| policy.parent == parent);
    paged(call, "accessPolicies", policies.map(AccessPolicy::shown).collect(), 100, 100)
}

/// `accessPolicies.get`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    Ok(Answer::json(&authorised(world, call, "accesscontextmanager.policies.get")?.shown()))
}

/// `accessPolicies.delete`, of an empty one.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let policy = authorised(world, call, "accesscontextmanager.policies.delete")?;
    let inside = format!("{}/", policy.name);
    let held = &world.google.perimeters;
    if held.perimeters.keys().chain(held.levels.keys()).any(|name| name.starts_with(&inside)) {
        return Err(precondition(format!("{} still holds perimeters or access levels.", policy.name)));
    }
    world.google.perimeters.policies.remove(&policy.name);
    let response = json!({ "@type": "type.googleapis.com/google.protobuf.Empty" });
    Ok(start_operation(world, &policy.name, &policy.name, "delete", response))
}

/// All access policies, for the control API.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let policies = world.google.perimeters.policies.values().map(|policy| Object {
        kind: "gcp/access_policy",
        id: policy.name.clone(),
        state: "live",
        seeded: policy.seeded,
        details: details([("resource", policy.shown())]),
    });
    policies.collect()
}

fn in_organization(world: &World, call: &Call<'_>, parent: &str, permission: &str) -> Result<(), Refusal> {
    let caller = access::caller(world, call)?;
    if !parent.starts_with("organizations/") {
        return Err(invalid_with_violation(
            "parent",
            "The parent must be of the form organizations/{organization_id}.",
        ));
    }
    if policy::allows(world, &[organizations::policy_name(parent)], &caller, permission) {
        return Ok(());
    }
    Err(denied(call.api, permission, &format!("//cloudresourcemanager.googleapis.com/{parent}")))
}
