//! Expressions that cannot be read.

use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-flex-parse",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "An expression follows the language of Entra.",
    documentation: "It is `claims['NAME'] eq 'TEXT'` or `claims['NAME'] matches 'PATTERN'`, with `and` between such comparisons. An \
        operator that this policy does not know leaves the verdict open.",
    check,
    examples: &[
        Example {
            title: "an expression",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] eq 'repo:octo@1001/app@2001:ref:refs/heads/main'""#,
                ),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "double quotes",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                ("/federated_credentials/0/claims_matching_expression", r#""claims[\"sub\"] eq \"x\"""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an unheard operator",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                ("/federated_credentials/0/claims_matching_expression", r#""claims['sub'] startsWith 'repo:octo/'""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        let Match::Unreadable(error) = &credential.matching else { continue };
        let pointer = credential.deciding();
        if error.certain() {
            report.violation(
                pointer,
                format!("The expression cannot be read: {error}."),
                "Write claims['sub'] eq 'TEXT', or claims['sub'] matches 'PATTERN', with and between comparisons.",
            );
        } else {
            let shown = if case.document.is_sensitive(&pointer) {
                "it uses what is not known here".to_owned()
            } else {
                error.to_string()
            };
            let shown: String = shown.chars().take(200).collect();
            report.undetermined(
                pointer,
                format!("It cannot be said whom the expression lets in: {shown}."),
                "Use eq and matches, with and between comparisons.",
            );
        }
    }
}
