//! Google Cloud's objects.

mod federation;
mod grant;
mod kms;
mod perimeter;
mod service;
mod transfer;

pub use federation::{Pool, Provider, ProviderKind, ServiceAccount};
pub(crate) use federation::{pool_name, service_account_email, service_account_name};
pub use grant::{Grant, GrantCondition, Resource};
pub use kms::{CryptoKey, KeyRing};
pub use perimeter::{Operation, Perimeter, Rule, RuleSource};
pub use service::{AuditConfig, Service, ServiceAgent};
pub use transfer::{Schedule, TransferJob, TransferRun, TransferSource};

/// Lets a principal obtain tokens of the service account that the grant is on.
pub const SERVICE_ACCOUNT_USER_ROLE: &str = "roles/iam.workloadIdentityUser";

/// Lets a service encrypt and decrypt with the key that the grant is on.
pub const KEY_USER_ROLE: &str = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
