//! Attribute sets that select nothing, or not what they seem to.

use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::{Principal, PrincipalError, Selector};

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::report::Report;
use crate::rule::{Rule, Scope};

pub(super) const RULE: Rule = Rule {
    id: "gcp-member-attribute-empty",
    severity: Severity::High,
    scope: Scope::Trust,
    summary: "A member that selects by attribute names a mapped attribute and a value.",
    documentation: "In `principalSet://…/attribute.NAME/VALUE` the value is compared as it stands: `*` is no wildcard. An attribute that no provider \
        of the pool maps never has a value, so the grant waits for whoever maps it later.",
    check,
    examples: &[
        Example {
            title: "a mapped attribute",
            base: Base::GitHub,
            changes: &[(
                "/bindings/0/members/0",
                r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.repository_id/2001""#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "no value",
            base: Base::GitHub,
            changes: &[(
                "/bindings/0/members/0",
                r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.repository_id/""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "a wildcard",
            base: Base::GitHub,
            changes: &[(
                "/bindings/0/members/0",
                r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.repository_id/*""#,
            )],
            outcome: Outcome::Violation,
        },
        Example {
            title: "an attribute that is not mapped",
            base: Base::GitHub,
            changes: &[(
                "/bindings/0/members/0",
                r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.team/red""#,
            )],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for member in &case.members {
        match &member.principal {
            Some(Err(PrincipalError::Empty(_))) => {
                report.violation(
                    &member.pointer,
                    "The member lacks the value that it selects by.",
                    "Write the value behind the last slash, or name one workload with principal://…/subject/SUBJECT.",
                );
            }
            Some(Ok(Principal::Federated { selector: Selector::Attribute { value, .. }, .. }))
                if value.contains('*') =>
            {
                report.violation(
                    &member.pointer,
                    "The member selects by a value with `*`, which is no wildcard and matches nothing but itself.",
                    "Write the exact value, or map an attribute whose value all intended workloads share.",
                );
            }
            Some(Ok(Principal::Federated { pool, selector: Selector::Attribute { name, .. } })) => {
                let target = format!("attribute.{name}");
                let of_pool =
                    || case.providers.iter().filter(|candidate| candidate.provider.pool.as_deref() == Some(pool));
                let known = of_pool().all(|provider| !case.document.has_unknown(&provider.at("attribute_mapping")));
                let mapped = of_pool().any(|provider| provider.provider.attribute_mapping.contains_key(&target));
                if of_pool().next().is_some() && known && !mapped {
                    report.violation(
                        &member.pointer,
                        format!("The member selects by `{target}`, which no provider of the pool maps."),
                        format!("Map `{target}` from a claim, or select by an attribute that is mapped."),
                    );
                }
            }
            _ => {}
        }
    }
}
