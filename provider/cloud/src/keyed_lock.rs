//! One writer at a time per key, for objects whose cloud refuses writes beside one another.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OwnedMutexGuard;

use crate::context::Context;

/// Locks, one a key.
#[derive(Debug)]
pub(crate) struct KeyedLock<K> {
    locks: Mutex<HashMap<K, Arc<tokio::sync::Mutex<()>>>>,
}

impl<K> Default for KeyedLock<K> {
    fn default() -> Self {
        Self { locks: Mutex::default() }
    }
}

impl<K: Eq + Hash> KeyedLock<K> {
    /// Waits for the key. `None` when cancelled or past the deadline.
    pub(crate) async fn lock(&self, key: K, ctx: &Context) -> Option<OwnedMutexGuard<()>> {
        let lock = self.locks.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default().clone();
        tokio::select! {
            biased;
            () = ctx.cancel_token().cancelled() => None,
            () = ctx.past_deadline() => None,
            guard = lock.lock_owned() => Some(guard),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[tokio::test]
    async fn keys_are_apart_and_waiting_ends_at_the_deadline() {
        let locks = KeyedLock::default();
        let held = locks.lock("a", &Context::new()).await.unwrap();
        assert!(locks.lock("b", &Context::new()).await.is_some());
        let hurried = Context::new().with_timeout(Duration::from_millis(10));
        assert!(locks.lock("a", &hurried).await.is_none());
        drop(held);
        assert!(locks.lock("a", &Context::new()).await.is_some());
    }
}
