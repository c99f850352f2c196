//! `cargo xtask demo`: checks the machine, builds, then hands over to the demo program of the acceptance tests.

use std::process::Command;

use crate::artifacts::{Build, Programs};
use crate::prerequisites;
use crate::process::{self, Failure, Outcome};

/// Builds and becomes the demo.
pub(crate) fn run(keep: bool) -> Result<Outcome, Failure> {
    let terraform = prerequisites::for_acceptance_tests()?;
    process::announce("building the provider, its policy, the emulator and the demo (some minutes the first time)");
    let programs = Programs::build(Build::Programs)?;
    let mut demo = command(&programs, &terraform)?;
    if keep {
        demo.arg("--keep");
    }
    become_program(&mut demo)
}

/// The demo as a command.
pub(crate) fn command(programs: &Programs, terraform: &std::path::Path) -> Result<Command, Failure> {
    let mut demo = Command::new(programs.path("demo")?);
    programs.name_in(&mut demo)?.env("TF_CLI_PATH", terraform);
    Ok(demo)
}

/// Replaces this process, so that Ctrl-C reaches the demo alone and the demo can clean up behind itself.
#[cfg(unix)]
fn become_program(command: &mut Command) -> Result<Outcome, Failure> {
    use std::os::unix::process::CommandExt as _;
    let error = command.exec();
    Err(Failure::new(format!("cannot start the demo: {error}")))
}

#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<Outcome, Failure> {
    Ok(Outcome::of(process::passes(command)?))
}
