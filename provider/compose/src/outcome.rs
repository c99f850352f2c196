//! How a run over a graph ended. A run never loses what it did: the journal is returned whatever failed.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt;

use crate::journal::{Journal, Key};

/// How a run over a graph ended.
#[derive(Debug)]
pub struct Outcome<E> {
    /// What is there now.
    pub journal: Journal,
    /// What failed.
    pub failures: Vec<Failure<E>>,
    /// What was not attempted, because something it waits for failed or the run was cancelled.
    pub skipped: Vec<Key>,
    /// What this run made or recognised as its own.
    pub made: BTreeSet<Key>,
}

impl<E> Outcome<E> {
    /// Whether everything was done.
    pub fn is_complete(&self) -> bool {
        self.failures.is_empty() && self.skipped.is_empty()
    }
}

/// One object that could not be dealt with.
#[derive(Debug)]
pub struct Failure<E> {
    /// The object's key.
    pub key: Key,
    /// The object's native id.
    pub id: String,
    /// What was being done.
    pub action: Action,
    /// Why it failed.
    pub cause: Cause<E>,
}

/// What was being done to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Making it.
    Create,
    /// Making it equal to what is wanted.
    Update,
    /// Looking at it.
    Read,
    /// Deleting it.
    Delete,
}

/// Why an object could not be dealt with.
#[derive(Debug)]
pub enum Cause<E> {
    /// The driver's call failed.
    Driver(E),
    /// The object exists, this graph did not make it, and its kind is not one that is shared.
    Taken,
    /// The object was deleted, and its name is still taken.
    SoftDeleted,
    /// The object does not exist, and the user refers to it as existing.
    Absent,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Create => "create",
            Action::Update => "update",
            Action::Read => "read",
            Action::Delete => "delete",
        })
    }
}

impl<E: Error> fmt::Display for Cause<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Driver(error) => fmt::Display::fmt(error, f),
            Cause::Taken => f.write_str("it exists already and was not made by this resource"),
            Cause::SoftDeleted => f.write_str("it was deleted, and its name is still taken"),
            Cause::Absent => f.write_str("it does not exist, although the configuration refers to it as existing"),
        }
    }
}
