//! GitLab trusts that other groups pass.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{capital, deciding, requires_bearer, stranger};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-gitlab-open",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A trust for gitlab.com pins the group and the project.",
    documentation: "Everyone on gitlab.com gets tokens of the same issuer. The subject begins with `project_path:GROUP/PROJECT:`; a \
        wildcard before its end takes groups of others.",
    check,
    examples: &[
        Example {
            title: "pinned",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Principal",
                    r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/gitlab.com"}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"gitlab.com:aud": "aws", "gitlab.com:sub": "project_path:octo/app:ref_type:branch:ref:main"}}"#,
                ),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "the tenant behind a wildcard",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Principal",
                    r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/gitlab.com"}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"gitlab.com:aud": "aws"}, "StringLike": {"gitlab.com:sub": "project_path:*:ref_type:branch:ref:main"}}"#,
                ),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        if !matches!(door.door.issuer, Some(Issuer::GitLab { .. }))
            || !door.door.shared
            || !requires_bearer(door, statement)
        {
            continue;
        }
        if let Some((attack, _)) = stranger(door) {
            report
                .violation(
                    role.in_policy(&deciding(door, statement)),
                    format!("{} may assume the role, too.", capital(attack.bearer)),
                    "Compare sub with project_path:GROUP/PROJECT:ref_type:branch:ref:BRANCH.",
                )
                .witness(attack);
        }
    }
}
