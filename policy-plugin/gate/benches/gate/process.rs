//! The program as a pipeline runs it.

use std::path::Path;
use std::process::{Command, Stdio};

/// Judges a file in a process of its own. Gives the most memory that it held, where the system tells it.
pub(crate) fn run(plan: &Path) -> Option<usize> {
    let program = env!("CARGO_BIN_EXE_crosscloud-gate");
    // The system's own tool reports what a child held; without it there is no figure, and the time is what counts.
    let time = Path::new("/usr/bin/time");
    let mut command = if time.is_file() {
        let mut command = Command::new(time);
        command.args(["-f", "%M", program]);
        command
    } else {
        Command::new(program)
    };
    let output = command.args(["check", "--format", "json"]).arg(plan).stdout(Stdio::null()).output().ok()?;
    let told = String::from_utf8(output.stderr).ok()?;
    told.lines().rev().find_map(|line| line.trim().parse::<usize>().ok()).map(|kib| kib * 1024)
}
