//! `graph`: the picture of a plan or a state.

use std::path::{Path, PathBuf};

use clap::Args;
use crosscloud_policy_picture::Format;

use super::{Asked, Input, one_of, print};
use crate::error::GateError;
use crate::gate::{Gate, Options};
use crate::output;

#[derive(Debug, Args)]
pub(super) struct Graph {
    #[command(flatten)]
    input: Input,
    /// How to draw it. Without it, the ending of the file that it goes to tells, and else it is html.
    #[arg(long, value_name = "FORMAT", value_parser = one_of(Format::ALL.map(Format::name), str::parse::<Format>))]
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
        let picture = self.format().write(&gate.graph(&self.input.read()?)?);
        match &self.out {
            None => print(&picture),
            Some(file) => output::write(file, &picture),
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
