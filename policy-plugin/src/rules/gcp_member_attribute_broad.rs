//! Grants to everybody of an organisation.

use crosscloud_policy_sdk::model::cel::Expression;
use crosscloud_policy_sdk::model::finding::Severity;
use crosscloud_policy_sdk::model::principal::{Principal, Selector};

use crate::case::Case;
use crate::examples::{Base, Example, Outcome};
use crate::privilege::is_broad_grant;
use crate::report::Report;
use crate::rule::{Rule, Scope};

/// Claims that everything of one organisation shares.
const BROAD: [&str; 14] = [
    "repository_owner",
    "repository_owner_id",
    "enterprise_id",
    "namespace_path",
    "namespace_id",
    "terraform_organization_id",
    "terraform_organization_name",
    "organization_id",
    "organization_slug",
    "account",
    "aws_account",
    "tid",
    "hd",
    "workspaceUuid",
];

pub(super) const RULE: Rule = Rule {
    id: "gcp-member-attribute-broad",
    severity: Severity::Medium,
    scope: Scope::Trust,
    summary: "A grant with wide powers goes to one workload, not to a whole organisation.",
    documentation: "An attribute such as the owner, the group, the account or the tenant is shared by everything in it, so the newest \
        repository of the newest team holds the role as well. Select by repository, project, workspace or role.",
    check,
    examples: &[
        Example {
            title: "by repository",
            base: Base::GitHub,
            changes: &[(
                "/bindings/0/members/0",
                r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.repository_id/2001""#,
            )],
            outcome: Outcome::Pass,
        },
        Example {
            title: "by owner",
            base: Base::GitHub,
            changes: &[
                ("/providers/0/attribute_mapping/attribute.owner", r#""assertion.repository_owner_id""#),
                (
                    "/bindings/0/members/0",
                    r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.owner/1001""#,
                ),
            ],
            outcome: Outcome::Violation,
        },
    ],
};

fn check(case: &Case<'_>, report: &mut Report<'_>) {
    for member in &case.members {
        let Some(Ok(Principal::Federated { pool, selector: Selector::Attribute { name, .. } })) = &member.principal
        else {
            continue;
        };
        let binding = &case.document.bindings[member.binding];
        let source = case
            .providers
            .iter()
            .filter(|provider| provider.provider.pool.as_deref() == Some(pool))
            .find_map(|provider| provider.mapping.get(&format!("attribute.{name}")))
            .and_then(|text| Expression::parse_mapping(text).ok()?.path()?.pop());
        let broad = BROAD.contains(&source.as_deref().unwrap_or(name));
        if broad && binding.role.as_deref().is_some_and(|role| is_broad_grant(binding.resource_kind, role)) {
            report.violation(
                &member.pointer,
                format!("The member is everybody of an organisation, by `attribute.{name}`, and the role gives wide powers."),
                "Select by an attribute that one workload has, such as the id of a repository, a project or a workspace.",
            );
        }
    }
}
