//! Roles for all of another account.

use crosscloud_policy_sdk::model::aws::Decision;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Visitor};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-principal-account-root",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "Another account is named by a role of it, or with an external id.",
    documentation: "The root of an account stands for everything in it. Where the account is a vendor's, another customer of the vendor \
        may be the one who asks; an external id, or the organisation's id, keeps the two apart.",
    check,
    examples: &[
        Example {
            title: "a role of it",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:role/vendor"}, "Action": "sts:AssumeRole"}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "an external id",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "sts:AssumeRole", "Condition": {"StringEquals": {"sts:ExternalId": "c0ffee"}}}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "the own account",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "sts:AssumeRole"}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "an account that the settings know",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0",
                    r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "sts:AssumeRole"}"#,
                ),
                ("/settings", r#"{"own_aws_accounts": ["210987654321"]}"#),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "all of another account",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "sts:AssumeRole"}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an own account that is not known",
            base: Base::AwsRole,
            changes: &[
                (
                    "/aws_roles/0/assume_role_policy/Statement/0",
                    r#"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "sts:AssumeRole"}"#,
                ),
                ("/aws_roles/0/arn", "null"),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for role in &case.roles {
        for visit in &role.visits {
            let Visitor::Account(account) = &visit.visitor else { continue };
            let pointer = role.in_policy(&visit.principal);
            match &visit.decision {
                Decision::Allowed { .. } if role.account.is_none() => {
                    report.undetermined(
                        pointer,
                        "It is not known which account the role will be in, so all of another account may be let in.",
                        "List the organisation's accounts in own_aws_accounts, or name a role instead of the account.",
                    );
                }
                Decision::Allowed { .. } => {
                    let arn = format!("arn:aws:iam::{account}:role/intruder");
                    report
                        .violation(
                            pointer,
                            format!("Everything in the account {} may assume the role.", report_account(account)),
                            "Name a role of that account, or add StringEquals on sts:ExternalId or aws:PrincipalOrgID.",
                        )
                        .shows(&[("aws:PrincipalArn", &arn)]);
                }
                Decision::Unclear(reason) => {
                    report.undetermined(
                        pointer,
                        format!("It cannot be said who of another account may assume the role: {reason} is not known."),
                        "Build the conditions from values that are known while planning.",
                    );
                }
                Decision::Denied => {}
            }
        }
    }
}

/// An account for messages; ids are no secrets, but only digits are shown.
fn report_account(account: &str) -> String {
    account.chars().filter(char::is_ascii_digit).take(12).collect()
}
