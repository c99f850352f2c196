//! `test`: policies held against plans.

use std::path::PathBuf;

use clap::Args;

use super::{Asked, print};
use crate::cases::Cases;
use crate::error::GateError;

#[derive(Debug, Args)]
pub(super) struct Test {
    /// Folder of the tests: each `plan.json` or `NAME.plan.json` in it stands beside an `expected.json` or `NAME.expected.json`.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Write what is found into the expected files instead of comparing; read what it wrote before you keep it.
    #[arg(long)]
    update: bool,
    #[command(flatten)]
    asked: Asked,
}

impl Test {
    /// Whether something differs.
    pub(super) fn run(&self) -> Result<bool, GateError> {
        let cases = Cases::find(&self.folder, self.asked.files())?;
        if self.update {
            let written = cases.update()?;
            let lines: String = written.iter().map(|file| format!("wrote {}\n", file.display())).collect();
            return print(&lines).map(|()| false);
        }
        let results = cases.run()?;
        let mut text = String::new();
        for result in &results {
            text.push_str(&result.to_string());
        }
        let failed = results.iter().filter(|result| !result.passed()).count();
        text.push_str(&format!("{} passed, {failed} failed\n", results.len() - failed));
        print(&text).map(|()| failed > 0)
    }
}
