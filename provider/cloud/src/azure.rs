//! Azure and Microsoft Entra: requests and types, one file an API object, and the client that sends them.

pub mod accounts;
pub mod applications;
pub mod clusters;
pub mod federated_credentials;
pub mod identities;
pub mod names;
pub mod resource_groups;
pub mod role_assignments;
pub mod role_definitions;

mod client;
mod operations;

pub use accounts::{CognitiveAccount, StorageAccount};
pub use applications::{
    Application, ApplicationApi, ApplicationCredential, ApplicationCredentialSpec, ApplicationSpec, ServicePrincipal,
};
pub use client::{Assigned, Client, Timing};
pub use clusters::{Cluster, WorkloadIdentity};
pub use federated_credentials::{ClaimsMatchingExpression, FederatedCredential, FederatedCredentialSpec};
pub use identities::{Identity, IdentitySpec};
pub use names::{
    ClusterName, CognitiveAccountName, FederatedCredentialName, IdError, IdentityName, ResourceGroupName,
    RoleAssignmentName, Scope, StorageAccountName, same_id, same_location,
};
pub use resource_groups::ResourceGroup;
pub use role_assignments::{PrincipalType, RoleAssignment, RoleAssignmentSpec};
pub use role_definitions::RoleDefinition;
