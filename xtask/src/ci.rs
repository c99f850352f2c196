//! `cargo xtask ci`: lint, tests and the demo, with one line of totals at the end. `.ci/run` and the hosted workflow call this.

use std::time::Instant;

use crate::artifacts::{Build, Programs};
use crate::lint::{self, Verdict};
use crate::process::{self, Failure, Outcome};
use crate::{demo, prerequisites, tests};

/// Runs everything; the last line counts checks and tests together.
pub(crate) fn run() -> Result<Outcome, Failure> {
    let start = Instant::now();
    prerequisites::for_build()?;
    // The programs are built together with the tests before anything else, so that every later step finds its
    // dependencies built with the same features.
    process::announce("building the programs and the tests");
    let programs = Programs::build(Build::ProgramsAndTests)?;
    let built = start.elapsed();
    let mut verdicts = lint::verdicts();
    let totals = tests::run_built(&tests::Selection::default(), &programs)?;
    verdicts.push(("demo", tell_the_story(&programs)));

    lint::report(&verdicts);
    println!("build {} s, everything {} s", built.as_secs(), start.elapsed().as_secs());
    let count = |wanted: fn(&Verdict) -> bool| verdicts.iter().filter(|(_, verdict)| wanted(verdict)).count();
    let passed = totals.passed + count(|verdict| *verdict == Verdict::Passed);
    let failed = totals.failed + count(|verdict| *verdict == Verdict::Failed);
    let skipped = totals.skipped + count(|verdict| matches!(verdict, Verdict::Skipped(_)));
    println!("{passed} passed, {failed} failed, {skipped} skipped");
    Ok(Outcome::of(failed == 0))
}

fn tell_the_story(programs: &Programs) -> Verdict {
    let Some(terraform) = prerequisites::find_terraform() else {
        return Verdict::Skipped("neither terraform nor tofu is on PATH".to_owned());
    };
    process::announce("the demo");
    match demo::command(programs, &terraform).and_then(|mut demo| process::passes(&mut demo)) {
        Ok(passed) => Verdict::of(passed),
        Err(failure) => {
            eprintln!("error: {failure}");
            Verdict::Failed
        }
    }
}
