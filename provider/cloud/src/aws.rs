//! Amazon Web Services: requests and types, one file an API object, and the client that sends them.

pub mod documents;
pub mod oidc_providers;
pub mod outbound;
pub mod role_policies;
pub mod roles;
pub mod sigv4;
pub mod sts;

mod client;
mod query;

pub use client::{Client, Timing};
pub use documents::same_document;
pub use oidc_providers::{OidcProvider, OidcProviderArn, OidcProviderSpec};
pub use outbound::OutboundFederation;
pub use role_policies::{AttachedPolicy, RolePolicy};
pub use roles::{Role, RoleSpec};
pub use sts::{AssumedRole, CallerIdentity};
