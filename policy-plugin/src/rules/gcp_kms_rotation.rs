//! Keys that are never or seldom renewed.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-kms-rotation",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A symmetric key gets a new version at least every 90 days.",
    documentation: "Rotation limits what one key version protects, and shows that it can be renewed at all. Google accepts no period under \
        a day. Asymmetric keys cannot rotate by themselves and are left out.",
    check,
    examples: &[
        Example {
            title: "90 days",
            base: Base::Aks,
            changes: &[(
                "/kms_keys",
                r#"[{"name": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "purpose": "ENCRYPT_DECRYPT", "rotation_period": "7776000s"}]"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "an asymmetric key",
            base: Base::Aks,
            changes: &[
                (
                    "/kms_keys",
                    r#"[{"name": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "purpose": "ENCRYPT_DECRYPT", "rotation_period": "7776000s"}]"#,
                ),
                ("/kms_keys/0/purpose", r#""ASYMMETRIC_SIGN""#),
                ("/kms_keys/0/rotation_period", "null"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "never",
            base: Base::Aks,
            changes: &[
                (
                    "/kms_keys",
                    r#"[{"name": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "purpose": "ENCRYPT_DECRYPT", "rotation_period": "7776000s"}]"#,
                ),
                ("/kms_keys/0/rotation_period", "null"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a year",
            base: Base::Aks,
            changes: &[
                (
                    "/kms_keys",
                    r#"[{"name": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "purpose": "ENCRYPT_DECRYPT", "rotation_period": "7776000s"}]"#,
                ),
                ("/kms_keys/0/rotation_period", r#""31536000s""#),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "not known yet",
            base: Base::Aks,
            changes: &[
                (
                    "/kms_keys",
                    r#"[{"name": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "purpose": "ENCRYPT_DECRYPT", "rotation_period": "7776000s"}]"#,
                ),
                ("/kms_keys/0/rotation_period", "null"),
                ("/unknown", r#"["/kms_keys/0/rotation_period"]"#),
            ],
            outcome: Outcome::Undetermined,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, key) in case.document.kms_keys.iter().enumerate() {
        if key.purpose.as_deref().is_some_and(|purpose| purpose != "ENCRYPT_DECRYPT") {
            continue;
        }
        let pointer = format!("/kms_keys/{index}/rotation_period");
        if case.document.is_unknown(&pointer) {
            report.undetermined(
                pointer,
                "The rotation period is not known yet.",
                "Write the period as text, so that it is known while planning.",
            );
            continue;
        }
        let seconds = key.rotation_period.as_deref().map(|period| period.trim_end_matches('s').parse::<f64>());
        let fault = match seconds {
            None => "The key is never rotated.",
            Some(Ok(seconds)) if seconds > 7_776_000.0 => "The key is rotated more seldom than every 90 days.",
            Some(Ok(seconds)) if seconds < 86_400.0 => {
                "The key's rotation period is shorter than the day that Google accepts."
            }
            Some(Err(_)) => "The key's rotation period is no number of seconds.",
            Some(Ok(_)) => continue,
        };
        report.violation(pointer, fault, "Set the rotation period to 7776000s, which is 90 days.");
    }
}
