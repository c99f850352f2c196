//! Storage Transfer jobs, and their first runs. A deleted job keeps its name for a while, and never comes back.

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::transfers;
use crosscloud_cloud::gcp::transfers::{
    AwsS3Data, AzureBlobData, Date, FederatedIdentity, GcsData, Schedule as LiveSchedule, TimeOfDay,
};
use crosscloud_cloud::gcp::{JobStatus, TransferJobSpec, TransferSpec};
use crosscloud_trust::gcp::{Schedule, TransferJob, TransferRun, TransferSource};
use crosscloud_trust::{Leaf, Text};

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for TransferJob {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let (project, name) = parse(id)?;
        let there = client(clouds).get_transfer_job(project, name, &clouds.context()).await?;
        let Some(there) = there else { return Ok(Look::Absent) };
        let deleted = there.is_deleted();
        let job = of(project, name, there.spec);
        Ok(if deleted { Look::Deleted(job) } else { Look::There(job) })
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (project, name, spec) = parts(self)?;
        match client(clouds).create_transfer_job(&project, &name, &spec, &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (project, name, wanted) = parts(self)?;
        let fields = wanted.difference(&parts(there)?.2);
        if !fields.is_empty() {
            client(clouds).update_transfer_job(&project, &name, &wanted, &fields, &clouds.patient()).await?;
        }
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let (project, name) = parse(id)?;
        client(clouds).delete_transfer_job(project, name, &clouds.patient()).await?;
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (project, name) = (known(&self.project)?, format!("transferJobs/{}", known(&self.name)?));
        let spec = TransferJobSpec::default();
        let update = transfers::update(&project, &name, &spec, &[]);
        needs.look(&transfers::get(&project, &name)).create(&transfers::create(&project, &name, &spec));
        needs.update(&update).delete(&transfers::delete(&project, &name));
        Ok(())
    }
}

/// What has run cannot be undone, and is not done twice.
impl Kind for TransferRun {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let (project, name) = parse(id.strip_suffix(":run").unwrap_or(id))?;
        let job = client(clouds).get_transfer_job(project, name, &clouds.context()).await?;
        let ran = job.filter(|job| !job.is_deleted() && !job.latest_operation_name.is_empty());
        let run = Self { project: seen(project), job: seen(name.strip_prefix("transferJobs/").unwrap_or(name)) };
        Ok(Look::of(ran.map(|_| run)))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (project, name) = (known(&self.project)?, format!("transferJobs/{}", known(&self.job)?));
        let job = client(clouds).get_transfer_job(&project, &name, &clouds.context()).await?;
        if job.is_some_and(|job| !job.latest_operation_name.is_empty()) {
            return Ok(Made::Exists);
        }
        client(clouds).run_transfer_job(&project, &name, &clouds.patient()).await?;
        Ok(Made::New)
    }

    async fn update(&self, _there: &Self, _clouds: &Clouds) -> Result<(), CloudError> {
        Ok(())
    }

    async fn delete(_clouds: &Clouds, _id: &str) -> Result<(), CloudError> {
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (project, name) = (known(&self.project)?, format!("transferJobs/{}", known(&self.job)?));
        needs.look(&transfers::get(&project, &name)).create(&transfers::run(&project, &name));
        Ok(())
    }
}

/// Whether another job of the project reads from or writes to a bucket, and so needs what the project's transfer agent may do there. Whoever
/// may not list the jobs cannot tell that none does.
pub(in crate::clouds) async fn another_touches(
    clouds: &Clouds,
    (project, name): (&str, &str),
    bucket: &str,
) -> Result<bool, CloudError> {
    match client(clouds).list_transfer_jobs(project, &clouds.context()).await {
        Ok(jobs) => Ok(jobs.iter().any(|job| job.name != format!("transferJobs/{name}") && job.touches(bucket))),
        Err(Error::PermissionDenied { .. }) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

/// The project, and the job's name as the API takes it.
fn parse(id: &str) -> Result<(&str, &str), CloudError> {
    let rest = id.strip_prefix("projects/").and_then(|rest| rest.split_once('/'));
    let found = rest.filter(|(_, name)| name.starts_with("transferJobs/"));
    found.ok_or_else(|| CloudError::Id { id: id.to_owned(), what: "a job, `projects/PROJECT/transferJobs/NAME`" })
}

fn parts(job: &TransferJob) -> Result<(String, String, TransferJobSpec), CloudError> {
    let (s3, blob) = match &job.source {
        TransferSource::S3 { bucket, path, role_arn } => {
            let data = AwsS3Data { bucket_name: known(bucket)?, path: known(path)?, role_arn: known(role_arn)? };
            (Some(data), None)
        }
        TransferSource::AzureBlob { storage_account, container, path, client_id, tenant_id } => {
            let identity = FederatedIdentity { client_id: known(client_id)?, tenant_id: known(tenant_id)? };
            let data = AzureBlobData {
                storage_account: known(storage_account)?,
                container: known(container)?,
                path: known(path)?,
                federated_identity_config: Some(identity),
            };
            (None, Some(data))
        }
    };
    let spec = TransferJobSpec {
        description: known(&job.description)?,
        transfer_spec: TransferSpec {
            aws_s3_data_source: s3,
            azure_blob_storage_data_source: blob,
            gcs_data_sink: Some(GcsData { bucket_name: known(&job.sink_bucket)?, path: known(&job.sink_path)? }),
            ..TransferSpec::default()
        },
        schedule: job.schedule.as_ref().map(schedule).transpose()?,
        status: if known(&job.enabled)? { JobStatus::Enabled } else { JobStatus::Disabled },
    };
    Ok((known(&job.project)?, format!("transferJobs/{}", known(&job.name)?), spec))
}

fn schedule(schedule: &Schedule) -> Result<LiveSchedule, CloudError> {
    Ok(LiveSchedule {
        schedule_start_date: date(&schedule.start_date)?,
        schedule_end_date: schedule.end_date.as_ref().map(date).transpose()?,
        start_time_of_day: schedule.time_of_day.as_ref().map(time).transpose()?,
        repeat_interval: schedule.repeat_interval.as_ref().map(known).transpose()?,
    })
}

fn date(text: &Text) -> Result<Date, CloudError> {
    let [year, month, day] = numbers(text, '-', "a day, `YYYY-MM-DD`")?;
    Ok(Date { year, month, day })
}

fn time(text: &Text) -> Result<TimeOfDay, CloudError> {
    let [hours, minutes] = numbers(text, ':', "a time of day, `HH:MM`")?;
    Ok(TimeOfDay { hours, minutes, seconds: 0 })
}

fn numbers<const N: usize>(text: &Text, separator: char, what: &'static str) -> Result<[i32; N], CloudError> {
    let text = known(text)?;
    let numbers: Option<Vec<i32>> = text.split(separator).map(|part| part.parse().ok()).collect();
    let numbers = numbers.and_then(|numbers| <[i32; N]>::try_from(numbers).ok());
    numbers.ok_or(CloudError::Id { id: text, what })
}

/// A job of a source that is never wanted here reads as one of an S3 bucket without a name.
fn of(project: &str, name: &str, there: TransferJobSpec) -> TransferJob {
    let TransferSpec { aws_s3_data_source, azure_blob_storage_data_source, gcs_data_sink, .. } = there.transfer_spec;
    let source = match azure_blob_storage_data_source {
        Some(data) => {
            let identity = data.federated_identity_config.unwrap_or_default();
            TransferSource::AzureBlob {
                storage_account: seen(&data.storage_account),
                container: seen(&data.container),
                path: seen(&data.path),
                client_id: seen(&identity.client_id),
                tenant_id: seen(&identity.tenant_id),
            }
        }
        None => {
            let data = aws_s3_data_source.unwrap_or_default();
            let (bucket, path, role_arn) = (seen(&data.bucket_name), seen(&data.path), seen(&data.role_arn));
            TransferSource::S3 { bucket, path, role_arn }
        }
    };
    let sink = gcs_data_sink.unwrap_or_default();
    TransferJob {
        project: seen(project),
        name: seen(name.strip_prefix("transferJobs/").unwrap_or(name)),
        description: seen(&there.description),
        source,
        sink_bucket: seen(&sink.bucket_name),
        sink_path: seen(&sink.path),
        schedule: there.schedule.map(seen_schedule),
        enabled: Leaf::Known(there.status == JobStatus::Enabled),
    }
}

fn seen_schedule(schedule: LiveSchedule) -> Schedule {
    let date = |date: Date| Text::of(format!("{:04}-{:02}-{:02}", date.year, date.month, date.day));
    let time = |time: TimeOfDay| Text::of(format!("{:02}:{:02}", time.hours, time.minutes));
    Schedule {
        start_date: date(schedule.schedule_start_date),
        end_date: schedule.schedule_end_date.map(date),
        time_of_day: schedule.start_time_of_day.map(time),
        repeat_interval: schedule.repeat_interval.map(Text::of),
    }
}
