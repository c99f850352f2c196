//! Conditions that only exclude.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{advice, is_about_bearer};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-negated",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A permission for tokens says who may come, not who may not.",
    documentation: "`StringNotEquals`, `…IfExists`, `ForAllValues:` and `Null` are true where the claim is absent or merely another one, \
        so everybody gets in who was not thought of. Use `StringEquals` or `StringLike`.",
    check,
    examples: &[
        Example { title: "a positive comparison", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "an exclusion",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringNotLike": {"token.actions.githubusercontent.com:sub": "repo:evil/*"}}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "all values",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "ForAllValues:StringNotEquals": {"token.actions.githubusercontent.com:sub": "repo:evil/intruder:ref:refs/heads/main"}}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "only that it exists",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "Null": {"token.actions.githubusercontent.com:sub": "false"}}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        let identity = statement.conditions.iter().filter(|condition| is_about_bearer(door, condition));
        let (positive, soft): (Vec<_>, Vec<_>) = identity.partition(|condition| condition.operator.is_positive());
        if !positive.is_empty() || soft.is_empty() {
            continue;
        }
        if let Some((attack, _)) = door.door.worst(|_| true) {
            report
                .violation(
                    role.in_policy(&soft[0].pointer),
                    format!("The conditions only say who may not come, so {} may assume the role.", attack.bearer),
                    advice(door),
                )
                .witness(attack);
        }
    }
}
