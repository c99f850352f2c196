//! Organizations and folders: what is above a project. They are the seed's and never change.

use serde_json::json;

use super::policy::{self, Policy};
use super::projects::Project;
use super::refusal::denied;
use super::{access, projects};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::seed::{OPERATOR, Seed};
use crate::state::world::World;

/// Roles of the operator on every organization of the seed. None of them reaches into projects.
const OPERATOR_ROLES: &[&str] = &["roles/accesscontextmanager.policyAdmin", "roles/resourcemanager.organizationAdmin"];

/// The full resource name that the policy of an organization or folder is kept under.
pub(crate) fn policy_name(resource: &str) -> String {
    format!("//cloudresourcemanager.googleapis.com/{resource}")
}

/// Puts the seed's organizations and folders into the world.
pub(crate) fn plant(world: &mut World, seed: &Seed) {
    for folder in &seed.folders {
        world.google.folders.insert(format!("folders/{}", folder.id), folder.parent.clone());
    }
    let parents = seed.projects.iter().filter_map(|project| project.parent.as_ref());
    let parents = parents.chain(seed.folders.iter().map(|folder| &folder.parent));
    let policies = seed.access_policies.iter().map(|policy| &policy.parent);
    for name in parents.chain(policies).filter(|name| name.starts_with("organizations/")) {
        let grants = OPERATOR_ROLES.iter().map(|role| ((*role).to_owned(), vec![format!("user:{OPERATOR}")]));
        let revision = world.next_number();
        world.google.policies.insert(policy_name(name), Policy::seeded(grants.collect(), revision));
    }
}

/// A project by number and what is above it, nearest first.
pub(crate) fn ancestry(world: &World, project: &Project) -> Vec<String> {
    let mut names = vec![format!("projects/{}", project.number)];
    let mut above = project.parent.clone();
    while let Some(name) = above.filter(|name| !names.contains(name)) {
        above = world.google.folders.get(&name).cloned();
        names.push(name);
    }
    names
}

/// `organizations.get`.
pub(super) fn get_organization(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = format!("organizations/{}", call.param("organization"));
    authorised(world, call, &name, "resourcemanager.organizations.get")?;
    Ok(Answer::json(&json!({
        "name": name,
        "displayName": "example.com",
        "directoryCustomerId": "C00example",
        "state": "ACTIVE",
        "createTime": "2024-04-01T08:00:00Z",
    })))
}

/// `folders.get`.
pub(super) fn get_folder(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let name = format!("folders/{}", call.param("folder"));
    let parent = world.google.folders.get(&name).cloned();
    let mut top = name.clone();
    while let Some(above) = world.google.folders.get(&top) {
        top = above.clone();
    }
    authorised(world, call, &top, "resourcemanager.folders.get")?;
    Ok(Answer::json(&json!({
        "name": name,
        "parent": parent,
        "displayName": call.param("folder"),
        "state": "ACTIVE",
        "createTime": "2024-04-01T08:00:00Z",
    })))
}

/// `projects.getAncestry`.
pub(super) fn get_ancestry(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "resourcemanager.projects.get")?;
    let names = ancestry(world, &project);
    let ids = names.iter().enumerate().map(|(at, name)| {
        let (kind, id) = name.split_once('/').unwrap_or_default();
        let id = if at == 0 { project.id.as_str() } else { id };
        json!({ "resourceId": { "type": kind.trim_end_matches('s'), "id": id } })
    });
    Ok(Answer::json(&json!({ "ancestor": ids.collect::<Vec<_>>() })))
}

fn authorised(world: &World, call: &Call<'_>, organization: &str, permission: &str) -> Result<(), Refusal> {
    let caller = access::caller(world, call)?;
    if policy::allows(world, &[policy_name(organization)], &caller, permission) {
        return Ok(());
    }
    Err(denied(&projects::API, permission, &access::resource(call)))
}
