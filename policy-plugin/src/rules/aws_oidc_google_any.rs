//! Google trusts that every Google account passes.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{deciding, stranger};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-google-any",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A trust for Google accounts pins the numeric id of a service account.",
    documentation: "Every Google account of the world gets tokens of this issuer. Compare `accounts.google.com:sub` with the numeric \
        unique id, and `accounts.google.com:oaud` with the audience.",
    check,
    examples: &[
        Example {
            title: "the id pinned",
            base: Base::AwsRole,
            changes: &[
                ("/aws_roles/0/assume_role_policy/Statement/0/Principal", r#"{"Federated": "accounts.google.com"}"#),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"accounts.google.com:sub": "104857600000000000001", "accounts.google.com:oaud": "aws"}}"#,
                ),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "only the audience",
            base: Base::AwsRole,
            changes: &[
                ("/aws_roles/0/assume_role_policy/Statement/0/Principal", r#"{"Federated": "accounts.google.com"}"#),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"accounts.google.com:oaud": "aws"}}"#,
                ),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "any id",
            base: Base::AwsRole,
            changes: &[
                ("/aws_roles/0/assume_role_policy/Statement/0/Principal", r#"{"Federated": "accounts.google.com"}"#),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringLike": {"accounts.google.com:sub": "1*", "accounts.google.com:oaud": "aws"}}"#,
                ),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        if !matches!(door.door.issuer, Some(Issuer::Google)) || statement.conditions.is_empty() {
            continue;
        }
        if let Some((attack, _)) = stranger(door) {
            report
                .violation(
                    role.in_policy(&deciding(door, statement)),
                    "Service accounts of other organisations may assume the role, too.",
                    "Compare accounts.google.com:sub with the numeric unique id of the one service account.",
                )
                .witness(attack);
        }
    }
}
