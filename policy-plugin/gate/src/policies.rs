//! Which policies are asked, with what settings, and how seriously their rules are taken.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use crosscloud_policy_host::{Limits, Module, PolicyError, PolicySet};
use crosscloud_policy_model::document::Scope;
use crosscloud_policy_model::enforcement::{Choices, Date, Enforcement, EnforcementError, Floor};
use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_model::policy::Metadata;
use serde_json::Value;

use crate::error::GateError;

/// Files that say what is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PolicyFiles {
    /// Policies: WebAssembly modules, and policy files in JSON such as `CROSSCLOUD_POLICY_FILE` names.
    pub policies: Vec<PathBuf>,
    /// Waivers and levels of rules, in JSON.
    pub waivers: Option<PathBuf>,
}

/// Loaded policies.
pub(crate) struct Policies {
    set: PolicySet,
    settings: Value,
    on_plans: BTreeSet<String>,
    pub(crate) metadata: Vec<Metadata>,
    pub(crate) enforcement: Enforcement,
    pub(crate) digest: String,
}

impl Policies {
    /// Loads everything. What does not load refuses everything.
    pub(crate) fn load(files: &PolicyFiles, today: Date) -> Result<Self, GateError> {
        let mut floor: Option<Floor> = None;
        let mut modules = Vec::new();
        for path in &files.policies {
            let bytes = read(path)?;
            if bytes.starts_with(b"\0asm") {
                modules.push(Module { path: path.clone(), sha256: None, settings: Value::Null });
                continue;
            }
            if floor.is_some() {
                return Err(refused(path, "only one policy file counts, and another one is given, too"));
            }
            let text = String::from_utf8(bytes).map_err(|error| refused(path, &error.to_string()))?;
            floor = Some(Floor::read(&text).map_err(|error| refused(path, &error.to_string()))?);
        }
        for module in floor.iter().flat_map(|floor| &floor.modules) {
            modules.push(Module {
                path: PathBuf::from(&module.path),
                sha256: Some(module.sha256.clone()),
                settings: module.settings.clone(),
            });
        }
        let choices = files.waivers.as_deref().map(choices).transpose()?.unwrap_or_default();
        let set = PolicySet::load(&modules, Limits::default())?;
        let settings = floor.as_ref().map_or(Value::Null, |floor| floor.settings_over(&Value::Null));
        if !settings.is_null() {
            set.validate_settings(&settings)?;
        }
        let metadata = set.metadata()?;
        let rules = || metadata.iter().flat_map(|metadata| &metadata.rules);
        let known = rules().map(|rule| rule.id.clone()).collect();
        let enforcement = Enforcement::new(choices, floor, &known, today).map_err(GateError::Enforcement)?;
        let on_plans = rules().filter(|rule| rule.scope == Scope::Plan).map(|rule| rule.id.clone()).collect();
        let digest = set.digest_with(&settings, &enforcement);
        Ok(Self { set, settings, on_plans, metadata, enforcement, digest })
    }

    /// What the policies find in a document.
    pub(crate) fn evaluate(&self, document: &str) -> Result<Vec<Finding>, PolicyError> {
        Ok(self.set.evaluate_json(document, &self.settings)?.findings)
    }

    /// Whether there are policies besides the built-in one.
    pub(crate) fn has_modules(&self) -> bool {
        self.set.has_modules()
    }

    /// Rules that look at whole plans.
    pub(crate) fn rules_on_plans(&self) -> &BTreeSet<String> {
        &self.on_plans
    }
}

/// Today in UTC: waivers end with a day.
pub(crate) fn today() -> Date {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Date::of_unix_seconds(i64::try_from(seconds).unwrap_or(i64::MAX))
}

fn choices(path: &Path) -> Result<Choices, GateError> {
    let bytes = read(path)?;
    // A list would be taken for the fields in order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(refused(path, "it is no JSON object with `waivers` and `rules`"));
    }
    serde_json::from_slice(&bytes).map_err(|error| refused(path, &error.to_string()))
}

fn read(path: &Path) -> Result<Vec<u8>, GateError> {
    std::fs::read(path).map_err(|error| refused(path, &error.to_string()))
}

fn refused(path: &Path, reason: &str) -> GateError {
    GateError::File { path: path.to_owned(), reason: reason.to_owned() }
}

impl From<Vec<EnforcementError>> for GateError {
    fn from(errors: Vec<EnforcementError>) -> Self {
        Self::Enforcement(errors)
    }
}
