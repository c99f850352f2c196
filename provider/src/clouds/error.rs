//! Why an object could not be dealt with.

use crosscloud_cloud::azure::IdError;
use crosscloud_cloud::gcp::{NameError, PoolName};

/// Why a cloud object could not be dealt with.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CloudError {
    /// The cloud call failed.
    #[error(transparent)]
    Cloud(#[from] crosscloud_cloud::Error),
    /// A pool that was to be taken over or brought back holds providers that are not this trust's.
    #[error("{pool} holds providers that this trust did not make, so it {outcome}: {}", providers.join(", "))]
    Foreign {
        /// The pool.
        pool: PoolName,
        /// The providers' ids.
        providers: Vec<String>,
        /// What became of the pool.
        outcome: &'static str,
    },
    /// The state holds an id that is not one.
    #[error("the state is damaged: {0}")]
    Name(#[from] NameError),
    /// The state, or the configuration, holds an Azure id that is not one.
    #[error("{0}")]
    AzureId(#[from] IdError),
    /// The state holds an id that cannot be read.
    #[error("the state is damaged: `{id}` is not {what}")]
    Id {
        /// The id.
        id: String,
        /// What it should be.
        what: &'static str,
    },
    /// The state holds a kind of object that this version does not know.
    #[error("this version of the provider does not know objects of type `{0}`")]
    Kind(String),
    /// A value is still unknown when it has to be sent.
    #[error("a value is still unknown while applying; this is a bug in the provider")]
    Unknown,
}

impl CloudError {
    /// Whether the API that was asked is switched off in the project.
    pub(crate) fn is_switched_off(&self) -> bool {
        matches!(self, Self::Cloud(crosscloud_cloud::Error::ServiceDisabled { .. }))
    }

    /// Whether the cloud took the call and carries it out, although nobody saw how it ended.
    pub(super) fn is_accepted(&self) -> bool {
        matches!(self, Self::Cloud(error) if error.is_accepted())
    }
}
