//! Conditions that keep out those who are meant.

use crosscloud_policy_sdk::model::cel::{CelError, Operator, Variables};
use crosscloud_policy_sdk::model::federation::Refusal;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::{Blindness, Case, Condition, ProviderCase, subject};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-condition-dead",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A condition admits the workloads that the trust is for.",
    documentation: "A condition that its own workload fails is usually a typing error, and the first repair under pressure is to open it wide. `==` compares \
        literally: a `*` in the text is no wildcard.",
    check,
    examples: &[
        Example { title: "the workload gets in", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "another namespace",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.sub == 'system:serviceaccount:chat-prod:backend'""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a wildcard in a comparison",
            base: Base::GitHub,
            changes: &[
                ("/providers/0/attribute_condition", r#""assertion.sub == 'repo:octo/*'""#),
                ("/providers/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a claim that Kubernetes does not give",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_condition", r#""assertion.namespace == 'chat'""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "false",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_condition", r#""false""#), ("/providers/0/intended", "[]")],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active() {
        let Condition::Parsed(condition) = &provider.condition else { continue };
        let pointer = provider.at("attribute_condition");
        let advice = provider.condition_advice(case.document);
        if let Some(subject) = refused(provider) {
            let subject = report.shown(&provider.at("intended"), &subject);
            report.violation(
                pointer,
                format!("The attribute condition refuses the workload that the trust is for, {subject}."),
                advice,
            );
        } else if condition.holds(&Variables::new()) == Ok(false) {
            report.violation(pointer, "The attribute condition is false for every token.", advice);
        } else if provider.door.comparisons.iter().any(|it| it.operator == Operator::Equals && it.literal.contains('*'))
        {
            let message = "The attribute condition compares a claim with a text that holds `*`, which is no wildcard.";
            report.violation(pointer, message, advice);
        }
    }
}

/// The subject of an intended workload that the condition refuses.
fn refused(provider: &ProviderCase<'_>) -> Option<String> {
    if provider.door.blind == Some(Blindness::Mapping) {
        return None;
    }
    let complete =
        matches!(provider.door.issuer, Some(Issuer::Kubernetes(_) | Issuer::GitHub { .. } | Issuer::Aws { .. }));
    provider.genuine.iter().find_map(|(token, answer)| match answer {
        Err(Refusal::ConditionFalse) => Some(subject(token)),
        // Of other issuers we know only the claims that were said, so a missing one means nothing.
        Err(Refusal::Condition(CelError::Failed(_))) if complete => Some(subject(token)),
        _ => None,
    })
}
