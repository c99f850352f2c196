//! Keys that a plan may destroy.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-kms-destroy-guard",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "A key is protected from destruction by the tool that manages it.",
    documentation: "With a key's last version all data under it are gone. Terraform's `prevent_destroy` refuses the plan. Judged where the \
        configuration is in view; plans alone do not say it.",
    check,
    examples: &[
        Example {
            title: "not in view",
            base: Base::Aks,
            changes: &[(
                "/kms_keys",
                r#"[{"name": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "purpose": "ENCRYPT_DECRYPT", "rotation_period": "7776000s"}]"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "protected",
            base: Base::Aks,
            changes: &[
                (
                    "/kms_keys",
                    r#"[{"name": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "purpose": "ENCRYPT_DECRYPT", "rotation_period": "7776000s"}]"#,
                ),
                ("/kms_keys/0/prevent_destroy", "true"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "not protected",
            base: Base::Aks,
            changes: &[
                (
                    "/kms_keys",
                    r#"[{"name": "projects/ml-prod/locations/europe-west4/keyRings/ml/cryptoKeys/chat", "purpose": "ENCRYPT_DECRYPT", "rotation_period": "7776000s"}]"#,
                ),
                ("/kms_keys/0/prevent_destroy", "false"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, key) in case.document.kms_keys.iter().enumerate() {
        if key.prevent_destroy == Some(false) {
            report.violation(
                format!("/kms_keys/{index}/name"),
                "Nothing keeps a plan from destroying the key, and with it all data under it.",
                "Write prevent_destroy = true into the key's lifecycle block.",
            );
        }
    }
}
