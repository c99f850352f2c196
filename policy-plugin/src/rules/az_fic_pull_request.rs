//! Credentials for pull requests.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::credential::power;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-fic-pull-request",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Workflows of pull requests do not get in.",
    documentation: "Whoever may open a pull request decides what its workflow runs, before anyone has reviewed it. Medium where the \
        identity administers no subscription in view.",
    check,
    examples: &[
        Example { title: "a branch", base: Base::Entra, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "pull requests",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", r#""repo:octo@1001/app@2001:pull_request""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "anything of the repository",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] matches 'repo:octo@1001/app@2001:*'""#,
                ),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        if !matches!(credential.door.issuer, Some(Issuer::GitHub { .. })) {
            continue;
        }
        let literal = matches!(&credential.matching, Match::Subject(text) if text.ends_with(":pull_request"));
        let found = credential.door.worst(|attack| {
            attack.dimension == Dimension::PullRequest
                && attack.token.text("event_name").as_deref() == Some("pull_request")
        });
        let colleagues = credential.door.differing_in(Dimension::Workload).is_some();
        if literal || (found.is_some() && !colleagues) {
            // What is possible counts here: it only says how loudly to speak.
            let severity = if power(case, credential).is_some() { Severity::High } else { Severity::Medium };
            let entry = report
                .violation(
                    credential.deciding(),
                    "Workflows of pull requests get in, before anyone has reviewed them.",
                    "Write the subject of a branch or of a protected environment.",
                )
                .severity(severity);
            if let Some((attack, _)) = found {
                entry.witness(attack);
            }
        }
    }
}
