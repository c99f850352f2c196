//! Requests that a fault holds: before anything is done or after everything is done, until somebody says how it goes on. A test kills the
//! client in the meantime, at exactly that moment.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, oneshot};
use tokio::time::Instant;

use crate::state::faults::Moment;

/// All requests that are held.
#[derive(Debug, Default)]
pub(crate) struct Held {
    waiting: Mutex<BTreeMap<u64, Waiting>>,
    changed: Notify,
}

#[derive(Debug)]
struct Waiting {
    shown: Shown,
    then: oneshot::Sender<Then>,
}

/// A held request, as the control API shows it.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Shown {
    pub(crate) sequence: u64,
    pub(crate) request_id: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) moment: Moment,
    pub(crate) fault: Option<u64>,
}

/// How a held request goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Then {
    /// As if nothing had been.
    GoOn,
    /// The connection is closed.
    Drop,
}

impl Held {
    /// Holds a request until it is let go. When its client goes away meanwhile, it is forgotten.
    pub(crate) async fn hold(&self, shown: Shown) -> Then {
        let sequence = shown.sequence;
        let (then, answer) = oneshot::channel();
        self.waiting().insert(sequence, Waiting { shown, then });
        self.changed.notify_waiters();
        let _place = Place { held: self, sequence };
        answer.await.unwrap_or(Then::Drop)
    }

    /// The held requests, oldest first, once there are that many; after the given time those that there are.
    pub(crate) async fn wait(&self, count: usize, patience: Duration) -> Vec<Shown> {
        let end = Instant::now() + patience;
        loop {
            let changed = self.changed.notified();
            tokio::pin!(changed);
            // Listening begins before the look, or a request that comes in between would be missed.
            changed.as_mut().enable();
            let shown: Vec<Shown> = self.waiting().values().map(|waiting| waiting.shown.clone()).collect();
            if shown.len() >= count || tokio::time::timeout_at(end, changed).await.is_err() {
                return shown;
            }
        }
    }

    /// Lets one request go, or all; answers how many.
    pub(crate) fn release(&self, sequence: Option<u64>, then: Then) -> usize {
        let mut waiting = self.waiting();
        let let_go = match sequence {
            Some(sequence) => waiting.remove(&sequence).into_iter().collect(),
            None => std::mem::take(&mut *waiting).into_values().collect::<Vec<_>>(),
        };
        let_go.into_iter().filter_map(|each| each.then.send(then).ok()).count()
    }

    fn waiting(&self) -> MutexGuard<'_, BTreeMap<u64, Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place of one request among the held ones, which it leaves however it ends.
struct Place<'a> {
    held: &'a Held,
    sequence: u64,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.held.waiting().remove(&self.sequence);
        self.held.changed.notify_waiters();
    }
}
