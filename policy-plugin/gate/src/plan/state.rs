//! A state, as `terraform show -json` and `tofu show -json` write it.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

use super::malformed;
use crate::error::InputError;

/// A state.
#[derive(Deserialize)]
pub(crate) struct State<'a> {
    #[serde(borrow, default)]
    values: Option<Values<'a>>,
}

#[derive(Deserialize)]
struct Values<'a> {
    #[serde(borrow)]
    root_module: Module<'a>,
}

#[derive(Deserialize, Default)]
struct Module<'a> {
    #[serde(borrow, default)]
    resources: Vec<Kept<'a>>,
    #[serde(borrow, default)]
    child_modules: Vec<Module<'a>>,
}

/// One resource of a state.
#[derive(Deserialize)]
pub(crate) struct Kept<'a> {
    /// Whole address.
    #[serde(borrow)]
    pub(crate) address: Cow<'a, str>,
    /// Type.
    #[serde(borrow, rename = "type")]
    pub(crate) type_name: Cow<'a, str>,
    /// Values of the attributes.
    #[serde(default)]
    pub(crate) values: Value,
    /// `true` where a value is sensitive.
    #[serde(default, rename = "sensitive_values")]
    pub(crate) sensitive: Value,
    #[serde(borrow, default)]
    mode: Cow<'a, str>,
    #[serde(borrow, default)]
    deposed_key: Option<Cow<'a, str>>,
}

impl<'a> State<'a> {
    /// Reads a state. The file that Terraform itself keeps has another form, which no promise is made about.
    pub(crate) fn read(text: &'a str) -> Result<Self, InputError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let state: Self = serde_json::from_str(text).map_err(|error| malformed(&error))?;
        if state.values.is_none() { Err(InputError::StoredState) } else { Ok(state) }
    }

    /// Its resources, those of the root module first, without data sources and without what waits for its deletion.
    pub(crate) fn resources(&self) -> Vec<&Kept<'a>> {
        let mut found = Vec::new();
        let mut modules: Vec<&Module<'a>> = self.values.iter().map(|values| &values.root_module).collect();
        while let Some(module) = modules.pop() {
            found.extend(module.resources.iter().filter(|it| it.mode != "data" && it.deposed_key.is_none()));
            modules.extend(module.child_modules.iter().rev());
        }
        found
    }
}
