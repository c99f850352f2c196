//! SAML assertions for anybody.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-saml-no-aud",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A permission for SAML compares the audience.",
    documentation: "Without `SAML:aud` an assertion that the identity provider made for another service may be used. Compare it with the \
        sign-in address of AWS.",
    check,
    examples: &[
        Example {
            title: "the audience",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::123456789012:saml-provider/corp"}, "Action": "sts:AssumeRoleWithSAML", "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "none",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/assume_role_policy/Statement/0",
                r#"{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::123456789012:saml-provider/corp"}, "Action": "sts:AssumeRoleWithSAML"}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for role in &case.roles {
        for statement in role.policy().into_iter().flat_map(|policy| policy.permissions()) {
            let compared = statement.conditions.iter().any(|it| it.key == "saml:aud" && it.operator.is_positive());
            let Some(named) = statement.principals.named().iter().find(|named| named.who.is_saml()) else { continue };
            if !compared {
                report.violation(
                    role.in_policy(&named.pointer),
                    "SAML assertions are accepted whoever they were made for.",
                    "Add StringEquals with \"SAML:aud\": \"https://signin.aws.amazon.com/saml\".",
                );
            }
        }
    }
}
