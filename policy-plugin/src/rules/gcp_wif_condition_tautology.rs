//! Conditions that keep nobody out.

use crosscloud_policy_sdk::model::cel::Variables;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Condition};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-condition-tautology",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "An attribute condition keeps somebody out.",
    documentation: "A condition such as `true`, or one that ends in `|| true`, satisfies every check that only asks whether a condition exists. So does \
        one that all tokens of the issuer meet, such as `assertion.sub != ''`. It is judged by what it lets in, and it is as good as none.",
    check,
    examples: &[
        Example { title: "a condition that decides", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "true",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""true""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an alternative that always holds",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""assertion.repository_owner_id == '1001' || 1 == 1""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a test that every token passes",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_condition", r#""assertion.sub.startsWith('system:serviceaccount:')""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active() {
        let Condition::Parsed(condition) = &provider.condition else { continue };
        // No variable at all: what holds now holds for every token, whatever its claims.
        let constant = condition.holds(&Variables::new()) == Ok(true);
        if !constant && !provider.door.hollow() {
            continue;
        }
        let message = if constant {
            "The attribute condition is true for every token."
        } else {
            "The attribute condition is met by every token that the issuer can hand out."
        };
        let entry =
            report.violation(provider.at("attribute_condition"), message, provider.condition_advice(case.document));
        if let Some((attack, _)) = provider.door.worst(|_| true) {
            entry.witness(attack);
        }
    }
}
