//! Trusts that cannot be judged.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Blindness, Case, Reading};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "x-unknown-trust",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Who gets in is known while planning.",
    documentation: "A value that is not known yet, or a condition on what only the cloud knows, leaves open who gets in. The trust is \
        judged again once everything is known; build conditions from values that are known before, so that a plan can be \
        trusted.",
    check,
    examples: &[
        Example { title: "everything known", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a trust policy that is not known yet",
            base: Base::AwsRole,
            changes: &[
                ("/aws_roles/0/assume_role_policy", "null"),
                ("/unknown", r#"["/aws_roles/0/assume_role_policy"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
        Example {
            title: "a subject that is not known yet",
            base: Base::AwsRole,
            changes: &[(
                "/unknown",
                r#"["/aws_roles/0/assume_role_policy/Statement/0/Condition/StringEquals/token.actions.githubusercontent.com:sub"]"#,
            )],
            outcome: Outcome::Undetermined,
        },
        Example {
            title: "a condition on what only AWS knows",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition/DateLessThan",
                r#"{"aws:CurrentTime": "2030-01-01T00:00:00Z"}"#,
            )],
            outcome: Outcome::Undetermined,
        },
        Example {
            title: "a credential whose subject is not known yet",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                ("/unknown", r#"["/federated_credentials/0/subject"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    const ADVICE: &str =
        "Build it from values that are known while planning; otherwise it is judged again when it is applied.";
    for role in &case.roles {
        if matches!(role.reading, Reading::Unknown) {
            let message = "The trust policy is not known yet, so it cannot be said who may assume the role.";
            report.undetermined(role.in_policy(""), message, ADVICE);
        }
        for door in &role.doors {
            if let Some(reason) = door.door.unclear() {
                report.undetermined(
                    role.in_policy(&door.principal),
                    format!("It cannot be said whose tokens may assume the role: {reason} is not known."),
                    ADVICE,
                );
            }
        }
        let policy = role.policy().into_iter().flat_map(|policy| policy.permissions());
        for statement in policy.filter(|statement| statement.principals.has_unknown()) {
            report.undetermined(
                role.in_policy(&statement.pointer),
                "A principal is not known yet, so it cannot be said who may assume the role.",
                ADVICE,
            );
        }
    }
    for credential in &case.credentials {
        let hidden = credential.door.blind == Some(Blindness::Condition);
        if hidden {
            let message = "What the credential compares is not known yet, so it cannot be said who gets in.";
            report.undetermined(credential.deciding(), message, ADVICE);
        }
    }
}
