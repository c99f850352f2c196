//! Why there is no verdict. Each of these is exit code 2: what cannot be judged is not let through.

use std::path::PathBuf;

use crosscloud_policy_host::PolicyError;
use crosscloud_policy_model::enforcement::EnforcementError;

/// Why there is no verdict.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// What was given is no plan.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A policy does not load or does not answer.
    #[error("{0}; without a verdict nothing is allowed")]
    Policy(#[from] PolicyError),
    /// A file of policies or waivers cannot be read.
    #[error("{} cannot be used: {reason}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// What is asked about findings contradicts itself, or the policies.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Enforcement(Vec<EnforcementError>),
    /// There is no such rule.
    #[error("there is no rule `{0}`: `crosscloud-gate rules` lists them")]
    UnknownRule(String),
    /// `terraform show -json` gave no plan.
    #[error("`{command}` failed: {reason}")]
    Show {
        /// What was run.
        command: String,
        /// What it said.
        reason: String,
    },
    /// A command that there is no page for.
    #[error("there is no command `{0}`: `crosscloud-gate --help` lists them")]
    UnknownCommand(String),
    /// Two reports would go to one file.
    #[error("two reports would go to {}: give each a file of its own", .0.display())]
    SameFile(PathBuf),
    /// A folder of policy tests cannot be run.
    #[error("the tests cannot be run: {0}")]
    Tests(String),
    /// The run task cannot be served.
    #[error("the run task cannot be served: {0}")]
    Serve(String),
    /// A report cannot be written.
    #[error("{what} cannot be written: {reason}")]
    Output {
        /// Where to.
        what: String,
        /// What the system said.
        reason: String,
    },
}

/// Why what was given is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// The file cannot be read.
    #[error("{name} cannot be read: {reason}")]
    Unreadable {
        /// The file.
        name: String,
        /// What the system said.
        reason: String,
    },
    /// Nothing but white space.
    #[error("the plan is empty: write one with `terraform show -json tfplan`")]
    Empty,
    /// What `terraform plan -out` writes.
    #[error(
        "this is a binary plan file, not JSON: give it with `--plan`, or turn it into JSON with `terraform show -json`"
    )]
    Binary,
    /// Not text.
    #[error("the plan is not valid UTF-8 at byte {0}; on Windows, redirect with `| Out-File -Encoding utf8`")]
    NotUtf8(usize),
    /// Configuration, not a plan.
    #[error(
        "this is Terraform configuration, not a plan: write one with `terraform plan -out tfplan` and `terraform show -json tfplan`"
    )]
    Configuration,
    /// Something else.
    #[error("the plan is no JSON object: write one with `terraform show -json tfplan`")]
    NotAnObject,
    /// The log of a plan in JSON.
    #[error("this is the log of `terraform plan -json`, not a plan: write one with `terraform show -json tfplan`")]
    Log,
    /// A state.
    #[error(
        "this is a state, not a plan: a plan comes from `terraform show -json` with the file that `terraform plan -out` wrote"
    )]
    State,
    /// What Terraform itself keeps, or a state without values.
    #[error(
        "this is the state as Terraform keeps it: `terraform show -json` without a file writes it in a form that can be drawn"
    )]
    StoredState,
    /// JSON, but no plan.
    #[error("the plan says no format_version, so it is none: write one with `terraform show -json tfplan`")]
    NoVersion,
    /// A plan of a format that is not known.
    #[error("the plan has the format {0}, and this gate reads formats of version 1: update the gate")]
    Version(String),
    /// The plan ends in the middle.
    #[error("the plan ends in the middle, at line {line}: write it again, the file is cut off")]
    Truncated {
        /// Line.
        line: usize,
    },
    /// Something follows the plan.
    #[error("the file holds more than one document: the second begins at line {line}")]
    TwoDocuments {
        /// Line.
        line: usize,
    },
    /// A part is not as plans are.
    #[error("the plan cannot be read: {0}")]
    Malformed(String),
    /// More levels than any plan has.
    #[error("the plan is nested more than {0} levels deep, which no plan is")]
    TooDeep(usize),
    /// More bytes than any plan has.
    #[error("the plan is larger than {0} bytes")]
    TooLarge(u64),
    /// Terraform could not finish the plan.
    #[error("the plan is incomplete, because planning failed: correct the errors and plan again")]
    Errored,
}
