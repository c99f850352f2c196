//! The tables of malformed configurations, through the real terraform: each is answered at its attribute.

use std::path::{Path, PathBuf};

use acceptance_tests::Scenario;
use acceptance_tests::diagnostic::Diagnostic;
use acceptance_tests::suite::Suite;
use serde::Deserialize;
use serde_json::Value;

const HEADER: &str = r#"terraform {
  required_providers {
    crosscloud = { source = "crosscloud/crosscloud" }
  }
}
"#;

/// The rows and the resources that stand alone, each with a table.
const ROWS: [&str; 16] = [
    "aks-to-azure-openai",
    "aks-to-vertex-ai",
    "aks-workload-identity",
    "aws-to-vertex-ai",
    "aws",
    "azure-to-vertex-ai",
    "cmek-key",
    "cmek",
    "data-transfer-azure-blob",
    "data-transfer-s3",
    "github-actions-to-google",
    "gitlab",
    "kubernetes",
    "oidc",
    "service-perimeter",
    "terraform-cloud",
];

/// A configuration that is right, and what makes it wrong.
#[derive(Deserialize)]
struct Table {
    resource: String,
    base: Value,
    cases: Vec<Case>,
}

/// One way to be wrong.
#[derive(Deserialize)]
struct Case {
    set: serde_json::Map<String, Value>,
    at: String,
    #[serde(default)]
    says: String,
}

pub(crate) fn add(suite: &mut Suite) {
    suite.test("rows::malformed_configurations_are_answered_at_their_attributes", each_is_answered_at_its_attribute);
}

fn each_is_answered_at_its_attribute() {
    let scenario = Scenario::new("tables");
    let tables = tables();
    let names: Vec<_> = tables.iter().filter_map(|path| path.file_stem()?.to_str()).collect();
    assert_eq!(names, ROWS, "every row has a table");
    // All at once, a file for each case: terraform reports every error with the file that it stands in.
    scenario.write("main.tf", HEADER);
    let mut cases = Vec::new();
    for path in &tables {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("the table can be read");
        let table: Table = serde_json::from_str(&text).expect("the table is as its kind is");
        assert!(table.cases.len() >= 15, "{name} has {} cases", table.cases.len());
        scenario.write(&format!("{name}.tf"), &resource(&table.resource, &name, &table.base));
        for (number, case) in table.cases.into_iter().enumerate() {
            let file = format!("{name}-{number}");
            let mut wrong = table.base.clone();
            case.set.iter().for_each(|(path, value)| set(&mut wrong, path, value));
            scenario.write(&format!("{file}.tf"), &resource(&table.resource, &file, &wrong));
            cases.push((format!("{file}.tf"), case));
        }
    }
    let outcome = scenario.validate().fails().provider_behaved();
    let errors: Vec<&Diagnostic> = outcome.diagnostics().iter().filter(|it| it.is_error()).collect();
    let within = |error: &Diagnostic, file: &str| error.range.as_ref().is_some_and(|range| range.filename == file);
    let mut complaints = Vec::new();
    for (file, case) in &cases {
        let said: Vec<_> = errors.iter().filter(|error| within(error, file)).collect();
        let right = said.iter().any(|error| {
            let text = error.text().split_whitespace().collect::<Vec<_>>().join(" ");
            text.contains(&case.says) && is_at(error, &scenario.folder(), &case.at)
        });
        if !right {
            let said: Vec<String> = said.iter().map(ToString::to_string).collect();
            complaints.push(format!("{file} at {} saying {:?}:\n{}", case.at, case.says, said.join("\n")));
        }
    }
    let wrongly = errors.iter().filter(|error| !cases.iter().any(|(file, _)| within(error, file)));
    complaints.extend(wrongly.map(|error| format!("nothing is wrong there: {error}")));
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), cases.len(), complaints.join("\n\n"));
}

/// Whether terraform shows the line of the attribute, and the error says which of those within it is meant.
fn is_at(error: &Diagnostic, folder: &Path, attribute: &str) -> bool {
    let (first, within) = attribute.split_once('.').unwrap_or((attribute, ""));
    let name = first.split('[').next().unwrap_or_default();
    let shown = error.source(folder).is_some_and(|lines| lines.trim_start().starts_with(name));
    shown && (within.is_empty() || error.text().contains(attribute))
}

fn tables() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../provider/malformed");
    let mut tables: Vec<PathBuf> =
        std::fs::read_dir(folder).expect("the tables are there").flatten().map(|entry| entry.path()).collect();
    tables.sort();
    tables
}

/// Sets what lies at a dotted path; null takes it out.
fn set(configuration: &mut Value, path: &str, value: &Value) {
    let (above, last) = path.rsplit_once('.').map_or((None, path), |(above, last)| (Some(above), last));
    let mut at = configuration;
    for step in above.into_iter().flat_map(|above| above.split('.')) {
        at = &mut at[step];
    }
    match (value, at.as_object_mut()) {
        (Value::Null, Some(object)) => drop(object.remove(last)),
        _ => at[last] = value.clone(),
    }
}

/// The configuration in Terraform's language, an attribute a line.
fn resource(kind: &str, name: &str, configuration: &Value) -> String {
    let attributes = configuration.as_object().into_iter().flatten();
    // JSON is an expression of Terraform's, but for its templates.
    let lines = attributes.map(|(name, value)| format!("  {name} = {}\n", value.to_string().replace("${", "$${")));
    format!("resource \"{kind}\" \"{name}\" {{\n{}}}\n", lines.collect::<String>())
}
