//! The command line. Exit code 0: allowed; 1: denied; 2: no verdict.
#![allow(clippy::print_stdout, reason = "a command line tool talks to its user on standard output")]

mod graph;
mod show;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand, ValueEnum};
use crosscloud_policy_model::finding::Severity;

use crate::error::GateError;
use crate::format::Format;
use crate::gate::{Gate, OnUndetermined, Options};
use crate::policies::PolicyFiles;
use crate::source::Sources;
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
    Check(Check),
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
}

#[derive(Debug, Args)]
struct Check {
    /// The plan, as `terraform show -json` writes it; `-` reads it from standard input.
    #[arg(required_unless_present = "plan", conflicts_with = "plan", value_name = "PLAN.json")]
    json: Option<PathBuf>,
    /// A plan as `terraform plan -out` writes it, turned into JSON by `terraform show`, or by what TF_CLI_PATH names.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// How to write what was found on standard output.
    #[arg(long, default_value = "human", value_name = "FORMAT")]
    format: Format,
    /// Write it to a file, too; can be given several times.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = out)]
    out: Vec<(Format, PathBuf)>,
    /// Findings of this severity or a graver one deny the plan.
    #[arg(long, default_value = "high", value_name = "SEVERITY")]
    fail_on: Grade,
    /// What becomes of findings that wait for values: without it they count like violations.
    #[arg(long, value_name = "LEVEL")]
    on_undetermined: Option<Undetermined>,
    /// Judge what the plan leaves as it is, too.
    #[arg(long)]
    all: bool,
    /// Folder of the configuration, to show the lines that findings are about.
    #[arg(long, default_value = ".", value_name = "DIR")]
    source: PathBuf,
    #[command(flatten)]
    asked: Asked,
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

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Grade {
    Low,
    Medium,
    High,
    Critical,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Undetermined {
    Warn,
    Deny,
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
    match run(&cli.command) {
        Ok(denied) => ExitCode::from(u8::from(denied)),
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether the plan is denied.
fn run(command: &Command) -> Result<bool, GateError> {
    match command {
        Command::Check(check) => check.run(),
        Command::Graph(graph) => graph.run().map(|()| false),
        Command::Rules(asked) => {
            let gate = Gate::load(Options { files: asked.files(), ..Options::default() })?;
            print(&explain::list(&gate)).map(|()| false)
        }
        Command::Explain { rule, asked } => {
            let gate = Gate::load(Options { files: asked.files(), ..Options::default() })?;
            print(&explain::explain(&gate, rule)?).map(|()| false)
        }
    }
}

impl Check {
    fn run(&self) -> Result<bool, GateError> {
        let options = Options {
            files: self.asked.files(),
            fail_on: match self.fail_on {
                Grade::Low => Severity::Low,
                Grade::Medium => Severity::Medium,
                Grade::High => Severity::High,
                Grade::Critical => Severity::Critical,
            },
            on_undetermined: self.on_undetermined.map(|it| match it {
                Undetermined::Warn => OnUndetermined::Warn,
                Undetermined::Deny => OnUndetermined::Deny,
            }),
            all: self.all,
            sources: Some(Sources::in_folder(&self.source)),
        };
        let plan = match (&self.json, &self.plan) {
            (_, Some(plan)) => show::json_of(plan)?,
            (Some(json), None) => input::read(json)?,
            (None, None) => input::read(Path::new("-"))?,
        };
        let report = Gate::load(options)?.check(&plan)?;
        for (format, file) in &self.out {
            std::fs::write(file, format.write(&report, false))
                .map_err(|error| GateError::Output { what: file.display().to_string(), reason: error.to_string() })?;
        }
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        print(&self.format.write(&report, !plain && std::io::stdout().is_terminal()))?;
        Ok(report.is_denied())
    }
}

impl Asked {
    fn files(&self) -> PolicyFiles {
        let floor = std::env::var_os(POLICY_FILE).filter(|path| !path.is_empty()).map(PathBuf::from);
        PolicyFiles { policies: floor.into_iter().chain(self.policy.clone()).collect(), waivers: self.waivers.clone() }
    }
}

fn out(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write FORMAT=FILE, such as json=report.json")?;
    Ok((format.parse().map_err(|error: crate::format::UnknownFormat| error.to_string())?, PathBuf::from(file)))
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
