//! Google Cloud: requests and types, one file an API object, and the client that sends them.

pub mod audit_logs;
pub mod iam_policy;
pub mod kms;
pub mod names;
pub mod operations;
pub mod perimeters;
pub mod pools;
pub mod projects;
pub mod providers;
pub mod service_accounts;
pub mod service_agents;
pub mod services;
pub mod transfers;

mod client;
mod duration;
mod policy_store;

pub use crate::outcome::{Granted, Revoked};
pub use audit_logs::{AuditConfig, AuditLog, AuditLogConfig};
pub use client::{Client, Timing};
pub use iam_policy::{Binding, Condition, Grant, Policy, PolicyResource};
pub use kms::{CryptoKey, CryptoKeySpec, KeyRing, KeyVersion, KeyVersionState, VersionTemplate};
pub use names::{CryptoKeyName, KeyRingName, NameError, PerimeterName, PoolName, ProviderName, ServiceAccountName};
pub use operations::Operation;
pub use perimeters::{AccessPolicy, Perimeter, PerimeterConfig, PerimeterSpec};
pub use policy_store::PolicyStore;
pub use pools::{Pool, PoolSpec};
pub use projects::Project;
pub use providers::{Aws, Oidc, Provider, ProviderSpec};
pub use service_accounts::{ServiceAccount, ServiceAccountSpec};
pub use service_agents::ServiceAgent;
pub use services::{Service, ServiceState};
pub use transfers::{JobStatus, TransferAgent, TransferJob, TransferJobSpec, TransferSpec};

/// The life of an object that Google deletes softly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
pub enum State {
    /// In use.
    #[serde(rename = "ACTIVE")]
    Active,
    /// Soft-deleted: kept for 30 days, its name taken.
    #[serde(rename = "DELETED")]
    Deleted,
    /// Anything that this version does not know.
    #[default]
    #[serde(other, rename = "STATE_UNSPECIFIED")]
    Unspecified,
}

pub(crate) fn is_empty<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
