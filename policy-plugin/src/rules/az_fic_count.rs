//! More credentials than Entra takes.

use crosscloud_policy_sdk::model::entra::CREDENTIAL_LIMIT;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, CredentialCase};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-fic-count",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "An identity has at most 20 federated credentials.",
    documentation: "Entra refuses the next one. Use an expression, or another identity.",
    check,
    examples: &[
        Example { title: "one", base: Base::Entra, changes: &[], outcome: Outcome::Pass },
        Example { title: "twenty-one", base: Base::Entra, changes: &[ANOTHER; 20], outcome: Outcome::Violation },
    ],
};

/// One more credential of the identity that examples begin with.
const ANOTHER: (&str, &str) = (
    "/federated_credentials/-",
    r#"{"identity": "deploy", "name": "n", "issuer": "https://token.actions.githubusercontent.com", "subject": "repo:octo@1001/app@2001:ref:refs/heads/b", "audiences": ["api://AzureADTokenExchange"]}"#,
);

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, identity) in case.document.entra_identities.iter().enumerate() {
        let mine = |credential: &&CredentialCase<'_>| credential.credential.identity.as_ref() == Some(&identity.id);
        let count = case.credentials.iter().filter(mine).count();
        if count > CREDENTIAL_LIMIT {
            report.violation(
                format!("/entra_identities/{index}/id"),
                format!("The identity has {count} federated credentials, and Entra takes {CREDENTIAL_LIMIT}."),
                "Replace several by one expression, or spread them over several identities.",
            );
        }
    }
}
