//! Mappings that Google does not take.

use crosscloud_policy_sdk::model::cel::{CelError, Expression};
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-mapping-parse",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Every attribute mapping is a CEL expression over assertion, and maps to google.subject, google.groups or attribute.NAME.",
    documentation: "Google refuses other mappings while applying, when half of the trust exists already.",
    check,
    examples: &[
        Example { title: "expressions", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "not CEL",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_mapping/google.subject", r#""assertion.""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an unknown target",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_mapping/google.email", r#""assertion.email""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an unknown variable",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_mapping/attribute.x", r#""google.subject""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in &case.providers {
        for (target, text) in &provider.provider.attribute_mapping {
            let pointer = provider.at(&format!("attribute_mapping/{target}"));
            if case.document.is_unknown(&pointer) {
                continue;
            }
            if !matches!(target.as_str(), "google.subject" | "google.groups") && !target.starts_with("attribute.") {
                report.violation(
                    &pointer,
                    format!("`{target}` cannot be mapped to."),
                    "Map to google.subject, google.groups or attribute.NAME.",
                );
            }
            match Expression::parse_mapping(text) {
                Err(error @ (CelError::Syntax { .. } | CelError::Failed(_))) => {
                    report.violation(
                        pointer,
                        format!("The mapping of `{target}` is not valid: {error}."),
                        "Write a CEL expression over the token's claims, such as assertion.sub.",
                    );
                }
                Ok(expression) => {
                    if let Some(variable) = expression.references().variables.iter().find(|name| *name != "assertion") {
                        report.violation(
                            pointer,
                            format!(
                                "The mapping of `{target}` uses `{variable}`, and a mapping sees nothing but assertion."
                            ),
                            "Begin with assertion, which holds the token's claims.",
                        );
                    }
                }
                Err(_) => {}
            }
        }
    }
}
