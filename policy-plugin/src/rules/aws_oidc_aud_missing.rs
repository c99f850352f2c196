//! Tokens for anybody.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::{Case, RoleCase, RoleDoor};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-aud-missing",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A permission for tokens compares the audience.",
    documentation: "The audience says whom a token is for. Without it, a token that the workload handed to somebody else assumes the role \
        as well, as far as the provider's client list lets it. Google's own agents, such as that of Storage Transfer, show tokens whose \
        audience nobody is told: a role meant for such a token alone compares its numeric id, which nobody else ever gets.",
    check,
    examples: &[
        Example { title: "the audience", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "none",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:octo@1001/app@2001:ref:refs/heads/main"}}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "if it exists",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:sub": "repo:octo@1001/app@2001:ref:refs/heads/main"}, "StringEqualsIfExists": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an agent of Google's",
            base: Base::AwsRole,
            changes: &[
                ("/aws_roles/0/assume_role_policy/Statement/0/Principal", r#"{"Federated": "accounts.google.com"}"#),
                (
                    "/aws_roles/0/intended",
                    r#"[{"iss": "https://accounts.google.com", "sub": "104857600000000000001"}]"#,
                ),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"accounts.google.com:sub": "104857600000000000001"}}"#,
                ),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "any service account of Google's",
            base: Base::AwsRole,
            changes: &[
                ("/aws_roles/0/assume_role_policy/Statement/0/Principal", r#"{"Federated": "accounts.google.com"}"#),
                ("/aws_roles/0/intended", "[]"),
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"accounts.google.com:sub": "104857600000000000001"}}"#,
                ),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        let compared = ["aud", "oaud"].into_iter().any(|claim| door.requires(statement, claim));
        let told_apart = compared || (door.requires(statement, "sub") && is_for_an_agent(role, door));
        if !told_apart && !statement.conditions.is_empty() {
            report.violation(
                role.in_policy(&format!("{}/Condition", statement.pointer)),
                "The audience is not compared, so tokens made for somebody else are accepted.",
                format!("Add StringEquals with \"{}:aud\": \"sts.amazonaws.com\".", door.provider),
            );
        }
    }
}

/// Whether the role is meant for tokens of Google whose audience nobody is told.
fn is_for_an_agent(role: &RoleCase<'_>, door: &RoleDoor) -> bool {
    let intended = &role.role.intended;
    let untold = !intended.is_empty() && intended.iter().all(|claims| !claims.contains_key("aud"));
    untold && matches!(door.door.issuer, Some(Issuer::Google))
}
