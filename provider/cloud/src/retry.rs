//! When to try again and how long to wait: exponential backoff with full jitter, bounded in attempts, in each wait and in total.

use std::hash::{BuildHasher as _, Hasher as _};
use std::time::Duration;

use crate::error::{Error, is_refused, root_cause};

/// How patient the transport is.
#[derive(Clone, Debug)]
pub struct RetryPolicy {
    /// How often a request is sent at most.
    pub max_attempts: u32,
    /// The longest first wait; each further one may be twice as long.
    pub initial: Duration,
    /// The longest wait, also where the cloud asks for more.
    pub cap: Duration,
    /// After this much time no attempt begins.
    pub budget: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            max_attempts: 10,
            initial: Duration::from_millis(500),
            cap: Duration::from_secs(60),
            budget: Duration::from_secs(300),
        }
    }
}

impl RetryPolicy {
    /// Sends every request once.
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }

    /// The wait before attempt `attempt + 1`: anything up to the exponential bound, so that callers who failed together part.
    pub fn backoff(&self, attempt: u32) -> Duration {
        full_jitter(exponential(self.initial, self.cap, attempt))
    }

    /// How long to wait after attempt number `attempt` failed with `error`, or `None` to give up.
    pub(crate) fn next(&self, error: &Error, attempt: u32, idempotent: bool) -> Option<Duration> {
        if attempt >= self.max_attempts || !may_repeat(error, attempt, idempotent) {
            return None;
        }
        let asked = error.retry_after().unwrap_or_default().min(self.cap);
        Some(self.backoff(attempt).max(asked))
    }
}

/// `initial`, doubled with each attempt, at most `cap`.
pub(crate) fn exponential(initial: Duration, cap: Duration, attempt: u32) -> Duration {
    let factor = 1_u32.checked_shl(attempt.saturating_sub(1)).unwrap_or(u32::MAX);
    initial.saturating_mul(factor).min(cap)
}

/// A duration evenly distributed between nothing and `longest`.
pub(crate) fn full_jitter(longest: Duration) -> Duration {
    // Every RandomState is keyed anew, which is all the randomness that jitter needs.
    let random = std::hash::RandomState::new().build_hasher().finish();
    let share = (random >> 11) as f64 / (1_u64 << 53) as f64;
    longest.mul_f64(share)
}

/// Nothing was sent, or was refused before it took effect: always. Outcome unknown: only where repeating does no harm.
fn may_repeat(error: &Error, attempt: u32, idempotent: bool) -> bool {
    match error {
        Error::RateLimited { .. } => true,
        Error::Unavailable { .. } | Error::Dropped { .. } | Error::Timeout { .. } => idempotent,
        Error::Connect { source, .. } => {
            let cause = root_cause(source);
            let hopeless = is_refused(source) || cause.contains("certificate") || cause.contains("Certificate");
            // A wrong name or a machine without network does not get better; a hiccup of the resolver does at once.
            let resolver = format!("{source:?}").contains("dns error");
            !hopeless && (!resolver || attempt < 3)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_grows_to_the_cap_and_never_overflows() {
        let second = Duration::from_secs(1);
        let cap = Duration::from_secs(30);
        let waits: Vec<_> = (1..=7).map(|attempt| exponential(second, cap, attempt).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30]);
        assert_eq!(exponential(second, cap, u32::MAX), cap);
        assert_eq!(exponential(Duration::MAX, cap, 40), cap);
    }

    #[test]
    fn jitter_stays_within_bounds_and_varies() {
        let longest = Duration::from_secs(1);
        let waits: Vec<_> = (0..200).map(|_| full_jitter(longest)).collect();
        assert!(waits.iter().all(|wait| *wait < longest));
        let mean = waits.iter().sum::<Duration>() / 200;
        assert!(mean > Duration::from_millis(350) && mean < Duration::from_millis(650), "{mean:?}");
        assert_eq!(full_jitter(Duration::ZERO), Duration::ZERO);
    }
}
