//! Expressions for issuers that Entra does not take them for.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-flex-unsupported-issuer",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "Expressions are used for GitHub, GitLab and HCP Terraform.",
    documentation: "For other issuers Entra compares no expression, and the credential is dead. Write a plain subject.",
    check,
    examples: &[
        Example {
            title: "GitHub",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] matches 'repo:octo@1001/app@2001:ref:refs/heads/*'""#,
                ),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "a cluster",
            base: Base::Entra,
            changes: &[
                (
                    "/federated_credentials/0/issuer",
                    r#""https://westeurope.oic.prod-aks.azure.com/72f988bf-86f1-41af-91ab-2d7cd011db47/5a2c1e0d-3b7f-4c1e-9d5a-0c7e6f1b2a34/""#,
                ),
                ("/federated_credentials/0/subject", "null"),
                (
                    "/federated_credentials/0/claims_matching_expression",
                    r#""claims['sub'] matches 'system:serviceaccount:chat:*'""#,
                ),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for credential in &case.credentials {
        let supported = matches!(
            credential.door.issuer,
            None | Some(Issuer::GitHub { .. } | Issuer::GitLab { .. } | Issuer::TerraformCloud)
        );
        if credential.is_flexible() && !supported {
            report.violation(
                credential.deciding(),
                "Entra takes expressions for GitHub, GitLab and HCP Terraform only.",
                "Write a credential with a plain subject for each workload.",
            );
        }
    }
}
