//! Python, with which packages are fetched and read; it is on every machine that has pip. The acceptance tests use it, too.

use std::process::Command;

/// Runs it. The error is the last line of what it says.
pub(crate) fn python(arguments: &[&str]) -> Result<(), String> {
    let output = Command::new("python3").args(arguments).output().map_err(|error| format!("python3: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(said.lines().last().unwrap_or("python3 failed without a word").to_owned())
}
