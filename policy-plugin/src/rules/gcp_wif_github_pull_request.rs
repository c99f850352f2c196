//! GitHub conditions that admit pull requests.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-github-pull-request",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Workflows of pull requests do not get in.",
    documentation: "Whoever may open a pull request decides what its workflow runs, before anyone has reviewed it. Pin a branch or a protected environment. \
        `pull_request_target` runs what the base branch holds, under the base branch's subject, and is judged as a push to it.",
    check,
    examples: &[
        Example { title: "a branch pinned", base: Base::GitHub, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "the repository only",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/attribute_condition",
                r#""assertion.repository_owner_id == '1001' && assertion.repository_id == '2001'""#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active().filter(|provider| !provider.door.hollow() && !provider.lacks_condition()) {
        let found = provider.door.worst(|attack| {
            let event = attack.token.text("event_name");
            attack.dimension == Dimension::PullRequest && event.as_deref() == Some("pull_request")
        });
        let Some((attack, bound)) = found else { continue };
        report
            .violation(
                provider.at("attribute_condition"),
                "The attribute condition also admits workflows of pull requests, which run before anyone has reviewed them.",
                "Pin the branch, for example with \"&& assertion.ref == 'refs/heads/main'\", or a protected environment.",
            )
            .lowered_if_closed(bound)
            .witness(attack);
    }
}
