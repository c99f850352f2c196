//! Tokens of Entra for an audience that others share.

use crosscloud_policy_sdk::model::document::TokenSource;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-entra-audience-default",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A provider for Entra takes tokens made for an application of its own.",
    documentation: "Entra issues no tokens for Google's default audience, and a token for an API of Azure is handed to that API, which \
        could pass it on. Register an application for the trust and accept its App ID URI only.",
    check,
    examples: &[
        Example {
            title: "an application of its own",
            base: Base::GitHub,
            changes: &[
                ("/providers/0/source/issuer", r#""https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/""#),
                ("/providers/0/source/allowed_audiences", r#"["api://google-trust"]"#),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "none",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/source/issuer",
                r#""https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an API of Azure",
            base: Base::GitHub,
            changes: &[
                ("/providers/0/source/issuer", r#""https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/""#),
                ("/providers/0/source/allowed_audiences", r#"["https://management.azure.com/"]"#),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active() {
        let TokenSource::Oidc { allowed_audiences, .. } = &provider.provider.source else { continue };
        let pointer = provider.at("source/allowed_audiences");
        if !matches!(provider.door.issuer, Some(Issuer::Entra { .. })) || case.document.has_unknown(&pointer) {
            continue;
        }
        let shared = |audience: &String| {
            let audience = audience.to_ascii_lowercase();
            ["https://management.", "https://graph.", "https://vault.azure.", "https://storage.azure."]
                .iter()
                .any(|api| audience.starts_with(api))
        };
        let fault = if allowed_audiences.is_empty() {
            "accepts only Google's default audience, for which Entra issues no token"
        } else if allowed_audiences.iter().any(shared) {
            "accepts tokens made for an API of Azure, which anyone of the tenant hands to that API"
        } else {
            continue;
        };
        report.violation(
            pointer,
            format!("The provider {fault}."),
            "Register an application for this trust and accept its App ID URI, such as api://google-trust.",
        );
    }
}
