//! `graph`: the picture of a plan or a state.

use std::path::{Path, PathBuf};

use clap::Args;
use crosscloud_policy_picture::Format;

use super::{Asked, print, show};
use crate::error::GateError;
use crate::gate::{Gate, Options};
use crate::input;

#[derive(Debug, Args)]
pub(super) struct Graph {
    /// The plan or the state, as `terraform show -json` writes it; `-` reads it from standard input.
    #[arg(required_unless_present = "plan", conflicts_with = "plan", value_name = "PLAN.json|STATE.json")]
    json: Option<PathBuf>,
    /// A plan as `terraform plan -out` writes it, turned into JSON by `terraform show`, or by what TF_CLI_PATH names.
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// How to draw it: html, svg, mermaid, dot or json. Without it, the ending of the file that it goes to tells, and else it is html.
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// Write it to a file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
    #[command(flatten)]
    asked: Asked,
}

impl Graph {
    pub(super) fn run(&self) -> Result<(), GateError> {
        let gate = Gate::load(Options { files: self.asked.files(), ..Options::default() })?;
        let text = match (&self.json, &self.plan) {
            (_, Some(plan)) => show::json_of(plan)?,
            (Some(json), None) => input::read(json)?,
            (None, None) => input::read(Path::new("-"))?,
        };
        let picture = self.format().write(&gate.graph(&text)?);
        match &self.out {
            None => print(&picture),
            Some(file) => std::fs::write(file, picture)
                .map_err(|error| GateError::Output { what: file.display().to_string(), reason: error.to_string() }),
        }
    }

    fn format(&self) -> Format {
        let ending = self.out.as_deref().and_then(Path::extension).and_then(|ending| ending.to_str());
        let told = match ending {
            Some("mmd") => Some(Format::Mermaid),
            Some("gv") => Some(Format::Dot),
            other => other.and_then(|ending| ending.parse().ok()),
        };
        self.format.or(told).unwrap_or(Format::Html)
    }
}
