//! Impersonation of every service account of a project.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::privilege::IMPERSONATION;
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-role-impersonation-broad",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Impersonation is granted on one service account, not on a project.",
    documentation: "On a project, these roles reach every service account in it, those made later included, and so all that any of them may do.",
    check,
    examples: &[
        Example { title: "on one service account", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "on the project",
            base: Base::Aks,
            changes: &[
                ("/bindings/0/resource_kind", r#""project""#),
                ("/bindings/0/resource", r#""projects/ml-prod""#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "token creator on the project",
            base: Base::Aks,
            changes: &[("/bindings/1/role", r#""roles/iam.serviceAccountTokenCreator""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, binding) in case.document.bindings.iter().enumerate() {
        let Some(role) = binding.role.as_deref().filter(|role| IMPERSONATION.contains(role)) else { continue };
        if binding.resource_kind.is_container() && !binding.members.is_empty() {
            let pointer = format!("/bindings/{index}/role");
            let role = report.shown(&pointer, role);
            report.violation(
                pointer,
                format!("On a project, {role} lets the member act as every service account in it."),
                "Grant the role on the one service account that is needed.",
            );
        }
    }
}
