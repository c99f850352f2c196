//! What a policy may use up in one call.

use std::time::Duration;

use wasmtime::{ResourceLimiter, Result};

/// Limits of one call to a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Instructions, roughly. The same everywhere, unlike time.
    pub fuel: u64,
    /// Bytes of memory.
    pub memory: usize,
    /// Time on the clock, the backstop for what fuel does not count. Modules have it; the built-in policy, which is ours, goes by fuel alone.
    pub time: Duration,
    /// Bytes of findings.
    pub output: usize,
    /// Bytes of a module.
    pub module: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // A trust takes some millions; a busy machine burns this much well within the time.
        Self { fuel: 300_000_000, memory: 64 << 20, time: Duration::from_secs(1), output: 1 << 20, module: 16 << 20 }
    }
}

/// Counts what a running policy holds. All of its memories and tables count together.
#[derive(Debug)]
pub(crate) struct Meter {
    limit: usize,
    used: usize,
    pub(crate) exceeded: bool,
}

impl Meter {
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, used: 0, exceeded: false }
    }

    fn grow(&mut self, current: usize, desired: usize) -> bool {
        let used = self.used.saturating_sub(current).saturating_add(desired);
        if used > self.limit {
            self.exceeded = true;
            return false;
        }
        self.used = used;
        true
    }
}

impl ResourceLimiter for Meter {
    fn memory_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        Ok(self.grow(current, desired))
    }

    fn table_growing(&mut self, current: usize, desired: usize, _maximum: Option<usize>) -> Result<bool> {
        let entry = size_of::<usize>();
        Ok(self.grow(current.saturating_mul(entry), desired.saturating_mul(entry)))
    }

    fn instances(&self) -> usize {
        16
    }

    fn tables(&self) -> usize {
        16
    }

    fn memories(&self) -> usize {
        4
    }
}
