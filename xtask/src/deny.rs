//! Licences, banned crates and sources of the dependencies, judged by cargo-deny with the rules in deny.toml.

use std::path::PathBuf;

use crate::lint::Verdict;
use crate::prerequisites;
use crate::process::{self, Failure};

/// Checks what can be told from the lock file alone.
pub(crate) fn licences_bans_and_sources() -> Result<Verdict, Failure> {
    if !is_installed() {
        return Ok(not_installed());
    }
    let mut deny = process::cargo(&["deny", "--log-level", "error", "check", "licenses", "bans", "sources"]);
    Ok(Verdict::of(process::passes(&mut deny)?))
}

/// Checks for known vulnerabilities; the database is fetched, and a machine that cannot reach it skips this check.
pub(crate) fn advisories() -> Result<Verdict, Failure> {
    if !is_installed() {
        return Ok(not_installed());
    }
    let output = process::cargo(&["deny", "--log-level", "error", "check", "advisories"])
        .output()
        .map_err(|error| Failure::new(format!("cannot start cargo deny: {error}")))?;
    if output.status.success() {
        return Ok(Verdict::Passed);
    }
    let said = String::from_utf8_lossy(&output.stderr);
    if said.contains("failed to fetch advisory database") || said.contains("failed to load advisory database") {
        return Ok(Verdict::Skipped("the advisory database cannot be reached from this machine".to_owned()));
    }
    eprint!("{said}");
    Ok(Verdict::Failed)
}

fn not_installed() -> Verdict {
    Verdict::Skipped("cargo-deny is not installed: cargo install cargo-deny --locked".to_owned())
}

/// Cargo looks for its subcommands on PATH and in its own folder.
fn is_installed() -> bool {
    let name = PathBuf::from("cargo-deny");
    let own = std::env::home_dir().map(|home| home.join(".cargo"));
    let own = std::env::var_os("CARGO_HOME").map(PathBuf::from).or(own);
    let own = own.map(|home| home.join("bin").join(format!("cargo-deny{}", std::env::consts::EXE_SUFFIX)));
    prerequisites::find_program(&name).is_some() || own.is_some_and(|path| path.is_file())
}
