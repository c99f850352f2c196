//! Wildcards where they are text.

use crosscloud_policy_sdk::model::aws::Test;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-literal-glob",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Wildcards stand in operators that know them.",
    documentation: "`StringEquals` compares `*` and `?` as they stand, so the condition is never true, and the first repair under pressure \
        is to open it wide. Write the whole text, or use `StringLike`.",
    check,
    examples: &[
        Example { title: "no wildcard", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a wildcard in StringLike",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                    r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo@1001/app@2001:ref:refs/heads/release-*"}}"#,
                ),
                ("/aws_roles/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "a wildcard in StringEquals",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": "repo:octo@1001/app@2001:*"}}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for role in &case.roles {
        let statements = role.policy().into_iter().flat_map(|policy| &policy.statements);
        for condition in statements.flat_map(|statement| &statement.conditions) {
            let literal = matches!(condition.operator.test, Test::String { .. } | Test::StringIgnoreCase { .. });
            if literal && condition.values.iter().flatten().any(|value| value.pattern.is_glob()) {
                report.violation(
                    role.in_policy(&condition.pointer),
                    "A text with a wildcard is compared as it stands, which no token matches.",
                    "Write the whole text, or use StringLike.",
                );
            }
        }
    }
}
