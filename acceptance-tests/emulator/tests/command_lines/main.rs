//! The vendors' own command lines, unmodified, run the documents' own commands, corrected where those are wrong. `aws` runs where it is on
//! PATH. `az` is heavy, so it runs only together with the ignored tests, installed once below the build folder. What cannot run is skipped
//! loudly, and counted as skipped.
#![allow(clippy::unwrap_used)]

mod aws;
mod aws_cli;
mod az;
mod azure_cli;
mod command;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let heavy = arguments.include_ignored || arguments.ignored;
    let why_no_aws = command::on_path("aws").is_none().then(|| String::from("aws is not on PATH"));
    let of_az = "az_sets_up_what_the_documents_set_up";
    let asked_for = arguments.filter.as_deref().is_none_or(|filter| of_az.contains(filter));
    let why_no_az = if heavy && asked_for && !arguments.list {
        azure_cli::install().err()
    } else {
        Some(String::from("it runs with the ignored tests only"))
    };
    let trials = [
        ("aws_sets_up_what_the_documents_set_up", aws::set_up as fn(), why_no_aws),
        (of_az, az::set_up as fn(), why_no_az),
    ];
    let trials = trials.into_iter().map(|(name, test, missing)| {
        if let Some(why) = &missing {
            eprintln!("SKIPPED {name}: {why}");
        }
        Trial::test(name, move || {
            test();
            Ok(())
        })
        .with_ignored_flag(missing.is_some())
    });
    let trials: Vec<Trial> = trials.collect();
    // What could not be installed stays skipped, also when the ignored tests are asked for.
    arguments.include_ignored = false;
    arguments.ignored = false;
    libtest_mimic::run(&arguments, trials).exit_code()
}
