//! Refresh: looks at every object of the journal and notes how it is.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use crate::driver::{Driver, Observed};
use crate::graph::Graph;
use crate::journal::{Journal, Status};
use crate::outcome::{Action, Cause, Failure, Outcome};
use crate::schedule::{Run, run};

/// Compares what the journal holds with what was wanted of it. Entries that the graph does not want, or wants under another id, keep
/// their status: the next apply deletes them.
pub async fn refresh<D: Driver>(
    driver: &D,
    graph: &Graph<D::Object>,
    journal: &Journal,
    how: &Run,
) -> Outcome<D::Error> {
    let seen = Mutex::new(journal.clone());
    let failures = Mutex::new(Vec::new());
    let of_journal = |(key, entry): (&String, &crate::Entry)| {
        graph.nodes().get(key).is_some_and(|node| node.id == entry.id).then(|| (key.clone(), BTreeSet::new()))
    };
    let keys: BTreeMap<_, _> = journal.iter().filter_map(of_journal).collect();
    let skipped = run(how, keys, async |key| {
        let Some(node) = graph.nodes().get(&key) else { return true };
        match driver.observe(&node.object).await {
            Ok(observed) => {
                if let Some(entry) = lock(&seen).get_mut(&key) {
                    entry.status = match status_of(observed) {
                        Status::Changed if node.referenced => Status::Present,
                        status => status,
                    };
                }
                true
            }
            Err(error) => {
                let cause = Cause::Driver(error);
                lock(&failures).push(Failure { key, id: node.id.clone(), action: Action::Read, cause });
                false
            }
        }
    })
    .await;
    Outcome { journal: into_inner(seen), failures: into_inner(failures), skipped, made: BTreeSet::new() }
}

fn status_of(observed: Observed) -> Status {
    match observed {
        Observed::Equal => Status::Present,
        Observed::Different => Status::Changed,
        Observed::Absent => Status::Missing,
        Observed::SoftDeleted => Status::SoftDeleted,
    }
}

/// No step panics while it holds a lock, so a poisoned one still holds what was done.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Takes the value out of a lock; see [`lock`].
pub(crate) fn into_inner<T>(mutex: Mutex<T>) -> T {
    mutex.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}
