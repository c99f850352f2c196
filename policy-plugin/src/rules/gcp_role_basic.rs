//! Basic roles.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::Principal;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-role-basic",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Workloads hold predefined or custom roles, not basic ones.",
    documentation: "Owner and editor reach nearly everything in a project, service accounts and their tokens included. Viewer reads all data of some services; \
        it is reported as low.",
    check,
    examples: &[
        Example { title: "a predefined role", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "editor",
            base: Base::Aks,
            changes: &[("/bindings/1/role", r#""roles/editor""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "viewer",
            base: Base::Aks,
            changes: &[("/bindings/1/role", r#""roles/viewer""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a role that is not known yet",
            base: Base::Aks,
            changes: &[("/bindings/1/role", "null"), ("/unknown", r#"["/bindings/1/role"]"#)],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, binding) in case.document.bindings.iter().enumerate() {
        let pointer = format!("/bindings/{index}/role");
        if case.document.is_unknown(&pointer) {
            report.undetermined(
                pointer,
                "The role is not known yet.",
                "Write the role as text, so that it is known while planning.",
            );
            continue;
        }
        let workload = |member: &&crate::case::Member<'_>| {
            matches!(member.principal, Some(Ok(Principal::Federated { .. } | Principal::ServiceAccount(_))))
        };
        let held = case.members.iter().filter(|member| member.binding == index).any(|member| workload(&member));
        let severity = match binding.role.as_deref() {
            Some("roles/owner" | "roles/editor") => Severity::High,
            Some("roles/viewer") => Severity::Low,
            _ => continue,
        };
        if held && binding.resource_kind.is_container() {
            let role = report.shown(&pointer, binding.role.as_deref().unwrap_or_default());
            report
                .violation(
                    pointer,
                    format!("The workload holds the basic role {role} on a whole project."),
                    "Grant the predefined role that it needs, such as roles/aiplatform.user for Vertex AI.",
                )
                .severity(severity);
        }
    }
}
