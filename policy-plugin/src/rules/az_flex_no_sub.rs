//! Expressions that leave open who the bearer is.

use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::credential::{advice, says_who};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-flex-no-sub",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "An expression compares the subject.",
    documentation: "A claim that names the workflow, the branch or the phase alone says nothing about whose it is. Compare `sub` as well, \
        with `and`.",
    check,
    examples: &[
        Example {
            title: "the subject",
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
            title: "only the workflow",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['job_workflow_ref'] matches 'octo/ops/.github/workflows/*.yml@refs/tags/v1'""#,
                ),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        let Match::Flexible(expression) = &credential.matching else { continue };
        if !says_who(expression) {
            let entry = report.violation(
                credential.deciding(),
                "The expression does not say who the bearer must be.",
                advice(credential),
            );
            if let Some((attack, _)) = credential.door.worst(|_| true) {
                entry.witness(attack);
            }
        }
    }
}
