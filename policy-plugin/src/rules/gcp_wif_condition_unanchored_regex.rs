//! Patterns that match a part of a claim.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Looseness};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-condition-unanchored-regex",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A pattern given to matches covers the whole claim.",
    documentation: "`matches` searches: without `^` and `$` the pattern may match anywhere in the claim, and whoever can put the text into a name of their own \
        gets in. Anchor both ends and escape dots, or compare with `==`.",
    check,
    examples: &[
        Example {
            title: "anchored",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.sub.matches('^system:serviceaccount:chat:backend$')""#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "no end",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.sub.matches('^system:serviceaccount:chat:backend')""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "no end after the repository",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""assertion.repository.matches('^octo/app')""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active().filter(|provider| !provider.door.hollow()) {
        let found = provider.door.worst_by(|_, loose| matches!(loose, Looseness::Pattern(_)));
        let Some((attack, bound, Looseness::Pattern(comparison))) = found else { continue };
        let pointer = provider.at("attribute_condition");
        let pattern = report.shown(&pointer, &comparison.literal);
        report
            .violation(
                pointer,
                format!("The pattern {pattern} matches a part of the claim, so it also admits {}.", attack.bearer),
                provider.condition_advice(case.document),
            )
            .lowered_if_closed(bound)
            .witness(attack);
    }
}
