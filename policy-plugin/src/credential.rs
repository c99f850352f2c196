//! What the rules on federated credentials share.

use crosscloud_policy_sdk::model::entra::Expression;
use crosscloud_policy_sdk::model::issuer::Issuer;
use crosscloud_policy_sdk::model::truth::Truth;

use crate::case::{Case, CredentialCase};
use crate::privilege::{azure_admin, is_azure_subscription};

/// An assignment that lets a credential's identity administer a subscription or more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Power {
    /// Index of the assignment.
    pub assignment: usize,
    /// The role; none where something about the assignment is not known yet.
    pub role: Option<&'static str>,
}

/// The power that a credential's identity has over a subscription or more: one that is certain, or else one that is possible.
#[must_use]
pub fn power(case: &Case<'_>, credential: &CredentialCase<'_>) -> Option<Power> {
    let assignments = &case.document.azure_role_assignments;
    let mut possible = None;
    for (index, assignment) in assignments.iter().enumerate() {
        let role = assignment.role.as_deref().and_then(azure_admin);
        match holds(case, credential, index) {
            Truth::Yes => return Some(Power { assignment: index, role }),
            Truth::Unknown(_) => possible = possible.or(Some(Power { assignment: index, role: None })),
            Truth::No => {}
        }
    }
    possible
}

/// Whether an assignment is the identity's, of an administrator's role, on a whole subscription or more.
fn holds(case: &Case<'_>, credential: &CredentialCase<'_>, index: usize) -> Truth {
    let assignment = &case.document.azure_role_assignments[index];
    let hidden = |field: &str| case.document.is_unknown(&format!("/azure_role_assignments/{index}/{field}"));
    let known = |field: &str, answer: bool| {
        if hidden(field) { Truth::Unknown(field.to_owned()) } else { Truth::from(answer) }
    };
    let identity = credential.credential.identity.as_ref();
    let principal = credential.identity.and_then(|identity| identity.principal_id.as_ref());
    let named = known("identity", identity.is_some() && assignment.identity.as_ref() == identity);
    let by_principal = match (&assignment.principal_id, principal) {
        (Some(assigned), Some(principal)) => Truth::from(assigned == principal),
        // An assignment to an identity of the document is to no other one.
        _ if assignment.identity.is_some() => Truth::No,
        (None, _) => known("principal_id", false),
        (Some(_), None) if credential.identity.is_some() => Truth::Unknown("principal_id".to_owned()),
        (Some(_), None) => Truth::No,
    };
    Truth::all([
        Truth::any([named, by_principal]),
        known("role", assignment.role.as_deref().and_then(azure_admin).is_some()),
        known("scope", assignment.scope.as_deref().is_some_and(is_azure_subscription)),
    ])
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
