//! The answer to HCP Terraform: a verdict, and the findings as its outcomes, in JSON:API.

use crosscloud_policy_model::finding::{Severity, Verdict as Certainty};
use serde_json::{Value, json};

use crate::format::{counts, details, severity, subject};
use crate::report::{Finding, Report};

/// Findings that are sent; the message counts all.
const OUTCOMES: usize = 100;

/// Characters of a message.
const MESSAGE: usize = 500;

/// What is answered.
pub(super) struct Verdict {
    passed: bool,
    message: String,
    outcomes: Vec<Value>,
}

/// The verdict on a plan.
pub(super) fn of(report: &Report) -> Verdict {
    let word = if report.is_denied() { "denied" } else { "allowed" };
    let mut findings: Vec<&Finding> = report.findings.iter().filter(|finding| finding.stands()).collect();
    findings.sort_by_key(|finding| std::cmp::Reverse((finding.denies, finding.severity)));
    let outcomes = findings.iter().take(OUTCOMES).enumerate().map(|(index, finding)| outcome(index, finding));
    Verdict {
        passed: !report.is_denied(),
        message: format!("{word}: {}", counts(report)),
        outcomes: outcomes.collect(),
    }
}

/// There is no verdict, and so the plan does not pass.
pub(super) fn failed(why: &str) -> Verdict {
    Verdict { passed: false, message: format!("not judged, and so not allowed: {why}"), outcomes: Vec::new() }
}

impl Verdict {
    /// It in one line.
    pub(super) fn line(&self) -> &str {
        &self.message
    }

    /// It as HCP Terraform takes it.
    pub(super) fn json(&self) -> Value {
        let message: String = self.message.chars().take(MESSAGE).collect();
        json!({"data": {
            "type": "task-results",
            "attributes": {"status": if self.passed { "passed" } else { "failed" }, "message": message},
            "relationships": {"outcomes": {"data": self.outcomes}},
        }})
    }
}

fn outcome(index: usize, finding: &Finding) -> Value {
    let grade = match finding.severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "info",
    };
    let (word, level) = if finding.denies { ("Denied", "error") } else { ("Warning", "warning") };
    let undetermined = if finding.verdict == Certainty::Undetermined { ", undetermined" } else { "" };
    let label = format!("{}{undetermined}", severity(finding.severity));
    json!({
        "type": "task-result-outcomes",
        "attributes": {
            // Several findings can have one fingerprint, and outcomes of one name would be one.
            "outcome-id": format!("{}-{index}", &finding.fingerprint()[..12]),
            "description": format!("{}: {}", finding.rule, subject(finding)).chars().take(MESSAGE).collect::<String>(),
            "body": details(finding),
            "tags": {"Status": [{"label": word, "level": level}], "Severity": [{"label": label, "level": grade}]},
        },
    })
}
