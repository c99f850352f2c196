//! A graph of wanted objects, checked when it is made: every dependency exists and there is no cycle.

use std::collections::{BTreeMap, BTreeSet};

use crate::journal::Key;

/// The wanted objects and their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Graph<O> {
    nodes: BTreeMap<Key, Node<O>>,
}

/// One wanted object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node<O> {
    /// What is wanted.
    pub object: O,
    /// The cloud's name for the kind of object.
    pub kind: String,
    /// The native id that the object has or will have.
    pub id: String,
    /// Objects that must be there first.
    pub after: BTreeSet<Key>,
    /// Objects that this one belongs to. One that is found below an object of this graph's own is this graph's own, too.
    pub below: BTreeSet<Key>,
    /// Whether the user refers to it as existing: it has to be there, and is never made, changed or deleted.
    pub referenced: bool,
}

/// Why nodes are not a graph.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// A node waits for one that does not exist.
    #[error("`{key}` waits for `{after}`, which is not in the graph")]
    UnknownDependency {
        /// The waiting node.
        key: Key,
        /// What it waits for.
        after: Key,
    },
    /// Nodes wait for each other.
    #[error("these objects wait for each other: {}", keys.join(", "))]
    Cycle {
        /// Every node on a cycle or behind one.
        keys: Vec<Key>,
    },
}

impl<O> Default for Graph<O> {
    fn default() -> Self {
        Self { nodes: BTreeMap::new() }
    }
}

impl<O> Graph<O> {
    /// Checks nodes and makes a graph of them.
    pub fn new(nodes: BTreeMap<Key, Node<O>>) -> Result<Self, GraphError> {
        for (key, node) in &nodes {
            if let Some(after) = node.after.iter().find(|after| !nodes.contains_key(*after)) {
                return Err(GraphError::UnknownDependency { key: key.clone(), after: after.clone() });
            }
        }
        let mut placed = BTreeSet::new();
        loop {
            let ready: Vec<_> = nodes
                .iter()
                .filter(|(key, node)| !placed.contains(*key) && node.after.iter().all(|after| placed.contains(after)))
                .map(|(key, _)| key)
                .collect();
            if ready.is_empty() {
                break;
            }
            placed.extend(ready);
        }
        if placed.len() < nodes.len() {
            let keys = nodes.keys().filter(|key| !placed.contains(*key)).cloned().collect();
            return Err(GraphError::Cycle { keys });
        }
        Ok(Self { nodes })
    }

    /// The nodes by key.
    pub fn nodes(&self) -> &BTreeMap<Key, Node<O>> {
        &self.nodes
    }

    /// For each node, the nodes it waits for.
    pub(crate) fn forward(&self) -> BTreeMap<Key, BTreeSet<Key>> {
        self.nodes.iter().map(|(key, node)| (key.clone(), node.after.clone())).collect()
    }

    /// For each node, the nodes that wait for it: the order in which to take a graph down.
    pub(crate) fn reverse(&self) -> BTreeMap<Key, BTreeSet<Key>> {
        let mut reverse: BTreeMap<Key, BTreeSet<Key>> =
            self.nodes.keys().map(|key| (key.clone(), BTreeSet::new())).collect();
        for (key, node) in &self.nodes {
            for after in &node.after {
                reverse.entry(after.clone()).or_default().insert(key.clone());
            }
        }
        reverse
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(edges: &[(&str, &[&str])]) -> BTreeMap<Key, Node<()>> {
        let node = |after: &[&str]| Node {
            object: (),
            kind: String::new(),
            id: String::new(),
            after: after.iter().map(ToString::to_string).collect(),
            below: BTreeSet::new(),
            referenced: false,
        };
        edges.iter().map(|(key, after)| (key.to_string(), node(after))).collect()
    }

    #[test]
    fn a_dependency_that_does_not_exist_is_named() {
        let error = Graph::new(nodes(&[("a", &["b"])])).err();
        assert_eq!(error, Some(GraphError::UnknownDependency { key: "a".into(), after: "b".into() }));
    }

    #[test]
    fn a_cycle_is_named() {
        let error = Graph::new(nodes(&[("a", &["b"]), ("b", &["a"]), ("c", &[])])).err();
        assert_eq!(error, Some(GraphError::Cycle { keys: vec!["a".into(), "b".into()] }));
    }
}
