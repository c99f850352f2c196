//! Members of pools in projects of others.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::Principal;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-member-foreign-pool",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Members come from the organisation's own pools.",
    documentation: "Whoever owns a pool decides who is in it. The setting `allowed_pool_projects` lists the numbers of the projects whose \
        pools may be named; without it every pool passes.",
    check,
    examples: &[
        Example { title: "no list", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "an own pool",
            base: Base::Aks,
            changes: &[("/settings", r#"{"allowed_pool_projects": ["123456789012"]}"#)],
            outcome: Outcome::Pass,
        },
        Example {
            title: "somebody else's pool",
            base: Base::Aks,
            changes: &[("/settings", r#"{"allowed_pool_projects": ["999999999999"]}"#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    let allowed = &case.settings.allowed_pool_projects;
    if allowed.is_empty() {
        return;
    }
    for member in &case.members {
        let Some(Ok(Principal::Federated { pool, .. })) = &member.principal else { continue };
        let project = pool.strip_prefix("projects/").and_then(|rest| rest.split('/').next());
        if project.is_some_and(|number| !allowed.iter().any(|own| own == number)) {
            report.violation(
                &member.pointer,
                "The member comes from a pool in a project that is not among the organisation's own.",
                "Use a pool of an own project, or have its number added to allowed_pool_projects.",
            );
        }
    }
}
