//! What the emulator takes and answers on behalf of AWS and Azure, compared with the models in those vendors' own libraries from PyPI. Where
//! they cannot be fetched, every one of these tests is skipped and counted as skipped.
#![allow(clippy::unwrap_used)]

mod aws;
mod azure;
mod packages;
mod python;
#[path = "../emulator/signing.rs"]
mod signing;
mod xml;

use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value;

/// Compares the emulator with the models, and answers what differs.
type Comparison = fn(&Value) -> Vec<String>;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let models = match packages::fetch() {
        Ok(models) => Some(Arc::new(models)),
        Err(why) => {
            eprintln!("SKIPPED: nothing compares the emulator with the models of AWS's and Azure's libraries: {why}");
            None
        }
    };
    let tests: [(&str, Comparison); 4] = [
        ("every_action_and_parameter_is_awss", aws::compare_requests),
        ("every_element_of_every_answer_is_awss", aws::compare_answers),
        ("every_member_of_every_answer_is_azures", azure::compare_answers),
        ("every_member_of_azures_models_is_taken", azure::compare_requests),
    ];
    let trials = tests.into_iter().map(|(name, test)| {
        let models = models.clone();
        let skipped = models.is_none();
        let trial = Trial::test(name, move || {
            let found = models.map(|models| test(&models)).unwrap_or_default();
            if found.is_empty() { Ok(()) } else { Err(Failed::from(found.join("\n"))) }
        });
        trial.with_ignored_flag(skipped)
    });
    // What could not be fetched stays skipped, also when the ignored tests are asked for.
    arguments.include_ignored = false;
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
