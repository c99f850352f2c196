//! The journal: what a graph has made or found, as it is kept in Terraform's state.

use std::collections::BTreeMap;

/// Name of an object within its graph.
pub type Key = String;

/// What is there, by key: what was seen to exist, and what a cloud has accepted to make.
pub type Journal = BTreeMap<Key, Entry>;

/// One object that is or was there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The cloud's name for the kind of object.
    pub kind: String,
    /// The native id; together with the kind it is enough to delete the object.
    pub id: String,
    /// How the object came to be in the graph.
    pub origin: Origin,
    /// How it was when last seen.
    pub status: Status,
}

/// How an object came to be in a graph. Only what was created is ever deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// Made by this graph.
    Created,
    /// Was already there when this graph wanted it.
    Found,
    /// The user refers to it as existing.
    Referenced,
}

/// How an object was when last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// There, and as wanted.
    Present,
    /// Gone.
    Missing,
    /// Deleted, and its name is still taken.
    SoftDeleted,
    /// There, and not as wanted.
    Changed,
}

impl Origin {
    /// The word for it in state.
    pub fn as_str(self) -> &'static str {
        match self {
            Origin::Created => "created",
            Origin::Found => "found",
            Origin::Referenced => "referenced",
        }
    }

    /// Reads the word for it.
    pub fn parse(word: &str) -> Option<Self> {
        [Origin::Created, Origin::Found, Origin::Referenced].into_iter().find(|origin| origin.as_str() == word)
    }
}

impl Status {
    /// The word for it in state.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Present => "present",
            Status::Missing => "missing",
            Status::SoftDeleted => "soft_deleted",
            Status::Changed => "changed",
        }
    }

    /// Reads the word for it.
    pub fn parse(word: &str) -> Option<Self> {
        [Status::Present, Status::Missing, Status::SoftDeleted, Status::Changed]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}
