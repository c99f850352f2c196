//! Environments that protect nothing.

use crosscloud_policy_sdk::model::cel::Comparison;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "x-env-without-protection",
    severity: Severity::Medium,
    scope: Scope::Plan,
    summary: "An environment that a trust pins has reviewers or a branch policy.",
    documentation: "Anybody who may run workflows in the repository may use an unprotected environment, so pinning it keeps nobody out. \
        Judged where the plan holds the environment.",
    check,
    examples: &[
        Example { title: "a protected one", base: Base::Plan, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "an unprotected one",
            base: Base::Plan,
            changes: &[
                ("/github_environments/0/reviewers", "false"),
                ("/github_environments/0/branch_policy", "false"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an unprotected one that no trust pins",
            base: Base::Plan,
            changes: &[
                ("/github_environments/0/reviewers", "false"),
                ("/github_environments/0/branch_policy", "false"),
                ("/github_environments/0/name", r#""play""#),
            ],
            outcome: Outcome::Pass,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    let pinned: Vec<Pinned> =
        case.github_doors().flat_map(|door| door.comparisons.iter().filter_map(Pinned::of)).collect();
    for (index, environment) in case.document.github_environments.iter().enumerate() {
        let (Some(name), false) = (environment.name.as_deref(), environment.reviewers || environment.branch_policy)
        else {
            continue;
        };
        let repository = environment.repository.as_deref().unwrap_or_default();
        let meant = |pin: &&Pinned| {
            let short = |text: &str| text.rsplit('/').next().unwrap_or_default().to_owned();
            pin.environment == name
                && (pin.repository.is_empty() || repository.is_empty() || short(&pin.repository) == short(repository))
        };
        if pinned.iter().find(meant).is_some() {
            report.violation(
                format!("/github_environments/{index}/name"),
                format!("A trust pins the environment `{name}`, which neither reviewers nor a branch policy protect."),
                "Ask for reviewers, or let only protected branches deploy to it.",
            );
        }
    }
}

/// An environment that a comparison asks for.
struct Pinned {
    repository: String,
    environment: String,
}

impl Pinned {
    fn of(comparison: &Comparison) -> Option<Self> {
        if comparison.path.as_ref().and_then(|path| path.last()).is_some_and(|claim| claim == "environment") {
            return Some(Self { repository: String::new(), environment: comparison.literal.clone() });
        }
        let (before, environment) = comparison.literal.split_once(":environment:")?;
        let plain =
            before.trim_start_matches("repo:").split('/').map(|part| part.split('@').next().unwrap_or_default());
        let repository = plain.collect::<Vec<_>>().join("/");
        Some(Self { repository, environment: environment.replace("%3A", ":") })
    }
}
