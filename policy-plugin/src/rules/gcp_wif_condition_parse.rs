//! Conditions that Google does not take.

use crosscloud_policy_sdk::model::cel::{CelError, Value, Variables};
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Condition};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-condition-parse",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "An attribute condition is a boolean CEL expression of at most 4,096 characters over assertion, google and attribute.",
    documentation: "Google refuses other conditions while applying, when half of the trust exists already.",
    check,
    examples: &[
        Example { title: "a boolean expression", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "not CEL",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_condition", r#""assertion.sub = 'x'""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not boolean",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_condition", r#""'system:serviceaccount:chat:backend'""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an unknown variable",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertions.sub == 'system:serviceaccount:chat:backend'""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "nested beyond what is evaluated here",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((true))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))""#,
            )],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active() {
        let pointer = provider.at("attribute_condition");
        match &provider.condition {
            Condition::Invalid(error @ CelError::Unsupported(_)) => {
                let message = format!("It cannot be said whom the attribute condition admits: {error}.");
                report.undetermined(pointer, message, provider.condition_advice(case.document));
            }
            Condition::Invalid(error) => {
                report.violation(
                    pointer,
                    format!("The attribute condition is not valid: {error}."),
                    provider.condition_advice(case.document),
                );
            }
            Condition::Parsed(condition) => {
                let known = [
                    "assertion",
                    "google",
                    "attribute",
                    "string",
                    "int",
                    "uint",
                    "double",
                    "bool",
                    "bytes",
                    "list",
                    "map",
                ];
                let references = condition.references();
                if let Some(unknown) = references.variables.iter().find(|name| !known.contains(&name.as_str())) {
                    report.violation(
                        pointer,
                        format!("The attribute condition uses `{unknown}`, which does not exist."),
                        "Begin with assertion for claims of the token, google or attribute for mapped attributes.",
                    );
                } else if let Ok(value) = condition.evaluate(&Variables::new())
                    && !matches!(value, Value::Bool(_))
                {
                    report.violation(
                        pointer,
                        format!("The attribute condition is a {}, and it must be true or false.", value.type_name()),
                        provider.condition_advice(case.document),
                    );
                }
            }
            Condition::Unknown | Condition::Missing => {}
        }
    }
}
