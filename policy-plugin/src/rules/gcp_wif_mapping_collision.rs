//! Mappings under which two workloads become one.

use crosscloud_policy_sdk::model::cel::Expression;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-mapping-collision",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Different workloads map to different identities.",
    documentation: "Two claims put together without a separator, a claim that is cut short, or a constant make identities that more than \
        one workload can have, and a grant to one is a grant to all of them. Map one claim whole, or put a separator between \
        claims that cannot occur in them. Judged for google.subject, and for every attribute that a binding selects by.",
    check,
    examples: &[
        Example { title: "the token's subject", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "two claims with a separator",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/attribute_mapping/google.subject",
                r#""assertion.repository_id + ':' + assertion.ref""#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "two claims without one",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_mapping/google.subject", r#""assertion.repository + assertion.ref""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a claim cut short",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_mapping/google.subject", r#""assertion.sub.split(':')[0]""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a constant",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_mapping/google.subject", r#""'workload'""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in &case.providers {
        for (target, source) in &provider.provider.attribute_mapping {
            let pointer = provider.at(&format!("attribute_mapping/{target}"));
            if case.document.is_unknown(&pointer) || (target != "google.subject" && !case.selects(provider, target)) {
                continue;
            }
            let Ok(expression) = Expression::parse_mapping(source) else { continue };
            let references = expression.references();
            let whole = references.paths.iter().any(|path| path.last().is_some_and(|name| name == "sub"));
            let cut = ["split", "extract"].into_iter().find(|function| references.functions.contains(*function));
            let fault = if expression.joins_without_separator() {
                "puts claims together with nothing between them, so that other claims can give the same text".to_owned()
            } else if let Some(function) =
                cut.filter(|_| target == "google.subject" && !(whole && expression.leading_text().is_some()))
            {
                format!("keeps only the part of a claim that `{function}` takes, which other workloads may share")
            } else if references.variables.is_empty() {
                "is the same for every token".to_owned()
            } else {
                continue;
            };
            report.violation(
                pointer,
                format!("The mapping of `{target}` {fault}."),
                "Map one claim as it is, such as assertion.sub, or put ':' between claims.",
            );
        }
    }
}
