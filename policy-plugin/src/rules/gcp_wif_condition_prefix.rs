//! Comparisons with part of a claim that end in the middle of a name.

use crosscloud_policy_sdk::model::cel::Operator;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Looseness};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-condition-prefix",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "startsWith, endsWith and contains end at a separator.",
    documentation: "`startsWith('repo:octo')` also admits the owner `octo-evil`, whom anyone can register. Let the text end at `/` or `:`, or better compare \
        the whole claim with `==`.",
    check,
    examples: &[
        Example { title: "the whole claim", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a prefix that ends at a separator",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""assertion.sub.startsWith('repo:octo/')""#)],
            outcome: Outcome::Pass,
        },
        Example {
            title: "an owner cut short",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""assertion.sub.startsWith('repo:octo')""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a namespace cut short",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.sub.startsWith('system:serviceaccount:chat')""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a name that may stand anywhere",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_condition", r#""assertion.sub.contains('backend')""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active().filter(|provider| !provider.door.hollow()) {
        let found = provider.door.worst_by(|_, loose| matches!(loose, Looseness::Affix(_)));
        let Some((attack, bound, Looseness::Affix(comparison))) = found else { continue };
        let function = match comparison.operator {
            Operator::StartsWith => "startsWith",
            Operator::EndsWith => "endsWith",
            _ => "contains",
        };
        let pointer = provider.at("attribute_condition");
        let literal = report.shown(&pointer, &comparison.literal);
        report
            .violation(
                pointer,
                format!(
                    "`{function}` with {literal} stops in the middle of a name, so it also admits {}.",
                    attack.bearer
                ),
                provider.condition_advice(case.document),
            )
            .lowered_if_closed(bound)
            .witness(attack);
    }
}
