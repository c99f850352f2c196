//! Roles for every certificate.

use crosscloud_policy_sdk::model::aws::Decision;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Visitor};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-rolesanywhere-open",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A role for Roles Anywhere pins the trust anchor and the certificate.",
    documentation: "Every certificate under any trust anchor of the account assumes the role. Compare `aws:SourceArn` with the anchor and \
        `aws:PrincipalTag/x509Subject/CN` with the certificate's name.",
    check,
    examples: &[
        Example {
            title: "anchor and name",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], "Condition": {"ArnEquals": {"aws:SourceArn": "arn:aws:rolesanywhere:eu-west-1:123456789012:trust-anchor/a1"}, "StringEquals": {"aws:PrincipalTag/x509Subject/CN": "batch-7"}}}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "neither",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a name that anyone can have",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"Service": "rolesanywhere.amazonaws.com"}, "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], "Condition": {"StringLike": {"aws:PrincipalTag/x509Subject/CN": "*"}}}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for role in &case.roles {
        for visit in role.visits.iter().filter(|visit| visit.visitor == Visitor::RolesAnywhere) {
            const ADVICE: &str = "Add ArnEquals on aws:SourceArn with the trust anchor, and StringEquals on aws:PrincipalTag/x509Subject/CN.";
            let pointer = role.in_policy(&visit.principal);
            match &visit.decision {
                Decision::Allowed { .. } => {
                    report
                        .violation(pointer, "Every certificate of any trust anchor may assume the role.", ADVICE)
                        .shows(&[("aws:PrincipalTag/x509Subject/CN", "intruder")]);
                }
                Decision::Unclear(reason) => {
                    let message =
                        format!("It cannot be said whose certificates may assume the role: {reason} is not known.");
                    report.undetermined(pointer, message, ADVICE);
                }
                Decision::Denied => {}
            }
        }
    }
}
