//! The built-in policy: rules over trust documents, compiled to a WASM component with no imports.
//!
//! A rule is one file under `rules/`. It reads a [`case::Case`], where every provider has already been asked whom it lets in, and reports
//! what it finds; nothing else decides.

pub mod audience;
pub mod case;
pub mod credential;
pub mod examples;
pub mod privilege;
pub mod report;
pub mod rule;
pub mod rules;
pub mod subject;
pub mod trust_policy;

pub use crosscloud_policy_sdk::Policy;
use crosscloud_policy_sdk::model::finding::Finding;
use crosscloud_policy_sdk::model::policy::{BuiltInSettings, Metadata, Request};

/// The built-in policy.
pub struct BuiltIn;

impl Policy for BuiltIn {
    fn metadata() -> Metadata {
        Metadata {
            name: "crosscloud".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            rules: rules::all().iter().map(|rule| rule.info()).collect(),
        }
    }

    fn validate_settings(settings: &serde_json::Value) -> Result<(), Vec<String>> {
        parse(settings).map(|_| ()).map_err(|error| vec![error.to_string()])
    }

    fn evaluate(request: &Request) -> Vec<Finding> {
        let settings = parse(&request.settings).unwrap_or_default();
        let case = case::Case::new(&request.document, &settings);
        let mut findings = Vec::new();
        let whole_plan = request.document.scope == rule::Scope::Plan;
        for rule in rules::all().iter().filter(|rule| whole_plan || rule.scope == rule::Scope::Trust) {
            let mut report = report::Report::new(rule, &request.document);
            (rule.check)(&case, &mut report);
            findings.extend(report.into_findings());
        }
        findings
    }
}

fn parse(settings: &serde_json::Value) -> Result<BuiltInSettings, serde_json::Error> {
    if settings.is_null() { Ok(BuiltInSettings::default()) } else { serde::Deserialize::deserialize(settings) }
}

crosscloud_policy_sdk::export_policy!(BuiltIn);
