//! Administrators from outside.

use std::collections::BTreeSet;

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::credential::{Power, power};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-role-owner-federated",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "An identity for outside workloads administers no subscription.",
    documentation: "Whoever gets into the workload, or finds one more way through its trust, then owns the subscription. Assign what the \
        work needs, on a resource group or less.",
    check,
    examples: &[
        Example { title: "a role on a resource group", base: Base::Entra, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "owner of a resource group",
            base: Base::Entra,
            changes: &[("/azure_role_assignments/0/role", r#""Owner""#)],
            outcome: Outcome::Pass,
        },
        Example {
            title: "owner of a subscription",
            base: Base::Entra,
            changes: &[
                ("/azure_role_assignments/0/role", r#""Owner""#),
                ("/azure_role_assignments/0/scope", r#""/subscriptions/00000000-0000-4000-8000-000000000001""#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "contributor of a management group, by ids",
            base: Base::Entra,
            changes: &[
                (
                    "/azure_role_assignments/0/role",
                    r#""/providers/Microsoft.Authorization/roleDefinitions/b24988ac-6180-42a0-ab88-20f7382dd24c""#,
                ),
                ("/azure_role_assignments/0/scope", r#""/providers/Microsoft.Management/managementGroups/root""#),
                ("/azure_role_assignments/0/identity", "null"),
                ("/azure_role_assignments/0/principal_id", r#""3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9""#),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    const ADVICE: &str = "Assign a role for the task, on the resource group or the resource that it is about.";
    let mut told = BTreeSet::new();
    for Power { assignment, role } in case.credentials.iter().filter_map(|credential| power(case, credential)) {
        let pointer = format!("/azure_role_assignments/{assignment}/role");
        match role {
            _ if !told.insert(assignment) => {}
            Some(role) => {
                let message = format!("Outside workloads hold `{role}` on a whole subscription or more.");
                report.violation(pointer, message, ADVICE);
            }
            None => {
                let message = "A role assignment is not known yet, so it cannot be said what outside workloads may do.";
                report.undetermined(pointer, message, ADVICE);
            }
        }
    }
}
