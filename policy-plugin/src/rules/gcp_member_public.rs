//! The public as a member.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::Principal;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-member-public",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "No grant is open to everyone.",
    documentation: "`allUsers` is anyone on the internet and `allAuthenticatedUsers` anyone with a Google account, in any organisation.",
    check,
    examples: &[
        Example { title: "a service account", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "everyone",
            base: Base::Aks,
            changes: &[("/bindings/1/members/-", r#""allUsers""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "everyone with an account",
            base: Base::GitHub,
            changes: &[("/bindings/0/members/0", r#""allAuthenticatedUsers""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "everyone, as a principal set",
            base: Base::Aks,
            changes: &[("/bindings/1/members/-", r#""principalSet://goog/public:all""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for member in &case.members {
        let who = match &member.principal {
            Some(Ok(Principal::AllUsers)) => "anyone on the internet",
            Some(Ok(Principal::AllAuthenticatedUsers)) => "anyone with a Google account",
            _ => continue,
        };
        report.violation(
            &member.pointer,
            format!("The member is {who}."),
            "Name the workloads or the service account that need the role.",
        );
    }
}
