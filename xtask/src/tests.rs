//! `cargo xtask test`: builds and runs every test, and ends with one plain line of totals.

use crate::artifacts::{Build, Programs};
use crate::prerequisites;
use crate::process::{self, Failure, Outcome};

/// Which tests to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    ignored_too: bool,
    filter: Option<String>,
}

impl Selection {
    /// Reads `[--all] [FILTER]`.
    pub(crate) fn parse(options: &[&str]) -> Result<Self, Failure> {
        let mut selection = Self::default();
        for option in options {
            match *option {
                "--all" => selection.ignored_too = true,
                unknown if unknown.starts_with('-') => {
                    return Err(Failure::new(format!("unknown option `{unknown}`")).hint("test [--all] [FILTER]"));
                }
                filter if selection.filter.is_none() => selection.filter = Some(filter.to_owned()),
                second => return Err(Failure::new(format!("one filter at most, and `{second}` is the second"))),
            }
        }
        Ok(selection)
    }

    fn arguments(&self) -> Vec<&str> {
        let mut arguments = vec!["test", "--workspace", "--no-fail-fast"];
        arguments.extend(self.filter.as_deref());
        if self.ignored_too {
            arguments.extend(["--", "--include-ignored"]);
        }
        arguments
    }
}

/// Runs the tests and prints the totals as the last line.
pub(crate) fn run(selection: &Selection) -> Result<Outcome, Failure> {
    prerequisites::for_build()?;
    process::announce("building the programs and the tests");
    let totals = match Programs::build(Build::ProgramsAndTests) {
        Ok(programs) => run_built(selection, &programs)?,
        Err(failure) => {
            eprintln!("error: {failure}");
            Totals { failed: 1, ..Totals::default() }
        }
    };
    println!("{}", totals.line());
    Ok(Outcome::of(totals.failed == 0))
}

/// Runs the tests of a finished build; what passes quietly is counted, everything else is shown.
pub(crate) fn run_built(selection: &Selection, programs: &Programs) -> Result<Totals, Failure> {
    process::announce("running the tests");
    let mut totals = Totals::default();
    let mut command = process::cargo(&selection.arguments());
    let good = process::stream(programs.name_in(&mut command)?, |line| {
        totals.count(line);
        if is_worth_showing(line) {
            println!("{line}");
        }
    })?;
    if !good && totals.failed == 0 {
        // A test program that was killed, or a test that does not compile, leaves no result line.
        totals.failed = 1;
    }
    if !totals.failures.is_empty() {
        println!("\nfailed:\n    {}", totals.failures.join("\n    "));
    }
    Ok(totals)
}

/// How many tests came out how, over all test programs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
    failures: Vec<String>,
}

impl Totals {
    /// The closing line.
    pub(crate) fn line(&self) -> String {
        format!("{} passed, {} failed, {} skipped", self.passed, self.failed, self.skipped)
    }

    fn count(&mut self, line: &str) {
        if let Some(result) = line.strip_prefix("test result: ") {
            let counts = result.split_once(". ").map_or("", |(_, counts)| counts);
            self.passed += count_of(counts, "passed");
            self.failed += count_of(counts, "failed");
            self.skipped += count_of(counts, "ignored");
        } else if let Some(name) = line.strip_prefix("test ").and_then(|test| test.strip_suffix("... FAILED")) {
            self.failures.push(name.trim().to_owned());
        }
    }
}

/// The number before `kind` in `5 passed; 0 failed; 1 ignored; …`.
fn count_of(counts: &str, kind: &str) -> usize {
    counts.split("; ").find_map(|count| count.strip_suffix(kind)?.trim().parse().ok()).unwrap_or(0)
}

/// Unit tests that pass are only counted; acceptance tests, which take seconds and carry a `[kind]`, are always shown.
fn is_worth_showing(line: &str) -> bool {
    let passed_quietly = line.starts_with("test ") && line.ends_with("... ok") && !line.starts_with("test [");
    let nothing_to_say =
        line.is_empty() || line.starts_with("running ") || line.contains(" 0 passed; 0 failed; 0 ignored;");
    !passed_quietly && !nothing_to_say
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn result_lines_add_up_and_failures_are_named() {
        let mut totals = Totals::default();
        for line in [
            "test a ... ok",
            "test model::finding ... FAILED",
            "test [acceptance] story ... FAILED",
            "test result: FAILED. 5 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s",
            "test result: ok. 7 passed; 0 failed; 3 ignored; 0 measured; 2 filtered out; finished in 0.01s",
        ] {
            totals.count(line);
        }
        assert_eq!(totals.line(), "12 passed, 2 failed, 4 skipped");
        assert_eq!(totals.failures, ["model::finding", "[acceptance] story"]);
    }

    #[test]
    fn options_select() {
        let selection = Selection::parse(&["--all", "trust"]).unwrap_or_default();
        assert_eq!(
            selection.arguments(),
            ["test", "--workspace", "--no-fail-fast", "trust", "--", "--include-ignored"]
        );
        assert!(Selection::parse(&["--none"]).is_err());
        assert!(Selection::parse(&["a", "b"]).is_err());
    }

    #[test]
    fn only_what_matters_is_shown() {
        assert!(!is_worth_showing("test a::b ... ok"));
        assert!(is_worth_showing("test [acceptance] story ... ok"));
        assert!(is_worth_showing("test a::b ... ignored, needs gcloud"));
        assert!(!is_worth_showing("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out"));
    }
}
