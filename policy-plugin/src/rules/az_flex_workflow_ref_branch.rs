//! Reusable workflows that change under the trust.

use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-flex-workflow-ref-branch",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A reusable workflow is pinned by tag or commit.",
    documentation: "Under a branch the workflow changes with every push; a tag or a commit stays what was reviewed.",
    check,
    examples: &[
        Example {
            title: "a tag",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] eq 'repo:octo@1001/app@2001:ref:refs/heads/main' and claims['job_workflow_ref'] eq 'octo/ops/.github/workflows/deploy.yml@refs/tags/v1'""#,
                ),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "a branch",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] eq 'repo:octo@1001/app@2001:ref:refs/heads/main' and claims['job_workflow_ref'] matches 'octo/ops/.github/workflows/*.yml@refs/heads/main'""#,
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
        let moving = |comparand: &str| match comparand.split_once('@') {
            Some((_, reference)) => reference.starts_with("refs/heads/") || reference.starts_with('*'),
            None => true,
        };
        let mut workflows = expression.comparisons.iter().filter(|it| it.claim == "job_workflow_ref");
        if workflows.any(|comparison| moving(&comparison.comparand)) {
            report.violation(
                credential.deciding(),
                "The expression takes a reusable workflow from a branch, where every push changes it.",
                "Compare job_workflow_ref with a tag or a commit.",
            );
        }
    }
}
