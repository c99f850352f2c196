//! `cargo xtask lint`: every check that is not a test of behaviour.
//!
//! The layer rules and the rules of style that no tool knows are tests of this crate, so plain `cargo test` holds them too.

use crate::process::{self, Failure, Outcome};
use crate::{deny, docs};

/// How one check came out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The check found nothing.
    Passed,
    /// The check found something and has printed it.
    Failed,
    /// The check could not be made here, and why.
    Skipped(String),
}

impl Verdict {
    /// `Passed` if `passed`.
    pub(crate) fn of(passed: bool) -> Self {
        if passed { Self::Passed } else { Self::Failed }
    }
}

type Check = (&'static str, fn() -> Result<Verdict, Failure>);

const CHECKS: &[Check] = &[
    ("formatting", formatting),
    ("clippy", clippy),
    ("rustdoc", rustdoc),
    ("layers and style", layers_and_style),
    ("licences, bans and sources", deny::licences_bans_and_sources),
    ("advisories", deny::advisories),
    ("registry pages are fresh", docs::are_fresh),
];

/// Runs every check and prints how each came out.
pub(crate) fn run() -> Result<Outcome, Failure> {
    let verdicts = verdicts();
    report(&verdicts);
    Ok(Outcome::of(verdicts.iter().all(|(_, verdict)| *verdict != Verdict::Failed)))
}

/// Runs every check; one that cannot even start has failed.
pub(crate) fn verdicts() -> Vec<(&'static str, Verdict)> {
    let run_one = |(name, check): &Check| {
        process::announce(format!("checking: {name}"));
        let verdict = check().unwrap_or_else(|failure| {
            eprintln!("error: {failure}");
            Verdict::Failed
        });
        (*name, verdict)
    };
    CHECKS.iter().map(run_one).collect()
}

/// One line a check.
pub(crate) fn report(verdicts: &[(&str, Verdict)]) {
    for (name, verdict) in verdicts {
        match verdict {
            Verdict::Passed => println!("lint {name} ... ok"),
            Verdict::Failed => println!("lint {name} ... FAILED"),
            Verdict::Skipped(reason) => println!("lint {name} ... skipped: {reason}"),
        }
    }
}

fn formatting() -> Result<Verdict, Failure> {
    Ok(Verdict::of(process::passes(&mut process::cargo(&["fmt", "--all", "--check"]))?))
}

fn clippy() -> Result<Verdict, Failure> {
    let mut clippy = process::cargo(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"]);
    Ok(Verdict::of(process::passes(&mut clippy)?))
}

fn rustdoc() -> Result<Verdict, Failure> {
    let mut rustdoc = process::cargo(&["doc", "--quiet", "--workspace", "--no-deps"]);
    Ok(Verdict::of(process::passes(rustdoc.env("RUSTDOCFLAGS", "--deny warnings"))?))
}

fn layers_and_style() -> Result<Verdict, Failure> {
    Ok(Verdict::of(process::passes(&mut process::cargo(&["test", "--quiet", "--package", "xtask"]))?))
}
