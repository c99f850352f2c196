//! `check`: the verdict on a plan.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use crosscloud_policy_model::finding::Severity;

use super::{Asked, Input, one_of, print};
use crate::baseline::Baseline;
use crate::error::GateError;
use crate::format::Format;
use crate::gate::{Gate, OnUndetermined, Options};
use crate::output;
use crate::source::Sources;

#[derive(Debug, Args)]
pub(super) struct Check {
    #[command(flatten)]
    input: Input,
    /// How to write what was found on standard output.
    #[arg(long, default_value = "human", value_name = "FORMAT", value_parser = one_of(Format::NAMES.map(|(name, _)| name), str::parse::<Format>))]
    format: Format,
    /// Write it to a file, too, such as `sarif=gate.sarif`; can be given several times.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = out)]
    out: Vec<(Format, PathBuf)>,
    #[command(flatten)]
    deciding: Deciding,
    /// Findings that were there already and do not count, as `--write-baseline` writes them.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write everything that is found now into the baseline, so that only what is new counts from then on.
    #[arg(long, requires = "baseline")]
    write_baseline: bool,
    /// Folder of the configuration, to show the lines that findings are about.
    #[arg(long, default_value = ".", value_name = "DIR")]
    source: PathBuf,
    #[command(flatten)]
    asked: Asked,
}

/// What denies a plan.
#[derive(Debug, Args)]
pub(super) struct Deciding {
    /// Findings of this severity or a graver one deny the plan.
    #[arg(long, default_value = "high", value_name = "SEVERITY")]
    fail_on: Grade,
    /// What becomes of findings that wait for values: without it they count like violations.
    #[arg(long, value_name = "LEVEL")]
    on_undetermined: Option<Undetermined>,
    /// Judge what the plan leaves as it is, too.
    #[arg(long)]
    all: bool,
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

impl Check {
    /// Whether the plan is denied.
    pub(super) fn run(self) -> Result<bool, GateError> {
        let files: BTreeSet<&PathBuf> = self.out.iter().map(|(_, file)| file).collect();
        if let Some((_, file)) = self.out.iter().find(|_| files.len() < self.out.len()) {
            return Err(GateError::SameFile(file.clone()));
        }
        let plan = self.input.read()?;
        let held = self.baseline.as_deref().filter(|_| !self.write_baseline).map(Baseline::read).transpose()?;
        let sources = Some(Sources::in_folder(&self.source));
        let mut gate = Gate::load(Options { baseline: held, sources, ..self.deciding.options(&self.asked) })?;
        if let Some(path) = self.baseline.as_deref().filter(|_| self.write_baseline) {
            let baseline = Baseline::of(&gate.check(&plan)?);
            output::write(path, &baseline.text())?;
            gate = gate.with_baseline(baseline);
        }
        let report = gate.check(&plan)?;
        for (format, file) in &self.out {
            output::write(file, &format.write(&report, false))?;
        }
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        print(&self.format.write(&report, !plain && std::io::stdout().is_terminal()))?;
        Ok(report.is_denied())
    }
}

impl Deciding {
    pub(super) fn options(&self, asked: &Asked) -> Options {
        Options {
            files: asked.files(),
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
            ..Options::default()
        }
    }
}

fn out(text: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = text.split_once('=').ok_or("write FORMAT=FILE, such as json=report.json")?;
    Ok((format.parse().map_err(|error: crate::format::UnknownFormat| error.to_string())?, PathBuf::from(file)))
}
