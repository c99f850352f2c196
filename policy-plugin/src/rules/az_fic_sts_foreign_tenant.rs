//! Credentials for another tenant of Entra.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "az-fic-sts-foreign-tenant",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A credential for tokens of Entra names one's own tenant.",
    documentation: "With another tenant's issuer that tenant decides who gets in. The setting `allowed_entra_tenants` lists tenants that \
        may; without it only the home tenant of the identity passes.",
    check,
    examples: &[
        Example { title: "GitHub", base: Base::Entra, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "the home tenant",
            base: Base::Entra,
            changes: &[
                (
                    "/federated_credentials/0/issuer",
                    r#""https://login.microsoftonline.com/72f988bf-86f1-41af-91ab-2d7cd011db47/v2.0""#,
                ),
                ("/federated_credentials/0/subject", r#""3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "another tenant",
            base: Base::Entra,
            changes: &[
                (
                    "/federated_credentials/0/issuer",
                    r#""https://login.microsoftonline.com/9e489e48-9e48-4e48-8e48-9e489e489e48/v2.0""#,
                ),
                ("/federated_credentials/0/subject", r#""3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
        Example {
            title: "any tenant",
            base: Base::Entra,
            changes: &[
                ("/federated_credentials/0/issuer", r#""https://login.microsoftonline.com/common/v2.0""#),
                ("/federated_credentials/0/subject", r#""3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9""#),
                ("/federated_credentials/0/intended", "[]"),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    let allowed = &case.settings.allowed_entra_tenants;
    for credential in &case.credentials {
        let Some(Issuer::Entra { tenant }) = &credential.door.issuer else { continue };
        let home = credential.identity.and_then(|identity| identity.tenant_id.as_ref());
        let is = |other: &String| tenant.as_ref().is_some_and(|tenant| other.eq_ignore_ascii_case(tenant));
        if allowed.iter().any(is) || home.is_some_and(is) {
            continue;
        }
        if tenant.is_some() && credential.identity_hides(case.document, "tenant_id") {
            report.undetermined(
                credential.at("issuer"),
                "The tenant of the identity is not known yet, so it cannot be said whether the issuer is its own.",
                "Nothing needs to be written; the issuer is judged again once the tenant is known.",
            );
        } else if tenant.is_none() || home.is_some() || !allowed.is_empty() {
            report.violation(
                credential.at("issuer"),
                "The issuer belongs to another tenant, or to all of them, which decides who gets in.",
                "Write the issuer of the own tenant, or have the other one added to allowed_entra_tenants.",
            );
        }
    }
}
