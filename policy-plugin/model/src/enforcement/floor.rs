//! The floor: what whoever runs a pipeline asks for, whatever configurations say.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{EnforcementError, Level, Waiver};

/// Contents of the file that `CROSSCLOUD_POLICY_FILE` names. Configurations may ask for more, never for less: a rule that is not mentioned
/// keeps at least its default level, and a configuration's waivers count only where the floor lets them.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Floor {
    /// Lowest levels of rules, by id. `off` leaves a rule to configurations.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, Level>,
    /// Rules that configurations may waive.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub waivable: BTreeSet<String>,
    /// Most days from today that a configuration's waiver may run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_waiver_days: Option<u32>,
    /// Waivers that whoever runs the pipeline answers for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waivers: Vec<Waiver>,
    /// Policies to ask besides those of the configuration.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modules: Vec<FloorModule>,
    /// Settings of the built-in policy. They count more than a configuration's.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub settings: Map<String, Value>,
}

/// A policy to ask.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FloorModule {
    /// File of the module.
    pub path: String,
    /// SHA-256 that the file must have, in hexadecimal.
    pub sha256: String,
    /// Settings of the module.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub settings: Value,
}

impl Floor {
    /// Reads the contents of a policy file, which is JSON.
    ///
    /// # Errors
    /// [`EnforcementError::Floor`] with the place of the first fault.
    pub fn read(text: &str) -> Result<Self, EnforcementError> {
        // A list would be taken for the fields in order.
        if !text.trim_start().starts_with('{') {
            return Err(EnforcementError::Floor("it is no JSON object".to_owned()));
        }
        serde_json::from_str(text).map_err(|error| EnforcementError::Floor(error.to_string()))
    }

    /// The settings of the built-in policy: those of a configuration, under those of the floor.
    #[must_use]
    pub fn settings_over(&self, configured: &Value) -> Value {
        if self.settings.is_empty() {
            return configured.clone();
        }
        let mut settings = configured.as_object().cloned().unwrap_or_default();
        settings.extend(self.settings.iter().map(|(name, value)| (name.clone(), value.clone())));
        Value::Object(settings)
    }
}
