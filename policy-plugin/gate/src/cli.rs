//! The command line. Exit code 0: allowed; 1: denied; 2: no verdict.
#![allow(clippy::print_stdout, reason = "a command line tool talks to its user on standard output")]

mod check;
mod graph;
mod pages;
#[cfg(feature = "serve")]
mod serve;
mod show;
mod test;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::error::GateError;
use crate::gate::{Gate, Options};
use crate::policies::PolicyFiles;
use crate::{explain, input};

/// The file of whoever runs the pipeline, for the provider and the gate alike.
const POLICY_FILE: &str = "CROSSCLOUD_POLICY_FILE";

/// Judges plans of Terraform and OpenTofu: whose trusts between clouds let in more than was meant.
#[derive(Debug, Parser)]
#[command(name = "crosscloud-gate", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Judge a plan: exit code 0 allows it, 1 denies it, 2 means that it cannot be judged.
    Check(check::Check),
    /// Draw who can become whom in a plan or a state, with what is open in red: exit code 0, or 2 where it cannot be drawn.
    Graph(graph::Graph),
    /// List every rule.
    Rules(Asked),
    /// Say what a rule demands, and why.
    Explain {
        /// Rule id, such as `gcp-member-pool-star`.
        rule: String,
        #[command(flatten)]
        asked: Asked,
    },
    /// Run tests of policies, plans beside what is to be found in them: exit code 0 where all is found, 1 where something differs.
    Test(test::Test),
    /// Judge the plans of HCP Terraform and Terraform Enterprise: a run task, until it is told to end.
    #[cfg(feature = "serve")]
    Serve(serve::Serve),
    /// Print what a shell needs to complete commands and options.
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print a manual page: of the program, or of one of its commands.
    Man {
        /// The command, such as `check`.
        command: Option<String>,
    },
    /// Print the page of all commands for the documentation.
    #[command(hide = true)]
    Reference,
}

#[derive(Debug, Args)]
struct Asked {
    /// A policy to ask besides the built-in one: a WebAssembly module, or a policy file in JSON. The file that CROSSCLOUD_POLICY_FILE names
    /// counts in any case.
    #[arg(long, value_name = "FILE")]
    policy: Vec<PathBuf>,
    /// Waivers and levels of rules, in JSON: `{"waivers": […], "rules": {…}}`.
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
}

/// Where a plan comes from.
#[derive(Debug, Args)]
struct Input {
    /// The plan, or to draw it a state, as `terraform show -json` writes it; `-` reads it from standard input.
    #[arg(required_unless_present = "plan", conflicts_with = "plan", value_name = "PLAN.json")]
    json: Option<PathBuf>,
    /// A plan as `terraform plan -out` writes it, turned into JSON by `terraform show`, or by what TF_CLI_PATH names.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
}

/// Runs the program.
#[must_use]
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help is an answer, and everything else no verdict.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match run(cli.command) {
        Ok(denied) => ExitCode::from(u8::from(denied)),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether the plan is denied.
fn run(command: Command) -> Result<bool, GateError> {
    match command {
        Command::Check(check) => check.run(),
        Command::Graph(graph) => graph.run().map(|()| false),
        Command::Rules(asked) => {
            let gate = Gate::load(Options { files: asked.files(), ..Options::default() })?;
            print(&explain::list(&gate)).map(|()| false)
        }
        Command::Explain { rule, asked } => {
            let gate = Gate::load(Options { files: asked.files(), ..Options::default() })?;
            print(&explain::explain(&gate, &rule)?).map(|()| false)
        }
        Command::Test(test) => test.run(),
        #[cfg(feature = "serve")]
        Command::Serve(serve) => serve.run().map(|()| false),
        Command::Completions { shell } => print(&pages::completions(shell)).map(|()| false),
        Command::Man { command } => print(&pages::manual(command.as_deref())?).map(|()| false),
        Command::Reference => print(&pages::reference()).map(|()| false),
    }
}

impl Asked {
    fn files(&self) -> PolicyFiles {
        let floor = std::env::var_os(POLICY_FILE).filter(|path| !path.is_empty()).map(PathBuf::from);
        PolicyFiles { policies: floor.into_iter().chain(self.policy.clone()).collect(), waivers: self.waivers.clone() }
    }
}

impl Input {
    fn read(&self) -> Result<String, GateError> {
        match (&self.json, &self.plan) {
            (_, Some(plan)) => show::json_of(plan),
            (Some(json), None) => Ok(input::read(json)?),
            (None, None) => Ok(input::read(Path::new("-"))?),
        }
    }
}

/// A value out of a list of names.
fn one_of<T, E>(
    names: impl IntoIterator<Item = &'static str>,
    read: impl Fn(&str) -> Result<T, E> + Clone + Send + Sync + 'static,
) -> impl TypedValueParser<Value = T>
where
    T: Clone + Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(move |name| read(&name))
}

/// A reader that has gone away, such as `head`, wanted no more.
fn print(text: &str) -> Result<(), GateError> {
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(GateError::Output { what: "standard output".to_owned(), reason: error.to_string() })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::Cli;

    #[test]
    fn the_command_line_fits_together() {
        Cli::command().debug_assert();
    }
}
