//! Repetition, medians and one line of output per figure.

use std::time::{Duration, Instant};

/// The time that one call takes.
pub(crate) fn once<T>(call: impl FnOnce() -> T) -> Duration {
    let start = Instant::now();
    std::hint::black_box(call());
    start.elapsed()
}

/// The least value: what the work costs by itself. Everything above it is what other processes cost.
pub(crate) fn fastest(times: Vec<Duration>) -> Duration {
    times.into_iter().min().unwrap_or_default()
}

/// The value in the middle.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// The value that one in twenty exceeds.
pub(crate) fn slow(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 95 / 100]
}

pub(crate) fn report(what: &str, figure: &str, aim: &str) {
    println!("{what:<52} {figure:>18}   {aim}");
}

pub(crate) fn micro(time: Duration) -> String {
    format!("{:.1} µs", time.as_secs_f64() * 1e6)
}
