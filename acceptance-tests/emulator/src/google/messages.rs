//! Every message that the emulated Google APIs take, under the name that it has in Google's discovery documents, so that a test can compare
//! the two.

use serde_json::{Value, json};

use super::kms::{cipher, key_rules, rings, versions};
use super::perimeters::{access_levels, access_policies, configuration, service_perimeters};
use super::schema::{self, Field};
use super::transfer::{jobs, runs, spec};
use super::vertex::resources;
use super::{accounts, credentials, keys, policy, pools, provider_rules, services, storage, sts, vertex};

/// Discovery document, schema, and what the emulator takes of it.
const MESSAGES: &[(&str, &str, &[Field])] = &[
    ("accesscontextmanager.v1", "AccessLevel", access_levels::FIELDS),
    ("accesscontextmanager.v1", "AccessPolicy", access_policies::FIELDS),
    ("accesscontextmanager.v1", "CommitServicePerimetersRequest", service_perimeters::COMMIT),
    ("accesscontextmanager.v1", "ServicePerimeter", configuration::FIELDS),
    ("aiplatform.v1", "GoogleCloudAiplatformV1Dataset", resources::DATASET),
    ("aiplatform.v1", "GoogleCloudAiplatformV1Endpoint", resources::ENDPOINT),
    ("aiplatform.v1", "GoogleCloudAiplatformV1GenerateContentRequest", vertex::GENERATE),
    ("aiplatform.v1", "GoogleCloudAiplatformV1PredictRequest", vertex::PREDICT),
    ("cloudkms.v1", "CryptoKey", key_rules::FIELDS),
    ("cloudkms.v1", "CryptoKeyVersion", versions::FIELDS),
    ("cloudkms.v1", "DecryptRequest", cipher::DECRYPT),
    ("cloudkms.v1", "EncryptRequest", cipher::ENCRYPT),
    ("cloudkms.v1", "KeyRing", rings::FIELDS),
    ("cloudkms.v1", "SetIamPolicyRequest", policy::SET_REQUEST),
    ("cloudkms.v1", "TestIamPermissionsRequest", policy::TEST_REQUEST),
    ("cloudkms.v1", "UpdateCryptoKeyPrimaryVersionRequest", versions::PRIMARY),
    ("cloudresourcemanager.v1", "GetIamPolicyRequest", policy::GET_REQUEST),
    ("cloudresourcemanager.v1", "SetIamPolicyRequest", policy::SET_REQUEST),
    ("cloudresourcemanager.v1", "TestIamPermissionsRequest", policy::TEST_REQUEST),
    ("cloudresourcemanager.v3", "GetIamPolicyRequest", policy::GET_REQUEST),
    ("cloudresourcemanager.v3", "SetIamPolicyRequest", policy::SET_REQUEST),
    ("cloudresourcemanager.v3", "TestIamPermissionsRequest", policy::TEST_REQUEST),
    ("iam.v1", "CreateServiceAccountKeyRequest", keys::CREATE),
    ("iam.v1", "CreateServiceAccountRequest", accounts::CREATE),
    ("iam.v1", "GetIamPolicyRequest", policy::GET_REQUEST),
    ("iam.v1", "PatchServiceAccountRequest", accounts::PATCH),
    ("iam.v1", "ServiceAccount", accounts::FIELDS),
    ("iam.v1", "SetIamPolicyRequest", policy::SET_REQUEST),
    ("iam.v1", "TestIamPermissionsRequest", policy::TEST_REQUEST),
    ("iam.v1", "WorkloadIdentityPool", pools::FIELDS),
    ("iam.v1", "WorkloadIdentityPoolProvider", provider_rules::FIELDS),
    ("iamcredentials.v1", "GenerateAccessTokenRequest", credentials::REQUEST),
    ("iamcredentials.v1", "GenerateIdTokenRequest", credentials::ID_REQUEST),
    ("serviceusage.v1", "BatchEnableServicesRequest", services::BATCH),
    ("serviceusage.v1", "DisableServiceRequest", services::DISABLE),
    ("storage.v1", "Bucket", storage::buckets::FIELDS),
    ("storage.v1", "Policy", policy::BUCKET_POLICY),
    ("storagetransfer.v1", "RunTransferJobRequest", runs::RUN),
    ("storagetransfer.v1", "TransferJob", spec::JOB),
    ("storagetransfer.v1", "UpdateTransferJobRequest", jobs::PATCH),
    ("sts.v1", "GoogleIdentityStsV1ExchangeTokenRequest", sts::EXCHANGE),
];

/// All of them, as the control API lists them.
pub(crate) fn described() -> Value {
    let all = MESSAGES.iter().map(|(document, schema, fields)| {
        json!({ "document": document, "schema": schema, "properties": schema::described(fields) })
    });
    all.collect()
}
