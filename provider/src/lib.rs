//! The Terraform and OpenTofu provider `crosscloud`: its resources, and the wiring between the framework, the graph engine, the cloud
//! clients and the policy. What a trust is made of is decided in `crosscloud-trust`, not here.

mod aks_workload_identity;
mod clouds;
mod cmek_key;
mod command;
mod composite;
mod config;
mod convert;
mod data_transfer;
mod diagnostics;
mod functions;
mod policy;
mod policy_check;
mod required_permissions;
mod service_perimeter;
mod shared;
#[cfg(test)]
mod testing;
mod trust;
mod trust_member;

pub use command::command;
pub use composite::ObjectModel;
pub use config::{
    AssumeRoleModel, AwsModel, AzureModel, Crosscloud, ExternalCredentialsModel, GoogleModel, ModuleModel, PolicyModel,
    ProviderModel, WaiverModel,
};
pub use policy::{FindingModel, policy_version};
pub use policy_check::PolicyCheckModel;
pub use required_permissions::{PermissionsModel, RequiredPermissionsModel, RolesModel};
pub use shared::Shared;
pub use trust::TrustModel;

/// The provider's version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The provider's source address.
pub const ADDRESS: &str = "registry.terraform.io/crosscloud/crosscloud";
