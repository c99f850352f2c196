//! Turning a binary plan into JSON with the program that made it.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::error::GateError;
use crate::input;

/// Names another program than `terraform`, such as `tofu`.
const PROGRAM: &str = "TF_CLI_PATH";

/// The JSON of a binary plan.
pub(super) fn json_of(plan: &Path) -> Result<String, GateError> {
    let program = std::env::var_os(PROGRAM).unwrap_or_else(|| "terraform".into());
    let shown = format!("{} show -json {}", Path::new(&program).display(), plan.display());
    let failed = |reason: String| GateError::Show { command: shown.clone(), reason };
    let mut child = Command::new(&program)
        .args(["show", "-json"])
        .arg(plan)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| failed(error.to_string()))?;
    // What it complains of is short, so it fits into the pipe while the plan is read.
    let json = child.stdout.take().map(input::from_reader);
    let output = child.wait_with_output().map_err(|error| failed(error.to_string()))?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        let told: Vec<&str> = told.lines().map(str::trim).filter(|line| !line.is_empty()).take(4).collect();
        return Err(failed(told.join(" ")));
    }
    json.unwrap_or(Err(crate::error::InputError::Empty)).map_err(GateError::from)
}
