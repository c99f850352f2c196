//! `cargo xtask bench [NAME]`: builds in release profile and hands over to the benchmarks of the acceptance tests and of the gate.

use std::process::Command;

use crate::artifacts::{Build, Programs};
use crate::prerequisites;
use crate::process::{self, Failure, Outcome};

/// The benchmark of the gate, which needs neither terraform nor the emulated clouds.
const GATE: &str = "gate";

/// Builds and runs the benchmarks: all, or the named one of `start`, `plan`, `apply`, `refresh`, `members`, `size` and `gate`.
pub(crate) fn run(only: Option<&str>) -> Result<Outcome, Failure> {
    if only == Some(GATE) {
        return gate();
    }
    let terraform = prerequisites::for_acceptance_tests()?;
    process::announce("building in release profile");
    let programs = Programs::build(Build::Release)?;
    let mut bench = Command::new(programs.path("bench")?);
    programs.name_in(&mut bench)?.args(only).env("TF_CLI_PATH", terraform);
    process::announce("measuring; keep the machine quiet");
    let kept = process::passes(&mut bench)?;
    let gate = if only.is_none() { gate()? } else { Outcome::Good };
    Ok(Outcome::of(kept && gate == Outcome::Good))
}

/// The whole workspace is built, so that the dependencies have the features that they have everywhere.
fn gate() -> Result<Outcome, Failure> {
    process::announce("building the gate in release profile, and measuring; keep the machine quiet");
    Ok(Outcome::of(process::passes(&mut process::cargo(&["bench", "--workspace", "--bench", GATE]))?))
}
