//! The configuration in a plan: what expressions refer to.

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Levels of modules, variables and outputs that a reference is followed through.
const STEPS: usize = 16;

/// The configuration that a plan was made of.
#[derive(Default, Deserialize)]
pub(crate) struct Configuration<'a> {
    #[serde(default)]
    provider_config: BTreeMap<String, Provider>,
    #[serde(borrow, default)]
    root_module: Module<'a>,
}

#[derive(Deserialize)]
struct Provider {
    #[serde(default)]
    name: String,
    #[serde(default)]
    alias: Option<String>,
    #[serde(default)]
    module_address: Option<String>,
    #[serde(default)]
    expressions: Value,
}

#[derive(Default, Deserialize)]
pub(crate) struct Module<'a> {
    #[serde(borrow, default, deserialize_with = "by_address")]
    resources: HashMap<String, Block<'a>>,
    #[serde(borrow, default)]
    module_calls: HashMap<String, Call<'a>>,
    #[serde(borrow, default)]
    outputs: HashMap<String, Output<'a>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(default)]
    source: String,
    #[serde(borrow, default)]
    expressions: Block<'a>,
    #[serde(borrow, default)]
    module: Module<'a>,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow, default)]
    expression: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    address: String,
    #[serde(borrow, default)]
    expressions: Block<'a>,
}

/// A block of expressions, read on the first question: a block may stand for thousands of resources, and most are never asked about.
#[derive(Default, Deserialize)]
#[serde(transparent)]
struct Block<'a> {
    #[serde(borrow)]
    text: Option<&'a RawValue>,
    #[serde(skip)]
    references: OnceLock<HashMap<String, Vec<String>>>,
}

impl Block<'_> {
    /// What an attribute refers to.
    fn references(&self, attribute: &str) -> &[String] {
        let all = self.references.get_or_init(|| {
            let parsed = self.text.and_then(|text| serde_json::from_str::<HashMap<String, Value>>(text.get()).ok());
            parsed.into_iter().flatten().map(|(name, expression)| (name, references(&expression))).collect()
        });
        all.get(attribute).map_or(&[], Vec::as_slice)
    }
}

/// A resource of the configuration, without keys: names of its modules, and its address in the last of them as it was referred to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) modules: Vec<String>,
    pub(crate) reference: String,
}

impl Configuration<'_> {
    /// What a top-level attribute of a resource refers to, followed through variables and outputs of modules.
    pub(crate) fn targets(&self, modules: &[String], resource: &str, attribute: &str) -> Vec<Target> {
        let Some(module) = self.module(modules) else { return Vec::new() };
        let Some(block) = module.resources.get(resource) else { return Vec::new() };
        let mut targets = Vec::new();
        self.follow(modules, block.references(attribute), STEPS, &mut targets);
        targets
    }

    /// Configurations of a provider that do not say an argument.
    pub(crate) fn providers_without(&self, name: &str, argument: &str) -> Vec<String> {
        let lacking = |provider: &&Provider| provider.name == name && provider.expressions.get(argument).is_none();
        let shown = |provider: &Provider| {
            let module = provider.module_address.iter().map(|address| format!("{address}."));
            let alias = provider.alias.iter().map(|alias| format!(".{alias}"));
            module.chain([name.to_owned()]).chain(alias).collect()
        };
        self.provider_config.values().filter(lacking).map(shown).collect()
    }

    /// Where the configuration of a module lies, from the root module's folder on. None if it is not on this machine.
    pub(crate) fn folder(&self, modules: &[String]) -> Option<std::path::PathBuf> {
        let (mut module, mut folder) = (&self.root_module, std::path::PathBuf::new());
        for name in modules {
            let call = module.module_calls.get(name)?;
            if !call.source.starts_with('.') {
                return None;
            }
            folder.push(&call.source);
            module = &call.module;
        }
        Some(folder)
    }

    fn module(&self, modules: &[String]) -> Option<&Module<'_>> {
        modules.iter().try_fold(&self.root_module, |module, name| Some(&module.module_calls.get(name)?.module))
    }

    fn follow(&self, modules: &[String], references: &[String], steps: usize, targets: &mut Vec<Target>) {
        let Some(steps) = steps.checked_sub(1) else { return };
        for reference in references {
            let mut parts = reference.split('.');
            match parts.next() {
                Some("var") => {
                    let (Some((call, parent)), Some(name)) = (modules.split_last(), parts.next()) else { continue };
                    let call = self.module(parent).and_then(|module| module.module_calls.get(call));
                    let Some(call) = call else { continue };
                    self.follow(parent, call.expressions.references(name), steps, targets);
                }
                Some("module") => {
                    let plain = super::address::without_keys(reference);
                    let mut parts = plain.split('.').skip(1);
                    let (Some(name), Some(output)) = (parts.next(), parts.next()) else { continue };
                    let child: Vec<String> = modules.iter().cloned().chain([name.to_owned()]).collect();
                    let output = self.module(&child).and_then(|module| module.outputs.get(output));
                    let expression = output.and_then(|output| output.expression);
                    let Some(Ok(expression)) = expression.map(|text| serde_json::from_str(text.get())) else {
                        continue;
                    };
                    self.follow(&child, &self::references(&expression), steps, targets);
                }
                Some("local" | "each" | "count" | "path" | "terraform" | "self") | None => {}
                Some(_) => {
                    let target = Target { modules: modules.to_vec(), reference: reference.clone() };
                    if !targets.contains(&target) {
                        targets.push(target);
                    }
                }
            }
        }
    }
}

/// Every reference in an expression.
fn references(expression: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect(expression, &mut found);
    found
}

fn collect(expression: &Value, found: &mut Vec<String>) {
    match expression {
        Value::Object(entries) => {
            for (name, value) in entries {
                match value {
                    Value::Array(items) if name == "references" => {
                        found.extend(items.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    other => collect(other, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}

fn by_address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<HashMap<String, Block<'de>>, D::Error> {
    let entries = Vec::<Entry<'de>>::deserialize(deserializer)?;
    Ok(entries.into_iter().map(|entry| (entry.address, entry.expressions)).collect())
}
