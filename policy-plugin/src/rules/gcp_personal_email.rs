//! Personal accounts as members.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::Principal;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-personal-email",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "Members belong to the organisation.",
    documentation: "A personal account stays with its owner when the owner leaves, and no administrator of yours can lock it.",
    check,
    examples: &[
        Example { title: "a service account", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a personal account",
            base: Base::Aks,
            changes: &[("/bindings/1/members/-", r#""user:someone@gmail.com""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for member in &case.members {
        let Some(Ok(Principal::User(email) | Principal::Group(email))) = &member.principal else { continue };
        let domain = email.rsplit('@').next().unwrap_or_default().to_ascii_lowercase();
        if matches!(domain.as_str(), "gmail.com" | "googlemail.com" | "googlegroups.com") {
            report.violation(
                &member.pointer,
                "The member is a personal account.",
                "Name an account or a group of the organisation.",
            );
        }
    }
}
