//! Credentials for whole namespaces, or for default accounts.

use crosscloud_policy_sdk::model::entra::Match;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-fic-k8s-subject",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A credential for a cluster names one service account made for the purpose.",
    documentation: "A subject of a cluster is `system:serviceaccount:NAMESPACE:NAME`. Everything in a namespace that names no account runs \
        as `default`, so a credential for that is one for all of it.",
    check,
    examples: &[
        Example {
            title: "one account",
            base: Base::Entra,
            changes: &[
                (
                    "/federated_credentials/0/issuer",
                    r#""https://westeurope.oic.prod-aks.azure.com/72f988bf-86f1-41af-91ab-2d7cd011db47/5a2c1e0d-3b7f-4c1e-9d5a-0c7e6f1b2a34/""#,
                ),
                ("/federated_credentials/0/subject", r#""system:serviceaccount:chat:backend""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "the default account",
            base: Base::Entra,
            changes: &[
                (
                    "/federated_credentials/0/issuer",
                    r#""https://westeurope.oic.prod-aks.azure.com/72f988bf-86f1-41af-91ab-2d7cd011db47/5a2c1e0d-3b7f-4c1e-9d5a-0c7e6f1b2a34/""#,
                ),
                ("/federated_credentials/0/subject", r#""system:serviceaccount:chat:default""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a namespace",
            base: Base::Entra,
            changes: &[
                (
                    "/federated_credentials/0/issuer",
                    r#""https://westeurope.oic.prod-aks.azure.com/72f988bf-86f1-41af-91ab-2d7cd011db47/5a2c1e0d-3b7f-4c1e-9d5a-0c7e6f1b2a34/""#,
                ),
                ("/federated_credentials/0/subject", r#""system:serviceaccount:chat""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        if !matches!(credential.door.issuer, Some(Issuer::Kubernetes(_))) {
            continue;
        }
        let Match::Subject(text) = &credential.matching else { continue };
        let account = text.strip_prefix("system:serviceaccount:").and_then(|rest| rest.split_once(':'));
        let fault = match account {
            Some((namespace, name)) if !namespace.is_empty() && !name.is_empty() && name != "default" => continue,
            Some((_, "default")) => "names the default service account, which everything without one of its own shares",
            _ => "names no service account",
        };
        report.violation(
            credential.deciding(),
            format!("The subject {fault}."),
            "Write system:serviceaccount:NAMESPACE:NAME with an account made for this workload.",
        );
    }
}
