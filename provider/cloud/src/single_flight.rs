//! Shares reads: callers who ask for the same thing at the same time cause one request, and its answer is kept for a while.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Error;

/// A cache whose misses are fetched once, however many wait for them.
#[derive(Debug)]
pub(crate) struct SingleFlight<K, V> {
    keep: Duration,
    slots: Mutex<HashMap<K, Arc<Slot<V>>>>,
}

#[derive(Debug)]
struct Slot<V> {
    /// Counts invalidations, so that an answer asked for before a write is not kept after it.
    epoch: AtomicU64,
    last: tokio::sync::Mutex<Option<Fetched<V>>>,
}

#[derive(Debug)]
struct Fetched<V> {
    at: Instant,
    epoch: u64,
    result: Result<V, Error>,
}

impl<K: Eq + Hash + Clone, V: Clone> SingleFlight<K, V> {
    /// A cache that keeps good answers this long.
    pub(crate) fn new(keep: Duration) -> Self {
        Self { keep, slots: Mutex::default() }
    }

    /// The kept answer, or the one that `fetch` gets. A failure is shared with those who waited for it and not kept.
    pub(crate) async fn get<F>(&self, key: &K, fetch: F) -> Result<V, Error>
    where
        F: Future<Output = Result<V, Error>>,
    {
        self.get_while(key, |_| true, fetch).await
    }

    /// Like [`SingleFlight::get`], for values that know themselves whether they are still good.
    pub(crate) async fn get_while<F>(&self, key: &K, is_good: impl Fn(&V) -> bool, fetch: F) -> Result<V, Error>
    where
        F: Future<Output = Result<V, Error>>,
    {
        let asked = Instant::now();
        let slot = self.slot(key);
        let mut last = slot.last.lock().await;
        if let Some(fetched) = &*last
            && fetched.epoch == slot.epoch.load(Ordering::SeqCst)
        {
            match &fetched.result {
                Ok(value) if fetched.at.elapsed() < self.keep && is_good(value) => return Ok(value.clone()),
                Err(error) if fetched.at >= asked && !error.is_cancelled() => return Err(error.clone()),
                _ => {}
            }
        }
        let epoch = slot.epoch.load(Ordering::SeqCst);
        let result = fetch.await;
        *last = Some(Fetched { at: Instant::now(), epoch, result: result.clone() });
        result
    }

    /// Forgets an answer, also one that is on its way.
    pub(crate) fn invalidate(&self, key: &K) {
        self.slot(key).epoch.fetch_add(1, Ordering::SeqCst);
    }

    /// Forgets every answer whose key is chosen, also those that are on their way.
    pub(crate) fn invalidate_where(&self, chosen: impl Fn(&K) -> bool) {
        let slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        for (_, slot) in slots.iter().filter(|(key, _)| chosen(key)) {
            slot.epoch.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn slot(&self, key: &K) -> Arc<Slot<V>> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get(key) {
            return slot.clone();
        }
        let slot = Arc::new(Slot { epoch: AtomicU64::new(0), last: tokio::sync::Mutex::new(None) });
        slots.insert(key.clone(), slot.clone());
        slot
    }
}
