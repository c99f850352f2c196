//! Storage Transfer: jobs that fetch data from other clouds without a key. Google's agent proves itself to the source with a token of Google's
//! own, and writes the sink with the grants that it holds there.

pub(crate) mod endpoints;
pub(crate) mod jobs;
pub(crate) mod runs;
pub(crate) mod schedule;
pub(crate) mod spec;

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::refusal::{self, COMMON_QUERY, invalid};
use super::schema::{self, Field};
use super::{access, agents};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route};
use crate::state::world::World;
use jobs::Job;

/// `storagetransfer.googleapis.com`.
pub(crate) const API: Api = Api {
    service: "storagetransfer.googleapis.com",
    title: "Storage Transfer API",
    vendor: &crate::google::VENDOR,
    common_query: COMMON_QUERY,
    render: refusal::render,
    fault: refusal::injected,
    objects: jobs::objects,
    routes: &[
        Route { method: "GET", template: "/v1/googleServiceAccounts/{project}", query: &[], handler: service_account },
        Route { method: "POST", template: "/v1/transferJobs", query: &[], handler: jobs::create },
        Route {
            method: "GET",
            template: "/v1/transferJobs",
            query: &["filter", "pageSize", "pageToken"],
            handler: jobs::list,
        },
        Route { method: "GET", template: "/v1/transferJobs/{job}", query: &["projectId"], handler: jobs::get },
        Route { method: "PATCH", template: "/v1/transferJobs/{job}", query: &[], handler: jobs::patch },
        Route { method: "DELETE", template: "/v1/transferJobs/{job}", query: &["projectId"], handler: jobs::delete },
        Route { method: "POST", template: "/v1/transferJobs/{job}:run", query: &[], handler: runs::run },
        Route {
            method: "GET",
            template: "/v1/transferOperations",
            query: &["filter", "pageSize", "pageToken"],
            handler: runs::list,
        },
        Route { method: "GET", template: "/v1/transferOperations/{operation}", query: &[], handler: runs::get },
    ],
};

/// What Storage Transfer holds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transfers {
    /// By project id and name.
    pub(crate) jobs: BTreeMap<(String, String), Job>,
    /// Operations, oldest first: name, project id and job.
    runs: Vec<(String, String, String)>,
}

/// `googleServiceAccounts.get`, which makes sure of the agent.
fn service_account(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let project = access::project(world, call, "storagetransfer.projects.getServiceAccount")?;
    let email = agents::ensure(world, &project.number, API.service).unwrap_or_default();
    Ok(Answer::json(&json!({ "accountEmail": email, "subjectId": agents::unique_id(&email) })))
}

fn body(call: &Call<'_>, fields: &'static [Field], place: &str) -> Result<Map<String, Value>, Refusal> {
    let body = call.json().map_err(|error| invalid(format!("Invalid JSON payload received. {error}")))?;
    schema::checked(&body, fields, place)
}

/// The JSON text that the lists of this API take as their filter; it must name the project.
fn filter(call: &Call<'_>) -> Result<Value, Refusal> {
    let text = call.request.query("filter").unwrap_or_default();
    let filter: Value = serde_json::from_str(text).map_err(|_| {
        invalid("The filter must be JSON such as {\"projectId\":\"my_project_id\",\"jobNames\":[\"job1\"]}.")
    })?;
    if project_of(&filter).is_empty() {
        return Err(invalid("The filter must name the projectId."));
    }
    Ok(filter)
}

fn project_of(filter: &Value) -> &str {
    filter["projectId"].as_str().or_else(|| filter["project_id"].as_str()).unwrap_or_default()
}

/// Whether a list of the filter is empty or holds the word.
fn admits(filter: &Value, names: [&str; 2], word: &str) -> bool {
    let list = names.iter().find_map(|name| filter[*name].as_array()).filter(|list| !list.is_empty());
    list.is_none_or(|list| list.iter().any(|item| item == word))
}
