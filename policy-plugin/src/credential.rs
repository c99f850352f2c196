//! What the rules on federated credentials share.

use crosscloud_policy_sdk::model::entra::Expression;
use crosscloud_policy_sdk::model::issuer::Issuer;

use crate::case::{Case, CredentialCase};
use crate::privilege::{azure_admin, is_azure_subscription};

/// The assignment that lets a credential's identity administer a subscription or more, and its role.
#[must_use]
pub fn administers(case: &Case<'_>, credential: &CredentialCase<'_>) -> Option<(usize, &'static str)> {
    let identity = credential.credential.identity.as_ref()?;
    let principal = credential.identity.and_then(|identity| identity.principal_id.as_ref());
    case.document.azure_role_assignments.iter().enumerate().find_map(|(index, assignment)| {
        let held = assignment.identity.as_ref() == Some(identity)
            || (principal.is_some() && assignment.principal_id.as_ref() == principal);
        let role = assignment.role.as_deref().and_then(azure_admin)?;
        (held && assignment.scope.as_deref().is_some_and(is_azure_subscription)).then_some((index, role))
    })
}

/// Whether an expression compares a claim that says whose token it is.
#[must_use]
pub fn says_who(expression: &Expression) -> bool {
    const WHO: [&str; 8] = [
        "sub",
        "repository",
        "repository_id",
        "repository_owner_id",
        "project_path",
        "namespace_id",
        "terraform_organization_id",
        "terraform_workspace_id",
    ];
    expression.comparisons.iter().any(|comparison| WHO.contains(&comparison.claim.as_str()))
}

/// What to write instead, as a sentence.
#[must_use]
pub fn advice(credential: &CredentialCase<'_>) -> String {
    if let Some(subject) = credential.genuine.iter().find_map(|(token, _)| token.text("sub")) {
        return format!("Write the plain subject {subject}.");
    }
    let pattern = match credential.door.issuer {
        Some(Issuer::GitLab { .. }) => "project_path:GROUP/PROJECT:ref_type:branch:ref:*",
        Some(Issuer::TerraformCloud) => "organization:ORGANIZATION:project:PROJECT:workspace:WORKSPACE:run_phase:*",
        _ => "repo:OWNER@ID/REPOSITORY@ID:ref:refs/heads/*",
    };
    format!("Write claims['sub'] matches '{pattern}' with your own names, or a plain subject.")
}
