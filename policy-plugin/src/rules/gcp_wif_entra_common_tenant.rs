//! Issuers that stand for every Entra tenant.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-entra-common-tenant",
    severity: Severity::Critical,
    scope: Scope::Trust,
    summary: "An Entra issuer names one tenant by its id, and one that the organisation allows.",
    documentation: "Under `common`, `organizations` or `consumers` Entra signs tokens for every tenant of the world. The setting \
        `allowed_entra_tenants` lists the tenants that may be named; without it every single tenant passes.",
    check,
    examples: &[
        Example {
            title: "one tenant",
            base: Base::GitHub,
            changes: &[(
                "/providers/0/source/issuer",
                r#""https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/""#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "all tenants",
            base: Base::GitHub,
            changes: &[("/providers/0/source/issuer", r#""https://login.microsoftonline.com/common/v2.0""#)],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a tenant on the list",
            base: Base::GitHub,
            changes: &[
                ("/providers/0/source/issuer", r#""https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/""#),
                ("/settings", r#"{"allowed_entra_tenants": ["72F988BF-86F1-41AF-91AB-2D7CD011DB47"]}"#),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "a tenant that is not on the list",
            base: Base::GitHub,
            changes: &[
                ("/providers/0/source/issuer", r#""https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/""#),
                ("/settings", r#"{"allowed_entra_tenants": ["6a1f4c0e-0000-4000-8000-000000000001"]}"#),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    let allowed = &case.settings.allowed_entra_tenants;
    for provider in &case.providers {
        let fault = match &provider.door.issuer {
            Some(Issuer::Entra { tenant: None }) => "no tenant",
            Some(Issuer::Entra { tenant: Some(tenant) }) if !is_guid(tenant) => "a tenant that is no id",
            Some(Issuer::Entra { tenant: Some(tenant) })
                if !allowed.is_empty() && !allowed.iter().any(|own| own.eq_ignore_ascii_case(tenant)) =>
            {
                "a tenant that the organisation does not allow"
            }
            _ => continue,
        };
        report.violation(
            provider.at("source/issuer"),
            format!("The Entra issuer names {fault}, so tokens of other tenants may be accepted."),
            "Write https://sts.windows.net/TENANT-ID/ or https://login.microsoftonline.com/TENANT-ID/v2.0 with the tenant's id.",
        );
    }
}

fn is_guid(text: &str) -> bool {
    let groups: Vec<&str> = text.split('-').collect();
    groups.iter().map(|group| group.len()).eq([8, 4, 4, 4, 12])
        && groups.concat().bytes().all(|byte| byte.is_ascii_hexdigit())
}
