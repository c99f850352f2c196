//! Subjects made from claims that can change hands.

use crosscloud_policy_sdk::model::cel::Expression;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

/// Claims that their bearer can change, or that a later bearer can take over.
const MUTABLE: [&str; 15] = [
    "email",
    "preferred_username",
    "upn",
    "unique_name",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "actor",
    "user_login",
    "user_email",
    "repository",
    "repository_owner",
    "project_path",
    "namespace_path",
];

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-mapping-mutable-subject",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Bindings rest on claims that never change hands.",
    documentation: "E-mail addresses, user names and repository names are given out again or edited by their bearer, and a binding by such a name follows the name. \
        Map `sub`, an object id or a numeric id. Judged for google.subject, and for every attribute that a binding selects by.",
    check,
    examples: &[
        Example { title: "the token's subject", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a name that no binding uses",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_mapping/attribute.actor", r#""assertion.actor""#)],
            outcome: Outcome::Pass,
        },
        Example {
            title: "an e-mail address",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_mapping/google.subject", r#""assertion.email""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a name that a binding selects by",
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
        for (target, expression) in &provider.provider.attribute_mapping {
            if target != "google.subject" && !case.selects(provider, target) {
                continue;
            }
            let Ok(expression) = Expression::parse_mapping(expression) else { continue };
            let references = expression.references();
            // Together with a lasting claim, a name does no harm.
            let claims: Vec<&str> =
                references.paths.iter().filter(|path| path[0] == "assertion").map(|path| path[1].as_str()).collect();
            if let Some(claim) = claims.first().filter(|_| claims.iter().all(|claim| MUTABLE.contains(claim))) {
                report.violation(
                    provider.at(&format!("attribute_mapping/{target}")),
                    format!("`{target}` comes from the claim `{claim}`, which can change hands."),
                    "Map a claim that stays with its bearer, such as assertion.sub or a numeric id.",
                );
            }
        }
    }
}
