//! Storage Transfer Service: jobs that copy a bucket of another cloud without a key, and the account that they act as.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{Operation, is_empty};
use crate::api::{Api, Quota};
use crate::request::{Empty, Path, Request};

/// The account that a project's transfers act as.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferAgent {
    /// Its email.
    pub account_email: String,
    /// Its number, which is the subject of its tokens: what another cloud's trust pins.
    pub subject_id: String,
}

/// What can be set on a transfer job.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TransferJobSpec {
    /// At most 1,024 bytes.
    #[serde(skip_serializing_if = "is_empty")]
    pub description: String,
    /// From where to where. Google takes it whole.
    pub transfer_spec: TransferSpec,
    /// When it runs; `None` is only when it is told to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Whether it runs at all.
    pub status: JobStatus,
}

/// From where to where. Exactly one source is set.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TransferSpec {
    /// A bucket of Amazon S3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_s3_data_source: Option<AwsS3Data>,
    /// A container of Azure Blob Storage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azure_blob_storage_data_source: Option<AzureBlobData>,
    /// The bucket that it goes to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gcs_data_sink: Option<GcsData>,
    /// Everything else, for example what is left out or deleted.
    #[serde(flatten)]
    pub rest: Map<String, Value>,
}

/// A bucket of Amazon S3.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AwsS3Data {
    /// The bucket.
    pub bucket_name: String,
    /// A prefix; it ends with a slash.
    #[serde(skip_serializing_if = "is_empty")]
    pub path: String,
    /// The role that the transfer agent enters.
    #[serde(skip_serializing_if = "is_empty")]
    pub role_arn: String,
}

/// A container of Azure Blob Storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AzureBlobData {
    /// The storage account.
    pub storage_account: String,
    /// The container.
    pub container: String,
    /// A prefix; it ends with a slash.
    #[serde(skip_serializing_if = "is_empty")]
    pub path: String,
    /// The application that the transfer agent acts as.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub federated_identity_config: Option<FederatedIdentity>,
}

/// An application of Microsoft Entra that trusts the transfer agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct FederatedIdentity {
    /// Its client id.
    pub client_id: String,
    /// Its tenant.
    pub tenant_id: String,
}

/// A bucket of Cloud Storage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct GcsData {
    /// The bucket.
    pub bucket_name: String,
    /// A prefix; it ends with a slash.
    #[serde(skip_serializing_if = "is_empty")]
    pub path: String,
}

/// When a job runs. Times are UTC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Schedule {
    /// The first day.
    pub schedule_start_date: Date,
    /// The last day; equal to the first for one run; `None` is for ever.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_end_date: Option<Date>,
    /// When on a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_time_of_day: Option<TimeOfDay>,
    /// How often, such as `86400s`; Google's default is once a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repeat_interval: Option<String>,
}

/// A day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Date {
    /// The year.
    pub year: i32,
    /// 1 to 12.
    pub month: i32,
    /// 1 to 31.
    pub day: i32,
}

/// A time of day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct TimeOfDay {
    /// 0 to 23.
    #[serde(skip_serializing_if = "is_empty")]
    pub hours: i32,
    /// 0 to 59.
    #[serde(skip_serializing_if = "is_empty")]
    pub minutes: i32,
    /// 0 to 59.
    #[serde(skip_serializing_if = "is_empty")]
    pub seconds: i32,
}

/// Whether a job runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum JobStatus {
    /// It runs as scheduled, or when told to.
    #[default]
    #[serde(rename = "ENABLED")]
    Enabled,
    /// It does not run.
    #[serde(rename = "DISABLED")]
    Disabled,
    /// It was deleted, and Google still remembers it.
    #[serde(rename = "DELETED")]
    Deleted,
    /// Anything that this version does not know.
    #[serde(other, rename = "STATUS_UNSPECIFIED")]
    Unspecified,
}

/// A job as Google has it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferJob {
    /// `transferJobs/…`.
    pub name: String,
    /// What can be set.
    #[serde(flatten)]
    pub spec: TransferJobSpec,
    /// The last run, as `transferOperations/…`; empty before the first.
    #[serde(default)]
    pub latest_operation_name: String,
}

/// A page of jobs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TransferJobs {
    /// The jobs.
    #[serde(rename = "transferJobs")]
    pub items: Vec<TransferJob>,
    /// Asks for the next page, unless empty.
    pub next_page_token: String,
}

impl TransferJob {
    /// Whether it reads from or writes to this bucket of Cloud Storage.
    pub fn touches(&self, bucket: &str) -> bool {
        let spec = &self.spec.transfer_spec;
        let source = spec.rest.get("gcsDataSource").and_then(|source| source["bucketName"].as_str());
        spec.gcs_data_sink.as_ref().is_some_and(|sink| sink.bucket_name == bucket) || source == Some(bucket)
    }

    /// Whether it was deleted.
    pub fn is_deleted(&self) -> bool {
        self.spec.status == JobStatus::Deleted
    }
}

impl TransferJobSpec {
    /// The update mask that makes `live` so.
    pub fn difference(&self, live: &Self) -> Vec<&'static str> {
        let fields = [
            ("description", self.description != live.description),
            ("transferSpec", self.transfer_spec != live.transfer_spec),
            // Not in the documented list, and yet what `gcloud transfer jobs update` sends.
            ("schedule", self.schedule != live.schedule),
            ("status", self.status != live.status),
        ];
        fields.into_iter().filter(|(_, differs)| *differs).map(|(field, _)| field).collect()
    }
}

/// Asks for the account that the project's transfers act as, which comes about by being asked for.
pub fn agent(project: &str) -> Request<TransferAgent> {
    let path = Path::new("v1").literal("googleServiceAccounts").segment(project);
    Request::get(Api::StorageTransfer, path)
        .about("read", format_args!("the transfer service account of project {project}"))
        .needs(&["storagetransfer.projects.getServiceAccount"])
}

/// Reads a job, also a deleted one.
pub fn get(project: &str, name: &str) -> Request<TransferJob> {
    about(Request::get(Api::StorageTransfer, path(name)), "read", name)
        .needs(&["storagetransfer.jobs.get"])
        .query("projectId", project)
}

/// Lists a project's jobs, deleted ones left out.
pub fn list(project: &str, page_token: &str) -> Request<TransferJobs> {
    let filter = json!({ "projectId": project, "jobStatuses": ["ENABLED", "DISABLED"] });
    let request = Request::get(Api::StorageTransfer, Path::new("v1").literal("transferJobs"))
        .about("list", format_args!("the transfer jobs of project {project}"))
        .needs(&["storagetransfer.jobs.list"])
        .query("filter", filter);
    if page_token.is_empty() { request } else { request.query("pageToken", page_token) }
}

/// Creates a job under a name of the caller's, `transferJobs/…`.
pub fn create(project: &str, name: &str, spec: &TransferJobSpec) -> Request<TransferJob> {
    let mut body = json!(spec);
    body["name"] = json!(name);
    body["projectId"] = json!(project);
    about(Request::post(Api::StorageTransfer, Path::new("v1").literal("transferJobs")), "create", name)
        .needs(&["storagetransfer.jobs.create"])
        .json(&body)
}

/// Sets the fields that `mask` names.
pub fn update(project: &str, name: &str, spec: &TransferJobSpec, mask: &[&str]) -> Request<TransferJob> {
    about(Request::patch(Api::StorageTransfer, path(name)), "update", name)
        .needs(&["storagetransfer.jobs.update"])
        .json(&json!({
            "projectId": project, "transferJob": spec, "updateTransferJobFieldMask": mask.join(","),
        }))
}

/// Deletes a job.
pub fn delete(project: &str, name: &str) -> Request<Empty> {
    about(Request::delete(Api::StorageTransfer, path(name)), "delete", name)
        .needs(&["storagetransfer.jobs.delete"])
        .query("projectId", project)
}

/// Begins a run.
pub fn run(project: &str, name: &str) -> Request<Operation> {
    about(Request::post(Api::StorageTransfer, path(name).verb("run")), "run", name)
        .needs(&["storagetransfer.jobs.run"])
        .json(&json!({ "projectId": project }))
}

/// Reads a run.
pub fn get_operation(name: &str) -> Request<Operation> {
    Request::get(Api::StorageTransfer, path(name))
        .about("read", format_args!("transfer operation {name}"))
        .needs(&["storagetransfer.operations.get"])
        .quota(Quota::Read(Api::StorageTransfer))
}

fn path(name: &str) -> Path {
    Path::new("v1").resource(name)
}

fn about<T>(request: Request<T>, operation: &'static str, name: &str) -> Request<T> {
    request.about(operation, format_args!("transfer job {name}"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::endpoints::Endpoints;

    fn spec() -> TransferJobSpec {
        let transfer_spec = TransferSpec {
            aws_s3_data_source: Some(AwsS3Data {
                bucket_name: "from".into(),
                role_arn: "arn:aws:iam::1:role/r".into(),
                ..AwsS3Data::default()
            }),
            gcs_data_sink: Some(GcsData { bucket_name: "to".into(), path: "in/".into() }),
            ..TransferSpec::default()
        };
        let day = Date { year: 2026, month: 1, day: 2 };
        let schedule = Schedule { schedule_start_date: day, schedule_end_date: Some(day), ..Schedule::default() };
        TransferJobSpec { transfer_spec, schedule: Some(schedule), ..TransferJobSpec::default() }
    }

    #[test]
    fn urls_and_bodies() {
        let base = "https://storagetransfer.googleapis.com/v1";
        let url = |request: Request<Empty>| request.url(&Endpoints::official()).unwrap().to_string();
        let create = create("p", "transferJobs/copy", &spec());
        assert_eq!(url(create.clone().answering()), format!("{base}/transferJobs"));
        assert_eq!(
            create.body().unwrap(),
            &json!({"name": "transferJobs/copy", "projectId": "p", "status": "ENABLED",
                "transferSpec": {"awsS3DataSource": {"bucketName": "from", "roleArn": "arn:aws:iam::1:role/r"},
                    "gcsDataSink": {"bucketName": "to", "path": "in/"}},
                "schedule": {"scheduleStartDate": {"year": 2026, "month": 1, "day": 2},
                    "scheduleEndDate": {"year": 2026, "month": 1, "day": 2}}})
        );
        assert_eq!(url(get("p", "transferJobs/copy").answering()), format!("{base}/transferJobs/copy?projectId=p"));
        assert_eq!(url(run("p", "transferJobs/copy").answering()), format!("{base}/transferJobs/copy:run"));
        let update = update("p", "transferJobs/copy", &spec(), &["status"]);
        assert_eq!(update.body().unwrap()["updateTransferJobFieldMask"], json!("status"));
        assert_eq!(url(agent("p").answering()), format!("{base}/googleServiceAccounts/p"));
        let list = list("p", "next").url(&Endpoints::official()).unwrap();
        let query: Vec<_> = list.query_pairs().map(|(name, value)| format!("{name}={value}")).collect();
        assert_eq!(query, [r#"filter={"jobStatuses":["ENABLED","DISABLED"],"projectId":"p"}"#, "pageToken=next"]);
    }

    #[test]
    fn a_job_is_read_and_compared() {
        let mut body = json!(spec());
        body["name"] = json!("transferJobs/copy");
        body["creationTime"] = json!("2026-01-01T00:00:00Z");
        let live: TransferJob = serde_json::from_value(body.clone()).unwrap();
        assert!(spec().difference(&live.spec).is_empty());
        assert!(live.touches("to") && !live.touches("from"));
        body["status"] = json!("DELETED");
        body["schedule"]["repeatInterval"] = json!("3600s");
        body["transferSpec"]["gcsDataSource"] = json!({"bucketName": "also"});
        body["transferSpec"]["transferOptions"] = json!({"deleteObjectsFromSourceAfterTransfer": true});
        let live: TransferJob = serde_json::from_value(body).unwrap();
        assert!(live.is_deleted() && live.touches("also"));
        assert_eq!(spec().difference(&live.spec), ["transferSpec", "schedule", "status"]);
    }
}
