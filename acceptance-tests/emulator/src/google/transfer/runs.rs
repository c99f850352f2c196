//! Runs of a job, asked for or due: operations that tell how the transfer went.

use serde_json::{Map, Value, json};

use super::jobs::{self, Job, authorised, taken};
use super::{admits, body, endpoints, filter, project_of, schedule};
use crate::google::access;
use crate::google::iam::paged;
use crate::google::refusal::{not_found, precondition};
use crate::google::schema::{Field, Kind};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::Call;
use crate::state::clock::rfc3339;
use crate::state::world::World;

/// The body of `transferJobs.run`.
pub(crate) const RUN: &[Field] = &[Field("projectId", Kind::Text)];

/// Canonical codes by name.
const CODES: &[(&str, i32)] =
    &[("NOT_FOUND", 5), ("PERMISSION_DENIED", 7), ("FAILED_PRECONDITION", 9), ("INTERNAL", 13)];

/// `transferJobs.run`.
pub(super) fn run(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut request = body(call, RUN, "")?;
    let reference = taken(&mut request, "projectId");
    let job = jobs::found(world, call, &reference, "storagetransfer.jobs.run")?;
    if !job.life.is_live() || job.status() != "ENABLED" {
        return Err(precondition(format!("The transfer job {} is not enabled.", job.name)));
    }
    let underway = job.latest.as_ref().and_then(|name| world.operations.poll(name, world.now()));
    if underway.is_some_and(|operation| operation["done"] != true) {
        return Err(precondition(format!("The transfer job {} has an active operation already.", job.name)));
    }
    Ok(Answer::json(&start(world, job)))
}

/// `transferOperations.list`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let filter = filter(call)?;
    let project = authorised(world, call, project_of(&filter), "storagetransfer.operations.list")?;
    settle(world);
    let now = world.now();
    let runs = world.google.transfers.runs.iter().rev();
    let runs = runs
        .filter(|(_, of, job)| *of == project.id && admits(&filter, ["jobNames", "job_names"], job))
        .filter_map(|(name, _, _)| world.operations.poll(name, now));
    paged(call, "operations", runs.collect(), 256, 256)
}

/// `transferOperations.get`.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    access::caller(world, call)?;
    let name = format!("transferOperations/{}", call.param("operation"));
    let project =
        world.google.transfers.runs.iter().find(|(run, _, _)| *run == name).map(|(_, project, _)| project.clone());
    let project = project.ok_or_else(|| not_found(format!("Transfer operation {name} was not found.")))?;
    authorised(world, call, &project, "storagetransfer.operations.get")?;
    let polled = world.operations.poll(&name, world.now());
    polled
        .map(|answer| Answer::json(&answer))
        .ok_or_else(|| not_found(format!("Transfer operation {name} was not found.")))
}

/// Starts the runs that schedules have made due.
pub(super) fn settle(world: &mut World) {
    let now = world.now();
    let due: Vec<Job> = world
        .google
        .transfers
        .jobs
        .values()
        .filter(|job| job.life.is_live() && job.life.is_visible(now) && job.status() == "ENABLED")
        .filter(|job| {
            let schedule = job.fields.get("schedule");
            schedule.is_some_and(|schedule| schedule::is_due(schedule, job.created_at, job.last_scheduled, now))
        })
        .cloned()
        .collect();
    for mut job in due {
        job.last_scheduled = Some(now);
        start(world, job);
    }
}

/// Starts a run, which ends at its first poll: everything happens now.
fn start(world: &mut World, mut job: Job) -> Value {
    let number = world.next_number();
    let id = job.name.trim_start_matches("transferJobs/");
    let name = format!("transferOperations/transferJobs-{id}-{number:019}");
    let now = rfc3339(world.now());
    let mut metadata = Map::new();
    metadata.insert(String::from("@type"), json!("type.googleapis.com/google.storagetransfer.v1.TransferOperation"));
    metadata.insert(String::from("name"), json!(name));
    metadata.insert(String::from("projectId"), json!(job.project));
    metadata.insert(String::from("transferJobName"), json!(job.name));
    metadata.insert(String::from("startTime"), json!(now));
    metadata.insert(String::from("status"), json!("IN_PROGRESS"));
    let running = json!({ "name": name, "metadata": metadata });

    let project = world.project(&job.project).cloned();
    let outcome = project.map_or_else(
        || Ok(endpoints::Counters::default()),
        |project| endpoints::transfer(world, &project, &job.fields),
    );
    metadata.insert(String::from("endTime"), json!(now));
    let mut ended = json!({ "name": name, "done": true });
    match outcome {
        Ok(counters) => {
            metadata.insert(String::from("status"), json!("SUCCESS"));
            metadata.insert(String::from("counters"), counters.shown());
            ended["response"] = json!({ "@type": "type.googleapis.com/google.protobuf.Empty" });
        }
        Err(failure) => {
            let code = CODES.iter().find(|(word, _)| *word == failure.code).map_or(2, |(_, code)| *code);
            metadata.insert(String::from("status"), json!("FAILED"));
            let entry = json!({ "url": failure.url, "errorDetails": [failure.message] });
            metadata.insert(
                String::from("errorBreakdowns"),
                json!([{ "errorCode": failure.code, "errorCount": "1", "errorLogEntries": [entry] }]),
            );
            ended["error"] = json!({ "code": code, "message": format!("{}: {}", failure.url, failure.message) });
        }
    }
    ended["metadata"] = Value::Object(metadata);
    job.latest = Some(name.clone());
    world.google.transfers.runs.push((name, job.project.clone(), job.name.clone()));
    world.google.transfers.jobs.insert((job.project.clone(), job.name.clone()), job);
    let ready_at = world.visible_from();
    world.operations.begin(running, ended, ready_at)
}
