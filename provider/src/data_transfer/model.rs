//! The attributes of `crosscloud_data_transfer`. Doc comments are the registry page.

use std::collections::BTreeMap;

use tfplugin::schema::validate::exactly_one_of;
use tfplugin::timeouts::Timeouts;
use tfplugin::{Attr, Model};

use crate::composite::ObjectModel;

/// Data that Google's Storage Transfer Service fetches from Amazon S3 or Azure Blob Storage by itself: nothing is proxied, and no key changes
/// hands. The other cloud trusts exactly the agent that runs the job in this project, known by its unique id, and lets it read exactly the
/// bucket or container.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct DataTransferModel {
    /// Name of the transfer, 3 to 64 letters, digits, hyphens and underscores. Job, AWS role and Azure identity take it as theirs unless they
    /// are given one of their own.
    #[attr(required)]
    pub(crate) name: Attr<String>,
    /// Id of the Google project that runs the job.
    #[attr(required)]
    pub(crate) project: Attr<String>,
    /// Name of the job, behind `transferJobs/`. Google keeps that of a deleted job for 30 days and never brings the job back, so a transfer that
    /// is to be made again takes another one. Default: `name`.
    #[attr(optional)]
    pub(crate) job_id: Attr<String>,
    /// Where the data is: exactly one source.
    #[attr(required)]
    pub(crate) from: Attr<TransferFromModel>,
    /// Where the data goes.
    #[attr(required)]
    pub(crate) to: Attr<TransferToModel>,
    /// When the job runs. Default: it never runs by itself.
    #[attr(optional)]
    pub(crate) schedule: Attr<ScheduleModel>,
    /// Whether the job is run once, right after it was made. Not together with `schedule`. A job that has run is not run again, so an import
    /// takes one that has run and has no schedule for one that was to run once. Default: `false`.
    #[attr(optional)]
    pub(crate) run_once: Attr<bool>,
    /// Whether the job stands still for the time being. Default: `false`.
    #[attr(optional)]
    pub(crate) disabled: Attr<bool>,
    /// Labels for everything that takes some: tags of the AWS role or of the Azure identity.
    #[attr(optional)]
    pub(crate) labels: Attr<BTreeMap<String, Attr<String>>>,
    /// Whether objects that exist and are exactly as wanted are taken over. Default: `false`.
    #[attr(optional)]
    pub(crate) adopt: Attr<bool>,
    /// Name of the job, `transferJobs/NAME`, for `gcloud transfer jobs`.
    #[attr(computed)]
    pub(crate) job_name: Attr<String>,
    /// Email of the agent that runs the job.
    #[attr(computed)]
    pub(crate) agent_email: Attr<String>,
    /// Unique id of that agent: the subject that the other cloud trusts.
    #[attr(computed)]
    pub(crate) agent_subject: Attr<String>,
    /// ARN of the AWS role that the agent assumes. Null for Azure.
    #[attr(computed)]
    pub(crate) role_arn: Attr<String>,
    /// Every cloud object behind the transfer, by `cloud/kind[/role]`. A `status` other than `present` is drift, which the next apply repairs.
    #[attr(computed)]
    pub(crate) objects: Attr<BTreeMap<String, ObjectModel>>,
    /// Which world the transfer lives in: `real`, `emulator` under `CROSSCLOUD_ENDPOINT`, or `custom:` and the hosts of other endpoints.
    #[attr(computed)]
    pub(crate) realm: Attr<String>,
    /// How long operations may take. Default: 20 minutes each.
    #[attr(optional)]
    pub(crate) timeouts: Attr<Timeouts>,
}

/// Where the data is.
#[derive(Debug, Clone, PartialEq, Model)]
#[model(validate = exactly_one_of(["s3", "azure_blob"]))]
pub(crate) struct TransferFromModel {
    /// An Amazon S3 bucket.
    #[attr(optional)]
    pub s3: Attr<S3Model>,
    /// An Azure Blob Storage container.
    #[attr(optional)]
    pub(crate) azure_blob: Attr<AzureBlobModel>,
}

/// An Amazon S3 bucket, and the AWS role that the agent assumes.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct S3Model {
    /// Bare name of the bucket.
    #[attr(required)]
    pub(crate) bucket: Attr<String>,
    /// Folder in the bucket, with a slash at the end. The role can read nothing else. Default: everything.
    #[attr(optional)]
    pub(crate) path: Attr<String>,
    /// AWS account in which to make the role, twelve digits in quotes. Needed unless one that exists is referred to.
    #[attr(optional)]
    pub(crate) account_id: Attr<String>,
    /// Name of the role to make, 1 to 64 characters. Default: `name`.
    #[attr(optional)]
    pub(crate) role_name: Attr<String>,
    /// Path of the role to make, with a slash at each end. Default: `/`.
    #[attr(optional)]
    pub(crate) role_path: Attr<String>,
    /// ARN of a role that exists, in place of one to make. Its trust policy has to admit `accounts.google.com` with `agent_subject` as
    /// `accounts.google.com:sub`.
    #[attr(optional)]
    pub(crate) existing_role_arn: Attr<String>,
}

/// An Azure Blob Storage container, and the managed identity that the agent acts as.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct AzureBlobModel {
    /// Resource id of the storage account: `az storage account show --query id`.
    #[attr(required)]
    pub(crate) storage_account_id: Attr<String>,
    /// Name of the container. The identity can read nothing else.
    #[attr(required)]
    pub(crate) container: Attr<String>,
    /// Folder in the container, with a slash at the end. Default: everything.
    #[attr(optional)]
    pub(crate) path: Attr<String>,
    /// Subscription in which to make the identity. Needed unless one that exists is referred to.
    #[attr(optional)]
    pub(crate) subscription_id: Attr<String>,
    /// Resource group, which exists, in which to make the identity.
    #[attr(optional)]
    pub(crate) resource_group: Attr<String>,
    /// Region in which to make the identity, by its short name such as `westeurope`.
    #[attr(optional)]
    pub(crate) location: Attr<String>,
    /// Name of the identity to make. Default: `name`.
    #[attr(optional)]
    pub(crate) identity_name: Attr<String>,
    /// Resource id of an identity that exists, in place of one to make. It gets the federated credential and the role all the same.
    #[attr(optional)]
    pub(crate) existing_identity: Attr<String>,
}

/// Where the data goes.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct TransferToModel {
    /// Bare name of the Cloud Storage bucket, which exists.
    #[attr(required)]
    pub(crate) bucket: Attr<String>,
    /// Folder in the bucket, with a slash at the end. Default: the bucket itself.
    #[attr(optional)]
    pub(crate) path: Attr<String>,
}

/// When a job runs. Times are UTC.
#[derive(Debug, Clone, PartialEq, Model)]
pub(crate) struct ScheduleModel {
    /// First day, such as `2026-12-01`.
    #[attr(required)]
    pub(crate) start_date: Attr<String>,
    /// Last day. Default: for ever; `start_date` for one run.
    #[attr(optional)]
    pub(crate) end_date: Attr<String>,
    /// Time of day, such as `02:30`. Default: midnight.
    #[attr(optional)]
    pub(crate) time_of_day: Attr<String>,
    /// Time between runs in seconds, at least `3600s`. Default: a day.
    #[attr(optional)]
    pub(crate) repeat_interval: Attr<String>,
}
