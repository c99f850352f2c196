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
    /// Google's command line.
    Gcloud,
    /// AWS's command line.
    Aws,
}

/// The acceptance tests.
#[derive(Debug)]
pub struct Suite {
    arguments: Arguments,
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
                missing.push((Needs::Terraform, why));
            }
        }
        let programs = [("gcloud", Needs::Gcloud, "gcloud is not on PATH"), ("aws", Needs::Aws, "aws is not on PATH")];
        let lacking = programs.into_iter().filter(|(program, ..)| on_path(Path::new(program)).is_none());
        missing.extend(lacking.map(|(_, needs, why)| (needs, why)));
        Self { arguments: Arguments::from_args(), trials: Vec::new(), missing }
    }

    /// Adds a test that drives terraform.
    pub fn test(&mut self, name: &str, test: impl FnOnce() + Send + 'static) {
        self.test_with(&[], name, test);
    }

    /// Adds a test that takes long and only widens what another one covers: it runs with `--include-ignored`.
    pub fn exhaustive(&mut self, name: &str, test: impl FnOnce() + Send + 'static) {
        self.exhaustive_with(|| Ok(()), name, test);
    }

    /// Adds an exhaustive test that needs something made first, which is tried where the test is to run.
    pub fn exhaustive_with(
        &mut self,
        make: impl FnOnce() -> Result<(), String>,
        name: &str,
        test: impl FnOnce() + Send + 'static,
    ) {
        let asked_for = self.arguments.filter.as_deref().is_none_or(|filter| name.contains(filter));
        let missing = match self.arguments.include_ignored && asked_for && !self.arguments.list {
            true => make().err(),
            false => None,
        };
        if let Some(why) = &missing {
            eprintln!("SKIPPED {name}: {why}");
        }
        let ignored = missing.is_some() || !self.arguments.include_ignored;
        let trial = Trial::test(name, move || attempt(test).map_err(Failed::from));
        self.trials.push(trial.with_kind("exhaustive").with_ignored_flag(ignored));
    }

    /// Adds a test that needs these besides terraform.
    pub fn test_with(&mut self, needs: &[Needs], name: &str, test: impl FnOnce() + Send + 'static) {
        let lacks = |(missing, _): &&(Needs, &str)| *missing == Needs::Terraform || needs.contains(missing);
        let missing = self.missing.iter().find(lacks);
        if let Some((_, why)) = missing {
            eprintln!("SKIPPED {name}: {why}");
        }
        let trial = Trial::test(name, move || attempt(test).map_err(Failed::from));
        self.trials.push(trial.with_kind("acceptance").with_ignored_flag(missing.is_some()));
    }

    /// Runs what the command line selects.
    #[must_use]
    pub fn run(mut self) -> ExitCode {
        // What this machine lacks stays skipped, also when the exhaustive tests are asked for.
        self.arguments.include_ignored = false;
        libtest_mimic::run(&self.arguments, self.trials).exit_code()
    }
}

impl Default for Suite {
    fn default() -> Self {
        Self::new()
    }
}
