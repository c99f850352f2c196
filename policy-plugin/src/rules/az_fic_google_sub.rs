//! Google identities by name.

use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-fic-google-sub",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A credential for Google names the numeric id of a service account.",
    documentation: "The subject of Google's tokens is a number of 21 digits that is never given out again; an e-mail address is not what \
        Entra compares.",
    check,
    examples: &[
        Example {
            title: "a number",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/issuer", r#""https://accounts.google.com""#),
                ("/federated_credentials/0/subject", r#""104857600000000000001""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "an address",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/issuer", r#""https://accounts.google.com""#),
                ("/federated_credentials/0/subject", r#""robot@ml-prod.iam.gserviceaccount.com""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        let Match::Subject(text) = &credential.matching else { continue };
        let numeric = (15..=25).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        if credential.door.issuer == Some(Issuer::Google) && !numeric {
            report.violation(
                credential.deciding(),
                "The subject is not the numeric id that Google's tokens carry.",
                "Write the unique id of the service account, a number of 21 digits.",
            );
        }
    }
}
