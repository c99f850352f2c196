//! What the framework costs: codec, one plan, start-up. `cargo bench -p tfplugin` prints each figure beside its aim.
//!
//! Every ratio is taken within one run, both sides in turn, and the fastest of many rounds counts: what lies above it is
//! the work of other processes. The binary is also the provider that it starts: with `TFPLUGIN_BENCH_SERVE` set it serves
//! instead of measuring.

#![allow(clippy::print_stdout, clippy::unwrap_used, missing_docs)]

#[path = "runtime/codec.rs"]
mod codec;
#[path = "runtime/plan.rs"]
mod plan;
#[path = "runtime/start.rs"]
mod start;
#[path = "runtime/timing.rs"]
mod timing;

use std::process::ExitCode;

const SERVE: &str = "TFPLUGIN_BENCH_SERVE";

fn main() -> ExitCode {
    if std::env::var_os(SERVE).is_some() {
        return plan::serve();
    }
    codec::measure();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        plan::measure().await;
        start::measure().await;
    });
    ExitCode::SUCCESS
}
