//! Expressions for everything of an organisation.

use crosscloud_policy_sdk::model::attacker::Dimension;
use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::credential::{advice, says_who};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};
use crate::trust_policy::capital;

pub(super) const RULE: Rule = Rule {
    id: "az-flex-org-wide",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "An expression is for one repository, project or workspace.",
    documentation: "With `repo:octo/*` every repository of the owner gets in, the newest and the least reviewed included.",
    check,
    examples: &[
        Example {
            title: "one repository",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] matches 'repo:octo@1001/app@2001:ref:refs/heads/*'""#,
                ),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "every repository",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] matches 'repo:octo@1001/*'""#,
                ),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        let Match::Flexible(expression) = &credential.matching else { continue };
        let strangers = credential.door.worst(|attack| attack.stranger && attack.dimension != Dimension::Recycled);
        if strangers.is_some() || !says_who(expression) {
            continue;
        }
        if let Some((attack, _)) = credential.door.differing_in(Dimension::Workload) {
            report
                .violation(
                    credential.deciding(),
                    format!("{} gets in, too.", capital(attack.bearer)),
                    advice(credential),
                )
                .witness(attack);
        }
    }
}
