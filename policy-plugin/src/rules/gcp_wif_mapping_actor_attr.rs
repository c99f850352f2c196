//! Grants by the name of a person.

use crosscloud_policy_sdk::model::cel::Expression;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-mapping-actor-attr",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "Grants select by the id of a person, not by a name.",
    documentation: "`actor` and `user_login` are names that their bearers can change and that others can take afterwards. Map `actor_id` \
        or `user_id` where a grant has to depend on a person at all.",
    check,
    examples: &[
        Example {
            title: "no grant by a person",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_mapping/attribute.actor", r#""assertion.actor""#)],
            outcome: Outcome::Pass,
        },
        Example {
            title: "a grant by the actor",
            base: Base::GitHub,
            changes: &[
                ("/providers/0/attribute_mapping/attribute.actor", r#""assertion.actor""#),
                (
                    "/bindings/0/members/0",
                    r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.actor/octocat""#,
                ),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in &case.providers {
        for (target, source) in &provider.provider.attribute_mapping {
            let path = Expression::parse_mapping(source).ok().and_then(|expression| expression.path());
            let name = match path.as_deref() {
                Some([root, name]) if root == "assertion" && matches!(name.as_str(), "actor" | "user_login") => name,
                _ => continue,
            };
            if case.selects(provider, target) {
                report.violation(
                    provider.at(&format!("attribute_mapping/{target}")),
                    format!("A grant selects by `{target}`, which is the name of a person."),
                    format!("Map assertion.{} instead.", if name == "actor" { "actor_id" } else { "user_id" }),
                );
            }
        }
    }
}
