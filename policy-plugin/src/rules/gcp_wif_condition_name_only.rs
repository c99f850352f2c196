//! Conditions that a re-registered name passes.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-condition-name-only",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A condition pins ids that are never given out again, not names alone.",
    documentation: "Names of owners and repositories become free when they are renamed or deleted, and whoever registers them next gets tokens with the same \
        names. Ids stay with the first holder. On GitHub, repositories made since July 2026 carry both ids in their subject.",
    check,
    examples: &[
        Example { title: "ids pinned", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "names only",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.sub == 'repo:octo/app:ref:refs/heads/main'""#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active().filter(|provider| !provider.door.hollow() && !provider.lacks_condition()) {
        // Where the condition does not look at the owner at all, the open tenant is the finding.
        if provider.door.worst(|attack| attack.stranger && attack.dimension == Dimension::Tenant).is_some() {
            continue;
        }
        let Some((attack, bound)) =
            provider.door.worst(|attack| attack.stranger && attack.dimension == Dimension::Recycled)
        else {
            continue;
        };
        let ids = ["repository_owner_id", "repository_id"].into_iter().filter_map(|name| {
            let said = provider.provider.intended.first()?.get(name)?.as_str()?;
            Some(format!("assertion.{name} == {}", crate::case::quote(said)))
        });
        let ids: Vec<String> = ids.collect();
        let ids = if ids.is_empty() { "assertion.repository_owner_id == 'ID'".to_owned() } else { ids.join(" && ") };
        report
            .violation(
                provider.at("attribute_condition"),
                format!("The attribute condition compares names only, so it also admits {}.", attack.bearer),
                format!("Compare the ids as well: add \"&& {ids}\"."),
            )
            .lowered_if_closed(bound)
            .witness(attack);
    }
}
