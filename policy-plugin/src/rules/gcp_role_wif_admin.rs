//! Workloads that may change pools.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::Principal;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-role-wif-admin",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "No workload may change identity pools.",
    documentation: "Whoever may add a provider to a pool, or loosen its condition, decides who becomes which identity. Keep that with people, in a project of its own.",
    check,
    examples: &[
        Example { title: "another role", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "pool administrator",
            base: Base::GitHub,
            changes: &[("/bindings/1/role", r#""roles/iam.workloadIdentityPoolAdmin""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for member in &case.members {
        let binding = &case.document.bindings[member.binding];
        let workload = matches!(member.principal, Some(Ok(Principal::Federated { .. } | Principal::ServiceAccount(_))));
        let admin = matches!(
            binding.role.as_deref(),
            Some("roles/iam.workloadIdentityPoolAdmin" | "roles/iam.workforcePoolAdmin")
        );
        if workload && admin {
            report.violation(
                &member.pointer,
                "The workload may change identity pools, and with them who becomes which identity.",
                "Give the role to people in a project that holds nothing but pools.",
            );
        }
    }
}
