//! What the driver asks of a kind of object.

use std::future::Future;

use super::needs::Needs;
use super::{CloudError, Clouds};

/// A kind of object: a struct of the trust crate, and the calls behind it.
pub(super) trait Kind: Clone + PartialEq + Send + Sync {
    /// Whether a deleted object keeps its name for a while, and can be brought back.
    const COMES_BACK: bool = false;

    /// Looks at an object as the cloud has it. What a cloud adds by itself is left out. `wanted` is for kinds that another name may serve.
    fn look(
        clouds: &Clouds,
        id: &str,
        wanted: Option<&Self>,
    ) -> impl Future<Output = Result<Look<Self>, CloudError>> + Send;

    /// Makes the object. One that is there already is left as it is.
    fn create(&self, clouds: &Clouds) -> impl Future<Output = Result<Made, CloudError>> + Send;

    /// Turns the object that is `there` into this one.
    fn update(&self, there: &Self, clouds: &Clouds) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Deletes an object. One that is gone already counts as deleted.
    fn delete(clouds: &Clouds, id: &str) -> impl Future<Output = Result<(), CloudError>> + Send;

    /// Brings a deleted object back and turns it into this one. `false` where its cloud never does, for all that its name is taken.
    fn revive(&self, _there: &Self, _clouds: &Clouds) -> impl Future<Output = Result<bool, CloudError>> + Send {
        std::future::ready(Ok(false))
    }

    /// Adds the permissions that the object's life takes, told from the requests that its calls send.
    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError>;

    /// Whether an object that is `there` is as wanted.
    fn equals(&self, there: &Self) -> bool {
        self == there
    }
}

/// What a look at an object found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Look<T> {
    /// There is no such object.
    Absent,
    /// The object, as the cloud has it.
    There(T),
    /// The object is deleted, and its name is still taken.
    Deleted(T),
}

impl<T> Look<T> {
    /// Applies `f` to the object.
    pub(super) fn map<U>(self, f: impl FnOnce(T) -> U) -> Look<U> {
        match self {
            Look::Absent => Look::Absent,
            Look::There(it) => Look::There(f(it)),
            Look::Deleted(it) => Look::Deleted(f(it)),
        }
    }

    /// What a read that answers with nothing or with the object amounts to.
    pub(super) fn of(it: Option<T>) -> Self {
        it.map_or(Look::Absent, Look::There)
    }
}

/// How a creation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// The object was made.
    New,
    /// There is one of that name already.
    Exists,
}
