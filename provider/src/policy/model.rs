//! Findings as functions and data sources put them out. Doc comments are the registry page.

use crosscloud_policy_model::finding::{Finding, Severity, Verdict};
use serde_json::Value;
use tfplugin::{Attr, Model};

/// One finding.
#[derive(Debug, Clone, PartialEq, Model)]
pub struct FindingModel {
    /// Id of the rule, such as `gcp-member-pool-star`.
    #[attr(computed)]
    pub rule: Attr<String>,
    /// `low`, `medium`, `high` or `critical`.
    #[attr(computed)]
    pub severity: Attr<String>,
    /// `violation`, or `undetermined` where a value is not known or cannot be evaluated.
    #[attr(computed)]
    pub verdict: Attr<String>,
    /// Path of the attribute at fault; empty where none is.
    #[attr(computed)]
    pub path: Attr<String>,
    /// What is wrong.
    #[attr(computed)]
    pub message: Attr<String>,
    /// What to write instead.
    #[attr(computed)]
    pub remediation: Attr<String>,
    /// Claims, as JSON, of a token that gets in and should not; null where there is none to show.
    #[attr(computed)]
    pub witness: Attr<String>,
}

impl FindingModel {
    /// The finding.
    pub(crate) fn of(finding: &Finding) -> Self {
        let verdict = match finding.verdict {
            Verdict::Violation => "violation",
            Verdict::Undetermined => "undetermined",
        };
        Self {
            rule: Attr::from(finding.rule.as_str()),
            severity: Attr::from(severity(finding.severity)),
            verdict: Attr::from(verdict),
            path: Attr::from(finding.path.as_str()),
            message: Attr::from(finding.message.as_str()),
            remediation: Attr::from(finding.remediation.as_str()),
            witness: Attr::from(finding.witness.clone().map(|claims| Value::from_iter(claims).to_string())),
        }
    }
}

/// A severity by its name.
pub(crate) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}
