//! GitHub's side of a job: the runner's service that gives out ID tokens.

use serde_json::json;

use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Api, Call, Route, Vendor};
use crate::state::journal::request_guid;
use crate::state::machine::Machine;
use crate::state::world::World;
use crate::tokens::mint::{self, Order};

static VENDOR: Vendor = Vendor {
    any_case: false,
    strict_query: false,
    owns: |request| request.segments.first().is_some_and(|first| first == "_apis"),
    request_id: request_guid,
    request_id_headers: &["x-vss-e2eid"],
    render,
};

/// `pipelines.actions.githubusercontent.com`.
pub(crate) const API: Api = Api {
    vendor: &VENDOR,
    service: "actions.githubusercontent.com",
    title: "GitHub Actions",
    common_query: &[],
    render,
    fault: |status, reason| {
        Refusal::new(status, reason.unwrap_or("Fault"), "The request was refused by an injected fault.")
    },
    objects: |_| Vec::new(),
    routes: &[Route {
        method: "GET",
        template: "/_apis/distributedtask/jobs/{job}/idtoken",
        query: &[],
        handler: id_token,
    }],
};

fn render(refusal: &Refusal) -> Answer {
    Answer::json_with(refusal.status, &json!({ "typeKey": refusal.code, "message": refusal.message }))
}

fn id_token(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    if !Machine::is(world.machine.job_token.as_deref(), call.request.bearer()) {
        return Err(Refusal::new(
            401,
            "UnauthorizedRequestException",
            "The user is not authorized to access this resource.",
        ));
    }
    let Some(job) = world.machine.job.clone() else {
        return Err(Refusal::new(404, "TaskOrchestrationJobNotFoundException", "The job was not found."));
    };
    let audience = call.request.query("audience").unwrap_or("https://github.com/octo-org").to_owned();
    let minted = mint::mint(world, Order::of_workload(job, &audience));
    let minted = minted.map_err(|error| Refusal::new(500, "InternalServerError", error.to_string()))?;
    Ok(Answer::json(&json!({ "count": minted["token"].as_str().map_or(0, str::len), "value": minted["token"] })))
}
