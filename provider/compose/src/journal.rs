//! The journal: what a graph has made or found, as it is kept in Terraform's state.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Name of an object within its graph.
pub type Key = String;

/// What is there, by key. Nothing is in it that was not seen to exist.
pub type Journal = BTreeMap<Key, Entry>;

/// One object that is or was there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The cloud's name for the kind of object.
    #[serde(rename = "type")]
    pub kind: String,
    /// The native id; together with the kind it is enough to delete the object.
    pub id: String,
    /// How the object came to be in the graph.
    pub origin: Origin,
    /// How it was when last seen.
    pub status: Status,
}

/// How an object came to be in a graph. Only what was created is ever deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Made by this graph.
    Created,
    /// Was already there when this graph wanted it.
    Found,
    /// The user refers to it as existing.
    Referenced,
}

/// How an object was when last seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
