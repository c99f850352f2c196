//! The emulated clock: real time plus an offset that a test may move forward, so that thirty days pass in a moment.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the Unix epoch.
pub(crate) type Millis = i64;

/// One day.
pub(crate) const DAY: Millis = 24 * 60 * 60 * 1000;

/// The clock of one world.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Clock {
    offset: Millis,
}

impl Clock {
    /// The emulated time.
    pub(crate) fn now(&self) -> Millis {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX).saturating_add(self.offset)
    }

    /// The emulated time in whole seconds, as tokens carry it.
    pub(crate) fn seconds(&self) -> i64 {
        self.now() / 1000
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, by: Millis) {
        self.offset = self.offset.saturating_add(by);
    }
}

/// A time as the clouds write it.
pub(crate) fn rfc3339(at: Millis) -> String {
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| String::from("9999-12-31T23:59:59Z"), |time| time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moves_forward_and_writes_utc() {
        let mut clock = Clock::default();
        let before = clock.now();
        clock.advance(30 * DAY);
        assert!(clock.now() - before >= 30 * DAY);
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(Millis::MAX), "9999-12-31T23:59:59Z");
    }
}
