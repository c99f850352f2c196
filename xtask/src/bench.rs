//! `cargo xtask bench [NAME]`: builds in release profile and hands over to the benchmarks of the acceptance tests.

use std::process::Command;

use crate::artifacts::{Build, Programs};
use crate::prerequisites;
use crate::process::{self, Failure, Outcome};

/// Builds and runs the benchmarks: all, or the named one of `start`, `plan`, `apply`, `refresh` and `size`.
pub(crate) fn run(only: Option<&str>) -> Result<Outcome, Failure> {
    let terraform = prerequisites::for_acceptance_tests()?;
    process::announce("building in release profile");
    let programs = Programs::build(Build::Release)?;
    let mut bench = Command::new(programs.path("bench")?);
    programs.name_in(&mut bench)?.args(only).env("TF_CLI_PATH", terraform);
    process::announce("measuring; keep the machine quiet");
    Ok(Outcome::of(process::passes(&mut bench)?))
}
