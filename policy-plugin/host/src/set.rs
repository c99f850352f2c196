//! The built-in policy and the modules that an organisation adds, asked as one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crosscloud_policy_model::canonical;
use crosscloud_policy_model::enforcement::Enforcement;
use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_model::policy::{Metadata, Request};
use serde_json::Value;

use crate::embedded;
use crate::error::PolicyError;
use crate::limits::Limits;
use crate::module::Policy;

/// A module to load beside the built-in policy.
#[derive(Debug, Clone, PartialEq)]
pub struct Module {
    /// File of the module: a policy in Rego if its name ends in `.rego`, else WebAssembly.
    pub path: PathBuf,
    /// SHA-256 that the file must have, in hexadecimal.
    pub sha256: Option<String>,
    /// Settings of this module; null takes its defaults.
    pub settings: Value,
}

/// What policies say of a document.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Evaluation {
    /// Findings, those of the built-in policy first; none means that every rule of every policy passes.
    pub findings: Vec<Finding>,
    /// Fuel used by all policies together.
    pub fuel: u64,
}

/// Loaded policies.
#[derive(Debug, Clone)]
pub struct PolicySet {
    policies: Vec<(Policy, Option<Value>)>,
}

impl PolicySet {
    /// The built-in policy alone.
    ///
    /// # Errors
    /// [`PolicyError::Sandbox`] where machine code cannot be loaded.
    pub fn built_in() -> Result<Self, PolicyError> {
        Self::load(&[], Limits::default())
    }

    /// The built-in policy and these modules. One that does not load, or refuses its settings, refuses the set.
    ///
    /// # Errors
    /// Whatever is wrong with the first unfit module.
    pub fn load(modules: &[Module], limits: Limits) -> Result<Self, PolicyError> {
        let mut policies = vec![(Policy::built_in(limits)?, None)];
        for module in modules {
            let name = name(&module.path);
            let bytes = read(&module.path, &name, limits.module)?;
            let is_rego = module.path.extension().is_some_and(|kind| kind.eq_ignore_ascii_case("rego"));
            let read = if is_rego { Policy::from_rego } else { Policy::from_bytes };
            let policy = read(&name, &bytes, module.sha256.as_deref(), limits)?;
            policy.validate_settings(&module.settings)?;
            policies.push((policy, Some(module.settings.clone())));
        }
        Ok(Self { policies })
    }

    /// Lets the built-in policy check the settings that requests will carry.
    ///
    /// # Errors
    /// [`PolicyError::Settings`], or whatever goes wrong while it runs.
    pub fn validate_settings(&self, settings: &Value) -> Result<(), PolicyError> {
        let mut built_in = self.policies.iter().filter(|(_, own)| own.is_none());
        built_in.try_for_each(|(policy, _)| policy.validate_settings(settings))
    }

    /// Asks every policy. The settings of the request are for the built-in one; modules have theirs.
    ///
    /// # Errors
    /// The first failure: there is no verdict without all of them.
    pub fn evaluate(&self, request: &Request) -> Result<Evaluation, PolicyError> {
        let mut evaluation = Evaluation::default();
        for (policy, own) in &self.policies {
            let started = Instant::now();
            let (findings, fuel) = policy.evaluate(&request.document, own.as_ref().unwrap_or(&request.settings))?;
            tracing::debug!(
                policy = policy.name(),
                findings = findings.len(),
                fuel,
                nanoseconds = started.elapsed().as_nanos(),
                "judged {}",
                request.document.subject
            );
            evaluation.findings.extend(findings);
            evaluation.fuel += fuel;
        }
        Ok(evaluation)
    }

    /// Asks every policy about a document that is JSON already, within limits that grow with it. The settings are for the built-in policy.
    ///
    /// # Errors
    /// The first failure: there is no verdict without all of them.
    pub fn evaluate_json(&self, document: &str, settings: &Value) -> Result<Evaluation, PolicyError> {
        let mut evaluation = Evaluation::default();
        for (policy, own) in &self.policies {
            let scaled = policy.within(policy.limits().scaled_to(document.len()));
            let (findings, fuel) = scaled.evaluate_json(document, own.as_ref().unwrap_or(settings))?;
            evaluation.findings.extend(findings);
            evaluation.fuel += fuel;
        }
        Ok(evaluation)
    }

    /// Whether there are policies besides the built-in one.
    #[must_use]
    pub fn has_modules(&self) -> bool {
        self.policies.iter().any(|(_, own)| own.is_some())
    }

    /// What every policy says about itself.
    ///
    /// # Errors
    /// Whatever goes wrong while they run.
    pub fn metadata(&self) -> Result<Vec<Metadata>, PolicyError> {
        self.policies.iter().map(|(policy, _)| policy.metadata()).collect()
    }

    /// SHA-256 over all modules and their settings: another digest, another judgement.
    #[must_use]
    pub fn digest(&self) -> String {
        embedded::hex(self.lines().as_bytes())
    }

    /// SHA-256 over everything that decides: modules, their settings, those of the built-in policy, levels, waivers and floor. It does not
    /// depend on how any of these are written, nor on the order of waivers.
    #[must_use]
    pub fn digest_with(&self, settings: &Value, enforcement: &Enforcement) -> String {
        let text = format!("{}settings {}\n{}\n", self.lines(), canonical::text(settings), enforcement.canonical());
        embedded::hex(text.as_bytes())
    }

    fn lines(&self) -> String {
        let text = |settings: &Option<Value>| canonical::text(settings.as_ref().unwrap_or(&Value::Null));
        self.policies.iter().map(|(policy, settings)| format!("{} {}\n", policy.identity(), text(settings))).collect()
    }

    /// Ids of all rules of all policies, for checking what a configuration says about them.
    ///
    /// # Errors
    /// Whatever goes wrong while a policy says what it is.
    pub fn rules(&self) -> Result<BTreeSet<String>, PolicyError> {
        Ok(self.metadata()?.into_iter().flat_map(|metadata| metadata.rules).map(|rule| rule.id).collect())
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// Reads a file, but not one that is too large to be a policy.
fn read(path: &Path, name: &str, limit: usize) -> Result<Vec<u8>, PolicyError> {
    let not_loaded = |source| PolicyError::NotLoaded { path: path.to_owned(), source };
    let length = std::fs::metadata(path).map_err(not_loaded)?.len();
    match usize::try_from(length) {
        Ok(length) if length <= limit => std::fs::read(path).map_err(not_loaded),
        _ => Err(PolicyError::TooLarge {
            name: name.to_owned(),
            actual: usize::try_from(length).unwrap_or(usize::MAX),
            limit,
        }),
    }
}
