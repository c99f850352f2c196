//! Destroy: deletes what a graph has made, last made first, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use crate::driver::Driver;
use crate::graph::Graph;
use crate::journal::{Entry, Journal, Key, Origin, Status};
use crate::outcome::{Action, Cause, Failure, Outcome};
use crate::refresh::{into_inner, lock};
use crate::schedule::{Run, run};

/// How a destruction ended.
#[derive(Debug)]
pub struct Destroyed<E> {
    /// The journal of what is still there, because its deletion failed or was not attempted.
    pub outcome: Outcome<E>,
    /// What was left for a successor that wants the same object.
    pub kept: Journal,
}

/// Deletes the objects of `journal` that this graph created, except those whose id is in `keep`.
/// `graph` gives the order; entries that it does not know are deleted first, since nothing in it can need them.
pub async fn destroy<D: Driver>(
    driver: &D,
    graph: &Graph<D::Object>,
    journal: &Journal,
    keep: &BTreeSet<String>,
    how: &Run,
) -> Destroyed<D::Error> {
    let (kept, doomed): (Journal, Journal) =
        journal.clone().into_iter().partition(|(_, entry)| keep.contains(&entry.id) && is_there(entry));
    let outcome = delete(driver, graph, doomed, how).await;
    Destroyed { outcome, kept }
}

/// Deletes every created object of `journal` in reverse order of `graph`.
pub(crate) async fn delete<D: Driver>(
    driver: &D,
    graph: &Graph<D::Object>,
    mut journal: Journal,
    how: &Run,
) -> Outcome<D::Error> {
    journal.retain(|_, entry| entry.origin == Origin::Created && is_there(entry));
    let mut waits: BTreeMap<Key, BTreeSet<Key>> = journal.keys().map(|key| (key.clone(), BTreeSet::new())).collect();
    let strangers: BTreeSet<Key> = journal.keys().filter(|key| !graph.nodes().contains_key(*key)).cloned().collect();
    for (key, users) in graph.reverse() {
        if let Some(after) = waits.get_mut(&key) {
            after.extend(users.into_iter().filter(|user| journal.contains_key(user)));
            after.extend(strangers.iter().cloned());
        }
    }
    let left = Mutex::new(journal.clone());
    let failures = Mutex::new(Vec::new());
    let skipped = run(how, waits, async |key| {
        let Some(entry) = journal.get(&key) else { return true };
        match driver.delete(entry).await {
            Ok(()) => {
                lock(&left).remove(&key);
                true
            }
            Err(error) => {
                let cause = Cause::Driver(error);
                lock(&failures).push(Failure { key, id: entry.id.clone(), action: Action::Delete, cause });
                false
            }
        }
    })
    .await;
    Outcome { journal: into_inner(left), failures: into_inner(failures), skipped, made: BTreeSet::new() }
}

fn is_there(entry: &Entry) -> bool {
    matches!(entry.status, Status::Present | Status::Changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Cloud, entry, graph, run_now};

    #[test]
    fn only_what_was_created_and_is_there_is_deleted_users_first() {
        let cloud = Cloud::with(["pool", "provider", "grant", "api"]);
        let graph = graph(&[("api", &[]), ("pool", &["api"]), ("provider", &["pool"]), ("grant", &["provider"])]);
        let journal = Journal::from([
            entry("api", Origin::Found, Status::Present),
            entry("pool", Origin::Created, Status::Present),
            entry("provider", Origin::Created, Status::Changed),
            entry("grant", Origin::Created, Status::Present),
            entry("gone", Origin::Created, Status::Missing),
        ]);
        let destroyed = run_now(destroy(&cloud, &graph, &journal, &BTreeSet::new(), &Run::default()));
        assert!(destroyed.outcome.is_complete());
        assert_eq!(cloud.calls(), ["delete grant", "delete provider", "delete pool"]);
        assert_eq!(cloud.objects(), ["api"]);
    }

    #[test]
    fn what_a_successor_wants_is_left_and_handed_over() {
        let cloud = Cloud::with(["pool", "grant"]);
        let graph = graph(&[("pool", &[]), ("grant", &["pool"])]);
        let journal = Journal::from([
            entry("pool", Origin::Created, Status::Present),
            entry("grant", Origin::Created, Status::Present),
        ]);
        let keep = BTreeSet::from(["pool".to_owned()]);
        let destroyed = run_now(destroy(&cloud, &graph, &journal, &keep, &Run::default()));
        assert_eq!(cloud.calls(), ["delete grant"]);
        assert_eq!(destroyed.kept.keys().collect::<Vec<_>>(), ["pool"]);
        assert!(destroyed.outcome.journal.is_empty());
    }

    #[test]
    fn a_failed_deletion_keeps_what_the_object_stands_on() {
        let cloud = Cloud::with(["pool", "provider"]).refusing("delete provider");
        let graph = graph(&[("pool", &[]), ("provider", &["pool"])]);
        let journal = Journal::from([
            entry("pool", Origin::Created, Status::Present),
            entry("provider", Origin::Created, Status::Present),
        ]);
        let outcome = run_now(destroy(&cloud, &graph, &journal, &BTreeSet::new(), &Run::default())).outcome;
        assert_eq!(outcome.journal, journal);
        assert_eq!(outcome.failures.len(), 1);
        assert_eq!(outcome.skipped, ["pool"]);
    }
}
