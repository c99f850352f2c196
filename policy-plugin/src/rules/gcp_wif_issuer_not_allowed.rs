//! Issuers that the organisation has not agreed to.

use crosscloud_policy_sdk::model::document::TokenSource;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::is_allowed;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-issuer-not-allowed",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A provider takes tokens only of issuers that the organisation allows.",
    documentation: "The setting `allowed_issuers` lists them as URLs; one that ends in `/*` takes everything below it. Without the setting \
        every issuer passes. Google's organisation policy constraint `iam.workloadIdentityPoolProviders` enforces the same at \
        the API.",
    check,
    examples: &[
        Example { title: "no list", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "on the list",
            base: Base::Aks,
            changes: &[(
                "/settings",
                r#"{"allowed_issuers": ["https://westeurope.oic.prod-aks.azure.com/72f988bf-86f1-41af-91ab-2d7cd011db47/*"]}"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "not on the list",
            base: Base::Aks,
            changes: &[("/settings", r#"{"allowed_issuers": ["https://token.actions.githubusercontent.com"]}"#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::Aks,
            changes: &[
                ("/settings", r#"{"allowed_issuers": ["https://token.actions.githubusercontent.com"]}"#),
                ("/providers/0/source/issuer", "null"),
                ("/unknown", r#"["/providers/0/source/issuer"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    let allowed = &case.settings.allowed_issuers;
    if allowed.is_empty() {
        return;
    }
    for provider in &case.providers {
        let TokenSource::Oidc { issuer, .. } = &provider.provider.source else { continue };
        let pointer = provider.at("source/issuer");
        match issuer {
            _ if case.document.is_unknown(&pointer) => {
                report.undetermined(
                    pointer,
                    "The issuer is not known yet, so it cannot be compared with the allowed ones.",
                    "Nothing needs to be written; the issuer is judged again once it is known.",
                );
            }
            Some(issuer) if !is_allowed(issuer, allowed) => {
                let shown = report.shown(&pointer, issuer);
                report.violation(
                    pointer,
                    format!("The issuer {shown} is not among those that the organisation allows."),
                    "Use an allowed issuer, or have this one added to allowed_issuers.",
                );
            }
            _ => {}
        }
    }
}
