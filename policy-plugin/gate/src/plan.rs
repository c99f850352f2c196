//! A plan, as `terraform show -json` and `tofu show -json` write it.
//!
//! Only what is judged is ever turned into values: the rest of the text is passed over, and what is judged is read when its turn comes, so that
//! a plan takes little more memory than its text.

mod address;
mod change;
mod configuration;
mod narrowing;
mod state;

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::error::InputError;

pub(crate) use address::without_keys;
pub(crate) use change::Change;
pub(crate) use configuration::Configuration;
pub(crate) use narrowing::Narrowing;
pub(crate) use state::State;

/// A plan. It borrows from its text.
pub(crate) struct Plan<'a> {
    /// Its resources, in the order of the plan, without those that are of no account.
    pub(crate) changes: Vec<Change<'a>>,
    configuration: Option<&'a RawValue>,
}

/// The parts of the outermost object that decide what it is.
#[derive(Deserialize)]
struct Outermost<'a> {
    #[serde(borrow, default)]
    format_version: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    resource_changes: Vec<Change<'a>>,
    #[serde(borrow, default)]
    configuration: Option<&'a RawValue>,
    #[serde(default)]
    planned_values: Option<IgnoredAny>,
    #[serde(default)]
    values: Option<IgnoredAny>,
    #[serde(default)]
    lineage: Option<IgnoredAny>,
    #[serde(default)]
    serial: Option<IgnoredAny>,
    #[serde(default)]
    errored: bool,
    #[serde(default, rename = "@level")]
    level: Option<IgnoredAny>,
}

impl<'a> Plan<'a> {
    /// Reads a plan.
    pub(crate) fn read(text: &'a str) -> Result<Self, InputError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let parsed = Outermost::deserialize(&mut deserializer);
        // The log of a plan is many documents, so what the first one is comes before whether it is the only one.
        let plan = parsed.map_err(|error| malformed(&error))?;
        if plan.level.is_some() {
            return Err(InputError::Log);
        }
        deserializer.end().map_err(|error| InputError::TwoDocuments { line: error.line() })?;
        if plan.lineage.is_some() || plan.serial.is_some() {
            return Err(InputError::State);
        }
        let Some(version) = plan.format_version else { return Err(InputError::NoVersion) };
        if version.split('.').next() != Some("1") {
            return Err(InputError::Version(version.chars().filter(|it| !it.is_control()).take(20).collect()));
        }
        let changed = !plan.resource_changes.is_empty() || plan.planned_values.is_some();
        if plan.values.is_some() && !changed {
            return Err(InputError::State);
        }
        if plan.errored {
            return Err(InputError::Errored);
        }
        Ok(Self { changes: plan.resource_changes, configuration: plan.configuration })
    }

    /// The configuration that the plan was made of.
    pub(crate) fn configuration(&self) -> Result<Configuration<'a>, InputError> {
        let Some(text) = self.configuration else { return Ok(Configuration::default()) };
        serde_json::from_str(text.get()).map_err(|error| malformed(&error))
    }
}

/// What is wrong with JSON, as an error of ours.
pub(crate) fn malformed(error: &serde_json::Error) -> InputError {
    match error.classify() {
        serde_json::error::Category::Eof => InputError::Truncated { line: error.line() },
        // What stands in the plan may be secret, so of errors about values only the place is told.
        serde_json::error::Category::Data => InputError::Malformed(format!(
            "a part has another form than in plans, at line {} column {}",
            error.line(),
            error.column()
        )),
        _ => InputError::Malformed(format!("it is no JSON at line {} column {}", error.line(), error.column())),
    }
}
