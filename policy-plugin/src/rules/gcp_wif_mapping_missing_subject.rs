//! Mappings without a subject.

use crosscloud_policy_sdk::model::document::TokenSource;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-mapping-missing-subject",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "An attribute mapping gives google.subject.",
    documentation: "Google refuses an OpenID Connect or SAML provider that does not map `google.subject`, which names the identity in bindings and audit logs.",
    check,
    examples: &[
        Example { title: "mapped", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "not mapped",
            base: Base::Aks,
            changes: &[(
                "/providers/0/attribute_mapping",
                r#"{"attribute.namespace": "assertion['kubernetes.io'].namespace"}"#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::Aks,
            changes: &[("/providers/0/attribute_mapping", "{}"), ("/unknown", r#"["/providers/0/attribute_mapping"]"#)],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in &case.providers {
        let pointer = provider.at("attribute_mapping");
        if matches!(provider.provider.source, TokenSource::Aws { .. }) {
            continue;
        }
        if case.document.is_unknown(&pointer) {
            report.undetermined(
                pointer,
                "The attribute mapping is not known yet, so it cannot be said whether it gives google.subject.",
                "Build the mapping from values that are known while planning.",
            );
        } else if !provider.provider.attribute_mapping.contains_key("google.subject") {
            report.violation(
                pointer,
                "The attribute mapping does not give google.subject.",
                "Add \"google.subject\" = \"assertion.sub\".",
            );
        }
    }
}
