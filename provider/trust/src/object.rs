//! The cloud objects that a trust can want. One struct a kind, typed; values may be unknown while planning.

use crate::leaf::Text;

pub mod aws;
pub mod azure;
mod complete;
pub mod gcp;
mod marker;

pub(crate) use complete::{Complete, complete};
pub use marker::{MARKER, described_name, description_of};
pub(crate) use marker::{described_label, named_by_label};

/// Name of an object within its trust: `cloud/kind[/role]`. Documented, part of the state, never renamed.
pub type Key = String;

/// What is the same for every kind of object.
pub(crate) trait Kind: Complete {
    /// Whether one that is already there is simply used.
    const FOUND: bool = false;

    /// The cloud's own name for the kind.
    fn type_name(&self) -> &'static str;

    /// The native id.
    fn id(&self) -> Text;

    /// The text that can say whose the object is, where the kind has one.
    fn marker(&self) -> Option<&Text> {
        None
    }

    /// Puts a marker into that text. False where the kind has none.
    fn mark(&mut self, _marker: &str) -> bool {
        false
    }
}

macro_rules! objects {
    ($($(#[$doc:meta])* $name:ident($kind:path),)*) => {
        /// A desired cloud object.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Object {
            $($(#[$doc])* $name($kind),)*
        }

        impl Object {
            /// The type shown in the `objects` map: the cloud's own name for the kind.
            pub fn type_name(&self) -> &'static str {
                match self {
                    $(Object::$name(it) => Kind::type_name(it),)*
                }
            }

            /// The native id, which is enough to delete the object by. What has no id of its own, such as a grant, is known by its resource
            /// and what is on it, separated by spaces.
            pub fn id(&self) -> Text {
                match self {
                    $(Object::$name(it) => Kind::id(it),)*
                }
            }

            /// Whether an object that is already there is simply used. What is not is owned: finding one that this trust did not make is an
            /// error.
            pub fn may_be_found(&self) -> bool {
                match self {
                    $(Object::$name(_) => <$kind as Kind>::FOUND,)*
                }
            }

            /// Whether nothing in the object is unknown any more, so that it can be made.
            pub fn is_complete(&self) -> bool {
                match self {
                    $(Object::$name(it) => it.is_complete(),)*
                }
            }

            /// The text that says whose the object is: its description, tag or label. None for kinds that have no such field.
            pub fn marker(&self) -> Option<&Text> {
                match self {
                    $(Object::$name(it) => Kind::marker(it),)*
                }
            }

            /// The object with `marker` in place of the text that says whose it is. None for kinds that have no such field. Some fields take
            /// fewer characters than a marker has, and hold it encoded: compare `seen.marker()` with `wanted.marked(…)?.marker()`.
            pub fn marked(&self, marker: &str) -> Option<Object> {
                let mut marked = self.clone();
                let done = match &mut marked {
                    $(Object::$name(it) => Kind::mark(it, marker),)*
                };
                done.then_some(marked)
            }
        }
    };
}

objects! {
    /// An API switched on in a Google project.
    Service(gcp::Service),
    /// The account that a Google service itself acts as in a project.
    ServiceAgent(gcp::ServiceAgent),
    /// A workload identity pool.
    Pool(gcp::Pool),
    /// A provider of a workload identity pool.
    Provider(gcp::Provider),
    /// A Google service account.
    ServiceAccount(gcp::ServiceAccount),
    /// One role for one member on one Google resource.
    Grant(gcp::Grant),
    /// Data-access logs of one service in a Google project.
    AuditConfig(gcp::AuditConfig),
    /// A Cloud KMS key ring.
    KeyRing(gcp::KeyRing),
    /// A Cloud KMS key.
    CryptoKey(gcp::CryptoKey),
    /// A VPC Service Controls perimeter.
    Perimeter(gcp::Perimeter),
    /// A Storage Transfer job.
    TransferJob(gcp::TransferJob),
    /// One run of a Storage Transfer job.
    TransferRun(gcp::TransferRun),
    /// An Azure user-assigned managed identity.
    ManagedIdentity(azure::ManagedIdentity),
    /// A federated credential of an Azure managed identity.
    FederatedCredential(azure::FederatedCredential),
    /// One role for one principal on one Azure scope.
    RoleAssignment(azure::RoleAssignment),
    /// An Entra application.
    Application(azure::Application),
    /// The service principal of an Entra application in its own tenant.
    ServicePrincipal(azure::ServicePrincipal),
    /// Settings of an AKS cluster.
    Cluster(azure::Cluster),
    /// An AWS IAM role.
    Role(aws::Role),
    /// One statement of a role's trust policy.
    RoleStatement(aws::RoleStatement),
    /// An inline policy of an AWS IAM role.
    RolePolicy(aws::RolePolicy),
    /// A managed policy attached to an AWS IAM role.
    RolePolicyAttachment(aws::RolePolicyAttachment),
    /// An AWS IAM OIDC provider.
    OidcProvider(aws::OidcProvider),
    /// An audience of an AWS IAM OIDC provider.
    OidcProviderClient(aws::OidcProviderClient),
    /// An AWS account's own issuer of tokens for its roles.
    OutboundFederation(aws::OutboundFederation),
}

#[cfg(test)]
mod tests;
