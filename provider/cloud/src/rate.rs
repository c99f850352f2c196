//! Client-side rate limits: one bucket of tokens a quota, and a bound on calls in flight an API.
//!
//! Clouds meter per minute, so a spent token comes back one period later: bursts up to the quota pass at once, and no
//! minute ever sees more than the quota.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::api::{Api, Quota};

/// How fast the transport may go.
#[derive(Clone, Debug)]
pub struct RateLimits {
    /// Quotas other than the documented ones, in requests a minute.
    pub per_minute: HashMap<Quota, u32>,
    /// Bounds every API to this many requests a second, beside the quotas.
    pub requests_per_second: Option<u32>,
    /// How many calls to one API may be in flight.
    pub in_flight: usize,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { per_minute: HashMap::new(), requests_per_second: None, in_flight: 64 }
    }
}

impl RateLimits {
    /// Changes one quota.
    #[must_use]
    pub fn with_quota(mut self, quota: Quota, per_minute: u32) -> Self {
        self.per_minute.insert(quota, per_minute);
        self
    }

    fn per_minute(&self, quota: Quota) -> u32 {
        self.per_minute.get(&quota).copied().unwrap_or_else(|| quota.documented_per_minute()).max(1)
    }
}

/// Hands out the right to send.
#[derive(Debug)]
pub(crate) struct Limiter {
    limits: RateLimits,
    quotas: Mutex<HashMap<Quota, Bucket>>,
    apis: Mutex<HashMap<Api, Bucket>>,
    in_flight: Mutex<HashMap<Api, Arc<Semaphore>>>,
}

impl Limiter {
    pub(crate) fn new(limits: RateLimits) -> Self {
        Self { limits, quotas: Mutex::default(), apis: Mutex::default(), in_flight: Mutex::default() }
    }

    /// Takes the next free token of every bucket that applies and answers how long to wait until it is valid.
    pub(crate) fn reserve(&self, api: Api, quota: Quota, now: Instant) -> Duration {
        let mut quotas = lock(&self.quotas);
        let bucket =
            quotas.entry(quota).or_insert_with(|| Bucket::new(self.limits.per_minute(quota), Duration::from_secs(60)));
        let mut wait = bucket.reserve(now);
        drop(quotas);
        if let Some(per_second) = self.limits.requests_per_second {
            let mut apis = lock(&self.apis);
            let bucket = apis.entry(api).or_insert_with(|| Bucket::new(per_second.max(1), Duration::from_secs(1)));
            wait = wait.max(bucket.reserve(now));
        }
        wait
    }

    /// Waits for a free place among the calls in flight.
    pub(crate) async fn enter(&self, api: Api) -> Option<OwnedSemaphorePermit> {
        let semaphore = lock(&self.in_flight)
            .entry(api)
            .or_insert_with(|| Arc::new(Semaphore::new(self.limits.in_flight.max(1))))
            .clone();
        // The semaphore is never closed, so this always yields a permit.
        semaphore.acquire_owned().await.ok()
    }
}

/// The moments at which the last tokens were, or will be, spent; oldest first.
#[derive(Debug)]
struct Bucket {
    size: usize,
    period: Duration,
    spent: VecDeque<Instant>,
}

impl Bucket {
    fn new(size: u32, period: Duration) -> Self {
        Self { size: usize::try_from(size).unwrap_or(usize::MAX), period, spent: VecDeque::new() }
    }

    fn reserve(&mut self, now: Instant) -> Duration {
        let at = if self.spent.len() < self.size {
            now
        } else {
            let back = self.spent.pop_front().unwrap_or(now) + self.period;
            back.max(now)
        };
        self.spent.push_back(at);
        at.saturating_duration_since(now)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_tokens_return_one_period_later() {
        let start = Instant::now();
        let mut bucket = Bucket::new(3, Duration::from_secs(60));
        let waits: Vec<_> = (0..7).map(|_| bucket.reserve(start).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 60, 60, 60, 120]);
        let later = start + Duration::from_secs(125);
        assert_eq!(bucket.reserve(later).as_secs(), 0);
    }

    #[test]
    fn no_minute_sees_more_than_the_quota() {
        let start = Instant::now();
        let mut bucket = Bucket::new(60, Duration::from_secs(60));
        let times: Vec<_> = (0..600_u64)
            .map(|i| {
                let now = start + Duration::from_millis(i * 137);
                now + bucket.reserve(now)
            })
            .collect();
        for window in times.windows(61) {
            assert!(window[60] - window[0] >= Duration::from_secs(60));
        }
    }

    #[test]
    fn quotas_are_apart_and_adjustable() {
        let limits = RateLimits::default().with_quota(Quota::FederationWrite, 1);
        let limiter = Limiter::new(limits);
        let now = Instant::now();
        assert_eq!(limiter.reserve(Api::Iam, Quota::FederationWrite, now), Duration::ZERO);
        assert_eq!(limiter.reserve(Api::Iam, Quota::FederationWrite, now), Duration::from_secs(60));
        assert_eq!(limiter.reserve(Api::Iam, Quota::FederationRead, now), Duration::ZERO);
        let limiter = Limiter::new(RateLimits { requests_per_second: Some(2), ..RateLimits::default() });
        let waits: Vec<_> = (0..3).map(|_| limiter.reserve(Api::Kms, Quota::Read(Api::Kms), now).as_secs()).collect();
        assert_eq!(waits, [0, 0, 1]);
    }
}
