//! SARIF 2.1.0, for code scanning: what refuses the plan is an error, and every result has a place in the repository and a fingerprint that
//! stays when lines move.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crosscloud_policy_model::finding::{Severity, Verdict};
use serde_json::{Value, json};

use super::{severity, subject, witness};
use crate::report::{Finding, Report};

/// Results of one run that GitHub takes.
const RESULTS: usize = 25_000;

/// Where a result is shown whose line nobody knows: a place is required, and the plan is the one thing that is certain.
const PLAN: &str = "plan.json";

pub(super) fn write(report: &Report) -> String {
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| Reverse(finding.severity));
    let left_out = findings.len().saturating_sub(RESULTS);
    findings.truncate(RESULTS);
    let places: BTreeMap<&str, usize> = report.rules.keys().enumerate().map(|(at, id)| (id.as_str(), at)).collect();
    let rules: Vec<Value> = report.rules.iter().map(|(id, rule)| descriptor(id, rule)).collect();
    let results: Vec<Value> = findings.iter().map(|finding| result(finding, &places)).collect();
    let mut invocation = json!({"executionSuccessful": true});
    if left_out > 0 {
        let text = format!("{left_out} more findings are not listed: a run has at most {RESULTS} results.");
        invocation["toolExecutionNotifications"] = json!([{"level": "warning", "message": {"text": text}}]);
    }
    let sarif = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "crosscloud-gate",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules,
            }},
            "automationDetails": {"id": "crosscloud-gate/"},
            "columnKind": "unicodeCodePoints",
            "invocations": [invocation],
            "results": results,
            "properties": {"denied": report.summary.denied, "policyDigest": report.summary.policy_digest},
        }],
    });
    // Every value in it can be written as JSON.
    serde_json::to_string_pretty(&sarif).unwrap_or_default() + "\n"
}

fn descriptor(id: &str, rule: &crate::report::Rule) -> Value {
    let documentation = if rule.documentation.is_empty() { &rule.summary } else { &rule.documentation };
    json!({
        "id": id,
        "name": id,
        "shortDescription": {"text": rule.summary},
        "fullDescription": {"text": shortened(documentation, 1_000)},
        "help": {"text": documentation, "markdown": documentation},
        "defaultConfiguration": {"level": level(rule.severity)},
        "properties": {"tags": ["security"], "precision": "high", "security-severity": score(rule.severity)},
    })
}

fn result(finding: &Finding, places: &BTreeMap<&str, usize>) -> Value {
    let mut text = format!("{} {}", finding.message, finding.remediation);
    if let Some(claims) = witness(finding) {
        text = format!("{text}\nGets in: {claims}");
    }
    let mut result = json!({
        "ruleId": finding.rule,
        // What only warns is not to stop anybody.
        "level": if finding.denies { "error" } else if finding.severity >= Severity::Medium { "warning" } else { "note" },
        "message": {"text": text},
        "locations": [location(finding)],
        "partialFingerprints": {
            "crosscloudGate/v1": finding.fingerprint(),
            // The one by which GitHub recognises a result. Its own would change with the text of the line.
            "primaryLocationLineHash": format!("{}:1", &finding.fingerprint()[..16]),
        },
        "properties": {
            "severity": severity(finding.severity),
            "verdict": if finding.verdict == Verdict::Violation { "violation" } else { "undetermined" },
            "address": finding.address,
            "path": finding.path,
        },
    });
    if let Some(place) = places.get(finding.rule.as_str()) {
        result["ruleIndex"] = json!(place);
    }
    if let Some(who) = super::answered(finding) {
        result["suppressions"] = json!([{"kind": "external", "status": "accepted", "justification": who}]);
    }
    result
}

fn location(finding: &Finding) -> Value {
    // A file outside of the repository has no place in it.
    let place = finding.source.as_ref().filter(|place| !place.file.starts_with("..") && !place.file.starts_with('/'));
    let physical = match place {
        Some(place) => json!({
            "artifactLocation": {"uri": uri(&place.file), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": place.line, "snippet": {"text": place.text}},
        }),
        None => json!({"artifactLocation": {"uri": PLAN, "uriBaseId": "%SRCROOT%"}, "region": {"startLine": 1}}),
    };
    json!({
        "physicalLocation": physical,
        "logicalLocations": [{"fullyQualifiedName": subject(finding), "kind": "resource"}],
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

/// The score that GitHub sorts by: over 9 is critical, from 7 on high, from 4 on medium.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
    }
}

/// A relative path as a reference: with slashes, and with everything else that means something in one escaped.
fn uri(path: &str) -> String {
    let path = path.replace('\\', "/");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    path.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

fn shortened(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn paths_become_references() {
        assert_eq!(uri("modules/ci/main.tf"), "modules/ci/main.tf");
        assert_eq!(uri("a b\\c%.tf"), "a%20b/c%25.tf");
    }
}
