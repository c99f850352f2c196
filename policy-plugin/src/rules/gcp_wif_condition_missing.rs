//! Providers without an attribute condition.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Condition};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-condition-missing",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "Every provider has an attribute condition.",
    documentation: "Without a condition, Google maps every token of the issuer, and only the bindings of today stand between a stranger and a grant. \
        The next binding is one commit away, so exact bindings do not excuse it. Critical where the issuer serves other organisations too, high otherwise.",
    check,
    examples: &[
        Example { title: "a condition", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "none, but the provider is off",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_condition", "null"), ("/providers/0/disabled", "true")],
            outcome: Outcome::Pass,
        },
        Example {
            title: "none",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", "null")],
            outcome: Outcome::Violation,
        },
        Example {
            title: "blanks",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_condition", r#"" ""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::Aks,
            changes: &[
                ("/providers/0/attribute_condition", "null"),
                ("/unknown", r#"["/providers/0/attribute_condition"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active() {
        let pointer = provider.at("attribute_condition");
        match provider.condition {
            Condition::Unknown => {
                report.undetermined(
                    pointer,
                    "The attribute condition is not known yet, so it cannot be said whom the provider admits.",
                    "Build the condition from values that are known while planning, or leave it out for the default.",
                );
            }
            Condition::Missing => {
                let issuer = provider.door.issuer.as_ref().map_or_else(|| "the issuer".to_owned(), ToString::to_string);
                let severity = if provider.door.shared { Severity::Critical } else { Severity::High };
                let advice = provider.condition_advice(case.document);
                let message = format!("Without an attribute condition, every token of {issuer} is accepted.");
                let entry = report.violation(pointer, message, advice).severity(severity);
                if let Some((attack, _)) = provider.door.worst(|_| true) {
                    entry.witness(attack);
                }
            }
            Condition::Invalid(_) | Condition::Parsed(_) => {}
        }
    }
}
