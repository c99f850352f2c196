//! What the delete half of a replacement leaves to the create half.
//!
//! Terraform replaces a tainted object: it deletes, then creates, in one process. What the new instance wants again must survive the
//! deletion, and the creation must know that it is its own. Under create_before_destroy it is the other way round: the creation takes over what
//! it recognises, and the deletion leaves it. Where the deletion comes in a later process, because a dependent resource failed or the first
//! process was killed, it finds on the objects that they no longer bear the marks that its own attempt had left.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

use crosscloud_compose::{Entry, Graph, Journal, Key, Origin, Status};
use crosscloud_trust::Object;

use crate::clouds::{CloudError, Clouds};

/// Objects that pass from one instance of a resource to the next.
#[derive(Debug, Default)]
pub(crate) struct Handover {
    /// What was left for a successor, by kind and id.
    left: Mutex<BTreeMap<(String, String), Entry>>,
    /// Ids of what was created or taken over in this process.
    claimed: Mutex<BTreeSet<String>>,
}

impl Handover {
    /// Leaves objects for a successor.
    pub(crate) fn leave(&self, kept: Journal) {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.extend(kept.into_values().map(|entry| ((entry.kind.clone(), entry.id.clone()), entry)));
    }

    /// Takes over those that `graph` wants. They count as changed, since the successor may want them differently.
    pub(crate) fn take<O>(&self, graph: &Graph<O>) -> Journal {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = graph.nodes().iter().filter_map(|(key, node)| {
            let entry = left.remove(&(node.kind.clone(), node.id.clone()))?;
            Some((key.clone(), Entry { status: Status::Changed, ..entry }))
        });
        taken.collect()
    }

    /// Says that these objects belong to an instance that has just been created.
    pub(crate) fn claim(&self, journal: &Journal) {
        let ids = journal.values().map(|entry| entry.id.clone());
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).extend(ids);
    }

    /// Ids of objects that belong to an instance created in this process: no deletion in it may touch them.
    pub(crate) fn claimed(&self) -> BTreeSet<String> {
        self.claimed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Ids of objects that another attempt has taken over from one that failed and left these marks. What bears no mark, such as a grant, goes with
/// the object that it belongs to, or with the others where anybody may have use of it.
pub(super) async fn taken_over(
    driver: &Clouds,
    order: &Graph<Object>,
    journal: &Journal,
    marks: &BTreeMap<String, String>,
) -> Result<BTreeSet<String>, CloudError> {
    let mut taken = BTreeSet::new();
    for entry in journal.values().filter(|entry| entry.origin == Origin::Created) {
        if let Some(mark) = marks.get(&entry.id)
            && driver.is_taken_over(entry, mark).await?
        {
            taken.insert(entry.id.clone());
        }
    }
    let is_taken = |taken: &BTreeSet<String>, key: &Key| journal.get(key).is_some_and(|it| taken.contains(&it.id));
    loop {
        let unmarked = order.nodes().iter().filter(|(key, node)| {
            !taken.is_empty()
                && !is_taken(&taken, key)
                && journal.get(*key).is_some_and(|entry| !marks.contains_key(&entry.id))
                && (node.object.may_be_found() || node.below.iter().any(|parent| is_taken(&taken, parent)))
        });
        let more: Vec<_> = unmarked.filter_map(|(key, _)| Some(journal.get(key)?.id.clone())).collect();
        if more.is_empty() {
            return Ok(taken);
        }
        taken.extend(more);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crosscloud_compose::Node;

    use super::*;

    fn entry(id: &str) -> Entry {
        Entry { kind: "pool".into(), id: id.into(), origin: Origin::Created, status: Status::Present }
    }

    #[test]
    fn a_successor_takes_over_what_it_wants_once() {
        let handover = Handover::default();
        handover.leave(Journal::from([("gcp/pool".into(), entry("a")), ("gcp/other".into(), entry("b"))]));
        let node = Node {
            object: (),
            kind: "pool".into(),
            id: "a".into(),
            after: BTreeSet::new(),
            below: BTreeSet::new(),
            referenced: false,
        };
        let graph = Graph::new([("gcp/pool".to_owned(), node)].into()).unwrap();
        let taken = handover.take(&graph);
        assert_eq!(taken.keys().collect::<Vec<_>>(), ["gcp/pool"]);
        assert_eq!(taken["gcp/pool"].origin, Origin::Created);
        assert!(handover.take(&graph).is_empty());
    }
}
