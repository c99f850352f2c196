//! Permissions for every token of an issuer.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::advice;

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-no-condition",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A permission for tokens has conditions.",
    documentation: "Without a condition every token of the issuer assumes the role; for GitHub, GitLab and their like that is every \
        customer. Compare the audience and the subject.",
    check,
    examples: &[
        Example { title: "audience and subject", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "none",
            base: Base::AwsRole,
            changes: &[("/aws_roles/0/assume_role_policy/Statement/0/Condition", "{}")],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        if statement.conditions.is_empty() {
            let issuer = door.door.issuer.as_ref().map_or_else(|| "the issuer".to_owned(), ToString::to_string);
            let entry = report.violation(
                role.in_policy(&statement.pointer),
                format!("Every token of {issuer} may assume the role: the statement has no condition."),
                advice(door),
            );
            if let Some((attack, _)) = door.door.worst(|_| true) {
                entry.witness(attack);
            }
        }
    }
}
