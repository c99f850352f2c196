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
    /// Findings of one answer.
    pub findings: usize,
    /// Bytes of a module.
    pub module: usize,
}

impl Default for Limits {
    fn default() -> Self {
        // A trust takes some millions; a busy machine burns this much well within the time.
        Self {
            fuel: 300_000_000,
            memory: 64 << 20,
            time: Duration::from_secs(1),
            output: 1 << 20,
            findings: 1000,
            module: 16 << 20,
        }
    }
}

/// Bytes of a document that the usual limits are meant for: some ten times the largest trust.
const USUAL: usize = 64 << 10;

impl Limits {
    /// These limits for a document of so many bytes: what is many times as large may use as many times as much. Only the size of a module
    /// does not depend on what it judges.
    #[must_use]
    pub fn scaled_to(self, bytes: usize) -> Self {
        let factor = bytes.div_ceil(USUAL).max(1);
        let times = u32::try_from(factor).unwrap_or(u32::MAX);
        Self {
            fuel: self.fuel.saturating_mul(u64::from(times)),
            // A component's memory has 32-bit addresses.
            memory: self.memory.saturating_mul(factor).min(u32::MAX as usize),
            time: self.time.saturating_mul(times),
            output: self.output.saturating_mul(factor),
            findings: self.findings.saturating_mul(factor),
            ..self
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_grow_with_the_document_and_never_shrink() {
        let usual = Limits::default();
        assert_eq!(usual.scaled_to(0), usual);
        assert_eq!(usual.scaled_to(USUAL), usual);
        let large = usual.scaled_to(3 * USUAL);
        assert_eq!((large.fuel, large.findings, large.module), (3 * usual.fuel, 3000, usual.module));
        assert_eq!(usual.scaled_to(usize::MAX).memory, u32::MAX as usize);
    }
}
