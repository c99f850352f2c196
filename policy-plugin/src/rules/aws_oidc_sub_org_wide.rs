//! Roles for every repository of an owner.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::{advice, deciding, requires_bearer, stranger};

pub(super) const RULE: Rule = Rule {
    id: "aws-oidc-sub-org-wide",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A role is for one repository, not for all of an owner.",
    documentation: "With `repo:octo/*` every repository of the owner assumes the role, the newest and the least reviewed included.",
    check,
    examples: &[
        Example { title: "one repository", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "every repository",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0/Condition",
                r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo@1001/*"}}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (role, door, statement) in case.role_doors() {
        if !matches!(door.door.issuer, Some(Issuer::GitHub { .. }))
            || !requires_bearer(door, statement)
            || stranger(door).is_some()
        {
            continue;
        }
        if let Some((attack, _)) = door.door.differing_in(Dimension::Workload) {
            report
                .violation(
                    role.in_policy(&deciding(door, statement)),
                    "Every repository of the owner may assume the role.",
                    advice(door),
                )
                .witness(attack);
        }
    }
}
