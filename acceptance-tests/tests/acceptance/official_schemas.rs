//! The schemas of the official providers. Their registry may be out of reach where PyPI is not, and the packages of CDK for Terraform say the
//! same: every resource, argument and block, and what is required.

#[path = "../../emulator/tests/vendor_models/python.rs"]
mod python;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use hcl_edit::expr::Expression;
use hcl_edit::structure::{Block, Body, Structure};
use python::python;
use serde::Deserialize;

/// The releases that are compared with.
const RELEASES: [&str; 4] = [
    "cdktf-cdktf-provider-aws==21.22.1",
    "cdktf-cdktf-provider-azuread==14.3.1",
    "cdktf-cdktf-provider-azurerm==14.23.1",
    "cdktf-cdktf-provider-google==16.12.1",
];

/// What every resource has, whatever its provider.
const META: [&str; 6] = ["count", "depends_on", "for_each", "lifecycle", "provider", "timeouts"];

/// Fetches them below the build folder, unless they are there. The error says why that failed.
pub(crate) fn install() -> Result<(), String> {
    let folder = folder();
    if folder.join("schemas.json").is_file() {
        return Ok(());
    }
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let place = folder.to_string_lossy().into_owned();
    let fetch =
        ["-m", "pip", "download", "--quiet", "--no-deps", "--retries", "0", "--timeout", "30", "--dest", &place];
    python(&[&fetch[..], &RELEASES].concat())?;
    python(&["-c", include_str!("official_schemas.py"), &place])
}

/// A folder for what the tests fetch once.
pub(crate) fn tools(name: &str) -> PathBuf {
    // The folder for files of tests lies in the build folder.
    let tests = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    tests.parent().map(PathBuf::from).unwrap_or(tests).join("tools").join(name)
}

fn folder() -> PathBuf {
    tools("official-schemas")
}

/// The schemas of all of them.
#[derive(Deserialize)]
pub(crate) struct Schemas {
    /// The outermost block of each type of resource.
    resource: BTreeMap<String, String>,
    /// The outermost block of each data source.
    data: BTreeMap<String, String>,
    /// The arguments of each block.
    blocks: BTreeMap<String, BTreeMap<String, Argument>>,
}

#[derive(Deserialize)]
struct Argument {
    optional: bool,
    /// What is in it, where it is a block.
    block: Option<String>,
}

/// What was compared, and what is wrong.
#[derive(Debug, Default)]
pub(crate) struct Comparison {
    pub(crate) types: BTreeSet<String>,
    pub(crate) resources: usize,
    pub(crate) arguments: usize,
    pub(crate) blocks: usize,
    pub(crate) faults: BTreeSet<String>,
}

impl Schemas {
    pub(crate) fn read() -> Self {
        let text = fs::read_to_string(folder().join("schemas.json")).expect("the schemas are installed");
        serde_json::from_str(&text).expect("the schemas are JSON")
    }

    /// Compares every resource and data source in a configuration.
    pub(crate) fn compare(&self, configuration: &str, comparison: &mut Comparison) {
        let body = hcl_edit::parser::parse_body(configuration).expect("it is HCL");
        for block in body.blocks() {
            let known = match block.ident.as_str() {
                "resource" => &self.resource,
                "data" => &self.data,
                _ => continue,
            };
            let kind = block.labels.first().map(|label| label.as_str().to_owned()).unwrap_or_default();
            comparison.resources += 1;
            match known.get(&kind) {
                Some(schema) => self.body(schema, &block.body, &kind, comparison),
                None => {
                    comparison.faults.insert(format!("{kind} is unknown"));
                }
            }
            comparison.types.insert(format!("{} {kind}", block.ident.as_str()));
        }
    }

    fn body(&self, schema: &str, body: &Body, place: &str, comparison: &mut Comparison) {
        let arguments = &self.blocks[schema];
        let mut given = BTreeSet::new();
        for structure in body.iter() {
            let name = match structure {
                Structure::Attribute(it) => it.key.as_str(),
                Structure::Block(it) => it.ident.as_str(),
            };
            if META.contains(&name) {
                continue;
            }
            given.insert(name);
            match (arguments.get(name), structure) {
                (None, _) => {
                    comparison.faults.insert(format!("{place} has no {name}"));
                }
                (Some(argument), Structure::Block(block)) => self.block(argument, block, place, comparison),
                (Some(argument), Structure::Attribute(it)) => {
                    comparison.arguments += 1;
                    if argument.block.is_some() && !matches!(it.value, Expression::Object(_) | Expression::Array(_)) {
                        comparison.faults.insert(format!("{name} in {place} is a block"));
                    }
                }
            }
        }
        let missing = arguments.iter().filter(|(name, it)| !it.optional && !given.contains(name.as_str()));
        comparison.faults.extend(missing.map(|(name, _)| format!("{place} lacks {name}")));
    }

    fn block(&self, argument: &Argument, block: &Block, place: &str, comparison: &mut Comparison) {
        comparison.blocks += 1;
        let place = format!("{place}.{}", block.ident.as_str());
        match &argument.block {
            Some(schema) => self.body(schema, &block.body, &place, comparison),
            None => {
                comparison.faults.insert(format!("{place} is no block"));
            }
        }
    }
}
