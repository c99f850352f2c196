//! Keys in uploaded SAML metadata.

use crosscloud_policy_sdk::model::document::TokenSource;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-saml-keys",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "Signing keys are fetched from the issuer.",
    documentation: "A SAML provider rests on certificates in metadata that somebody uploaded; when they expire or leak, somebody has to \
        remember. Where the identity provider offers OpenID Connect, use that: Google then fetches its keys.",
    check,
    examples: &[
        Example { title: "OpenID Connect", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "SAML",
            base: Base::GitHub,
            changes: &[("/providers/0/source", r#"{"kind": "saml"}"#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active().filter(|provider| provider.provider.source == TokenSource::Saml) {
        report.violation(
            provider.at("source"),
            "The provider rests on certificates in uploaded SAML metadata, which nothing rotates.",
            "Use the OpenID Connect issuer of the same identity provider, or plan the renewal of its metadata.",
        );
    }
}
