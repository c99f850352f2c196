//! Credentials for tokens of others.

use crosscloud_policy_sdk::model::entra::EXCHANGE_AUDIENCES;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-fic-audience",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A credential takes tokens made for Entra's token exchange only.",
    documentation: "The audience is `api://AzureADTokenExchange`, or that of the cloud for the US government or China, and there is \
        exactly one. With another one, tokens that the workload handed to somebody else are accepted.",
    check,
    examples: &[
        Example { title: "that of the exchange", base: Base::Entra, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "that of AWS",
            base: Base::Entra,
            changes: &[("/federated_credentials/0/audiences", r#"["sts.amazonaws.com"]"#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "none",
            base: Base::Entra,
            changes: &[("/federated_credentials/0/audiences", "[]")],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/audiences", "[null]"),
                ("/unknown", r#"["/federated_credentials/0/audiences/0"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        let pointer = credential.at("audiences");
        if case.document.has_unknown(&pointer) {
            report.undetermined(
                pointer,
                "The accepted audience is not known yet.",
                "Write api://AzureADTokenExchange.",
            );
            continue;
        }
        let audiences: Vec<&str> = credential.credential.audiences.iter().flatten().map(String::as_str).collect();
        if !matches!(audiences.as_slice(), [one] if EXCHANGE_AUDIENCES.contains(one)) {
            report.violation(
                pointer,
                "The credential does not take exactly the audience of Entra's token exchange.",
                "Write api://AzureADTokenExchange, or the one of your national cloud, and no other.",
            );
        }
    }
}
