//! From an object, or from the type and id that a state holds, to its [`Kind`]: one table.

use crosscloud_trust::{Object, aws, azure, gcp};

use super::kind::{Kind, Look, Made};
use super::needs::Needs;
use super::{CloudError, Clouds};

/// An object as a cloud has it.
pub(super) type Seen = Look<Object>;

macro_rules! kinds {
    ($($variant:ident($kind:ty): $($name:literal)|+;)*) => {
        /// Looks at an object by the type and the id that a state holds.
        pub(super) async fn look(clouds: &Clouds, kind: &str, id: &str) -> Result<Seen, CloudError> {
            match kind {
                $($($name)|+ => Ok(<$kind as Kind>::look(clouds, id, None).await?.map(Object::$variant)),)*
                unknown => Err(CloudError::Kind(unknown.to_owned())),
            }
        }

        /// Looks at an object that is wanted.
        pub(super) async fn look_for(clouds: &Clouds, object: &Object) -> Result<Seen, CloudError> {
            let id = object.id().known().cloned().ok_or(CloudError::Unknown)?;
            match object {
                $(Object::$variant(it) => Ok(<$kind as Kind>::look(clouds, &id, Some(it)).await?.map(Object::$variant)),)*
            }
        }

        /// Makes an object.
        pub(super) async fn create(clouds: &Clouds, object: &Object) -> Result<Made, CloudError> {
            match object {
                $(Object::$variant(it) => it.create(clouds).await,)*
            }
        }

        /// Turns the object that is there into the wanted one.
        pub(super) async fn update(clouds: &Clouds, wanted: &Object, there: &Object) -> Result<(), CloudError> {
            match (wanted, there) {
                $((Object::$variant(wanted), Object::$variant(there)) => wanted.update(there, clouds).await,)*
                _ => Err(CloudError::Kind(there.type_name().to_owned())),
            }
        }

        /// Brings a deleted object back as the wanted one; `false` where its cloud never does.
        pub(super) async fn revive(clouds: &Clouds, wanted: &Object, there: &Object) -> Result<bool, CloudError> {
            match (wanted, there) {
                $((Object::$variant(wanted), Object::$variant(there)) => wanted.revive(there, clouds).await,)*
                _ => Err(CloudError::Kind(there.type_name().to_owned())),
            }
        }

        /// Adds the permissions that an object's life takes.
        pub(super) fn needs(object: &Object, needs: &mut Needs) -> Result<(), CloudError> {
            match object {
                $(Object::$variant(it) => it.needs(needs),)*
            }
        }

        /// Whether the object that is there is as wanted.
        pub(super) fn equals(wanted: &Object, there: &Object) -> bool {
            match (wanted, there) {
                $((Object::$variant(wanted), Object::$variant(there)) => wanted.equals(there),)*
                _ => false,
            }
        }

        /// Deletes an object by the type and the id that a state holds.
        pub(super) async fn delete(clouds: &Clouds, kind: &str, id: &str) -> Result<(), CloudError> {
            match kind {
                $($($name)|+ => <$kind as Kind>::delete(clouds, id).await,)*
                unknown => Err(CloudError::Kind(unknown.to_owned())),
            }
        }

        /// Whether deleted objects of this type keep their names for a while, and can be brought back.
        pub(super) fn comes_back(kind: &str) -> bool {
            match kind {
                $($($name)|+ => <$kind as Kind>::COMES_BACK,)*
                _ => false,
            }
        }
    };
}

kinds! {
    Service(gcp::Service): "serviceusage.googleapis.com/Service";
    ServiceAgent(gcp::ServiceAgent): "serviceusage.googleapis.com/ServiceAgent";
    Pool(gcp::Pool): "iam.googleapis.com/WorkloadIdentityPool";
    Provider(gcp::Provider): "iam.googleapis.com/WorkloadIdentityPoolProvider";
    ServiceAccount(gcp::ServiceAccount): "iam.googleapis.com/ServiceAccount";
    Grant(gcp::Grant): "cloudresourcemanager.googleapis.com/ProjectGrant" | "iam.googleapis.com/ServiceAccountGrant"
        | "cloudkms.googleapis.com/CryptoKeyGrant" | "storage.googleapis.com/BucketGrant";
    AuditConfig(gcp::AuditConfig): "cloudresourcemanager.googleapis.com/AuditConfig";
    KeyRing(gcp::KeyRing): "cloudkms.googleapis.com/KeyRing";
    CryptoKey(gcp::CryptoKey): "cloudkms.googleapis.com/CryptoKey";
    Perimeter(gcp::Perimeter): "accesscontextmanager.googleapis.com/ServicePerimeter";
    TransferJob(gcp::TransferJob): "storagetransfer.googleapis.com/TransferJob";
    TransferRun(gcp::TransferRun): "storagetransfer.googleapis.com/TransferOperation";
    ManagedIdentity(azure::ManagedIdentity): "Microsoft.ManagedIdentity/userAssignedIdentities";
    FederatedCredential(azure::FederatedCredential):
        "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials";
    RoleAssignment(azure::RoleAssignment): "Microsoft.Authorization/roleAssignments";
    Application(azure::Application): "graph.microsoft.com/application";
    ServicePrincipal(azure::ServicePrincipal): "graph.microsoft.com/servicePrincipal";
    Cluster(azure::Cluster): "Microsoft.ContainerService/managedClusters";
    Role(aws::Role): "AWS::IAM::Role";
    RoleStatement(aws::RoleStatement): "AWS::IAM::RoleTrustStatement";
    RolePolicy(aws::RolePolicy): "AWS::IAM::RolePolicy";
    RolePolicyAttachment(aws::RolePolicyAttachment): "AWS::IAM::RolePolicyAttachment";
    OidcProvider(aws::OidcProvider): "AWS::IAM::OIDCProvider";
    OidcProviderClient(aws::OidcProviderClient): "AWS::IAM::OIDCProviderClient";
    OutboundFederation(aws::OutboundFederation): "AWS::IAM::OutboundWebIdentityFederation";
}
