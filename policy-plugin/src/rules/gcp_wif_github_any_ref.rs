//! Administrators that any branch can become.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::privilege::grants_google_admin;
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-github-any-ref",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "Where a workflow can administer something, its branch or environment is pinned.",
    documentation: "Everyone who may push a branch decides what its workflow runs. Where the workload holds an administrator's role on a \
        project, pin the branch or a protected environment.",
    check,
    examples: &[
        Example {
            title: "the branch pinned",
            base: Base::GitHub,
            changes: &[("/bindings/1/role", r#""roles/run.admin""#)],
            outcome: Outcome::Pass,
        },
        Example {
            title: "any branch, but no administrator",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.repository_owner_id == '1001' && assertion.repository_id == '2001'""#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "any branch",
            base: Base::GitHub,
            changes: &[
                (
                    "/providers/0/attribute_condition",
                    r#""assertion.repository_owner_id == '1001' && assertion.repository_id == '2001'""#,
                ),
                ("/bindings/1/role", r#""roles/run.admin""#),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    if !grants_google_admin(case.document) {
        return;
    }
    for provider in case.active().filter(|provider| !provider.door.hollow() && !provider.lacks_condition()) {
        if !matches!(provider.door.issuer, Some(Issuer::GitHub { .. })) {
            continue;
        }
        if let Some((attack, bound)) = provider.door.differing_in(Dimension::Ref) {
            report
                .violation(
                    provider.at("attribute_condition"),
                    "Any branch of the repository gets in, and the workload administers a project.",
                    "Pin the branch, for example with \"&& assertion.ref == 'refs/heads/main'\", or a protected environment.",
                )
                .lowered_if_closed(bound)
                .witness(attack);
        }
    }
}
