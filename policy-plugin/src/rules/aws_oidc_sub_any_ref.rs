//! Roles for every branch of a repository.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{advice, deciding, requires_bearer, stranger};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-sub-any-ref",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A role is for one branch or one protected environment.",
    documentation: "Everyone who may push a branch decides what its workflow runs.",
    check,
    examples: &[
        Example { title: "one branch", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "any branch",
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
        if door.door.differing_in(Dimension::Workload).is_some() {
            continue;
        }
        if let Some((attack, _)) = door.door.differing_in(Dimension::Ref) {
            report
                .violation(
                    role.in_policy(&deciding(door, statement)),
                    "Workflows of any branch of the repository may assume the role.",
                    advice(door),
                )
                .witness(attack);
        }
    }
}
