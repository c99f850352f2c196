//! Storage Transfer jobs: Google fetches the data itself, with no key.

use crate::leaf::{Leaf, Text};
use crate::object::{Complete, Kind, complete};

complete! {
    /// A transfer job into a Cloud Storage bucket.
    pub struct TransferJob {
        /// Project id.
        pub project: Text,
        /// The part of the job's name behind `transferJobs/`.
        pub name: Text,
        /// Says whose it is.
        pub description: Text,
        /// Where the data is.
        pub source: TransferSource,
        /// Bucket that the data goes to.
        pub sink_bucket: Text,
        /// Folder in that bucket, with a slash at the end; empty for the whole bucket.
        pub sink_path: Text,
        /// When it runs. Where there is none it never runs by itself.
        pub schedule: Option<Schedule>,
        /// Whether it is `ENABLED`; else it is `DISABLED`.
        pub enabled: Leaf<bool>,
    }

    /// A run of a job that no schedule starts. A job that has ever run is not run again.
    pub struct TransferRun {
        /// Project id.
        pub project: Text,
        /// The part of the job's name behind `transferJobs/`.
        pub job: Text,
    }

    /// When a job runs. Times are UTC.
    pub struct Schedule {
        /// First day, `YYYY-MM-DD`.
        pub start_date: Text,
        /// Last day, `YYYY-MM-DD`; for ever where there is none.
        pub end_date: Option<Text>,
        /// Time of day, `HH:MM`; midnight where there is none.
        pub time_of_day: Option<Text>,
        /// Time between runs in seconds, such as `3600s`; a day where there is none.
        pub repeat_interval: Option<Text>,
    }
}

/// Where a job takes the data from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum TransferSource {
    /// An Amazon S3 bucket.
    S3 {
        /// Name of the bucket.
        bucket: Text,
        /// Folder in the bucket, with a slash at the end; empty for the whole bucket.
        path: Text,
        /// AWS role that the transfer agent assumes.
        role_arn: Text,
    },
    /// An Azure Blob Storage container.
    AzureBlob {
        /// Name of the storage account.
        storage_account: Text,
        /// Name of the container.
        container: Text,
        /// Folder in the container, with a slash at the end; empty for the whole container.
        path: Text,
        /// Client id of the identity with the federated credential.
        client_id: Text,
        /// Tenant of that identity.
        tenant_id: Text,
    },
}

impl Complete for TransferSource {
    fn is_complete(&self) -> bool {
        match self {
            Self::S3 { bucket, path, role_arn } => bucket.is_complete() && path.is_complete() && role_arn.is_complete(),
            Self::AzureBlob { storage_account, container, path, client_id, tenant_id } => {
                [storage_account, container, path, client_id, tenant_id].iter().all(|text| text.is_complete())
            }
        }
    }
}

impl Kind for TransferJob {
    fn type_name(&self) -> &'static str {
        "storagetransfer.googleapis.com/TransferJob"
    }

    fn id(&self) -> Text {
        Text::concat(["projects/".into(), self.project.piece(), "/transferJobs/".into(), self.name.piece()])
    }

    fn marker(&self) -> Option<&Text> {
        Some(&self.description)
    }

    fn mark(&mut self, marker: &str) -> bool {
        self.description = Text::of(marker);
        true
    }
}

impl Kind for TransferRun {
    const FOUND: bool = true;

    fn type_name(&self) -> &'static str {
        "storagetransfer.googleapis.com/TransferOperation"
    }

    fn id(&self) -> Text {
        Text::concat([
            "projects/".into(),
            self.project.piece(),
            "/transferJobs/".into(),
            self.job.piece(),
            ":run".into(),
        ])
    }
}
