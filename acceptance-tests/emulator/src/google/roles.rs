//! Which role holds which permission, for the permissions that the emulated calls ask for.

/// Permissions that no basic role holds, however powerful it looks: acting as a service account is granted by name.
const NEVER_BASIC: &[&str] = &[
    "iam.serviceAccounts.getAccessToken",
    "iam.serviceAccounts.getOpenIdToken",
    "iam.serviceAccounts.implicitDelegation",
    "iam.serviceAccounts.signBlob",
    "iam.serviceAccounts.signJwt",
];

/// Role to permissions; a trailing `*` stands for every permission that begins so.
const ROLES: &[(&str, &[&str])] = &[
    (
        "roles/accesscontextmanager.policyAdmin",
        &[
            "accesscontextmanager.*",
            "resourcemanager.organizations.get",
            "resourcemanager.projects.get",
            "resourcemanager.projects.list",
        ],
    ),
    (
        "roles/accesscontextmanager.policyEditor",
        &[
            "accesscontextmanager.accessLevels.*",
            "accesscontextmanager.policies.get",
            "accesscontextmanager.policies.list",
            "accesscontextmanager.servicePerimeters.*",
            "resourcemanager.organizations.get",
        ],
    ),
    (
        "roles/accesscontextmanager.policyReader",
        &[
            "accesscontextmanager.accessLevels.get",
            "accesscontextmanager.accessLevels.list",
            "accesscontextmanager.policies.get",
            "accesscontextmanager.policies.list",
            "accesscontextmanager.servicePerimeters.get",
            "accesscontextmanager.servicePerimeters.list",
            "resourcemanager.organizations.get",
        ],
    ),
    ("roles/aiplatform.admin", &["aiplatform.*", "resourcemanager.projects.get"]),
    (
        "roles/aiplatform.user",
        &["aiplatform.endpoints.predict", "aiplatform.endpoints.get", "resourcemanager.projects.get"],
    ),
    ("roles/aiplatform.viewer", &["aiplatform.endpoints.get", "resourcemanager.projects.get"]),
    ("roles/browser", &["resourcemanager.projects.get", "resourcemanager.projects.getIamPolicy"]),
    ("roles/cloudkms.admin", KMS_ADMIN),
    ("roles/cloudkms.cryptoKeyDecrypter", &["cloudkms.cryptoKeyVersions.useToDecrypt", "cloudkms.locations.*"]),
    ("roles/cloudkms.cryptoKeyEncrypter", &["cloudkms.cryptoKeyVersions.useToEncrypt", "cloudkms.locations.*"]),
    (
        "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        &["cloudkms.cryptoKeyVersions.useToDecrypt", "cloudkms.cryptoKeyVersions.useToEncrypt", "cloudkms.locations.*"],
    ),
    (
        "roles/cloudkms.viewer",
        &[
            "cloudkms.cryptoKeyVersions.get",
            "cloudkms.cryptoKeyVersions.list",
            "cloudkms.cryptoKeys.get",
            "cloudkms.cryptoKeys.list",
            "cloudkms.keyRings.get",
            "cloudkms.keyRings.list",
            "cloudkms.locations.*",
            "cloudkms.retiredResources.*",
        ],
    ),
    (
        "roles/iam.securityAdmin",
        &[
            "iam.serviceAccounts.getIamPolicy",
            "iam.serviceAccounts.setIamPolicy",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
            "iam.workloadIdentityPools.getIamPolicy",
            "iam.workloadIdentityPools.setIamPolicy",
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
            "resourcemanager.projects.setIamPolicy",
        ],
    ),
    (
        "roles/iam.serviceAccountAdmin",
        &[
            "iam.serviceAccounts.create",
            "iam.serviceAccounts.delete",
            "iam.serviceAccounts.disable",
            "iam.serviceAccounts.enable",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getIamPolicy",
            "iam.serviceAccounts.list",
            "iam.serviceAccounts.setIamPolicy",
            "iam.serviceAccounts.undelete",
            "iam.serviceAccounts.update",
            "resourcemanager.projects.get",
        ],
    ),
    (
        "roles/iam.serviceAccountCreator",
        &[
            "iam.serviceAccounts.create",
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.list",
            "resourcemanager.projects.get",
        ],
    ),
    ("roles/iam.serviceAccountOpenIdTokenCreator", &["iam.serviceAccounts.getOpenIdToken"]),
    (
        "roles/iam.serviceAccountTokenCreator",
        &[
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.implicitDelegation",
            "iam.serviceAccounts.list",
            "iam.serviceAccounts.signBlob",
            "iam.serviceAccounts.signJwt",
        ],
    ),
    (
        "roles/iam.serviceAccountUser",
        &["iam.serviceAccounts.actAs", "iam.serviceAccounts.get", "iam.serviceAccounts.list"],
    ),
    (
        "roles/iam.serviceAccountViewer",
        &["iam.serviceAccounts.get", "iam.serviceAccounts.getIamPolicy", "iam.serviceAccounts.list"],
    ),
    (
        "roles/iam.workloadIdentityPoolAdmin",
        &["iam.workloadIdentityPools.*", "iam.workloadIdentityPoolProviders.*", "resourcemanager.projects.get"],
    ),
    (
        "roles/iam.workloadIdentityPoolViewer",
        &[
            "iam.workloadIdentityPools.get",
            "iam.workloadIdentityPools.list",
            "iam.workloadIdentityPoolProviders.get",
            "iam.workloadIdentityPoolProviders.list",
            "resourcemanager.projects.get",
        ],
    ),
    (
        "roles/iam.workloadIdentityUser",
        &[
            "iam.serviceAccounts.get",
            "iam.serviceAccounts.getAccessToken",
            "iam.serviceAccounts.getOpenIdToken",
            "iam.serviceAccounts.list",
        ],
    ),
    (
        "roles/resourcemanager.organizationAdmin",
        &[
            "resourcemanager.folders.get",
            "resourcemanager.folders.getIamPolicy",
            "resourcemanager.folders.setIamPolicy",
            "resourcemanager.organizations.get",
            "resourcemanager.organizations.getIamPolicy",
            "resourcemanager.organizations.setIamPolicy",
        ],
    ),
    (
        "roles/resourcemanager.projectIamAdmin",
        &[
            "resourcemanager.projects.get",
            "resourcemanager.projects.getIamPolicy",
            "resourcemanager.projects.setIamPolicy",
        ],
    ),
    ("roles/serviceusage.serviceUsageAdmin", &["serviceusage.*", "resourcemanager.projects.get"]),
    (
        "roles/serviceusage.serviceUsageConsumer",
        &["serviceusage.services.get", "serviceusage.services.list", "serviceusage.services.use"],
    ),
    ("roles/serviceusage.serviceUsageViewer", &["serviceusage.services.get", "serviceusage.services.list"]),
    ("roles/storage.admin", &["storage.*", "resourcemanager.projects.get"]),
    ("roles/storage.bucketViewer", &["storage.buckets.get", "storage.buckets.list"]),
    ("roles/storage.legacyBucketOwner", BUCKET_OWNER),
    ("roles/storage.legacyBucketReader", &["storage.buckets.get", "storage.objects.list"]),
    (
        "roles/storage.legacyBucketWriter",
        &["storage.buckets.get", "storage.objects.create", "storage.objects.delete", "storage.objects.list"],
    ),
    ("roles/storage.legacyObjectOwner", &["storage.objects.get", "storage.objects.update"]),
    ("roles/storage.legacyObjectReader", &["storage.objects.get"]),
    ("roles/storage.objectAdmin", &["storage.objects.*", "resourcemanager.projects.get"]),
    ("roles/storage.objectCreator", &["storage.objects.create"]),
    (
        "roles/storage.objectUser",
        &[
            "storage.objects.create",
            "storage.objects.delete",
            "storage.objects.get",
            "storage.objects.list",
            "storage.objects.update",
        ],
    ),
    ("roles/storage.objectViewer", &["storage.objects.get", "storage.objects.list"]),
    ("roles/storagetransfer.admin", &["storagetransfer.*", "resourcemanager.projects.get"]),
    (
        "roles/storagetransfer.user",
        &[
            "storagetransfer.jobs.create",
            "storagetransfer.jobs.get",
            "storagetransfer.jobs.list",
            "storagetransfer.jobs.run",
            "storagetransfer.jobs.update",
            "storagetransfer.operations.*",
            "storagetransfer.projects.getServiceAccount",
            "resourcemanager.projects.get",
        ],
    ),
    (
        "roles/storagetransfer.viewer",
        &[
            "storagetransfer.jobs.get",
            "storagetransfer.jobs.list",
            "storagetransfer.operations.get",
            "storagetransfer.operations.list",
            "storagetransfer.projects.getServiceAccount",
            "resourcemanager.projects.get",
        ],
    ),
];

/// Who owned a bucket before there were roles.
const BUCKET_OWNER: &[&str] = &[
    "storage.buckets.get",
    "storage.buckets.getIamPolicy",
    "storage.buckets.setIamPolicy",
    "storage.buckets.update",
    "storage.objects.create",
    "storage.objects.delete",
    "storage.objects.list",
];

/// An administrator of keys uses none.
const KMS_ADMIN: &[&str] = &[
    "cloudkms.cryptoKeyVersions.create",
    "cloudkms.cryptoKeyVersions.delete",
    "cloudkms.cryptoKeyVersions.destroy",
    "cloudkms.cryptoKeyVersions.get",
    "cloudkms.cryptoKeyVersions.list",
    "cloudkms.cryptoKeyVersions.restore",
    "cloudkms.cryptoKeyVersions.update",
    "cloudkms.cryptoKeys.*",
    "cloudkms.keyRings.*",
    "cloudkms.locations.*",
    "cloudkms.retiredResources.*",
    "resourcemanager.projects.get",
];

/// Roles of Vertex AI, IAM and Cloud KMS that exist and hold nothing that an emulated call asks for.
/// A role of these families that is neither here nor above does not exist, and granting it is refused.
const OTHER_ROLES: &[&str] = &[
    "roles/aiplatform.colabEnterpriseAdmin",
    "roles/aiplatform.colabEnterpriseUser",
    "roles/aiplatform.customCodeServiceAgent",
    "roles/aiplatform.entityTypeOwner",
    "roles/aiplatform.expressAdmin",
    "roles/aiplatform.expressUser",
    "roles/aiplatform.extensionServiceAgent",
    "roles/aiplatform.featurestoreAdmin",
    "roles/aiplatform.featurestoreDataViewer",
    "roles/aiplatform.featurestoreDataWriter",
    "roles/aiplatform.featurestoreInstanceCreator",
    "roles/aiplatform.featurestoreResourceViewer",
    "roles/aiplatform.featurestoreUser",
    "roles/aiplatform.memoryUser",
    "roles/aiplatform.migrator",
    "roles/aiplatform.notebookExecutorUser",
    "roles/aiplatform.notebookRuntimeAdmin",
    "roles/aiplatform.notebookRuntimeUser",
    "roles/aiplatform.notebookServiceAgent",
    "roles/aiplatform.provisionedThroughputAdmin",
    "roles/aiplatform.ragServiceAgent",
    "roles/aiplatform.rapidevalServiceAgent",
    "roles/aiplatform.reasoningEngineServiceAgent",
    "roles/aiplatform.serviceAgent",
    "roles/aiplatform.tensorboardWebAppUser",
    "roles/aiplatform.tuningServiceAgent",
    "roles/cloudkms.autokeyAdmin",
    "roles/cloudkms.autokeyUser",
    "roles/cloudkms.cryptoKeyDecrypterViaDelegation",
    "roles/cloudkms.cryptoKeyEncrypterDecrypterViaDelegation",
    "roles/cloudkms.cryptoKeyEncrypterViaDelegation",
    "roles/cloudkms.cryptoOperator",
    "roles/cloudkms.ekmConnectionsAdmin",
    "roles/cloudkms.importer",
    "roles/cloudkms.orgServiceAgent",
    "roles/cloudkms.protectedResourcesViewer",
    "roles/cloudkms.publicKeyViewer",
    "roles/cloudkms.serviceAgent",
    "roles/cloudkms.signer",
    "roles/cloudkms.signerVerifier",
    "roles/cloudkms.verifier",
    "roles/iam.denyAdmin",
    "roles/iam.denyReviewer",
    "roles/iam.oauthClientAdmin",
    "roles/iam.oauthClientUser",
    "roles/iam.oauthClientViewer",
    "roles/iam.operationViewer",
    "roles/iam.organizationRoleAdmin",
    "roles/iam.organizationRoleViewer",
    "roles/iam.principalAccessBoundaryAdmin",
    "roles/iam.principalAccessBoundaryUser",
    "roles/iam.principalAccessBoundaryViewer",
    "roles/iam.roleAdmin",
    "roles/iam.roleViewer",
    "roles/iam.securityReviewer",
    "roles/iam.serviceAccountApiKeyBindingAdmin",
    "roles/iam.serviceAccountDeleter",
    "roles/iam.serviceAccountKeyAdmin",
    "roles/iam.workforcePoolAdmin",
    "roles/iam.workforcePoolEditor",
    "roles/iam.workforcePoolViewer",
];

/// Families whose roles are all known here.
const FAMILIES: &[&str] = &["aiplatform.", "cloudkms.", "iam."];

/// Whether the role holds the permission.
pub(crate) fn holds(role: &str, permission: &str) -> bool {
    // Objects belong to whom the bucket's own policy says, which names the owners of the project at first.
    let basic = ["roles/owner", "roles/editor", "roles/viewer"].contains(&role);
    if basic && permission.starts_with("storage.objects.") {
        return false;
    }
    match role {
        "roles/owner" => !NEVER_BASIC.contains(&permission),
        "roles/editor" => {
            let administers_pools = permission.starts_with("iam.workloadIdentityPool") && !reads(permission);
            !administers_pools && !permission.ends_with("setIamPolicy") && !NEVER_BASIC.contains(&permission)
        }
        "roles/viewer" => reads(permission) && !NEVER_BASIC.contains(&permission),
        _ => ROLES
            .iter()
            .find(|(name, _)| *name == role)
            .is_some_and(|(_, permissions)| permissions.iter().any(|held| covers(held, permission))),
    }
}

/// Whether a role of that name can be granted: predefined by its form, with the roles of some families known by name, or custom.
pub(crate) fn exists(role: &str) -> bool {
    let word =
        |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._".contains(&byte));
    if let Some(name) = role.strip_prefix("roles/") {
        let known_family = FAMILIES.iter().any(|family| name.starts_with(family));
        return word(name)
            && (!known_family || OTHER_ROLES.contains(&role) || ROLES.iter().any(|(known, _)| *known == role));
    }
    let mut parts = role.split('/');
    matches!(
        (parts.next(), parts.next(), parts.next(), parts.next(), parts.next()),
        (Some("projects" | "organizations"), Some(owner), Some("roles"), Some(name), None) if !owner.is_empty() && word(name)
    )
}

fn covers(held: &str, permission: &str) -> bool {
    match held.strip_suffix('*') {
        Some(prefix) => permission.starts_with(prefix),
        None => held == permission,
    }
}

fn reads(permission: &str) -> bool {
    permission.ends_with(".get")
        || permission.ends_with(".list")
        || permission == "resourcemanager.projects.getIamPolicy"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn owner_is_not_a_token_creator() {
        assert!(holds("roles/owner", "iam.workloadIdentityPools.create"));
        assert!(!holds("roles/owner", "iam.serviceAccounts.getAccessToken"));
        assert!(holds("roles/iam.workloadIdentityUser", "iam.serviceAccounts.getAccessToken"));
    }

    #[test]
    fn editors_use_but_do_not_grant() {
        assert!(holds("roles/editor", "aiplatform.endpoints.predict"));
        assert!(!holds("roles/editor", "resourcemanager.projects.setIamPolicy"));
        assert!(!holds("roles/viewer", "aiplatform.endpoints.predict"));
    }

    #[test]
    fn misspelt_roles_do_not_exist() {
        assert!(exists("roles/aiplatform.user"));
        assert!(!exists("roles/aiplatform.usr"));
        assert!(exists("roles/bigquery.dataViewer"));
        assert!(exists("projects/p/roles/custom_1"));
        assert!(!exists("aiplatform.user"));
        assert!(!exists("roles/"));
    }
}
