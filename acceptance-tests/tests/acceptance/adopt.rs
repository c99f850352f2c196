//! The ways in that are not a trust's: what official providers hold in pieces comes in as one, and nothing in the clouds changes.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, aws, story};
use serde_json::{Value, json};

use crate::eject::{goes_and_comes_back, official};
use crate::setup::{CLUSTER, KEY, S3};

const NUMBER: &str = "471100000011";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("adopt::a_key_and_what_its_services_may_do", a_key);
    suite.test("adopt::a_transfer_and_its_role", a_transfer);
    suite.test("adopt::a_perimeter", a_perimeter);
    suite.test("adopt::two_switches_of_a_cluster", a_cluster);
}

fn a_key() {
    let scenario = KEY.world("adopt-key");
    scenario.apply().succeeds().provider_behaved();
    let ring = format!("projects/{}/locations/europe-west4/keyRings/vertex-artifacts", story::PROJECT);
    let key = format!("{ring}/cryptoKeys/vertex-artifacts");
    let official = state(&[
        official("google_kms_key_ring", json!({ "id": ring, "name": "vertex-artifacts" })),
        official("google_kms_crypto_key", json!({ "id": key, "name": "vertex-artifacts", "key_ring": ring })),
        official(
            "google_kms_crypto_key_iam_member",
            json!({
                "crypto_key_id": key,
                "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter",
                "member": format!("serviceAccount:service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com"),
            }),
        ),
    ]);
    goes_and_comes_back(&scenario, "crosscloud_cmek_key.artifacts", &official, 3);
    scenario.ends_clean();
}

fn a_transfer() {
    let scenario = S3.world("adopt-transfer");
    scenario.apply().succeeds().provider_behaved();
    let role = format!("arn:aws:iam::{}:role/training-data", aws::ACCOUNT);
    let source = json!([{ "bucket_name": "acme-training", "role_arn": role }]);
    let spec = json!([{ "aws_s3_data_source": source, "gcs_data_sink": [{ "bucket_name": "ml-training" }] }]);
    let agent = format!("serviceAccount:project-{NUMBER}@storage-transfer-service.iam.gserviceaccount.com");
    let grant = |role: &str| json!({ "bucket": "b/ml-training", "role": role, "member": agent });
    let official = state(&[
        official(
            "google_storage_transfer_job",
            json!({ "project": story::PROJECT, "name": "transferJobs/training-data", "transfer_spec": spec }),
        ),
        official("aws_iam_role", json!({ "name": "training-data", "arn": role })),
        official("aws_iam_role_policy", json!({ "role": "training-data", "name": "read" })),
        official("google_storage_bucket_iam_member", grant("roles/storage.legacyBucketWriter")),
    ]);
    goes_and_comes_back(&scenario, "crosscloud_data_transfer.training", &official, 4);
    scenario.ends_clean();
}

fn a_perimeter() {
    let scenario = Scenario::new("adopt-perimeter");
    let perimeter = format!(
        "terraform {{\n  required_providers {{\n    crosscloud = {{ source = \"crosscloud/crosscloud\" }}\n  }}\n}}\n\n\
         resource \"crosscloud_service_perimeter\" \"ml\" {{\n  name          = \"ml_prod\"\n  access_policy = \"456700000022\"\n  \
         projects      = [\"{}\"]\n  dry_run       = true\n  \
         admit         = {{ principals = [\"serviceAccount:chat@{0}.iam.gserviceaccount.com\"] }}\n}}\n",
        story::PROJECT,
    );
    scenario.write("main.tf", &perimeter);
    scenario.apply().succeeds().provider_behaved();
    let name = "accessPolicies/456700000022/servicePerimeters/ml_prod";
    let official = state(&[official("google_access_context_manager_service_perimeter", json!({ "name": name }))]);
    goes_and_comes_back(&scenario, "crosscloud_service_perimeter.ml", &official, 1);
    scenario.ends_clean();
}

fn a_cluster() {
    const ID: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ContainerService/managedClusters/ml-aks";
    let scenario = CLUSTER.world("adopt-cluster");
    scenario.apply().succeeds().provider_behaved();
    let switches = json!({ "id": ID, "oidc_issuer_enabled": true, "workload_identity_enabled": true });
    let official = state(&[official("azurerm_kubernetes_cluster", switches)]);
    goes_and_comes_back(&scenario, "crosscloud_aks_workload_identity.cluster", &official, 0);
    scenario.destroy().succeeds().provider_behaved();
}

fn state(resources: &[Value]) -> Value {
    json!({ "version": 4, "resources": resources })
}
