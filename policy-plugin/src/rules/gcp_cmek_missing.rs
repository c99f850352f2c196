//! Data under keys of Google.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-cmek-missing",
    severity: Severity::Low,
    scope: Scope::Trust,
    summary: "What holds data is encrypted with a key of the organisation.",
    documentation: "With a key of one's own, access to the data can be cut off and is logged. A key that is not known yet counts as one.",
    check,
    examples: &[
        Example {
            title: "a key",
            base: Base::Aks,
            changes: &[(
                "/data_stores",
                r#"[{"kind": "bucket", "name": "chat", "kms_key": "projects/p/locations/l/keyRings/r/cryptoKeys/k"}]"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "a key that is not known yet",
            base: Base::Aks,
            changes: &[
                ("/data_stores", r#"[{"kind": "bucket", "name": "chat", "kms_key": null}]"#),
                ("/unknown", r#"["/data_stores/0/kms_key"]"#),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "none",
            base: Base::Aks,
            changes: &[("/data_stores", r#"[{"kind": "bucket", "name": "chat", "kms_key": null}]"#)],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for (index, store) in case.document.data_stores.iter().enumerate() {
        let pointer = format!("/data_stores/{index}/kms_key");
        if store.kms_key.is_none() && !case.document.is_unknown(&pointer) {
            report.violation(
                pointer,
                format!("The {} is encrypted with a key of Google, not of the organisation.", store.kind),
                "Name a Cloud KMS key for its encryption.",
            );
        }
    }
}
