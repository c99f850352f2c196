//! The official providers themselves, where their registry or a mirror of it is at hand: `terraform validate` is then asked about what eject writes.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use acceptance_tests::terraform::Terraform;
use serde_json::Value;

use crate::official_schemas::tools;

const REQUIRED: &str = r#"terraform {
  required_providers {
    aws     = { source = "hashicorp/aws" }
    azuread = { source = "hashicorp/azuread" }
    azurerm = { source = "hashicorp/azurerm" }
    google  = { source = "hashicorp/google" }
  }
}

provider "azurerm" {
  features {}
}
"#;

/// Has terraform install them below the build folder. The error says why that failed.
pub(crate) fn install() -> Result<(), String> {
    let folder = folder();
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let _ = fs::remove_file(folder.join("main.tf"));
    fs::write(folder.join("providers.tf"), REQUIRED).map_err(|error| error.to_string())?;
    let said = terraform(&["init", "-input=false", "-no-color"])?;
    if said.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&said.stderr).into_owned();
    let lines = why.lines().map(|line| line.trim_matches(['│', '╷', '╵', ' '])).filter(|line| !line.is_empty());
    let error = lines.skip_while(|line| !line.starts_with("Error:")).take(4).collect::<Vec<_>>().join(" ");
    Err(format!("the official providers are not at hand: {error}"))
}

/// What terraform finds wrong with a configuration of theirs.
pub(crate) fn faults(configuration: &str) -> Vec<String> {
    fs::write(folder().join("main.tf"), configuration).expect("a configuration can be written");
    let said = terraform(&["validate", "-json"]).expect("terraform starts");
    let verdict: Value = serde_json::from_slice(&said.stdout).expect("the verdict is JSON");
    let diagnostics = verdict["diagnostics"].as_array().expect("the verdict has diagnostics").iter();
    let errors = diagnostics.filter(|it| it["severity"] == "error");
    let text = |it: &Value, name: &str| it[name].as_str().unwrap_or_default().to_owned();
    errors
        .map(|it| format!("{}: {} {}", text(&it["snippet"], "code"), text(it, "summary"), text(it, "detail")))
        .collect()
}

/// Runs the user's terraform as the user has set it up.
fn terraform(arguments: &[&str]) -> Result<std::process::Output, String> {
    let found = Terraform::find().ok_or("there is no terraform")?;
    Command::new(found.path).args(arguments).current_dir(folder()).output().map_err(|error| error.to_string())
}

fn folder() -> PathBuf {
    tools("official-providers")
}
