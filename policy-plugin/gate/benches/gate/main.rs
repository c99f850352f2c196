//! How fast a plan is judged, beside the time that reading it as JSON takes, in one run on one machine: `cargo bench --workspace --bench gate`.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod checkov;
mod plans;
mod process;

use std::time::{Duration, Instant};

use crosscloud_gate::{Gate, Options};
use serde_json::Value;

/// How often each figure is taken; the median counts.
const RUNS: usize = 7;

fn main() {
    // Cargo runs benchmarks as tests, too, with an argument that says so.
    if std::env::args().any(|argument| argument == "--test") {
        return;
    }
    println!("{:<64} {:>11} {:>11}", "", "measured", "aim");
    let gate = Gate::load(Options::default()).unwrap();
    let text = plans::text(10_000);
    let parse = median(|| drop(serde_json::from_str::<Value>(&text).unwrap()));
    let judge = median(|| drop(gate.check(&text).unwrap()));
    let figure = |name: &str, measured: String, aim: &str| println!("{name:<64} {measured:>11} {aim:>11}");
    let name = format!("reading {:.1} MB of 10,000 resources into a Value", mega(text.len()));
    figure(&name, format!("{parse:.1?}"), "");
    figure("judging it, 2,500 distinct conditions", format!("{judge:.1?}"), "");
    figure("  as a multiple", format!("{:.2}", judge.as_secs_f64() / parse.as_secs_f64()), "<= 5");
    let folder = tempfile::tempdir().unwrap();
    let file = |count: usize| {
        let path = folder.path().join(format!("{count}.json"));
        std::fs::write(&path, plans::text(count)).unwrap();
        path
    };
    let small = file(1_000);
    let cold = median(|| {
        process::run(&small);
    });
    figure("the whole process on 1,000 resources, cold start included", format!("{cold:.1?}"), "< 60 ms");
    println!("\n{:>9} {:>9} {:>11} {:>13} {:>14}", "resources", "MB", "process", "us a resource", "memory / file");
    let mut whole = Duration::ZERO;
    for count in [100, 1_000, 10_000, 30_000, 100_000] {
        let path = file(count);
        let size = usize::try_from(std::fs::metadata(&path).unwrap().len()).unwrap();
        let started = Instant::now();
        let peak = process::run(&path);
        let took = started.elapsed();
        whole = if count == 10_000 { took } else { whole };
        let ratio = peak.map_or_else(|| "-".to_owned(), |peak| format!("{:.2}", mega(peak) / mega(size)));
        let each = took.as_secs_f64() * 1e6 / f64::from(u32::try_from(count).unwrap());
        println!("{count:>9} {:>9.1} {:>11} {each:>13.1} {ratio:>14}", mega(size), format!("{took:.1?}"));
    }
    // Both as a pipeline runs them, start included.
    checkov::compare(&file(10_000), whole);
}

fn median(mut run: impl FnMut()) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[RUNS / 2]
}

#[allow(clippy::cast_precision_loss, reason = "sizes of files are far below what a float tells apart")]
fn mega(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}
