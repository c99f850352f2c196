//! Roles that a re-registered name reaches.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{deciding, requires_bearer, stranger};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-name-only",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A subject carries the ids that are never given out again.",
    documentation: "Names of owners become free when they are renamed or deleted, and whoever registers them next gets tokens with the \
        same names. Repositories made, renamed or moved since July 2026 carry both ids in their subject, others can opt in. \
        `repository_id` can be compared as well.",
    check,
    examples: &[
        Example { title: "ids", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "names",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": "repo:octo/app:ref:refs/heads/main"}}"#,
                ),
                ("/aws_roles/0/intended/0/sub", r#""repo:octo/app:ref:refs/heads/main""#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "names, and the id beside them",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:repository_id": "2001", "token.actions.githubusercontent.com:sub": "repo:octo/app:ref:refs/heads/main"}}"#,
                ),
                ("/aws_roles/0/intended/0/sub", r#""repo:octo/app:ref:refs/heads/main""#),
            ],
            outcome: Outcome::Pass,
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
        let found = door.door.worst(|attack| attack.stranger && attack.dimension == Dimension::Recycled);
        if let Some((attack, _)) = found {
            report
                .violation(
                    role.in_policy(&deciding(door, statement)),
                    "The subject holds names only, so whoever registers them after the owner is gone may assume the role.",
                    "Use the subject with ids, repo:OWNER@ID/REPOSITORY@ID:…, or compare repository_id as well.",
                )
                .witness(attack);
        }
    }
}
