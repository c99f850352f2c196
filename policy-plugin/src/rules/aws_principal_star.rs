//! Roles for everyone.

use crosscloud_policy_sdk::model::aws::Decision;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Visitor};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-principal-star",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "A role names who may assume it.",
    documentation: "`*` as a principal, or `NotPrincipal`, lets every AWS account of the world in, unless a condition that strangers \
        cannot meet stands beside it, such as `aws:PrincipalOrgID`. The verdict is that of a role in an unknown account.",
    check,
    examples: &[
        Example { title: "a named provider", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "everyone of the organisation",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3d4e5"}}}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "everyone",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole"}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "everyone, under AWS",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "everyone but one",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "NotPrincipal": {"AWS": "210987654321"}, "Action": "sts:AssumeRole"}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a condition that is not known yet",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0",
                    r#"{"Effect": "Allow", "Principal": "*", "Action": "sts:AssumeRole", "Condition": null}"#,
                ),
                ("/unknown", r#"["/aws_roles/0/assume_role_policy/Statement/0/Condition"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for role in &case.roles {
        for visit in role.visits.iter().filter(|visit| visit.visitor == Visitor::Anyone) {
            let pointer = role.in_policy(&visit.principal);
            match &visit.decision {
                Decision::Allowed { .. } => {
                    report
                        .violation(
                            pointer,
                            "Roles of any AWS account of the world may assume the role.",
                            "Name the accounts or roles, or add StringEquals on aws:PrincipalOrgID.",
                        )
                        .shows(&[("aws:PrincipalArn", "arn:aws:iam::666677778888:role/intruder")]);
                }
                Decision::Unclear(reason) => {
                    report.undetermined(
                        pointer,
                        format!("It cannot be said who may assume the role: {reason} is not known."),
                        "Build the conditions from values that are known while planning.",
                    );
                }
                Decision::Denied => {}
            }
        }
    }
}
