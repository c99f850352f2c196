//! The interpreter as a policy: its text comes in the settings.

use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_model::policy::{Metadata, Request};
use crosscloud_policy_sdk::{Policy, export_policy};
use serde::Deserialize;
use serde_json::Value;

use crate::program::Program;

/// What the host puts in the place of settings.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Enclosed {
    /// The text.
    source: String,
    /// The settings of the module.
    #[serde(default)]
    settings: Value,
}

/// A policy whose rules are the text in its settings.
struct Rego;

impl Policy for Rego {
    fn metadata() -> Metadata {
        Metadata { name: "rego".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), rules: Vec::new() }
    }

    fn validate_settings(settings: &Value) -> Result<(), Vec<String>> {
        let enclosed = Enclosed::deserialize(settings).map_err(|error| vec![error.to_string()])?;
        Program::read(&enclosed.source).map_err(|problem| vec![problem])?.check(&enclosed.settings)
    }

    fn evaluate(request: &Request) -> Vec<Finding> {
        Self::try_evaluate(request).expect("the text answers; whoever can take no for an answer uses `try_evaluate`")
    }

    fn try_evaluate(request: &Request) -> Result<Vec<Finding>, String> {
        let enclosed = Enclosed::deserialize(&request.settings).map_err(|error| error.to_string())?;
        Program::read(&enclosed.source)?.judge(&request.document, &enclosed.settings)
    }
}

export_policy!(Rego);
