//! Buildkite trusts that other organizations pass.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{capital, deciding, requires_bearer, stranger};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-buildkite-open",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A trust for Buildkite pins the organization and the pipeline.",
    documentation: "Everyone on Buildkite gets tokens of the same issuer. The subject begins with `organization:SLUG:pipeline:SLUG:`; a \
        wildcard in the organization takes those of others.",
    check,
    examples: &[
        Example {
            title: "pinned",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Principal",
                    r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/agent.buildkite.com"}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"agent.buildkite.com:aud": "aws", "agent.buildkite.com:sub": "organization:octo:pipeline:app:ref:refs/heads/main:commit:1da177e4c3f41524e886b7f1b8a0c1fc7321cac2:step:deploy"}}"#,
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
                    r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/agent.buildkite.com"}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"agent.buildkite.com:aud": "aws"}, "StringLike": {"agent.buildkite.com:sub": "organization:*:pipeline:app:*"}}"#,
                ),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        if !matches!(door.door.issuer, Some(Issuer::Buildkite))
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
                    "Compare sub with organization:SLUG:pipeline:SLUG:ref:refs/heads/BRANCH:*.",
                )
                .witness(attack);
        }
    }
}
