//! Transfer jobs. A deleted one is kept for thirty days, its name stays taken, and nothing brings it back.

use serde_json::{Map, Value, json};

use super::{admits, body, endpoints, filter, project_of, runs, spec};
use crate::google::iam::paged;
use crate::google::projects::{Project, policy_name};
use crate::google::refusal::{exists, invalid_with_violation, not_found, precondition};
use crate::google::schema::{self, Field, Kind};
use crate::google::{access, agents};
use crate::http::answer::{Answer, Refusal};
use crate::http::route::{Call, Object};
use crate::state::clock::{Millis, rfc3339};
use crate::state::life::Life;
use crate::state::world::{World, details};

/// The body of `transferJobs.patch`.
pub(crate) const PATCH: &[Field] = &[
    Field("projectId", Kind::Text),
    Field("transferJob", Kind::Message(spec::JOB)),
    Field("updateTransferJobFieldMask", Kind::Text),
];

/// The only fields that can be changed. The reference leaves the schedule out in one place and counts on it in another; gcloud sends it.
const CHANGEABLE: &[&str] =
    &["description", "transferSpec", "notificationConfig", "loggingConfig", "schedule", "status"];

/// A transfer job.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(super) name: String,
    /// Project id.
    pub(super) project: String,
    pub(super) fields: Map<String, Value>,
    /// The last operation, and when the schedule last started one.
    pub(super) latest: Option<String>,
    pub(super) last_scheduled: Option<Millis>,
    pub(super) created_at: Millis,
    changed_at: Millis,
    pub(super) life: Life,
}

impl Job {
    /// Whether a read can still find it.
    pub(crate) fn is_remembered(&self, now: Millis) -> bool {
        self.life.remembered(now)
    }

    pub(super) fn status(&self) -> &str {
        self.fields.get("status").and_then(Value::as_str).unwrap_or_default()
    }

    /// As the API answers it: credentials go in and never come out.
    fn shown(&self) -> Value {
        let mut fields = self.fields.clone();
        if let Some(spec) = fields.get_mut("transferSpec") {
            for (source, secret) in
                [("awsS3DataSource", "awsAccessKey"), ("azureBlobStorageDataSource", "azureCredentials")]
            {
                if let Some(source) = spec.get_mut(source).and_then(Value::as_object_mut) {
                    source.remove(secret);
                }
            }
        }
        let mut shown = schema::without_defaults(&fields);
        shown.insert(String::from("name"), json!(self.name));
        shown.insert(String::from("projectId"), json!(self.project));
        shown.insert(String::from("creationTime"), json!(rfc3339(self.created_at)));
        shown.insert(String::from("lastModificationTime"), json!(rfc3339(self.changed_at)));
        if let Some(at) = self.life.deleted_at {
            shown.insert(String::from("deletionTime"), json!(rfc3339(at)));
        }
        if let Some(latest) = &self.latest {
            shown.insert(String::from("latestOperationName"), json!(latest));
        }
        Value::Object(shown)
    }
}

/// `transferJobs.create`. The sink is looked at before anything is made.
pub(super) fn create(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut fields = body(call, spec::JOB, "transfer_job")?;
    let reference = taken(&mut fields, "projectId");
    let project = authorised(world, call, &reference, "storagetransfer.jobs.create")?;
    let name = match taken(&mut fields, "name") {
        name if name.is_empty() => format!("transferJobs/{}", agents::unique_id(&world.next_id("transfer job"))),
        name => name,
    };
    check_name(&name)?;
    if !["ENABLED", "DISABLED"].contains(&fields.get("status").and_then(Value::as_str).unwrap_or_default()) {
        return Err(invalid_with_violation(
            "transfer_job.status",
            "The status of a new job must be ENABLED or DISABLED.",
        ));
    }
    spec::check(&fields)?;
    let key = (project.id.clone(), name.clone());
    if world.google.transfers.jobs.contains_key(&key) {
        return Err(exists(format!("Transfer job {name} already exists.")));
    }
    endpoints::sink_is_known(world, &project, &fields)?;
    let now = world.now();
    let job = Job {
        name,
        project: project.id,
        fields,
        latest: None,
        last_scheduled: None,
        created_at: now,
        changed_at: now,
        life: Life { deleted_at: None, visible_from: world.visible_from(), seeded: false },
    };
    let shown = job.shown();
    world.google.transfers.jobs.insert(key, job);
    Ok(Answer::json(&shown))
}

/// `transferJobs.list`.
pub(super) fn list(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let filter = filter(call)?;
    let project = authorised(world, call, project_of(&filter), "storagetransfer.jobs.list")?;
    runs::settle(world);
    let now = world.now();
    let jobs = world.google.transfers.jobs.values().filter(|job| {
        job.project == project.id
            && job.life.is_visible(now)
            && admits(&filter, ["jobNames", "job_names"], &job.name)
            && admits(&filter, ["jobStatuses", "job_statuses"], job.status())
    });
    paged(call, "transferJobs", jobs.map(Job::shown).collect(), 256, 256)
}

/// `transferJobs.get`. A deleted job is found, with its status.
pub(super) fn get(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let reference = call.request.query("projectId").unwrap_or_default().to_owned();
    Ok(Answer::json(&found(world, call, &reference, "storagetransfer.jobs.get")?.shown()))
}

/// `transferJobs.patch`.
pub(super) fn patch(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let mut request = body(call, PATCH, "")?;
    let reference = taken(&mut request, "projectId");
    let mut job = found(world, call, &reference, "storagetransfer.jobs.update")?;
    // Deletion is a status like the others, but one that a job never leaves again.
    if !job.life.is_live() {
        return Err(precondition("Updating a deleted transfer job is not allowed."));
    }
    let mut wanted = match request.remove("transferJob") {
        Some(Value::Object(wanted)) => wanted,
        _ => return Err(invalid_with_violation("transfer_job", "The request must carry the job.")),
    };
    // The name and the project of the job may come along, as they are.
    for (field, is) in [("name", &job.name), ("projectId", &job.project)] {
        if wanted.remove(field).is_some_and(|given| given != json!(is)) {
            return Err(invalid_with_violation("transfer_job", &format!("The {field} of a job cannot be changed.")));
        }
    }
    let mask = taken(&mut request, "updateTransferJobFieldMask");
    let paths = match mask.as_str() {
        "" => wanted.keys().map(|field| vec![field.clone()]).collect(),
        mask => schema::mask(Some(mask), spec::JOB)?,
    };
    for path in &paths {
        if path.len() != 1 || !CHANGEABLE.contains(&path[0].as_str()) {
            return Err(invalid_with_violation(
                "update_transfer_job_field_mask",
                &format!(
                    "'{}' cannot be updated: only description, transfer_spec, notification_config, logging_config, schedule and status can, each whole.",
                    path.join(".")
                ),
            ));
        }
    }
    schema::apply(&mut job.fields, &wanted, &paths);
    spec::check(&job.fields)?;
    job.changed_at = world.now();
    if job.status() == "DELETED" {
        job.life.deleted_at = Some(world.now());
    }
    let shown = job.shown();
    world.google.transfers.jobs.insert((job.project.clone(), job.name.clone()), job);
    Ok(Answer::json(&shown))
}

/// `transferJobs.delete`.
pub(super) fn delete(world: &mut World, call: &Call<'_>) -> Result<Answer, Refusal> {
    let reference = call.request.query("projectId").unwrap_or_default().to_owned();
    let mut job = found(world, call, &reference, "storagetransfer.jobs.delete")?;
    if job.life.is_live() {
        job.life.deleted_at = Some(world.now());
        job.changed_at = world.now();
        job.fields.insert(String::from("status"), json!("DELETED"));
        world.google.transfers.jobs.insert((job.project.clone(), job.name.clone()), job);
    }
    Ok(Answer::json(&json!({})))
}

/// All jobs, for the control API.
pub(super) fn objects(world: &World) -> Vec<Object> {
    let jobs = world.google.transfers.jobs.values().map(|job| Object {
        kind: "gcp/transfer_job",
        id: format!("projects/{}/{}", job.project, job.name),
        state: job.life.state(),
        seeded: false,
        details: details([("resource", job.shown())]),
    });
    jobs.collect()
}

/// The job in the path, for a caller who holds the permission in its project.
pub(super) fn found(world: &mut World, call: &Call<'_>, reference: &str, permission: &str) -> Result<Job, Refusal> {
    let project = authorised(world, call, reference, permission)?;
    runs::settle(world);
    let name = format!("transferJobs/{}", call.param("job"));
    let now = world.now();
    let job = world.google.transfers.jobs.get(&(project.id, name.clone())).filter(|job| job.life.is_visible(now));
    job.cloned().ok_or_else(|| not_found(format!("Transfer job {name} was not found.")))
}

/// The project of a request of this API, whose paths do not name it.
pub(super) fn authorised(
    world: &World,
    call: &Call<'_>,
    reference: &str,
    permission: &str,
) -> Result<Project, Refusal> {
    if reference.is_empty() {
        access::caller(world, call)?;
        return Err(invalid_with_violation("project_id", "The project id is required."));
    }
    access::on_project(world, call, reference, permission, |project| vec![policy_name(&project.id)])
}

pub(super) fn taken(fields: &mut Map<String, Value>, name: &str) -> String {
    fields.remove(name).and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn check_name(name: &str) -> Result<(), Refusal> {
    let id = name.strip_prefix("transferJobs/").unwrap_or_default();
    let good = name.len() <= 128
        && id.ends_with(|last: char| last.is_ascii_alphanumeric())
        && id.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.~".contains(letter))
        && !id.starts_with("OPI");
    if good {
        return Ok(());
    }
    Err(invalid_with_violation(
        "transfer_job.name",
        &format!(
            "'{name}' is not a name: it must begin with transferJobs/, end with a letter or a number, and have at most 128 characters."
        ),
    ))
}
