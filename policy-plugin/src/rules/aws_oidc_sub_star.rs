//! Subjects that strangers have.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{advice, capital, deciding, requires_bearer, stranger};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-sub-star",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "The subject pins the organisation, up to a separator.",
    documentation: "A wildcard that begins before the organisation's name ends, as in `repo:*` or `repo:octo*`, takes organisations that \
        anyone can register. Write the name and the separator behind it, best with the ids that GitHub puts behind an `@`.",
    check,
    examples: &[
        Example { title: "the whole subject", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "everything",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "*"}}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a name cut short",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo*"}}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a name behind a wildcard",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "*/app:ref:refs/heads/main"}}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "any service account of a cluster",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Principal",
                    r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF"}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringLike": {"oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:sub": "system:serviceaccount:*", "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:aud": "sts.amazonaws.com"}}"#,
                ),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "one service account of a cluster",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Principal",
                    r#"{"Federated": "arn:aws:iam::123456789012:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF"}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:sub": "system:serviceaccount:chat:backend", "oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF:aud": "sts.amazonaws.com"}}"#,
                ),
            ],
            outcome: Outcome::Pass,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        // These issuers have rules of their own.
        let elsewhere = matches!(
            door.door.issuer,
            Some(Issuer::GitLab { .. } | Issuer::TerraformCloud | Issuer::Buildkite | Issuer::Google)
        );
        if elsewhere || !requires_bearer(door, statement) {
            continue;
        }
        let cluster = matches!(door.door.issuer, Some(Issuer::Kubernetes(_)));
        let found = if cluster {
            door.door.worst(|_| true)
        } else if door.door.shared || matches!(door.door.issuer, Some(Issuer::GitHub { .. })) {
            stranger(door)
        } else {
            door.door.differing_in(Dimension::Workload)
        };
        if let Some((attack, _)) = found {
            let severity = if door.door.shared { Severity::Critical } else { Severity::High };
            report
                .violation(
                    role.in_policy(&deciding(door, statement)),
                    format!("{} may assume the role, too.", capital(attack.bearer)),
                    advice(door),
                )
                .severity(severity)
                .witness(attack);
        }
    }
}
