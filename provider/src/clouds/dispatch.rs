//! From an object, or from the type and id that a state holds, to its [`Kind`].

use crosscloud_trust::{Object, gcp};

use super::kind::{Kind, Look, Made};
use super::{CloudError, Clouds};

/// An object as a cloud has it.
pub(super) type Seen = Look<Object>;

/// Runs an expression with the object's struct.
macro_rules! with_object {
    ($object:expr, $it:ident => $body:expr) => {
        match $object {
            Object::Service($it) => $body,
            Object::Pool($it) => $body,
            Object::Provider($it) => $body,
            Object::ServiceAccount($it) => $body,
            Object::Grant($it) => $body,
            other => return Err(CloudError::Kind(other.type_name().to_owned())),
        }
    };
}

/// Runs an expression with two objects of the same kind.
macro_rules! with_objects {
    ($one:expr, $two:expr, $left:ident, $right:ident => $body:expr, $otherwise:expr) => {
        match ($one, $two) {
            (Object::Service($left), Object::Service($right)) => $body,
            (Object::Pool($left), Object::Pool($right)) => $body,
            (Object::Provider($left), Object::Provider($right)) => $body,
            (Object::ServiceAccount($left), Object::ServiceAccount($right)) => $body,
            (Object::Grant($left), Object::Grant($right)) => $body,
            _ => $otherwise,
        }
    };
}

/// Runs an expression with the type and the variant that a state's type name stands for.
macro_rules! with_kind {
    ($kind:expr, $Kind:ident, $variant:ident => $body:expr, $otherwise:expr) => {{
        macro_rules! arm {
            ($path:path, $name:ident) => {{
                type $Kind = $path;
                #[allow(unused_variables)]
                let $variant = Object::$name;
                $body
            }};
        }
        match $kind {
            "serviceusage.googleapis.com/Service" => arm!(gcp::Service, Service),
            "iam.googleapis.com/WorkloadIdentityPool" => arm!(gcp::Pool, Pool),
            "iam.googleapis.com/WorkloadIdentityPoolProvider" => arm!(gcp::Provider, Provider),
            "iam.googleapis.com/ServiceAccount" => arm!(gcp::ServiceAccount, ServiceAccount),
            "cloudresourcemanager.googleapis.com/ProjectGrant"
            | "iam.googleapis.com/ServiceAccountGrant"
            | "cloudkms.googleapis.com/CryptoKeyGrant"
            | "storage.googleapis.com/BucketGrant" => arm!(gcp::Grant, Grant),
            _ => $otherwise,
        }
    }};
}

pub(super) async fn look(clouds: &Clouds, kind: &str, id: &str) -> Result<Seen, CloudError> {
    with_kind!(kind, It, of => Ok(It::look(clouds, id).await?.map(of)), Err(CloudError::Kind(kind.to_owned())))
}

pub(super) async fn delete(clouds: &Clouds, kind: &str, id: &str) -> Result<(), CloudError> {
    with_kind!(kind, It, of => It::delete(clouds, id).await, Err(CloudError::Kind(kind.to_owned())))
}

pub(super) fn comes_back(kind: &str) -> bool {
    with_kind!(kind, It, of => <It as Kind>::COMES_BACK, false)
}

pub(super) async fn create(clouds: &Clouds, object: &Object) -> Result<Made, CloudError> {
    with_object!(object, it => it.create(clouds).await)
}

pub(super) async fn update(clouds: &Clouds, wanted: &Object, there: &Object) -> Result<(), CloudError> {
    let kind = || CloudError::Kind(wanted.type_name().to_owned());
    with_objects!(wanted, there, wanted, there => wanted.update(there, clouds).await, Err(kind()))
}

pub(super) async fn revive(clouds: &Clouds, wanted: &Object, there: &Object) -> Result<(), CloudError> {
    let kind = || CloudError::Kind(wanted.type_name().to_owned());
    with_objects!(wanted, there, wanted, there => wanted.revive(there, clouds).await, Err(kind()))
}

pub(super) fn equals(wanted: &Object, there: &Object) -> bool {
    with_objects!(wanted, there, wanted, there => wanted.equals(there), false)
}
