//! An organisation's own rules: whose tokens may be trusted, which roles may be granted, and what trusts are called.
//!
//! The built-in policy asks whether a trust lets in strangers; only the organisation knows which of its own workloads may do what.

mod rules;
mod settings;

use crosscloud_policy_sdk::model::finding::Finding;
use crosscloud_policy_sdk::model::policy::{Metadata, Request};
use crosscloud_policy_sdk::{Policy, export_policy};
use serde_json::Value;

use settings::Settings;

/// The policy.
pub struct HouseRules;

impl Policy for HouseRules {
    fn metadata() -> Metadata {
        Metadata {
            name: env!("CARGO_PKG_NAME").to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: rules::ALL.iter().map(|rule| rule.info()).collect(),
        }
    }

    fn validate_settings(settings: &Value) -> Result<(), Vec<String>> {
        Settings::read(settings).map(drop)
    }

    fn evaluate(request: &Request) -> Vec<Finding> {
        // Settings that do not read never get here: they refuse the question.
        Settings::read(&request.settings).map(|settings| rules::judge(&request.document, &settings)).unwrap_or_default()
    }
}

export_policy!(HouseRules);
