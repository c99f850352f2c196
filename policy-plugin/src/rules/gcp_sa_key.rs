//! Keys of service accounts where federation is at hand.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-sa-key",
    severity: Severity::High,
    scope: Scope::Plan,
    summary: "No keys are made for service accounts that tokens can reach.",
    documentation: "A key is a password that never expires, lies in state files and gets copied. The trust makes it unnecessary: the \
        workload exchanges its own token.",
    check,
    examples: &[
        Example { title: "no key", base: Base::Plan, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a key beside a pool",
            base: Base::Plan,
            changes: &[("/service_account_keys", r#"[{"service_account": "deploy@ml-prod.iam.gserviceaccount.com"}]"#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    if case.document.pools.is_empty() && case.document.providers.is_empty() {
        return;
    }
    for index in 0..case.document.service_account_keys.len() {
        report.violation(
            format!("/service_account_keys/{index}/service_account"),
            "A key is made for a service account, although workloads can exchange their tokens here.",
            "Remove the key and let the workload sign in through the pool.",
        );
    }
}
