//! Keys whose administrator can read the data.

use crosscloud_policy_sdk::model::document::Binding;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-kms-duties",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "Whoever administers keys does not decrypt with them.",
    documentation: "An administrator who can also decrypt needs nobody else to read and to destroy everything. Give administration and use \
        to different members.",
    check,
    examples: &[
        Example {
            title: "apart",
            base: Base::Aks,
            changes: &[
                (
                    "/bindings/-",
                    r#"{"resource_kind": "crypto_key", "resource": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "role": "roles/cloudkms.admin", "members": ["group:security@example.com"]}"#,
                ),
                (
                    "/bindings/-",
                    r#"{"resource_kind": "crypto_key", "resource": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter", "members": ["serviceAccount:chat@ml-prod.iam.gserviceaccount.com"]}"#,
                ),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "together",
            base: Base::Aks,
            changes: &[
                (
                    "/bindings/-",
                    r#"{"resource_kind": "crypto_key", "resource": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "role": "roles/cloudkms.admin", "members": ["serviceAccount:chat@ml-prod.iam.gserviceaccount.com"]}"#,
                ),
                (
                    "/bindings/-",
                    r#"{"resource_kind": "crypto_key", "resource": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter", "members": ["serviceAccount:chat@ml-prod.iam.gserviceaccount.com"]}"#,
                ),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    let role_of = |index: usize| case.document.bindings[index].role.as_deref().unwrap_or_default();
    let uses = |role: &str| role.starts_with("roles/cloudkms.cryptoKey") && role.contains("crypter");
    for member in case.members.iter().filter(|member| role_of(member.binding) == "roles/cloudkms.admin") {
        let both = member.text.is_some()
            && case.members.iter().any(|other| {
                other.text == member.text
                    && uses(role_of(other.binding))
                    && overlap(case, member.binding, other.binding)
            });
        if both {
            report.violation(
                &member.pointer,
                "The member administers keys and can decrypt with them, too.",
                "Grant roles/cloudkms.admin to somebody else than the use of the keys.",
            );
        }
    }
}

/// Whether one of two grants is on the key of the other, or above it.
fn overlap(case: &Case<'_>, first: usize, second: usize) -> bool {
    let binding = |index: usize| &case.document.bindings[index];
    let above = |one: &Binding, other: &Binding| match (one.resource.as_deref(), other.resource.as_deref()) {
        (Some(one), Some(other)) => other == one || other.strip_prefix(one).is_some_and(|rest| rest.starts_with('/')),
        // A name that is not known may be any.
        _ => true,
    };
    above(binding(first), binding(second)) || above(binding(second), binding(first))
}
