//! Which roles let their holder take over much more than one task.

use crosscloud_policy_sdk::model::document::{ResourceKind, TrustDocument};

/// Roles of Google that let their holder act as a service account, or make itself able to.
pub const IMPERSONATION: [&str; 8] = [
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.workloadIdentityUser",
    "roles/iam.serviceAccountOpenIdTokenCreator",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.serviceAccountAdmin",
    "roles/iam.securityAdmin",
    "roles/resourcemanager.projectIamAdmin",
];

/// Whether a role of Google administers something, or reaches nearly everything.
#[must_use]
pub fn is_google_admin(role: &str) -> bool {
    let name = role.rsplit('/').next().unwrap_or_default();
    matches!(role, "roles/owner" | "roles/editor")
        || name.rsplit('.').next().is_some_and(|last| last.to_ascii_lowercase().ends_with("admin"))
}

/// Whether any grant in the document lets somebody administer an organization, a folder or a project.
#[must_use]
pub fn grants_google_admin(document: &TrustDocument) -> bool {
    document
        .bindings
        .iter()
        .any(|binding| binding.resource_kind.is_container() && binding.role.as_deref().is_some_and(is_google_admin))
}

/// Whether a grant hands out more than the use of one thing.
#[must_use]
pub fn is_broad_grant(kind: ResourceKind, role: &str) -> bool {
    is_google_admin(role) || IMPERSONATION.contains(&role) || (kind.is_container() && role.starts_with("roles/iam."))
}

/// Whether a managed policy of AWS administers the account.
#[must_use]
pub fn is_aws_admin(arn: &str) -> bool {
    matches!(arn.rsplit('/').next(), Some("AdministratorAccess" | "PowerUserAccess" | "IAMFullAccess"))
}

/// Roles of Azure that reach or hand out nearly everything, by name and by id.
const AZURE_ADMIN: [(&str, &str); 4] = [
    ("Owner", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635"),
    ("Contributor", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("User Access Administrator", "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9"),
    ("Role Based Access Control Administrator", "f58310d9-a9f6-439a-9e8d-f62e7b41a168"),
];

/// The name of a role of Azure that reaches or hands out nearly everything.
#[must_use]
pub fn azure_admin(role: &str) -> Option<&'static str> {
    let last = role.rsplit('/').next().unwrap_or_default();
    let is = |(name, id): &&(&str, &str)| last.eq_ignore_ascii_case(id) || role.eq_ignore_ascii_case(name);
    AZURE_ADMIN.iter().find(is).map(|(name, _)| *name)
}

/// Whether a scope of Azure is a subscription, a management group or everything.
#[must_use]
pub fn is_azure_subscription(scope: &str) -> bool {
    let parts: Vec<&str> = scope.split('/').filter(|part| !part.is_empty()).collect();
    match parts.as_slice() {
        [] => true,
        [kind, _] => kind.eq_ignore_ascii_case("subscriptions"),
        [provider, kind, kind_of, _] => {
            provider.eq_ignore_ascii_case("providers")
                && kind.eq_ignore_ascii_case("Microsoft.Management")
                && kind_of.eq_ignore_ascii_case("managementGroups")
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{azure_admin, is_azure_subscription, is_google_admin};

    #[test]
    fn knows_what_administers() {
        for (role, expected) in [
            ("roles/owner", true),
            ("roles/cloudkms.admin", true),
            ("roles/iam.workloadIdentityPoolAdmin", true),
            ("organizations/1/roles/networkAdmin", true),
            ("roles/run.developer", false),
            ("roles/viewer", false),
        ] {
            assert_eq!(is_google_admin(role), expected, "{role}");
        }
        assert_eq!(azure_admin("owner"), Some("Owner"));
        let id =
            "/subscriptions/1/providers/Microsoft.Authorization/roleDefinitions/B24988ac-6180-42a0-ab88-20f7382dd24c";
        assert_eq!(azure_admin(id), Some("Contributor"));
        assert_eq!(azure_admin("Reader"), None);
        assert!(is_azure_subscription("/subscriptions/1") && is_azure_subscription("/"));
        assert!(is_azure_subscription("/providers/Microsoft.Management/managementGroups/root"));
        assert!(!is_azure_subscription("/subscriptions/1/resourceGroups/a"));
    }
}
