//! The project's chores, in Rust so that they run wherever the project builds: demo, tests, checks, documentation, benchmarks.
#![allow(clippy::print_stdout, reason = "a command line tool talks to its user on standard output")]

mod artifacts;
mod bench;
mod ci;
mod demo;
mod deny;
mod docs;
mod install;
mod lint;
mod policy;
mod prerequisites;
mod process;
mod tests;
mod workspace;

use std::process::ExitCode;

use process::{Failure, Outcome};

const USAGE: &str = "\
Usage: cargo xtask <command>

  demo [--keep]          tell the project's story on the real terraform or tofu; --keep leaves the emulator up
  test [--all] [FILTER]  build and run every test; FILTER selects by name; --all runs the ignored ones too
  lint                   formatting, clippy, rustdoc, generated pages, licences
  ci                     what .ci/run does: lint, test and demo
  setup                  check the prerequisites and install what rustup can install
  dist-install [DIR]     put the provider into a private filesystem mirror and print the CLI configuration for it
  docs [--check]         generate the registry pages from the provider's schema
  policy new NAME [DIR]  write a policy of your own, with one rule, its tests and how to go on
  policy build DIR       compile a policy to WebAssembly and print the digest to pin
  bench [NAME]           start, plan, apply, refresh, members, size or gate, or all of them, in release profile
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments.iter().map(String::as_str).collect::<Vec<_>>()) {
        Ok(Outcome::Good) => ExitCode::SUCCESS,
        Ok(Outcome::Bad) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[&str]) -> Result<Outcome, Failure> {
    match arguments {
        ["demo"] => demo::run(false),
        ["demo", "--keep"] => demo::run(true),
        ["test", options @ ..] => tests::run(&tests::Selection::parse(options)?),
        ["lint"] => lint::run(),
        ["ci"] => ci::run(),
        ["setup"] => prerequisites::set_up(),
        ["dist-install"] => install::run(None),
        ["dist-install", directory] => install::run(Some(directory)),
        ["docs"] => docs::write(),
        ["docs", "--check"] => docs::check(),
        ["policy", "new", name] => policy::new(name, None),
        ["policy", "new", name, directory] => policy::new(name, Some(directory)),
        ["policy", "build", directory] => policy::build(directory),
        ["bench"] => bench::run(None),
        ["bench", only] => bench::run(Some(only)),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(Outcome::Good)
        }
        unknown => Err(Failure::new(format!("unknown command `{}`", unknown.join(" "))).hint(USAGE)),
    }
}
