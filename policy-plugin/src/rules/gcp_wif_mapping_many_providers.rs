//! Several providers of one pool whose subjects can be the same.

use crosscloud_policy_sdk::model::cel::Expression;
use crosscloud_policy_sdk::model::finding::Severity;

use crate::case::{Case, ProviderCase};
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-wif-mapping-many-providers",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "Providers of one pool map subjects that cannot be confused.",
    documentation: "A grant names a subject of a pool, not the provider that it came through. Where two providers map `google.subject` \
        alike, a workload of one can have the name of a workload of the other. Use a pool for each provider, or begin every \
        mapping with a text of its own, such as `'aks:' + assertion.sub`.",
    check,
    examples: &[
        Example { title: "one provider", base: Base::Aks, changes: &[], outcome: Outcome::Pass },
        Example {
            title: "two providers with prefixes",
            base: Base::Aks,
            changes: &[
                ("/providers/0/attribute_mapping/google.subject", r#""'aks:' + assertion.sub""#),
                (
                    "/bindings/0/members/0",
                    r#""principal://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/aks-chat/subject/aks:system:serviceaccount:chat:backend""#,
                ),
                (
                    "/providers/-",
                    r#"{"name": "projects/123456789012/locations/global/workloadIdentityPools/aks-chat/providers/gke", "pool": "projects/123456789012/locations/global/workloadIdentityPools/aks-chat", "source": {"kind": "oidc", "issuer": "https://container.googleapis.com/v1/projects/p/locations/europe-west4/clusters/c"}, "attribute_mapping": {"google.subject": "'gke:' + assertion.sub"}, "attribute_condition": "assertion.sub == 'system:serviceaccount:chat:backend'"}"#,
                ),
            ],
            outcome: Outcome::Pass,
        },
        Example {
            title: "two providers without",
            base: Base::Aks,
            changes: &[(
                "/providers/-",
                r#"{"name": "projects/123456789012/locations/global/workloadIdentityPools/aks-chat/providers/gke", "pool": "projects/123456789012/locations/global/workloadIdentityPools/aks-chat", "source": {"kind": "oidc", "issuer": "https://container.googleapis.com/v1/projects/p/locations/europe-west4/clusters/c"}, "attribute_mapping": {"google.subject": "assertion.sub"}, "attribute_condition": "assertion.sub == 'system:serviceaccount:chat:backend'"}"#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for provider in case.active() {
        let same_pool = |other: &&ProviderCase<'_>| {
            other.pointer != provider.pointer
                && other.provider.pool.is_some()
                && other.provider.pool == provider.provider.pool
        };
        let mine = prefix(provider);
        let confusable = case.active().filter(same_pool).any(|other| match (&mine, prefix(other)) {
            (Some(mine), Some(other)) => mine.starts_with(&other) || other.starts_with(mine.as_str()),
            _ => true,
        });
        if confusable && mine.is_none() {
            report.violation(
                provider.at("attribute_mapping/google.subject"),
                "The pool has another provider, and this mapping gives subjects that the other one may give, too.",
                "Give the provider a pool of its own, or begin the mapping with a text such as 'aks:' + assertion.sub.",
            );
        }
    }
}

/// The text that every subject of the provider begins with.
fn prefix(provider: &ProviderCase<'_>) -> Option<String> {
    let expression = Expression::parse_mapping(provider.mapping.get("google.subject")?).ok()?;
    expression.leading_text().map(str::to_owned)
}
