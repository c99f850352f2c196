//! A state as Terraform writes it: `terraform show -json`, and the file itself.

use serde::Deserialize;
use serde_json::value::RawValue;

/// A managed resource in a state.
#[derive(Debug)]
pub(super) struct Instance {
    /// Its address.
    pub(super) address: String,
    /// The address of its block: without instance keys.
    pub(super) configured: String,
    /// A name for what stands for it, made of its address.
    pub(super) label: String,
    /// Its type.
    pub(super) kind: String,
    /// Its attributes.
    pub(super) attributes: Box<RawValue>,
}

/// Why a file is no state.
#[derive(Debug, thiserror::Error)]
pub(super) enum StateError {
    /// It is not JSON.
    #[error("this is not JSON ({0}): give it what `terraform show -json` or `terraform state pull` prints")]
    Json(#[from] serde_json::Error),
    /// It is JSON, but not a state.
    #[error("this is no state: give it what `terraform show -json` or `terraform state pull` prints")]
    Other,
    /// It is a plan.
    #[error("this is a plan, and what it plans is not there yet: apply it, and give the state")]
    Plan,
}

#[derive(Deserialize)]
struct File {
    format_version: Option<String>,
    planned_values: Option<Box<RawValue>>,
    values: Option<Values>,
    version: Option<u64>,
    resources: Option<Vec<Raw>>,
}

#[derive(Deserialize)]
struct Values {
    root_module: Module,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Module {
    address: String,
    resources: Vec<Shown>,
    child_modules: Vec<Module>,
}

#[derive(Deserialize)]
struct Shown {
    address: String,
    mode: String,
    r#type: String,
    values: Box<RawValue>,
}

#[derive(Deserialize)]
struct Raw {
    module: Option<String>,
    mode: String,
    r#type: String,
    name: String,
    instances: Vec<RawInstance>,
}

#[derive(Deserialize)]
struct RawInstance {
    index_key: Option<serde_json::Value>,
    deposed: Option<String>,
    attributes: Box<RawValue>,
}

/// The managed resources in a state, in its order.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<Instance>, StateError> {
    let file: File = serde_json::from_slice(bytes).map_err(|error| match error.classify() {
        serde_json::error::Category::Data => StateError::Other,
        _ => StateError::Json(error),
    })?;
    let mut instances = Vec::new();
    match file {
        File { planned_values: Some(_), .. } => return Err(StateError::Plan),
        File { format_version: Some(_), values, .. } => {
            if let Some(values) = values {
                shown(values.root_module, &mut instances);
            }
        }
        File { version: Some(_), resources: Some(resources), .. } => {
            resources.into_iter().for_each(|resource| raw(resource, &mut instances));
        }
        _ => return Err(StateError::Other),
    }
    Ok(instances)
}

fn shown(module: Module, instances: &mut Vec<Instance>) {
    for resource in module.resources {
        if resource.mode == "managed" {
            instances.push(Instance::new(resource.address, resource.r#type, resource.values));
        }
    }
    for child in module.child_modules {
        shown(child, instances);
    }
}

fn raw(resource: Raw, instances: &mut Vec<Instance>) {
    if resource.mode != "managed" {
        return;
    }
    let module = resource.module.map(|module| format!("{module}.")).unwrap_or_default();
    for instance in resource.instances {
        // What was replaced and not yet deleted is not what the configuration stands for.
        if instance.deposed.is_some() {
            continue;
        }
        let key = instance.index_key.map(|key| format!("[{key}]")).unwrap_or_default();
        let address = format!("{module}{}.{}{key}", resource.r#type, resource.name);
        instances.push(Instance::new(address, resource.r#type.clone(), instance.attributes));
    }
}

impl Instance {
    fn new(address: String, kind: String, attributes: Box<RawValue>) -> Self {
        let configured = without_keys(&address);
        // `module.ai.crosscloud_trust.chat["eu"]` becomes `ai_chat_eu`.
        let words = address.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_' && letter != '-');
        let words: Vec<_> = words.filter(|word| !word.is_empty() && *word != "module" && *word != kind).collect();
        Self { configured, label: words.join("_"), kind, attributes, address }
    }
}

/// An address without its instance keys. A key in quotes can hold anything, brackets as well.
fn without_keys(address: &str) -> String {
    let mut out = String::new();
    let (mut inside, mut quoted, mut escaped) = (false, false, false);
    for letter in address.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' if inside => quoted = !quoted,
            '[' if !inside => inside = true,
            ']' if inside && !quoted => inside = false,
            _ if inside => {}
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(state: &str) -> Result<Vec<(String, String, String)>, String> {
        let all = read(state.as_bytes()).map_err(|error| error.to_string())?;
        Ok(all.into_iter().map(|it| (it.address, it.configured, it.label)).collect())
    }

    #[test]
    fn both_forms_of_a_state_tell_the_same() {
        let shown = r#"{"format_version":"1.0","values":{"root_module":{
            "resources":[{"address":"data.crosscloud_x.y","mode":"data","type":"crosscloud_x","values":{}},
                         {"address":"data.random_id.x","mode":"data","type":"random_id","values":{}}],
            "child_modules":[{"address":"module.ai[0]","resources":[
                {"address":"module.ai[0].crosscloud_trust.chat[\"a].b\"]","mode":"managed","type":"crosscloud_trust","values":{"name":"x"}}]}]}}}"#;
        let raw = r#"{"version":4,"resources":[
            {"module":"module.ai[0]","mode":"managed","type":"crosscloud_trust","name":"chat","instances":[
                {"index_key":"a].b","attributes":{"name":"x"}},
                {"index_key":"a].b","deposed":"1234","attributes":{"name":"old"}}]}]}"#;
        let expected = vec![(
            r#"module.ai[0].crosscloud_trust.chat["a].b"]"#.to_owned(),
            "module.ai.crosscloud_trust.chat".to_owned(),
            "ai_0_chat_a_b".to_owned(),
        )];
        assert_eq!(addresses(shown), Ok(expected.clone()));
        assert_eq!(addresses(raw), Ok(expected));
    }

    #[test]
    fn what_is_no_state_is_told_for_what_it_is() {
        for (text, said) in [
            ("", "not JSON"),
            ("resource \"x\" \"y\" {}", "not JSON"),
            ("[]", "no state"),
            ("{}", "no state"),
            (r#"{"version":4,"resources":7}"#, "no state"),
            (r#"{"format_version":"1.2","planned_values":{}}"#, "is a plan"),
        ] {
            assert!(addresses(text).is_err_and(|error| error.contains(said)), "{text}: {:?}", addresses(text));
        }
        assert_eq!(addresses(r#"{"format_version":"1.0"}"#), Ok(Vec::new()), "an empty state");
    }
}
