//! Default service accounts as members.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::Principal;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-default-sa-bound",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "Grants go to service accounts made for the purpose.",
    documentation: "Everything that runs without an account of its own runs as the project's default service account, so a grant to it is \
        a grant to all of that.",
    check,
    examples: &[
        Example { title: "an own account", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "the default account of Compute Engine",
            base: Base::Aks,
            changes: &[(
                "/bindings/1/members/0",
                r#""serviceAccount:123456789012-compute@developer.gserviceaccount.com""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "the default account of App Engine",
            base: Base::Aks,
            changes: &[("/bindings/1/members/0", r#""serviceAccount:ml-prod@appspot.gserviceaccount.com""#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for member in &case.members {
        let Some(Ok(Principal::ServiceAccount(email))) = &member.principal else { continue };
        let default = email.ends_with("-compute@developer.gserviceaccount.com")
            || email.ends_with("@appspot.gserviceaccount.com")
            || email.ends_with("@cloudbuild.gserviceaccount.com");
        if default {
            report.violation(
                &member.pointer,
                "The member is a default service account, which everything without an account of its own shares.",
                "Make a service account for this workload and grant the role to that.",
            );
        }
    }
}
