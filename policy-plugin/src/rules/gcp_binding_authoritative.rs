//! Grants that remove what others granted.

use crosscloud_policy_sdk::model::document::Authority;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-binding-authoritative",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "Grants on projects, folders and organizations add members and leave the others alone.",
    documentation: "An authoritative binding replaces all members of a role, and an authoritative policy all grants at once. Applied to a \
        project, it takes away what Google's service agents and other teams need, and whatever was granted elsewhere in the \
        meantime. Use the additive form.",
    check,
    examples: &[
        Example { title: "additive", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "all members of a role",
            base: Base::GitHub,
            changes: &[("/bindings/1/authority", r#""role""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "the whole policy",
            base: Base::GitHub,
            changes: &[("/bindings/1/authority", r#""policy""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, binding) in case.document.bindings.iter().enumerate() {
        let replaced = match binding.authority {
            Authority::Additive => continue,
            Authority::Role => "all members of the role",
            Authority::Policy => "all grants of the resource",
        };
        if binding.resource_kind.is_container() {
            report.violation(
                format!("/bindings/{index}/resource"),
                format!("The grant replaces {replaced}, also those that others added."),
                "Grant with the additive form, which manages one member of one role.",
            );
        }
    }
}
