//! Keys of an issuer that were uploaded by hand.

use crosscloud_policy_sdk::model::document::TokenSource;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-jwks-inline-expiry",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "Signing keys are fetched from the issuer.",
    documentation: "With an uploaded key set, Google never asks the issuer again: a rotated key locks everybody out, and a leaked one \
        stays valid until somebody uploads the next set. Leave it out where the issuer's discovery document can be reached \
        from the internet.",
    check,
    examples: &[
        Example { title: "fetched keys", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "uploaded keys",
            base: Base::Aks,
            changes: &[("/providers/0/source/uploaded_keys", "true")],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active() {
        if let TokenSource::Oidc { uploaded_keys: true, .. } = provider.provider.source {
            report.violation(
                provider.at("source/uploaded_keys"),
                "The issuer's signing keys were uploaded by hand, so nothing rotates them.",
                "Leave the key set out, so that Google fetches the keys, or plan the renewal of the set.",
            );
        }
    }
}
