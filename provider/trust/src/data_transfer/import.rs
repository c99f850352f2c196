//! Import of a transfer: its job, and the role or identity on the other side.

use std::collections::BTreeMap;

use crate::data_transfer::{DataTransfer, FromAzureBlob, FromS3, RESOURCE, TransferFrom, TransferTo};
use crate::import::{ImportError, Look, Seen, unless};
use crate::leaf::{Leaf, Text};
use crate::names::ArmId;
use crate::names::parse_role_arn;
use crate::object::aws::Role;
use crate::object::azure::ManagedIdentity;
use crate::object::gcp::{TransferJob, TransferRun, TransferSource};
use crate::object::{MARKER, Object, described_name};
use crate::target::azure::OwnedIdentity;
use crate::target::azure::identity::IDENTITY_KIND;

const FORM: &str = "`projects/PROJECT/transferJobs/NAME;ROLE_ARN` or `projects/PROJECT/transferJobs/NAME;IDENTITY_ID`, with `existing:` in front of a \
     role or identity that is only referred to";

/// The ids in an import id.
struct Parts<'a> {
    project: &'a str,
    job: &'a str,
    /// Role or identity, and whether it is only referred to.
    other: &'a str,
    exists: bool,
}

fn parse(id: &str) -> Result<Parts<'_>, ImportError> {
    let wrong = || ImportError::Form { id: id.to_owned(), form: FORM };
    let (job, other) = id.split_once(';').ok_or_else(wrong)?;
    let ["projects", project, "transferJobs", job] = job.split('/').collect::<Vec<_>>()[..] else {
        return Err(wrong());
    };
    let (other, exists) = other.strip_prefix("existing:").map_or((other, false), |other| (other, true));
    let known = parse_role_arn(other).is_some() || ArmId::parse(other, IDENTITY_KIND).is_some();
    if !known || project.is_empty() || job.is_empty() {
        return Err(wrong());
    }
    Ok(Parts { project, job, other, exists })
}

impl DataTransfer {
    /// What an import has to look at.
    ///
    /// # Errors
    /// The expected form, where the id is not of it.
    pub fn looks(id: &str) -> Result<Vec<Look>, ImportError> {
        let parts = parse(id)?;
        let text = Text::of;
        let job = TransferJob {
            project: text(parts.project),
            name: text(parts.job),
            description: Leaf::Unknown,
            source: TransferSource::S3 { bucket: Leaf::Unknown, path: Leaf::Unknown, role_arn: Leaf::Unknown },
            sink_bucket: Leaf::Unknown,
            sink_path: Leaf::Unknown,
            schedule: None,
            enabled: Leaf::Unknown,
        };
        let run = TransferRun { project: text(parts.project), job: text(parts.job) };
        let mut looks = vec![
            Look::object("gcp/transfer_job", Object::TransferJob(job)),
            Look::object("gcp/transfer_run", Object::TransferRun(run)),
        ];
        match parse_role_arn(parts.other) {
            Some((account, path, name)) => {
                let role = Role {
                    account_id: text(account),
                    path: text(path),
                    name: text(name),
                    trust_policy: Leaf::Unknown,
                    description: Leaf::Unknown,
                    max_session_duration: Leaf::Unknown,
                    permissions_boundary: None,
                    tags: BTreeMap::new(),
                    members: None,
                };
                looks.push(Look::object("aws/role", Object::Role(role)));
            }
            None => {
                let id = text(parts.other);
                let identity = ManagedIdentity { id, location: Leaf::Unknown, tags: BTreeMap::new() };
                looks.push(Look::object("azure/identity", Object::ManagedIdentity(identity)));
                looks.push(Look::Assignments(parts.other.to_owned()));
            }
        }
        Ok(looks)
    }

    /// The specification that what was seen amounts to. A job without a schedule that has run was to run once.
    ///
    /// # Errors
    /// [`ImportError`] where the job is not there, or an assignment that says which container the identity reads.
    pub fn reconstruct(id: &str, seen: &Seen) -> Result<Self, ImportError> {
        let parts = parse(id)?;
        let Some(Object::TransferJob(job)) = seen.objects.get("gcp/transfer_job") else {
            return Err(ImportError::Missing("transfer job of this name".to_owned()));
        };
        let said = job.description.known().and_then(|text| described_name(RESOURCE, text));
        let name = Text::of(said.unwrap_or(parts.job));
        let folder = |path: &Text| unless(Some(path.clone()), &Text::of(""));
        let from = match &job.source {
            TransferSource::S3 { bucket, path, .. } => s3(&parts, &name, bucket, folder(path)),
            TransferSource::AzureBlob { container, path, .. } => blob(&parts, &name, container, folder(path), seen)?,
        };
        Ok(Self {
            project: job.project.clone(),
            job_id: unless(Some(Text::of(parts.job)), &name),
            from: Leaf::Known(from),
            to: Leaf::Known(TransferTo { bucket: job.sink_bucket.clone(), path: folder(&job.sink_path) }),
            schedule: job.schedule.clone().map(Leaf::Known),
            run_once: Leaf::Known(job.schedule.is_none() && seen.objects.contains_key("gcp/transfer_run")),
            disabled: job.enabled.map(|on| !on),
            labels: Leaf::Known(labels(seen)),
            name,
        })
    }
}

fn s3(parts: &Parts<'_>, name: &Text, bucket: &Text, path: Option<Text>) -> TransferFrom {
    let made = parse_role_arn(parts.other).filter(|_| !parts.exists);
    let role = |of: fn((&str, &str, &str)) -> Text| made.map(of);
    TransferFrom::S3(FromS3 {
        bucket: bucket.clone(),
        path,
        account_id: role(|(account, ..)| Text::of(account)),
        role_name: unless(role(|(.., name)| Text::of(name)), name),
        role_path: unless(role(|(_, path, _)| Text::of(path)), &Text::of("/")),
        existing_role_arn: parts.exists.then(|| Text::of(parts.other)),
    })
}

fn blob(
    parts: &Parts<'_>,
    name: &Text,
    container: &Text,
    path: Option<Text>,
    seen: &Seen,
) -> Result<TransferFrom, ImportError> {
    let account = seen.listed.iter().find_map(|object| match object {
        Object::RoleAssignment(it) => {
            let (account, of) = it.scope.known()?.split_once("/blobServices/default/containers/")?;
            (Some(of) == container.known().map(String::as_str)).then(|| Text::of(account))
        }
        _ => None,
    });
    let location = match seen.objects.get("azure/identity") {
        Some(Object::ManagedIdentity(it)) => it.location.clone(),
        _ => Leaf::Unknown,
    };
    let owned = match ArmId::parse(parts.other, IDENTITY_KIND) {
        Some(arm) if !parts.exists => OwnedIdentity {
            subscription_id: Some(Text::of(arm.subscription)),
            resource_group: Some(Text::of(arm.group)),
            location: Some(location),
            name: unless(Some(Text::of(arm.name)), name),
        },
        _ => OwnedIdentity::default(),
    };
    Ok(TransferFrom::AzureBlob(FromAzureBlob {
        storage_account_id: account
            .ok_or_else(|| ImportError::Missing("role assignment of the identity on the container".to_owned()))?,
        container: container.clone(),
        path,
        owned,
        existing_identity: parts.exists.then(|| Text::of(parts.other)),
    }))
}

fn labels(seen: &Seen) -> BTreeMap<String, Text> {
    let tags = seen.objects.values().find_map(|object| match object {
        Object::Role(it) => Some(it.tags.clone()),
        Object::ManagedIdentity(it) => Some(it.tags.clone()),
        _ => None,
    });
    let mut labels = tags.unwrap_or_default();
    labels.remove(MARKER);
    labels
}
