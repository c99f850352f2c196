//! Keyless trusts between clouds, as data.
//!
//! A [`Spec`] says who may act as what: one source, one or more targets. Pure functions turn it into the [`Graph`] of cloud objects that
//! make it true, into the document that policies judge ([`document`]), and into what a workload needs to use it ([`Outputs`]).
//! Nothing here talks to a cloud or knows Terraform; a new source or target is one file.

mod admits;
pub mod adopt;
mod aks_workload_identity;
mod cmek_key;
mod data_transfer;
pub mod document;
pub mod eject;
mod facts;
mod graph;
mod hcl;
pub mod import;
mod leaf;
mod member;
mod names;
mod object;
mod outputs;
mod path;
mod problem;
mod service_perimeter;
mod source;
mod spec;
mod target;

pub use admits::Admits;
pub use aks_workload_identity::AksWorkloadIdentity;
pub use cmek_key::CmekKey;
pub use data_transfer::{DataTransfer, FromAzureBlob, FromS3, TransferFrom, TransferTo};
pub use facts::{FactQuery, Facts, IdentityFacts, TransferAgent, Want};
pub use graph::{Graph, Node};
pub use leaf::{Leaf, Text};
pub use member::{Member, MemberOf, MemberOfAws, MemberOfAzure, MemberOfGcp};
pub use object::{Key, MARKER, Object, aws, azure, described_name, description_of, gcp};
pub use outputs::{Endpoints, Outputs, Pod, credential_config, kubernetes_manifest};
pub use path::{AttributePath, ParsePathError, Step};
pub use problem::Problem;
pub use service_perimeter::{Admitted, ServicePerimeter};
pub use source::{
    Accepted, Aks, AwsRole, AzureManagedIdentity, ExistingIdentity, GcpServiceAccount, GithubActions, Gitlab, Identity,
    Kubernetes, Oidc, Selector, Source, TerraformCloud, TokenDelivery, Tokens, Towards,
};
pub use spec::{Spec, Targets};
pub use target::aws::Aws;
pub use target::azure::{Azure, OwnedIdentity, ScopedRole};
pub use target::gcp::{Encryption, ExistingGcp, Gcp, KeySettings};
