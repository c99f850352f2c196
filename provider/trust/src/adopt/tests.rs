//! States in pieces, and the trusts that are found in them.

use serde_json::json;

use super::*;
use crate::import::ImportId;

const POOL: &str = "projects/ml/locations/global/workloadIdentityPools/aks-ml";
const ISSUER: &str = "https://westeurope.oic.prod-aks.azure.com/1/2/";
const IDENTITY: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/chat";

fn managed(address: &str, attributes: Json) -> Managed {
    let (kind, label) = address.split_once('.').unwrap();
    Managed { configured: address.to_owned(), label: label.to_owned(), kind: kind.to_owned(), attributes }
}

fn provider(label: &str, id: &str) -> Managed {
    managed(
        &format!("google_iam_workload_identity_pool_provider.{label}"),
        json!({
            "project": "ml", "workload_identity_pool_id": "aks-ml", "workload_identity_pool_provider_id": id,
            "aws": [], "oidc": [{ "issuer_uri": ISSUER }],
        }),
    )
}

fn google() -> Vec<Managed> {
    let member = "principal://iam.googleapis.com/projects/4711/locations/global/workloadIdentityPools/aks-ml/subject/s";
    vec![
        provider("chat", "prod"),
        managed(
            "google_iam_workload_identity_pool.aks",
            json!({ "project": "ml", "workload_identity_pool_id": "aks-ml" }),
        ),
        managed("google_service_account.chat", json!({ "email": "chat@ml.iam.gserviceaccount.com" })),
        managed(
            "google_service_account_iam_member.door",
            json!({
                "service_account_id": "projects/ml/serviceAccounts/chat@ml.iam.gserviceaccount.com",
                "role": "roles/iam.workloadIdentityUser", "member": member,
            }),
        ),
        managed(
            "google_project_iam_member.user",
            json!({ "project": "ml", "role": "roles/x", "member": "serviceAccount:chat@ml.iam.gserviceaccount.com" }),
        ),
        managed(
            "google_project_iam_member.other",
            json!({ "project": "ml", "role": "roles/x", "member": "serviceAccount:other@ml.iam.gserviceaccount.com" }),
        ),
    ]
}

fn azure() -> Vec<Managed> {
    vec![
        managed(
            "azurerm_federated_identity_credential.chat",
            json!({ "name": "aks", "parent_id": IDENTITY, "issuer": ISSUER, "subject": "s" }),
        ),
        managed("azurerm_user_assigned_identity.chat", json!({ "id": IDENTITY, "principal_id": "p" })),
        managed("azurerm_role_assignment.chat", json!({ "principal_id": "p" })),
        managed("azurerm_role_assignment.other", json!({ "principal_id": "q" })),
    ]
}

const OIDC: &str = "arn:aws:iam::123456789012:oidc-provider/westeurope.oic.prod-aks.azure.com/1/2/";

fn role(label: &str, principal: Json) -> Managed {
    let statement = json!([{ "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity" }]);
    let policy = json!({ "Version": "2012-10-17", "Statement": statement }).to_string();
    let arn = format!("arn:aws:iam::123456789012:role/{label}");
    managed(&format!("aws_iam_role.{label}"), json!({ "name": label, "arn": arn, "assume_role_policy": policy }))
}

fn aws() -> Vec<Managed> {
    vec![
        role("chat", json!({ "Federated": OIDC })),
        managed(
            "aws_iam_openid_connect_provider.aks",
            json!({ "arn": OIDC, "url": "westeurope.oic.prod-aks.azure.com/1/2/" }),
        ),
        managed(
            "aws_iam_role_policy_attachment.chat",
            json!({ "role": "chat", "policy_arn": "arn:aws:iam::aws:policy/X" }),
        ),
        managed(
            "aws_iam_role_policy_attachment.other",
            json!({ "role": "other", "policy_arn": "arn:aws:iam::aws:policy/X" }),
        ),
        managed("aws_iam_role_policy.chat", json!({ "role": "chat", "name": crate::target::aws::INLINE_NAME })),
    ]
}

#[test]
fn roles_of_aws_are_put_together_too() {
    let it = only(&aws());
    assert_eq!(it.import_id, "aks->aws;arn:aws:iam::123456789012:role/chat");
    let replaced: Vec<_> = it.replaces.iter().map(String::as_str).collect();
    assert_eq!(
        replaced,
        [
            "aws_iam_openid_connect_provider.aks",
            "aws_iam_role.chat",
            "aws_iam_role_policy.chat",
            "aws_iam_role_policy_attachment.chat"
        ]
    );
    assert_eq!(it.remarks, [""; 0]);

    // Two roles for one issuer, and a policy that no trust has.
    let mut state = aws();
    state.push(role("second", json!({ "Federated": OIDC })));
    state.push(managed("aws_iam_role_policy.more", json!({ "role": "chat", "name": "more" })));
    let both = adopt(&state);
    assert_eq!(both.len(), 2, "{both:?}");
    for it in &both {
        assert!(it.import_id.ends_with(&format!(";existing:{OIDC}")), "{}", it.import_id);
        it.import_id.parse::<ImportId>().unwrap();
        assert!(!it.replaces.contains("aws_iam_openid_connect_provider.aks"));
    }
    assert_eq!((both[0].remarks.len(), both[1].remarks.len()), (2, 1), "{both:?}");
    assert!(!both[0].replaces.contains("aws_iam_role_policy.more"));

    // Whoever else the role admits would be shut out.
    for principal in [
        json!({ "AWS": "*" }),
        json!("*"),
        json!({ "Federated": OIDC, "AWS": "x" }),
        json!({ "Federated": "accounts.google.com" }),
    ] {
        assert_eq!(adopt(&[role("chat", principal.clone())]), [], "{principal}");
    }
}

const RING: &str = "projects/ml/locations/europe-west4/keyRings/vertex";

fn key(label: &str) -> Managed {
    let id = format!("{RING}/cryptoKeys/{label}");
    managed(&format!("google_kms_crypto_key.{label}"), json!({ "id": id, "key_ring": RING, "name": label }))
}

fn key_user(label: &str, member: &str) -> Managed {
    managed(
        &format!("google_kms_crypto_key_iam_member.{label}"),
        json!({
            "crypto_key_id": format!("{RING}/cryptoKeys/models"), "member": member,
            "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
        }),
    )
}

#[test]
fn keys_of_services_are_put_together_and_other_keys_are_left_alone() {
    let agent = "serviceAccount:service-4711@gcp-sa-aiplatform.iam.gserviceaccount.com";
    let mut state = vec![
        key("models"),
        managed("google_kms_key_ring.ring", json!({ "id": RING })),
        key_user("agent", agent),
        key_user("somebody", "user:somebody@gcp-sa-example.com"),
    ];
    let adopted = adopt(&state);
    assert_eq!(adopted.len(), 1);
    assert_eq!((adopted[0].address.as_str(), adopted[0].remarks.len()), ("crosscloud_cmek_key.models", 1));
    assert_eq!(adopted[0].import_id, format!("{RING}/cryptoKeys/models"));
    let replaced: Vec<_> = adopted[0].replaces.iter().map(String::as_str).collect();
    let wanted = ["google_kms_crypto_key.models", "google_kms_crypto_key_iam_member.agent", "google_kms_key_ring.ring"];
    assert_eq!(replaced, wanted);

    // Another key of the ring has nothing to do with a service.
    state.push(key("other"));
    let adopted = adopt(&state);
    assert_eq!(adopted.len(), 1, "{adopted:?}");
    assert!(!adopted[0].replaces.contains("google_kms_key_ring.ring"));
    state.retain(|it| it.label != "agent");
    assert_eq!(adopt(&state), []);
}

#[test]
fn perimeters_are_what_they_are_but_for_bridges() {
    let name = "accessPolicies/456700000022/servicePerimeters/ml";
    let perimeter = |kind: &str| {
        let attributes = json!({ "name": name, "perimeter_type": kind });
        adopt(&[managed("google_access_context_manager_service_perimeter.ml", attributes)])
    };
    let it = perimeter("PERIMETER_TYPE_REGULAR").remove(0);
    assert_eq!((it.address.as_str(), it.import_id.as_str()), ("crosscloud_service_perimeter.ml", name));
    assert_eq!(it.replaces.len(), 1);
    assert_eq!(perimeter("PERIMETER_TYPE_BRIDGE"), []);
}

fn only(managed: &[Managed]) -> Adopted {
    let mut adopted = adopt(managed);
    assert_eq!(adopted.len(), 1, "{adopted:?}");
    let it = adopted.remove(0);
    it.import_id.parse::<ImportId>().unwrap_or_else(|error| panic!("{error}"));
    it
}

#[test]
fn a_trust_in_pieces_is_put_together() {
    let it = only(&google());
    assert_eq!(it.address, "crosscloud_trust.chat");
    assert_eq!(it.import_id, format!("aks->gcp;{POOL}/providers/prod;chat@ml.iam.gserviceaccount.com"));
    let replaced: Vec<_> = it.replaces.iter().map(String::as_str).collect();
    assert_eq!(
        replaced,
        [
            "google_iam_workload_identity_pool.aks",
            "google_iam_workload_identity_pool_provider.chat",
            "google_project_iam_member.user",
            "google_service_account.chat",
            "google_service_account_iam_member.door",
        ]
    );
    let text = it.blocks().iter().map(ToString::to_string).collect::<String>();
    assert_eq!(text.matches("destroy = false").count(), 5, "{text}");
}

#[test]
fn what_others_use_as_well_is_referred_to() {
    let mut state = google();
    state.push(provider("more", "test"));
    let adopted = adopt(&state);
    assert_eq!(adopted.len(), 2);
    for it in &adopted {
        assert!(it.import_id.contains(&format!(";existing:{POOL};{POOL}/providers/")), "{}", it.import_id);
        assert!(it.import_id.ends_with(";existing:chat@ml.iam.gserviceaccount.com"), "{}", it.import_id);
        assert!(!it.replaces.contains("google_iam_workload_identity_pool.aks"));
        assert_eq!((it.remarks.len(), it.replaces.len()), (1, 1), "{it:?}");
    }
}

#[test]
fn azure_identities_are_put_together_too() {
    let it = only(&azure());
    assert_eq!(it.import_id, format!("aks->azure;{IDENTITY}/federatedIdentityCredentials/aks"));
    assert_eq!(it.replaces.len(), 3, "{:?}", it.replaces);
    assert!(!it.replaces.contains("azurerm_role_assignment.other"));

    let mut two = azure();
    two.push(managed(
        "azurerm_federated_identity_credential.ci",
        json!({ "name": "ci", "parent_id": IDENTITY, "issuer": "https://token.actions.githubusercontent.com" }),
    ));
    let adopted = adopt(&two);
    assert_eq!(adopted.len(), 2);
    assert!(adopted.iter().all(|it| it.import_id.contains(";existing:/subscriptions/") && it.replaces.len() == 1));
}

#[test]
fn a_role_may_be_vouched_for_by_its_accounts_issuer() {
    let mut state = google();
    let issuer = "https://0c9f1b2e-1111-4222-8333-444455556666.tokens.sts.global.api.aws";
    state[0].attributes["oidc"] = json!([{ "issuer_uri": issuer }]);
    assert!(only(&state).import_id.starts_with("aws_role->gcp;"), "{:?}", adopt(&state));
}

#[test]
fn what_no_composite_has_is_left_alone() {
    let mut state = google();
    state[0].attributes["oidc"] = json!([{ "issuer_uri": "https://issuer.example.com" }]);
    assert_eq!(adopt(&state), []);
    assert_eq!(adopt(&[]), []);
    let nothing = managed("google_iam_workload_identity_pool_provider.x", json!({ "oidc": "no list" }));
    assert_eq!(adopt(&[nothing]), []);
}

const JOB: &str = "google_storage_transfer_job.training";
const ROLE: &str = "arn:aws:iam::123456789012:role/training";

fn job(address: &str, source: Json) -> Managed {
    let mut spec = source;
    spec["gcs_data_sink"] = json!([{ "bucket_name": "ml-training" }]);
    managed(address, json!({ "project": "ml", "name": "transferJobs/training", "transfer_spec": [spec] }))
}

fn transfer() -> Vec<Managed> {
    let grant = |label: &str, role: &str, member: &str| {
        let attributes = json!({ "bucket": "b/ml-training", "role": role, "member": member });
        managed(&format!("google_storage_bucket_iam_member.{label}"), attributes)
    };
    let agent = "serviceAccount:project-4711@storage-transfer-service.iam.gserviceaccount.com";
    vec![
        job(JOB, json!({ "aws_s3_data_source": [{ "bucket_name": "acme", "role_arn": ROLE }] })),
        managed("aws_iam_role.training", json!({ "name": "training", "arn": ROLE })),
        managed("aws_iam_role_policy.read", json!({ "role": "training", "name": "read" })),
        managed("aws_iam_role_policy.write", json!({ "role": "training", "name": "write" })),
        grant("writer", "roles/storage.legacyBucketWriter", agent),
        grant("admin", "roles/storage.admin", agent),
        grant("somebody", "roles/storage.objectViewer", "user:somebody@example.com"),
    ]
}

#[test]
fn a_transfer_takes_along_its_role_and_what_the_agent_may_do() {
    let adopted = &adopt(&transfer())[0];
    assert_eq!(adopted.address, "crosscloud_data_transfer.training");
    assert_eq!(adopted.import_id, format!("projects/ml/transferJobs/training;{ROLE}"));
    assert!(crate::DataTransfer::looks(&adopted.import_id).is_ok());
    let replaced: Vec<_> = adopted.replaces.iter().map(String::as_str).collect();
    let own = ["aws_iam_role.training", "aws_iam_role_policy.read", "google_storage_bucket_iam_member.writer", JOB];
    assert_eq!(replaced, own);
    assert!(adopted.remarks[0].contains("1 more stay"), "{:?}", adopted.remarks);

    let mut two = transfer();
    let source = json!({ "aws_s3_data_source": [{ "bucket_name": "else", "role_arn": ROLE }] });
    two.push(job("google_storage_transfer_job.second", source));
    let adopted = adopt(&two);
    assert_eq!(adopted[0].import_id, format!("projects/ml/transferJobs/training;existing:{ROLE}"));
    assert_eq!(adopted[0].replaces.iter().collect::<Vec<_>>(), [JOB], "what two share stays");

    let with_key = job(JOB, json!({ "aws_s3_data_source": [{ "bucket_name": "acme", "aws_access_key": [{}] }] }));
    assert_eq!(adopt(&[with_key]), []);
}

#[test]
fn a_transfer_from_azure_takes_along_its_identity() {
    let source = json!({ "azure_blob_storage_data_source": [{ "federated_identity_config": [{ "client_id": "c", "tenant_id": "t" }] }] });
    let mut state = vec![
        job(JOB, source),
        managed(
            "azurerm_user_assigned_identity.reader",
            json!({ "id": IDENTITY, "client_id": "c", "principal_id": "p" }),
        ),
        managed(
            "azurerm_federated_identity_credential.agent",
            json!({ "name": "agent", "parent_id": IDENTITY, "issuer": "https://accounts.google.com", "subject": "1" }),
        ),
        managed("azurerm_role_assignment.reader", json!({ "principal_id": "p" })),
    ];
    let adopted = &adopt(&state)[0];
    assert_eq!((adopted.replaces.len(), adopted.import_id.split(';').nth(1)), (4, Some(IDENTITY)));
    assert!(crate::DataTransfer::looks(&adopted.import_id).is_ok());
    state.remove(1);
    assert_eq!(adopt(&state), [], "the identity is not told");
}

#[test]
fn a_cluster_keeps_its_resource_and_gives_two_switches_away() {
    const CLUSTER: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/ml";
    let cluster = |issuer: bool, webhook: bool| {
        let attributes = json!({ "id": CLUSTER, "oidc_issuer_enabled": issuer, "workload_identity_enabled": webhook });
        adopt(&[managed("azurerm_kubernetes_cluster.ml", attributes)])
    };
    let both = &cluster(true, true)[0];
    assert_eq!((both.import_id.as_str(), both.replaces.len(), both.remarks.len()), (CLUSTER, 0, 2));
    assert_eq!(both.address, "crosscloud_aks_workload_identity.ml");
    assert!(cluster(true, false)[0].remarks[2].contains("workload_identity = false"));
    assert_eq!(cluster(false, false), []);
}
