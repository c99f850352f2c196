//! What is found in official providers' resources, each on its address and attribute.

use serde_json::json;

use crate::support::{GITHUB, change, create, has, judged, plan, provider, rules, unknown};

#[test]
fn a_provider_without_a_condition_is_denied_with_the_token_that_gets_in() {
    let report = judged(&plan(&[provider("ci", json!(null))]));
    assert!(report.is_denied());
    let finding = report.findings.iter().find(|finding| finding.rule == "gcp-wif-condition-missing").unwrap();
    assert_eq!(finding.address, "google_iam_workload_identity_pool_provider.ci");
    assert_eq!(finding.path, "attribute_condition");
    assert!(finding.witness.as_ref().is_some_and(|claims| claims["iss"] == GITHUB), "{finding:?}");
}

#[test]
fn each_family_is_judged() {
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
    }]});
    let pool = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*";
    for (address, after, rule) in [
        (
            "google_project_iam_member.it",
            json!({"project": "p", "role": "roles/viewer", "member": "allUsers"}),
            "gcp-member-public",
        ),
        (
            "google_project_iam_binding.it",
            json!({"project": "p", "role": "roles/viewer", "members": [pool]}),
            "gcp-member-pool-star",
        ),
        (
            "google_kms_crypto_key.it",
            json!({"name": "k", "key_ring": "projects/p/locations/l/keyRings/r"}),
            "gcp-kms-rotation",
        ),
        ("google_storage_bucket.it", json!({"name": "b", "encryption": []}), "gcp-cmek-missing"),
        ("aws_iam_role.it", json!({"name": "r", "assume_role_policy": policy.to_string()}), "aws-oidc-no-condition"),
        (
            "aws_iam_openid_connect_provider.it",
            json!({"url": GITHUB, "client_id_list": ["*"]}),
            "aws-oidc-provider-clients",
        ),
        (
            "azurerm_federated_identity_credential.it",
            json!({"parent_id": "/i", "name": "c", "issuer": GITHUB, "subject": "repo:o/r:pull_request", "audience": ["other"]}),
            "az-fic-audience",
        ),
        (
            "azuread_application_flexible_federated_identity_credential.it",
            json!({"application_id": "/applications/1", "display_name": "c", "issuer": GITHUB, "audience": "api://AzureADTokenExchange",
                "claims_matching_expression": "claims['sub'] matches 'repo:*'"}),
            "az-flex-star-tenant",
        ),
    ] {
        let report = judged(&plan(&[create(address, after)]));
        assert!(has(&report, rule, address), "{address}: {:?}", rules(&report));
    }
}

#[test]
fn what_belongs_together_is_judged_together() {
    let credential = unknown(
        create(
            "azurerm_federated_identity_credential.it",
            json!({"parent_id": "/identities/one", "name": "c", "issuer": GITHUB, "subject": "repo:octo@1/app@2:ref:refs/heads/main", "audience": ["api://AzureADTokenExchange"]}),
        ),
        json!({"id": true}),
    );
    let identity = change(
        "azurerm_user_assigned_identity.it",
        &["no-op"],
        json!({"id": "/identities/One", "name": "one", "principal_id": "p-1", "tenant_id": "t"}),
    );
    let assignment = create(
        "azurerm_role_assignment.it",
        json!({"scope": "/subscriptions/00000000-0000-4000-8000-000000000001", "role_definition_name": "Owner", "principal_id": "p-1"}),
    );
    let report = judged(&plan(&[credential.clone(), identity.clone(), assignment]));
    assert!(has(&report, "az-role-owner-federated", "azurerm_role_assignment.it"), "{:?}", rules(&report));
    assert!(!rules(&judged(&plan(&[credential, identity]))).iter().any(|(rule, _)| *rule == "az-role-owner-federated"));
}

#[test]
fn rules_on_plans_see_the_whole_plan() {
    let environment = create(
        "github_repository_environment.prod",
        json!({"repository": "app", "environment": "prod", "reviewers": [], "deployment_branch_policy": []}),
    );
    let trust = provider("ci", json!("assertion.sub == 'repo:octo@1001/app@2001:environment:prod'"));
    let report = judged(&plan(&[environment.clone(), trust]));
    assert!(has(&report, "x-env-without-protection", "github_repository_environment.prod"), "{:?}", rules(&report));
    assert!(!has(&judged(&plan(&[environment])), "x-env-without-protection", "github_repository_environment.prod"));
}

#[test]
fn a_key_beside_a_pool_is_a_finding() {
    let key = create("google_service_account_key.it", json!({"service_account_id": "a@p.iam.gserviceaccount.com"}));
    let report = judged(&plan(&[
        key.clone(),
        provider("ci", json!("assertion.sub == 'repo:octo@1001/app@2001:environment:prod'")),
    ]));
    assert!(has(&report, "gcp-sa-key", "google_service_account_key.it"), "{:?}", rules(&report));
    assert!(judged(&plan(&[key])).findings.is_empty());
}

#[test]
fn a_cluster_with_two_managers_is_a_finding() {
    let id = "/subscriptions/00000000-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.ContainerService/managedClusters/prod";
    let ours = create("crosscloud_aks_workload_identity.prod", json!({"cluster_id": id}));
    let theirs = change(
        "azurerm_kubernetes_cluster.prod",
        &["no-op"],
        json!({"name": "prod", "id": id, "oidc_issuer_enabled": false}),
    );
    let report = judged(&plan(&[theirs, ours]));
    assert!(has(&report, "x-cluster-two-managers", "crosscloud_aks_workload_identity.prod"), "{:?}", rules(&report));
}

#[test]
fn sensitive_values_are_never_shown() {
    let secret = "assertion.sub.startsWith('repo:secretive')";
    let mut change = provider("ci", json!(secret));
    change["change"]["after_sensitive"] = json!({"attribute_condition": true});
    let report = judged(&plan(&[change]));
    assert!(report.is_denied());
    for (_, format) in crosscloud_gate::format::Format::NAMES {
        assert!(!format.write(&report, true).contains("secretive"), "{format:?}");
    }
}
