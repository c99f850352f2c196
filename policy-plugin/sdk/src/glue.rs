//! Between the contract's types and the model's.

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::finding::{Finding, Severity, Verdict};
use crosscloud_policy_model::policy::{Request, RuleInfo, Scope};

use crate::Policy;
use crate::bindings::exports::crosscloud::policy::judge as wire;

/// Answers `metadata`.
pub fn metadata<P: Policy>() -> wire::Description {
    let metadata = P::metadata();
    wire::Description {
        name: metadata.name,
        version: metadata.version,
        rules: metadata.rules.into_iter().map(rule).collect(),
    }
}

/// Answers `validate-settings`.
pub fn validate_settings<P: Policy>(settings: &str) -> Result<(), Vec<String>> {
    P::validate_settings(&parse_settings(settings)?)
}

/// Answers `evaluate`.
pub fn evaluate<P: Policy>(document: &str, settings: &str) -> Result<Vec<wire::Finding>, wire::Error> {
    let settings = parse_settings(settings).map_err(wire::Error::InvalidSettings)?;
    P::validate_settings(&settings).map_err(wire::Error::InvalidSettings)?;
    let document: TrustDocument =
        serde_json::from_str(document).map_err(|error| wire::Error::InvalidDocument(error.to_string()))?;
    let findings = P::try_evaluate(&Request { document, settings }).map_err(wire::Error::InvalidDocument)?;
    Ok(findings.into_iter().map(finding).collect())
}

fn parse_settings(settings: &str) -> Result<serde_json::Value, Vec<String>> {
    serde_json::from_str(settings).map_err(|error| vec![format!("the settings are not JSON: {error}")])
}

fn rule(rule: RuleInfo) -> wire::Rule {
    let scope = match rule.scope {
        Scope::Trust => wire::Scope::Trust,
        Scope::Plan => wire::Scope::Plan,
    };
    wire::Rule { id: rule.id, severity: severity(rule.severity), scope, summary: rule.summary }
}

fn finding(finding: Finding) -> wire::Finding {
    let verdict = match finding.verdict {
        Verdict::Violation => wire::Verdict::Violation,
        Verdict::Undetermined => wire::Verdict::Undetermined,
    };
    wire::Finding {
        rule: finding.rule,
        severity: severity(finding.severity),
        verdict,
        pointer: finding.pointer,
        path: finding.path,
        message: finding.message,
        remediation: finding.remediation,
        witness: finding.witness.map(|claims| serde_json::Value::from_iter(claims).to_string()),
    }
}

fn severity(severity: Severity) -> wire::Severity {
    match severity {
        Severity::Low => wire::Severity::Low,
        Severity::Medium => wire::Severity::Medium,
        Severity::High => wire::Severity::High,
        Severity::Critical => wire::Severity::Critical,
    }
}
