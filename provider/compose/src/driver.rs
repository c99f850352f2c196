//! What a graph needs to know of the clouds.

use std::error::Error;
use std::future::Future;

use crate::journal::Entry;

/// Reads and writes the objects of a graph. Calls for different objects run at the same time.
pub trait Driver: Send + Sync {
    /// A wanted object, complete: nothing in it is unknown any more.
    type Object: PartialEq + Send + Sync;
    /// What a failed call says.
    type Error: Error + Send;

    /// Makes the object. One that is there already is left as it is and reported.
    fn create(&self, object: &Self::Object) -> impl Future<Output = Result<Created, Self::Error>> + Send;

    /// Whether a creation that failed so was accepted, and goes on in the cloud all the same.
    fn is_accepted(&self, _error: &Self::Error) -> bool {
        false
    }

    /// Makes an object of this graph's own equal to what is wanted, bringing it back if it was softly deleted.
    fn converge(&self, object: &Self::Object) -> impl Future<Output = Result<Converged, Self::Error>> + Send;

    /// Compares the object with what is wanted, changing nothing.
    fn observe(&self, object: &Self::Object) -> impl Future<Output = Result<Observed, Self::Error>> + Send;

    /// Whether others than this graph have use of an object that was found, although it belongs to an object of this graph's own.
    fn has_other_users(&self, _object: &Self::Object) -> impl Future<Output = Result<bool, Self::Error>> + Send {
        std::future::ready(Ok(false))
    }

    /// Deletes an object by its kind and id. One that is gone already counts as deleted.
    fn delete(&self, entry: &Entry) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// How a creation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// The object was made.
    New,
    /// The object was there, and bears the mark of an earlier attempt of this graph that nobody heard of: it is this graph's own.
    Adopted,
    /// The object was there, and objects of its kind are shared: it is used and never deleted.
    Found,
    /// The object was there and belongs to somebody else.
    Taken,
    /// The object was deleted, and its name is still taken.
    SoftDeleted,
}

/// How a convergence ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Converged {
    /// The object is as wanted.
    Done,
    /// There is no such object.
    Absent,
    /// The object was deleted, its name is still taken, and it cannot be brought back.
    SoftDeleted,
}

/// How an object compares with what is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Observed {
    /// There, and as wanted.
    Equal,
    /// There, and not as wanted.
    Different,
    /// Not there.
    Absent,
    /// Deleted, and its name is still taken.
    SoftDeleted,
}
