//! Issuers whose keys cannot be trusted.

use crosscloud_policy_sdk::model::document::TokenSource;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::{IssuerError, check as check_issuer};

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-issuer-http",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "An issuer is an https URL with a public host name of its own.",
    documentation: "Google fetches the signing keys from the issuer's host. Over plain http, from an address, a local name or a tunnel that anyone can open, \
        somebody else can put keys there and sign any token. A cluster that nobody can reach may have a local name where its public keys \
        were uploaded.",
    check,
    examples: &[
        Example { title: "https", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a local name with uploaded keys",
            base: Base::Aks,
            changes: &[
                ("/providers/0/source/issuer", r#""https://kubernetes.default.svc.cluster.local""#),
                ("/providers/0/source/uploaded_keys", "true"),
                ("/providers/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "http",
            base: Base::GitHub,
            changes: &[("/providers/0/source/issuer", r#""http://token.actions.githubusercontent.com""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a tunnel",
            base: Base::Aks,
            changes: &[("/providers/0/source/issuer", r#""https://a1b2.ngrok.io""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::Aks,
            changes: &[("/providers/0/source/issuer", "null"), ("/unknown", r#"["/providers/0/source/issuer"]"#)],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in &case.providers {
        let TokenSource::Oidc { issuer, uploaded_keys, .. } = &provider.provider.source else { continue };
        let pointer = provider.at("source/issuer");
        match issuer {
            _ if case.document.is_unknown(&pointer) => {
                report.undetermined(
                    pointer,
                    "The issuer is not known yet.",
                    "Nothing needs to be written; the issuer is judged again once it is known.",
                );
            }
            Some(issuer) => {
                // Where the keys were handed over nobody asks the host for them.
                let unreachable = |problem: &IssuerError| *uploaded_keys && *problem == IssuerError::Local;
                if let Err(problem) = check_issuer(issuer)
                    && !unreachable(&problem)
                {
                    let shown = report.shown(&pointer, issuer);
                    report.violation(
                        pointer,
                        format!("The issuer {shown} cannot be trusted: {problem}."),
                        "Write the issuer's https URL exactly as the `iss` claim of its tokens has it.",
                    );
                }
            }
            None => {
                report.violation(
                    pointer,
                    "The provider names no issuer.",
                    "Write the issuer's https URL exactly as the `iss` claim has it.",
                );
            }
        }
    }
}
