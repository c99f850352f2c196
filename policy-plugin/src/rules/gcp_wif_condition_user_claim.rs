//! Conditions that look only at what the writer of a workflow decides.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, Condition};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::subject::USER_CLAIMS;

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-condition-user-claim",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A condition looks at whose workflow it is, not only at what it is called.",
    documentation: "Branch, environment, event, job, workflow and actor are chosen by whoever writes or starts a workflow, in any \
        repository. A condition on these alone says nothing about whose workflow it is. Add the id of the owner, the \
        repository, the project or the workspace.",
    check,
    examples: &[
        Example { title: "ids pinned", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "only the branch",
            base: Base::GitHub,
            changes: &[("/providers/0/attribute_condition", r#""assertion.ref == 'refs/heads/main'""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "only the environment and the actor",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.environment == 'prod' && assertion.actor == 'octocat'""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "only the phase",
            base: Base::GitHub,
            changes: &[
                ("/providers/0/source/issuer", r#""https://app.terraform.io""#),
                ("/providers/0/intended", "[]"),
                ("/providers/0/attribute_condition", r#""assertion.terraform_run_phase == 'apply'""#),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active() {
        let Condition::Parsed(condition) = &provider.condition else { continue };
        let Some(claims) = condition.fields("assertion") else { continue };
        // What a mapped attribute is made from counts as well.
        let compared = provider.door.comparisons.iter().filter_map(|comparison| match comparison.path.as_deref() {
            Some([root, name, ..]) if root == "assertion" => Some(name.clone()),
            _ => None,
        });
        let mapped = condition.references().variables.iter().any(|name| name != "assertion");
        let claims: Vec<String> = claims.into_iter().chain(compared).collect();
        let known = provider
            .door
            .comparisons
            .iter()
            .all(|comparison| comparison.path.as_ref().is_some_and(|path| path[0] == "assertion"));
        if claims.is_empty() || (mapped && !known) {
            continue;
        }
        if claims.iter().all(|claim| USER_CLAIMS.contains(&claim.as_str())) {
            let entry = report.violation(
                provider.at("attribute_condition"),
                format!(
                    "The attribute condition looks only at `{}`, which whoever writes or starts a workflow decides on.",
                    claims[0]
                ),
                provider.condition_advice(case.document),
            );
            if let Some((attack, _)) = provider.door.worst(|_| true) {
                entry.witness(attack);
            }
        }
    }
}
