//! Grants to a subject that holds the name of a session.

use crosscloud_policy_sdk::model::cel::Expression;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;
use crosscloud_policy_sdk::model::principal::{Principal, Selector};

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-aws-session-subject",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "Grants to AWS workloads name the role, not a session of it.",
    documentation: "With Google's default mapping `google.subject` is the ARN of the session, and whoever assumes the role chooses the \
        session's name. Such a grant breaks when the name changes, and holds for everyone who may assume the role anyway. \
        Select by `attribute.aws_role`.",
    check,
    examples: &[
        Example {
            title: "by role",
            base: Base::GitHub,
            changes: &[
                (
                    "/providers/0",
                    r#"{"name": "projects/123456789012/locations/global/workloadIdentityPools/deploy/providers/aws", "pool": "projects/123456789012/locations/global/workloadIdentityPools/deploy", "source": {"kind": "aws", "account_id": "210987654321"}, "attribute_condition": "attribute.aws_role == 'arn:aws:sts::210987654321:assumed-role/ml-training'", "intended": [{"arn": "arn:aws:sts::210987654321:assumed-role/ml-training/i-0abc"}]}"#,
                ),
                (
                    "/bindings/0/members/0",
                    r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.aws_role/arn:aws:sts::210987654321:assumed-role/ml-training""#,
                ),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "by session",
            base: Base::GitHub,
            changes: &[
                (
                    "/providers/0",
                    r#"{"name": "projects/123456789012/locations/global/workloadIdentityPools/deploy/providers/aws", "pool": "projects/123456789012/locations/global/workloadIdentityPools/deploy", "source": {"kind": "aws", "account_id": "210987654321"}, "attribute_condition": "attribute.aws_role == 'arn:aws:sts::210987654321:assumed-role/ml-training'", "intended": [{"arn": "arn:aws:sts::210987654321:assumed-role/ml-training/i-0abc"}]}"#,
                ),
                (
                    "/bindings/0/members/0",
                    r#""principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/subject/arn:aws:sts::210987654321:assumed-role/ml-training/i-0abc""#,
                ),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active().filter(|provider| matches!(provider.door.issuer, Some(Issuer::Aws { .. }))) {
        let source =
            provider.mapping.get("google.subject").and_then(|text| Expression::parse_mapping(text).ok()?.path());
        if source.is_none_or(|path| path.last().is_none_or(|claim| claim != "arn")) {
            continue;
        }
        for member in &case.members {
            let Some(Ok(Principal::Federated { pool, selector: Selector::Subject(subject) })) = &member.principal
            else {
                continue;
            };
            if provider.provider.pool.as_deref() == Some(pool) && subject.contains(":assumed-role/") {
                report.violation(
                    &member.pointer,
                    "The member names a session, whose name whoever assumes the role chooses.",
                    "Select by the role: principalSet://…/attribute.aws_role/arn:aws:sts::ACCOUNT:assumed-role/ROLE.",
                );
            }
        }
    }
}
