//! Helpers for unit tests of policies, without a sandbox.

use crosscloud_policy_model::finding::Finding;
use crosscloud_policy_model::policy::Request;
use serde_json::Value;

use crate::Policy;

/// Judges a document given as JSON, under default settings.
///
/// # Panics
/// If the JSON is not a trust document.
#[must_use]
#[allow(clippy::panic)]
pub fn judge<P: Policy>(document: Value) -> Vec<Finding> {
    judge_with::<P>(document, Value::Null)
}

/// Judges a document given as JSON, under the given settings.
///
/// # Panics
/// If the JSON is not a trust document, or the policy refuses the settings.
#[must_use]
#[allow(clippy::panic)]
pub fn judge_with<P: Policy>(document: Value, settings: Value) -> Vec<Finding> {
    if let Err(problems) = P::validate_settings(&settings) {
        panic!("the policy refuses the settings: {}", problems.join("; "));
    }
    match serde_json::from_value(document) {
        Ok(document) => P::evaluate(&Request { document, settings }),
        Err(error) => panic!("not a trust document: {error}"),
    }
}

/// The rules of the findings, in order, for comparing with what a test expects.
#[must_use]
pub fn rules(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::Policy;
    use crosscloud_policy_model::finding::{Finding, Severity, Verdict};
    use crosscloud_policy_model::policy::{Metadata, Request};

    struct NoPools;

    impl Policy for NoPools {
        fn metadata() -> Metadata {
            Metadata { name: "no-pools".to_owned(), version: "1.0.0".to_owned(), rules: Vec::new() }
        }

        fn evaluate(request: &Request) -> Vec<Finding> {
            let pools = request.document.pools.iter().enumerate().map(|(index, _)| Finding {
                rule: "no-pools".to_owned(),
                severity: Severity::Low,
                verdict: Verdict::Violation,
                pointer: format!("/pools/{index}"),
                path: String::new(),
                message: "A pool is in use.".to_owned(),
                remediation: "Use none.".to_owned(),
                witness: None,
            });
            pools.collect()
        }
    }

    #[test]
    fn judges_natively() {
        assert!(super::judge::<NoPools>(json!({"subject": "s"})).is_empty());
        let findings = super::judge_with::<NoPools>(json!({"subject": "s", "pools": [{"name": null}]}), json!({}));
        assert_eq!(super::rules(&findings), ["no-pools"]);
        assert!(NoPools::validate_settings(&json!({"x": 1})).is_err());
    }
}
