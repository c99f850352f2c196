//! Service accounts that administer.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::Principal;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::privilege::{IMPERSONATION, is_google_admin};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-sa-admin",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Service accounts hold no administrator's role on a project.",
    documentation: "Whoever gets into one workload then administers the project. Grant the role that the work needs, on the resource that \
        it needs it for.",
    check,
    examples: &[
        Example { title: "a developer", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "an administrator",
            base: Base::GitHub,
            changes: &[("/bindings/1/role", r#""roles/run.admin""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an administrator of one bucket",
            base: Base::GitHub,
            changes: &[("/bindings/1/role", r#""roles/storage.admin""#), ("/bindings/1/resource_kind", r#""bucket""#)],
            outcome: Outcome::Pass,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, binding) in case.document.bindings.iter().enumerate() {
        let Some(role) = binding.role.as_deref().filter(|role| is_google_admin(role)) else { continue };
        // Basic roles and impersonation have rules of their own.
        let elsewhere = matches!(role, "roles/owner" | "roles/editor") || IMPERSONATION.contains(&role);
        let held = case.members.iter().any(|member| {
            member.binding == index && matches!(member.principal, Some(Ok(Principal::ServiceAccount(_))))
        });
        if held && !elsewhere && binding.resource_kind.is_container() {
            let pointer = format!("/bindings/{index}/role");
            let role = report.shown(&pointer, role);
            report.violation(
                pointer,
                format!("A service account holds the administrator's role {role} on everything in a project."),
                "Grant the role that the work needs, on the one resource that it is about.",
            );
        }
    }
}
