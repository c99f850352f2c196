//! Roles for pull requests.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{advice, deciding, requires_bearer, stranger};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-sub-pull-request",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Workflows of pull requests do not assume the role.",
    documentation: "Whoever may open a pull request decides what its workflow runs, before anyone has reviewed it.",
    check,
    examples: &[
        Example { title: "one branch", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "pull requests",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": ["repo:octo@1001/app@2001:ref:refs/heads/main", "repo:octo@1001/app@2001:pull_request"]}}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "anything of the repository",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo@1001/app@2001:*"}}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        if !matches!(door.door.issuer, Some(Issuer::GitHub { .. }))
            || !requires_bearer(door, statement)
            || stranger(door).is_some()
        {
            continue;
        }
        let found = door.door.worst(|attack| {
            attack.dimension == Dimension::PullRequest
                && attack.token.text("event_name").as_deref() == Some("pull_request")
        });
        if let Some((attack, _)) = found.filter(|_| door.door.differing_in(Dimension::Workload).is_none()) {
            report
                .violation(
                    role.in_policy(&deciding(door, statement)),
                    "Workflows of pull requests may assume the role, before anyone has reviewed them.",
                    advice(door),
                )
                .witness(attack);
        }
    }
}
