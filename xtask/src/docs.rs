//! `cargo xtask docs`: the registry pages that follow from the provider's schema, from the rules of the policy and from the command line of the
//! gate, and the check that they are fresh.
//!
//! The real terraform or tofu is asked for the schema, so the pages say what users' tools will see; a program of the policy prints its rules, and
//! the gate its own page.

mod page;
mod rules;
mod schema;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::artifacts::{Build, Programs};
use crate::lint::Verdict;
use crate::process::{Failure, Outcome};
use crate::{install, prerequisites, process, workspace};

/// The program that prints the rules of the policy.
const RULES: &str = "crosscloud-policy-rules";

/// The gate, which prints the page of its commands.
const GATE: &str = "crosscloud-gate";

/// Writes every generated page.
pub(crate) fn write() -> Result<Outcome, Failure> {
    for (path, text) in generate()? {
        let file = workspace::root().join("docs").join(&path);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder).map_err(|error| Failure::io("create", folder, &error))?;
        }
        std::fs::write(&file, text).map_err(|error| Failure::io("write", &file, &error))?;
        println!("docs/{}", path.display());
    }
    Ok(Outcome::Good)
}

/// Says which pages are stale; writes nothing.
pub(crate) fn check() -> Result<Outcome, Failure> {
    Ok(Outcome::of(are_fresh()? != Verdict::Failed))
}

/// The lint check: every generated page is as committed.
pub(crate) fn are_fresh() -> Result<Verdict, Failure> {
    if prerequisites::find_terraform().is_none() {
        return Ok(Verdict::Skipped("the schema is read through terraform or tofu, and neither is on PATH".to_owned()));
    }
    let folder = workspace::root().join("docs");
    let wanted = generate()?;
    let stale =
        wanted.iter().filter(|(path, text)| std::fs::read_to_string(folder.join(path)).ok().as_ref() != Some(text));
    let mut complaints: Vec<String> = stale.map(|(path, _)| format!("docs/{} is stale", path.display())).collect();
    complaints.extend(orphans(&folder, &wanted));
    if complaints.is_empty() {
        return Ok(Verdict::Passed);
    }
    eprintln!("{}\nRun `cargo xtask docs` and commit what it writes.", complaints.join("\n"));
    Ok(Verdict::Failed)
}

/// Pages of things that the schema no longer has.
fn orphans(folder: &Path, wanted: &BTreeMap<PathBuf, String>) -> Vec<String> {
    let generated = ["resources", "data-sources", "functions", "ephemeral-resources", "actions", "list-resources"];
    let pages =
        generated.iter().filter_map(|kind| std::fs::read_dir(folder.join(kind)).ok().map(|pages| (kind, pages)));
    pages
        .flat_map(|(kind, pages)| pages.flatten().map(move |page| Path::new(kind).join(page.file_name())))
        .filter(|page| !wanted.contains_key(page))
        .map(|page| format!("docs/{} documents nothing that the provider has", page.display()))
        .collect()
}

fn generate() -> Result<BTreeMap<PathBuf, String>, Failure> {
    let terraform = prerequisites::for_acceptance_tests()?;
    let (schema, rules, commands) = match std::env::var_os("CROSSCLOUD_PROVIDER_BIN") {
        Some(built) => {
            let provider = Path::new(&built);
            let beside = |name: &str| provider.with_file_name(name).with_extension(std::env::consts::EXE_EXTENSION);
            (read_schema(&terraform, provider)?, read_rules(&beside(RULES))?, read_commands(&beside(GATE))?)
        }
        None => {
            let programs = Programs::build(Build::ProgramsAndTests)?;
            let schema = read_schema(&terraform, programs.provider()?)?;
            (schema, read_rules(programs.path(RULES)?)?, read_commands(programs.path(GATE)?)?)
        }
    };
    let examples = workspace::root().join("examples");
    let mut pages = page::all(&schema, &|path| std::fs::read_to_string(examples.join(path)).ok());
    pages.extend(rules::pages(&rules));
    pages.insert(Path::new("guides").join("gate-commands.md"), commands);
    // The table behind it is what the acceptance tests go through.
    let arguments = ["run", "--quiet", "--package", "acceptance-tests", "--bin", "matrix"];
    pages.insert(PathBuf::from("guides/matrix.md"), process::capture(&mut process::cargo(&arguments))?);
    Ok(pages)
}

fn read_commands(program: &Path) -> Result<String, Failure> {
    process::capture(Command::new(program).arg("reference"))
}

fn read_rules(program: &Path) -> Result<Vec<Value>, Failure> {
    let printed = process::capture(&mut Command::new(program))?;
    serde_json::from_str(&printed)
        .map_err(|error| Failure::new(format!("the rules of the policy are not JSON: {error}")))
}

fn read_schema(terraform: &Path, provider: &Path) -> Result<Value, Failure> {
    let folder = workspace::target().join("docs-schema");
    let configuration = install::install(provider, &folder)?;
    let main = folder.join("main.tf");
    let text = "terraform {\n  required_providers {\n    crosscloud = { source = \"crosscloud/crosscloud\" }\n  }\n}\n";
    std::fs::write(&main, text).map_err(|error| Failure::io("write", &main, &error))?;
    // A development build keeps its version while its contents change, so an old lock would refuse the new binary.
    let _ = std::fs::remove_file(folder.join(".terraform.lock.hcl"));
    let command = |arguments: &[&str]| {
        let mut command = Command::new(terraform);
        command.args(arguments).current_dir(&folder).env("TF_CLI_CONFIG_FILE", &configuration);
        command.env("TF_DATA_DIR", folder.join("data")).env("CHECKPOINT_DISABLE", "1");
        command
    };
    process::capture(&mut command(&["init", "-no-color", "-input=false"]))?;
    let printed = process::capture(&mut command(&["providers", "schema", "-json"]))?;
    let schemas: Value = serde_json::from_str(&printed)
        .map_err(|error| Failure::new(format!("the schema that terraform printed is not JSON: {error}")))?;
    schemas["provider_schemas"]
        .as_object()
        .and_then(|providers| providers.values().next().cloned())
        .ok_or_else(|| Failure::new("terraform printed no provider schema"))
}
