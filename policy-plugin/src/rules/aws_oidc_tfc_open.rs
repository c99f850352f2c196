//! HCP Terraform trusts that other organizations pass.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{capital, deciding, requires_bearer, stranger};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-tfc-open",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A trust for HCP Terraform pins the organization, the project and the workspace.",
    documentation: "Everyone on HCP Terraform gets tokens of the same issuer. The subject begins with \
        `organization:NAME:project:NAME:workspace:NAME:`; a wildcard in the organization takes those of others.",
    check,
    examples: &[
        Example {
            title: "pinned",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Principal",
                    r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/app.terraform.io"}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"app.terraform.io:aud": "aws", "app.terraform.io:sub": "organization:octo:project:core:workspace:prod:run_phase:apply"}}"#,
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
                    r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/app.terraform.io"}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"app.terraform.io:aud": "aws"}, "StringLike": {"app.terraform.io:sub": "organization:*:project:core:workspace:prod:run_phase:*"}}"#,
                ),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        if !matches!(door.door.issuer, Some(Issuer::TerraformCloud))
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
                    "Compare sub with organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:apply.",
                )
                .witness(attack);
        }
    }
}
