//! Trust policies that cannot be read.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Reading};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-trust-parse",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A trust policy is one that IAM takes.",
    documentation: "IAM refuses a policy with unheard parts, both forms of a part, or none, and a key that stands twice leaves open which \
        of the two counts. An operator that this policy does not know leaves the verdict open instead.",
    check,
    examples: &[
        Example { title: "a policy", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "no JSON",
            base: Base::AwsRole,
            changes: &[("/aws_roles/0/assume_role_policy", r#""{\"Version\": ""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a resource",
            base: Base::AwsRole,
            changes: &[("/aws_roles/0/assume_role_policy/Statement/0/Resource", r#""*""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an unheard operator",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringSoundsLike": {"token.actions.githubusercontent.com:sub": "x"}}"#,
            )],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for role in &case.roles {
        let Reading::Unreadable(error) = &role.reading else { continue };
        // What is wrong is said; what is written may be secret.
        let pointer = role.in_policy("");
        let shown = if case.document.is_sensitive(&pointer) {
            "a part of it is malformed".to_owned()
        } else {
            error.to_string()
        };
        let shown: String = shown.chars().take(200).collect();
        if error.certain() {
            report.violation(
                pointer,
                format!("The trust policy cannot be used: {shown}."),
                "Write a policy with Version 2012-10-17 and statements of Effect, Principal, Action and Condition.",
            );
        } else {
            report.undetermined(
                pointer,
                format!("It cannot be said whom the trust policy lets in: {shown}."),
                "Use the operators that the IAM documentation lists.",
            );
        }
    }
}
