//! Subjects that begin with what a workflow chooses.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::subject::user_claim_first;

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-user-claim-first",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A customised subject begins with the repository.",
    documentation: "Where a customised subject of GitHub begins with the workflow, the environment, the branch or the actor, anyone can \
        run a workflow whose subject begins alike. Let the template begin with `repo`.",
    check,
    examples: &[
        Example { title: "the repository first", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "the environment first",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "environment:prod:*"}}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        if !matches!(door.door.issuer, Some(Issuer::GitHub { .. })) {
            continue;
        }
        for condition in door.conditions_on(statement, "sub") {
            if let Some(claim) = condition.texts().find_map(user_claim_first) {
                report.violation(
                    role.in_policy(&condition.pointer),
                    format!("The subject begins with `{claim}`, which whoever writes a workflow decides on."),
                    "Let the subject template begin with repo, and compare the repository first.",
                );
            }
        }
    }
}
