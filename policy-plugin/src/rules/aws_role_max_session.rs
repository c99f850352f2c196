//! Long sessions of outside workloads.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-role-max-session",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "Sessions of a federated role are short.",
    documentation: "A session outlives the job that it was made for, and nothing ends it early. The setting `max_session_duration` allows \
        more than an hour.",
    check,
    examples: &[
        Example { title: "an hour", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "two hours",
            base: Base::AwsRole,
            changes: &[("/aws_roles/0/max_session_duration", "7200")],
            outcome: Outcome::Violation,
        },
        Example {
            title: "two hours, which the settings allow",
            base: Base::AwsRole,
            changes: &[
                ("/aws_roles/0/max_session_duration", "7200"),
                ("/settings", r#"{"max_session_duration": 14400}"#),
            ],
            outcome: Outcome::Pass,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    let limit = case.settings.max_session_duration.unwrap_or(3600);
    for role in case.roles.iter().filter(|role| role.is_federated()) {
        if role.role.max_session_duration.is_some_and(|seconds| seconds > limit) {
            report.violation(
                role.at("max_session_duration"),
                format!("Sessions of the role may last longer than {limit} seconds."),
                format!("Set max_session_duration to {limit}."),
            );
        }
    }
}
