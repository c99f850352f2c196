//! Runs one step a key, as soon as everything that the key waits for has succeeded, a bounded number at a time.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;

use crate::journal::Key;

/// How a run behaves.
#[derive(Debug, Clone)]
pub struct Run {
    /// How many objects are dealt with at a time.
    pub concurrency: usize,
    /// Once cancelled, running steps finish and no new one starts.
    pub cancel: CancellationToken,
}

impl Default for Run {
    fn default() -> Self {
        Self { concurrency: 10, cancel: CancellationToken::new() }
    }
}

/// Runs `step` for every key of `waits`. A step that yields `false` has failed: what waits for it is skipped.
/// Returns the keys that were skipped.
pub(crate) async fn run<S, F>(run: &Run, waits: BTreeMap<Key, BTreeSet<Key>>, step: S) -> Vec<Key>
where
    S: Fn(Key) -> F,
    F: Future<Output = bool>,
{
    let mut waiting = waits;
    let mut succeeded: BTreeSet<Key> = BTreeSet::new();
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < run.concurrency.max(1) && !run.cancel.is_cancelled() {
            let ready = |(_, after): &(&Key, &BTreeSet<Key>)| after.is_subset(&succeeded);
            let Some(key) = waiting.iter().find(ready).map(|(key, _)| key.clone()) else { break };
            waiting.remove(&key);
            let step = step(key.clone());
            running.push(async move { (key, step.await) });
        }
        match running.next().await {
            Some((key, true)) => {
                succeeded.insert(key);
            }
            Some((_, false)) => {}
            None => return waiting.into_keys().collect(),
        }
    }
}
