//! The clock behind the time limit: a thread that advances the engine's epoch while some policy runs, and sleeps otherwise.

use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use wasmtime::Engine;

const TICK: Duration = Duration::from_millis(10);

struct Ticker {
    running: Mutex<usize>,
    wake: Condvar,
}

impl Ticker {
    fn running(&self) -> MutexGuard<'_, usize> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static TICKER: Ticker = Ticker { running: Mutex::new(0), wake: Condvar::new() };

/// Keeps the clock going until it is dropped.
pub(crate) struct Running;

impl Running {
    /// Starts the clock. Without a thread for it a policy could run for ever, so failing to make one is an error.
    pub(crate) fn start(engine: &Engine) -> std::io::Result<Self> {
        static THREAD: OnceLock<Result<(), String>> = OnceLock::new();
        let started = THREAD.get_or_init(|| {
            let engine = engine.clone();
            let thread = std::thread::Builder::new().name("policy-clock".to_owned()).spawn(move || {
                loop {
                    drop(TICKER.wake.wait_while(TICKER.running(), |running| *running == 0));
                    std::thread::sleep(TICK);
                    engine.increment_epoch();
                }
            });
            thread.map(drop).map_err(|error| error.to_string())
        });
        started.clone().map_err(std::io::Error::other)?;
        *TICKER.running() += 1;
        TICKER.wake.notify_one();
        Ok(Self)
    }

    /// Ticks after which `time` has surely passed.
    pub(crate) fn ticks(time: Duration) -> u64 {
        u64::try_from(time.as_millis() / TICK.as_millis()).unwrap_or(u64::MAX - 1).saturating_add(1)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        *TICKER.running() -= 1;
    }
}
