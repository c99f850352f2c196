//! Conditions that leave open who the bearer is.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{advice, mentions_bearer};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-sub-missing",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A permission for tokens compares the subject, or another claim that names the workload.",
    documentation: "An audience says whom a token is for, not whose it is: everybody asks for `sts.amazonaws.com`. Compare `sub`, or an id \
        that only the intended workload has. High where the issuer serves one organisation only. AWS itself refuses this for \
        the shared issuers that it knows, and only when a role is written.",
    check,
    examples: &[
        Example { title: "the subject", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "the repository by id",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:repository_id": "2001"}}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "only the audience",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "only the name of the session",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "sts:RoleSessionName": "deploy"}}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        if statement.conditions.is_empty() || mentions_bearer(door, statement) {
            continue;
        }
        if let Some((attack, _)) = door.door.worst(|_| true) {
            let severity = if door.door.shared { Severity::Critical } else { Severity::High };
            report
                .violation(
                    role.in_policy(&format!("{}/Condition", statement.pointer)),
                    format!(
                        "The conditions do not say who the bearer must be, so {} may assume the role, too.",
                        attack.bearer
                    ),
                    advice(door),
                )
                .severity(severity)
                .witness(attack);
        }
    }
}
