//! The list of acceptance tests and what each needs; what this machine lacks makes a test skipped, loudly, not absent.

use std::path::Path;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};

use crate::attempt::attempt;
use crate::terraform::{Terraform, on_path};

/// What a test cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Any terraform or tofu.
    Terraform,
    /// Any terraform or tofu, and Google's command line.
    Gcloud,
}

/// The acceptance tests.
#[derive(Debug)]
pub struct Suite {
    trials: Vec<Trial>,
    missing: Vec<(Needs, &'static str)>,
}

impl Suite {
    /// An empty list, with a look at what this machine has.
    #[must_use]
    pub fn new() -> Self {
        let mut missing = Vec::new();
        match Terraform::find() {
            Some(found) => {
                eprintln!("acceptance tests drive {} ({:?} {})", found.path.display(), found.flavour, found.version)
            }
            None => {
                let why = "neither terraform nor tofu is on PATH and TF_CLI_PATH names none";
                missing.extend([(Needs::Terraform, why), (Needs::Gcloud, why)]);
            }
        }
        if on_path(Path::new("gcloud")).is_none() {
            missing.push((Needs::Gcloud, "gcloud is not on PATH"));
        }
        Self { trials: Vec::new(), missing }
    }

    /// Adds a test that drives terraform.
    pub fn test(&mut self, name: &str, test: impl FnOnce() + Send + 'static) {
        self.test_with(Needs::Terraform, name, test);
    }

    /// Adds a test that takes long and only widens what another one covers: it runs with `--include-ignored`.
    pub fn exhaustive(&mut self, name: &str, test: impl FnOnce() + Send + 'static) {
        let trial = Trial::test(name, move || attempt(test).map_err(Failed::from));
        self.trials.push(trial.with_kind("exhaustive").with_ignored_flag(true));
    }

    /// Adds a test that needs this.
    pub fn test_with(&mut self, needs: Needs, name: &str, test: impl FnOnce() + Send + 'static) {
        let missing = self.missing.iter().find(|(missing, _)| *missing == needs);
        if let Some((_, why)) = missing {
            eprintln!("SKIPPED {name}: {why}");
        }
        let trial = Trial::test(name, move || attempt(test).map_err(Failed::from));
        self.trials.push(trial.with_kind("acceptance").with_ignored_flag(missing.is_some()));
    }

    /// Runs what the command line selects.
    #[must_use]
    pub fn run(self) -> ExitCode {
        libtest_mimic::run(&Arguments::from_args(), self.trials).exit_code()
    }
}

impl Default for Suite {
    fn default() -> Self {
        Self::new()
    }
}
