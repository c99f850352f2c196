//! Reusable workflows that change under the trust.

use crosscloud_policy_sdk::model::cel::Comparison;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-github-reusable-unpinned",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "A reusable workflow is pinned by tag or commit, together with the repository that calls it.",
    documentation: "`job_workflow_ref` names the workflow that runs, not the repository that calls it, and under a branch the workflow \
        changes with every push. Compare it with a tag or a commit, and compare the calling repository as well.",
    check,
    examples: &[
        Example { title: "no reusable workflow", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a tag, and the repository",
            base: Base::GitHub,
            changes: &[
                (
                    "/providers/0/attribute_condition",
                    r#""assertion.repository_owner_id == '1001' && assertion.repository_id == '2001' && assertion.job_workflow_ref == 'octo/ops/.github/workflows/deploy.yml@refs/tags/v1'""#,
                ),
                ("/providers/0/intended/0/job_workflow_ref", r#""octo/ops/.github/workflows/deploy.yml@refs/tags/v1""#),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "a branch",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.repository_owner_id == '1001' && assertion.repository_id == '2001' && assertion.job_workflow_ref == 'octo/ops/.github/workflows/deploy.yml@refs/heads/main'""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "nobody who calls it",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.job_workflow_ref == 'octo/ops/.github/workflows/deploy.yml@refs/tags/v1'""#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active() {
        let claim = |comparison: &Comparison| match comparison.path.as_deref() {
            Some([root, name]) if root == "assertion" => Some(name.clone()),
            _ => None,
        };
        let comparisons = &provider.door.comparisons;
        let mut workflows =
            comparisons.iter().filter(|it| claim(it).is_some_and(|name| name == "job_workflow_ref")).peekable();
        if workflows.peek().is_none() {
            continue;
        }
        let moving = workflows.any(|it| it.literal.contains("@refs/heads/") || !it.literal.contains('@'));
        let called = comparisons.iter().filter_map(claim).any(|name| name == "sub" || name.starts_with("repository"));
        let fault = if moving {
            "The attribute condition takes a reusable workflow from a branch, where every push changes it."
        } else if !called {
            "The attribute condition pins a reusable workflow, but not the repository that calls it."
        } else {
            continue;
        };
        report.violation(
            provider.at("attribute_condition"),
            fault,
            "Compare job_workflow_ref with a tag or a commit, and assertion.repository_id with the calling repository.",
        );
    }
}
