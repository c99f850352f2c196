//! Roles that their own workload cannot assume.

use crosscloud_policy_sdk::model::aws::Decision;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::token::Token;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-trust-dead",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A trust policy lets in the workloads that the trust is for.",
    documentation: "A trust policy that its own workload fails is usually a typing error, and the first repair under pressure is to open \
        it wide.",
    check,
    examples: &[
        Example { title: "the workload gets in", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "another branch",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com", "token.actions.githubusercontent.com:sub": "repo:octo@1001/app@2001:ref:refs/heads/mian"}}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a denial in the way",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/-",
                r#"{"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRoleWithWebIdentity"}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for role in &case.roles {
        for (index, intended) in role.role.intended.iter().enumerate() {
            // Another statement may be the one that lets this workload in.
            let named = |token: &Token| intended.iter().all(|(name, value)| token.claim(name).as_ref() == Some(value));
            let answers = role.doors.iter().flat_map(|door| &door.genuine).filter(|(token, _)| named(token));
            let answers: Vec<&Decision> = answers.map(|(_, decision)| decision).collect();
            if !answers.is_empty() && answers.iter().all(|decision| **decision == Decision::Denied) {
                let said = intended.get("sub").and_then(serde_json::Value::as_str).unwrap_or_default();
                let shown = report.shown(&role.at(&format!("intended/{index}")), said);
                report.violation(
                    role.in_policy(""),
                    format!("The trust policy refuses the workload that the role is for, {shown}."),
                    format!("Compare sub with {shown}, and check what else the statements ask for."),
                );
            }
        }
    }
}
