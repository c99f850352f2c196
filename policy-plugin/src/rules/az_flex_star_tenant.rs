//! Expressions that strangers pass.

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
    id: "az-flex-star-tenant",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "An expression pins the organisation, up to a separator.",
    documentation: "A wildcard that begins before the organisation's name ends, as in `repo:*` or `repo:octo*`, takes organisations that \
        anyone can register.",
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
            title: "everything",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                ("/federated_credentials/0/claims_matching_expression", r#""claims['sub'] matches 'repo:*'""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a name cut short",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                ("/federated_credentials/0/claims_matching_expression", r#""claims['sub'] matches 'repo:octo*'""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "HCP Terraform",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/issuer", r#""https://app.terraform.io""#),
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] matches 'organization:*:project:core:workspace:prod:run_phase:apply'""#,
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
        if !says_who(expression) {
            continue;
        }
        let found = credential.door.worst(|attack| attack.stranger && attack.dimension != Dimension::Recycled);
        if let Some((attack, _)) = found {
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
