//! Administrators from outside.

use crosscloud_policy_sdk::model::finding::Severity;
use serde_json::Value;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::privilege::is_aws_admin;
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "aws-role-admin-federated",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A role for outside workloads does not administer the account.",
    documentation: "Whoever gets into the workload, or finds one more way through its trust, then owns the account. Grant what the work \
        needs.",
    check,
    examples: &[
        Example { title: "what the work needs", base: Base::AwsRole, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "AdministratorAccess",
            base: Base::AwsRole,
            changes: &[("/aws_roles/0/attached_policies/-", r#""arn:aws:iam::aws:policy/AdministratorAccess""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "everything, written out",
            base: Base::AwsRole,
            changes: &[(
                "/aws_roles/0/inline_policies",
                r#"[{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}]"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::AwsRole,
            changes: &[
                ("/aws_roles/0/attached_policies/-", "null"),
                ("/unknown", r#"["/aws_roles/0/attached_policies/1"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    const ADVICE: &str = "Attach a policy with the actions and resources that the workload needs.";
    for role in case.roles.iter().filter(|role| role.is_federated()) {
        for (index, arn) in role.role.attached_policies.iter().enumerate() {
            let pointer = role.at(&format!("attached_policies/{index}"));
            match arn.as_deref() {
                _ if case.document.is_unknown(&pointer) => {
                    report.undetermined(pointer, "A policy of the role is not known yet.", ADVICE);
                }
                Some(arn) if is_aws_admin(arn) => {
                    let shown = report.shown(&pointer, arn.rsplit('/').next().unwrap_or_default());
                    report.violation(pointer, format!("Outside workloads hold {shown} on the account."), ADVICE);
                }
                _ => {}
            }
        }
        for (index, policy) in role.role.inline_policies.iter().enumerate() {
            if allows_everything(policy) {
                let pointer = role.at(&format!("inline_policies/{index}"));
                report.violation(pointer, "Outside workloads may do everything in the account.", ADVICE);
            }
        }
    }
}

/// Whether a permission covers all actions on all resources, unconditionally.
fn allows_everything(policy: &Value) -> bool {
    let statements = match policy.get("Statement") {
        Some(Value::Array(items)) => items.as_slice(),
        Some(single) => std::slice::from_ref(single),
        None => &[],
    };
    let star = |value: Option<&Value>| match value {
        Some(Value::Array(items)) => items.iter().any(|item| matches!(item.as_str(), Some("*" | "*:*"))),
        Some(Value::String(text)) => text == "*" || text == "*:*",
        _ => false,
    };
    statements.iter().any(|statement| {
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && star(statement.get("Action"))
            && star(statement.get("Resource"))
            && statement.get("Condition").is_none()
    })
}
