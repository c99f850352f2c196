//! A bearer token that was fetched, and when to fetch the next one.

use std::time::{Duration, Instant};

use crate::retry::full_jitter;
use crate::secret::Secret;

/// A fetched token.
#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) secret: Secret,
    pub(super) renew_at: Instant,
}

impl Token {
    /// A token that was asked for at `asked` and lasts for `life`.
    pub(super) fn new(secret: Secret, asked: Instant, life: Duration) -> Self {
        Self { secret, renew_at: renew_at(asked, life) }
    }

    pub(super) fn is_good(&self) -> bool {
        Instant::now() < self.renew_at
    }
}

/// Early enough that no call carries credentials that expire on their way, at a time of one's own, so that runs that began together do not
/// renew together; and for short-lived credentials at half their time.
pub(super) fn renew_at(asked: Instant, life: Duration) -> Instant {
    let early = Duration::from_secs(240) + full_jitter(Duration::from_secs(60));
    asked + life.saturating_sub(early).max(life / 2)
}
