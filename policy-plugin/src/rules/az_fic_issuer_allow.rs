//! Credentials for issuers that nobody agreed to.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::{check as check_issuer, is_allowed, is_in_storage};

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-fic-issuer-allow",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A credential names an issuer that can be trusted and that the organisation allows.",
    documentation: "Whoever controls an issuer's host signs any token. Plain http, addresses and tunnels are refused always; the setting \
        `allowed_issuers` lists what the organisation allows, and without it every proper issuer passes. An issuer in object storage, where \
        whoever takes the name next signs tokens, has to be on that list.",
    check,
    examples: &[
        Example { title: "GitHub", base: Base::Entra, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "a tunnel",
            base: Base::Entra,
            changes: &[("/federated_credentials/0/issuer", r#""https://a1b2.trycloudflare.com""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "object storage",
            base: Base::Entra,
            changes: &[("/federated_credentials/0/issuer", r#""https://octo.blob.core.windows.net/oidc/""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "own object storage",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/issuer", r#""https://octo.blob.core.windows.net/oidc/""#),
                ("/settings", r#"{"allowed_issuers": ["https://octo.blob.core.windows.net/oidc/"]}"#),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "not on the list",
            base: Base::Entra,
            changes: &[("/settings", r#"{"allowed_issuers": ["https://gitlab.com"]}"#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/issuer", "null"),
                ("/unknown", r#"["/federated_credentials/0/issuer"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        let pointer = credential.at("issuer");
        let Some(issuer) = credential.credential.issuer.as_deref().filter(|_| !case.document.is_unknown(&pointer))
        else {
            report.undetermined(
                pointer,
                "The issuer is not known yet.",
                "Nothing needs to be written; the issuer is judged again once it is known.",
            );
            continue;
        };
        let allowed = &case.settings.allowed_issuers;
        let fault = match check_issuer(issuer) {
            Err(problem) => format!("cannot be trusted: {problem}"),
            Ok(()) if !allowed.is_empty() && !is_allowed(issuer, allowed) => {
                "is not among those that the organisation allows".to_owned()
            }
            Ok(()) if allowed.is_empty() && is_in_storage(issuer) => {
                "lies in object storage, where whoever takes the name next signs tokens".to_owned()
            }
            Ok(()) => continue,
        };
        let shown = report.shown(&pointer, issuer);
        report.violation(
            pointer,
            format!("The issuer {shown} {fault}."),
            "Write the https URL of an allowed issuer, exactly as the `iss` claim of its tokens has it.",
        );
    }
}
