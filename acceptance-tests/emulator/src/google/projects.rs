//! Resource Manager: projects and their allow policies, v1 (what gcloud and the official provider call) and v3.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::policy::{self, Policy};
use super::refusal::{self, COMMON_QUERY};
use super::services::Enablement;
use super::{access, organizations};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Object, Route};
use crate::seed::{OPERATOR, SeedProject};
use crate::state::world::{World, details};

/// `cloudresourcemanager.googleapis.com`.
pub(crate) const API: Api = Api {
    vendor: &crate::google::VENDOR,
    service: "cloudresourcemanager.googleapis.com",
    title: "Cloud Resource Manager API",
    common_query: COMMON_QUERY,
    render: refusal::render,
    fault: refusal::injected,
    objects,
    routes: &[
        Route { method: "GET", template: "/v1/projects/{project}", query: &[], handler: get_v1 },
        Route { method: "GET", template: "/v3/projects/{project}", query: &[], handler: get_v3 },
        Route {
            method: "POST",
            template: "/v1/projects/{project}:getAncestry",
            query: &[],
            handler: organizations::get_ancestry,
        },
        Route {
            method: "GET",
            template: "/v3/organizations/{organization}",
            query: &[],
            handler: organizations::get_organization,
        },
        Route {
            method: "GET",
            template: "/v1/organizations/{organization}",
            query: &[],
            handler: organizations::get_organization,
        },
        Route { method: "GET", template: "/v3/folders/{folder}", query: &[], handler: organizations::get_folder },
        Route { method: "POST", template: "/v1/projects/{project}:getIamPolicy", query: &[], handler: get_policy },
        Route { method: "POST", template: "/v3/projects/{project}:getIamPolicy", query: &[], handler: get_policy },
        Route { method: "POST", template: "/v1/projects/{project}:setIamPolicy", query: &[], handler: set_policy },
        Route { method: "POST", template: "/v3/projects/{project}:setIamPolicy", query: &[], handler: set_policy },
        Route {
            method: "POST",
            template: "/v1/projects/{project}:testIamPermissions",
            query: &[],
            handler: test_permissions,
        },
        Route {
            method: "POST",
            template: "/v3/projects/{project}:testIamPermissions",
            query: &[],
            handler: test_permissions,
        },
    ],
};

/// APIs that are on in a project that nobody has used yet.
const INITIAL_SERVICES: &[&str] = &["cloudresourcemanager.googleapis.com", "serviceusage.googleapis.com"];

/// Service accounts that a project may have unless its quota was raised.
const ACCOUNT_QUOTA: usize = 100;

/// A project.
#[derive(Debug, Clone)]
pub(crate) struct Project {
    pub(crate) id: String,
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) parent: Option<String>,
    pub(crate) account_quota: usize,
    /// By service name.
    pub(crate) services: BTreeMap<String, Enablement>,
}

/// The full resource name that a project's policy is kept under.
pub(crate) fn policy_name(project_id: &str) -> String {
    format!("//cloudresourcemanager.googleapis.com/projects/{project_id}")
}

/// Puts a project of the seed into the world.
pub(crate) fn plant(world: &mut World, seed: &SeedProject) {
    let services: Vec<String> = match &seed.services {
        Some(services) => services.clone(),
        None => INITIAL_SERVICES.iter().map(|service| (*service).to_owned()).collect(),
    };
    let project = Project {
        id: seed.id.clone(),
        number: seed.number.clone(),
        name: seed.name.clone().unwrap_or_else(|| seed.id.clone()),
        parent: seed.parent.clone(),
        account_quota: seed.service_account_quota.unwrap_or(ACCOUNT_QUOTA),
        services: services.into_iter().map(|service| (service, Enablement { seeded: true, visible_from: 0 })).collect(),
    };
    let mut grants: Vec<(String, Vec<String>)> =
        seed.bindings.iter().map(|binding| (binding.role.clone(), binding.members.clone())).collect();
    if !seed.operator_denied {
        grants.push((String::from("roles/owner"), vec![format!("user:{OPERATOR}")]));
    }
    world.google.projects.insert(project.id.clone(), project);
    let revision = world.next_number();
    world.google.policies.insert(policy_name(&seed.id), Policy::seeded(grants, revision));
}

impl World {
    /// The project with that id or number.
    pub(crate) fn project(&self, id_or_number: &str) -> Option<&Project> {
        let projects = &self.google.projects;
        projects.get(id_or_number).or_else(|| projects.values().find(|project| project.number == id_or_number))
    }
}

fn get_v1(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "resourcemanager.projects.get")?;
    let mut body = json!({
        "projectNumber": project.number,
        "projectId": project.id,
        "lifecycleState": "ACTIVE",
        "name": project.name,
        "createTime": "2024-04-01T08:00:00.000Z",
    });
    if let Some((kind, id)) = project.parent.as_deref().and_then(|parent| parent.split_once('/')) {
        body["parent"] = json!({ "type": kind.trim_end_matches('s'), "id": id });
    }
    Ok(Answer::json(&body))
}

fn get_v3(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project_always_on(world, call, "resourcemanager.projects.get")?;
    let mut body = json!({
        "name": format!("projects/{}", project.number),
        "projectId": project.id,
        "state": "ACTIVE",
        "displayName": project.name,
        "createTime": "2024-04-01T08:00:00Z",
    });
    if let Some(parent) = &project.parent {
        body["parent"] = json!(parent);
    }
    Ok(Answer::json(&body))
}

fn get_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "resourcemanager.projects.getIamPolicy")?;
    let version = policy::version_from_body(call)?;
    policy::read(world, &policy_name(&project.id), version)
}

fn set_policy(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "resourcemanager.projects.setIamPolicy")?;
    policy::write(world, call, &policy_name(&project.id))
}

fn test_permissions(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "")?;
    policy::test(world, call, &[policy_name(&project.id)])
}

/// Grants on projects; the projects themselves are the seed's and never change.
fn objects(world: &World) -> Vec<Object> {
    let projects = world.google.projects.values().map(|project| Object {
        kind: "gcp/project",
        id: format!("projects/{}", project.id),
        state: "live",
        seeded: true,
        details: details([("number", Value::from(project.number.clone()))]),
    });
    projects.chain(policy::objects(world, "//cloudresourcemanager.googleapis.com/", |_| "live")).collect()
}
