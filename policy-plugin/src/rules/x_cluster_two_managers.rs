//! Clusters that two resources of one plan manage.

use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "x-cluster-two-managers",
    severity: Severity::Medium,
    scope: Scope::Plan,
    summary: "A cluster's issuer and workload identity are managed in one place.",
    documentation: "`crosscloud_aks_workload_identity` switches on what `azurerm_kubernetes_cluster` switches off again at its next apply, and every \
        trust that rests on the cluster stops. With azurerm, set `oidc_issuer_enabled` and `workload_identity_enabled` there; or put both \
        under `ignore_changes`, which a plan does not show, and waive this rule for the cluster.",
    check,
    examples: &[
        Example {
            title: "two clusters",
            base: Base::Plan,
            changes: &[(
                "/clusters",
                r#"[{"kind": "aks", "name": "/subscriptions/1/a", "issuer": null}, {"kind": "aks", "name": "/subscriptions/1/b", "issuer": null}]"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "two clusters whose names are not known yet",
            base: Base::Plan,
            changes: &[(
                "/clusters",
                r#"[{"kind": "aks", "name": null, "issuer": null}, {"kind": "aks", "name": null, "issuer": null}]"#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "one cluster, twice",
            base: Base::Plan,
            changes: &[(
                "/clusters",
                r#"[{"kind": "aks", "name": "/subscriptions/1/a", "issuer": null}, {"kind": "aks", "name": "/subscriptions/1/a", "issuer": null}]"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

const UNKNOWN: &str =
    "Which cluster this is is not known yet, so it cannot be told whether another resource manages it too.";
const REMEDY: &str = "Set both on the resource that makes the cluster, and remove the other resource.";

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    let (document, clusters) = (case.document, &case.document.clusters);
    if document.is_unknown("/clusters") {
        report.undetermined("/clusters".to_owned(), UNKNOWN, REMEDY);
    }
    for (index, cluster) in clusters.iter().enumerate() {
        let same = |other: &crosscloud_policy_sdk::model::document::ManagedCluster| {
            cluster.name.is_some() && other.kind == cluster.kind && other.name == cluster.name
        };
        let name = format!("/clusters/{index}/name");
        if clusters.len() > 1 && document.is_unknown(&name) {
            report.undetermined(name, UNKNOWN, REMEDY);
        } else if clusters[..index].iter().any(same) {
            report.violation(
                name,
                "Two resources of the plan manage this cluster's issuer and workload identity, and undo each other's work.",
                REMEDY,
            );
        }
    }
}
