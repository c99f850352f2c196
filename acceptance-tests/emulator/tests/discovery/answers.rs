//! One object of every kind is made, and every answer on the way is compared with the schema that Google's document names for it.

use cloud_emulator::{Emulator, Options, Running};
use serde_json::{Value, json};

use crate::block_on;
use crate::documents::Documents;
use crate::messages::resolved;

const PROJECT: &str = "/v1/projects/ml-prod-4711";
const PLACE: &str = "/v1/projects/ml-prod-4711/locations/europe-west4";

/// One call: method, path, body, and the document and schema of its answer.
type Step = (&'static str, String, Value, &'static str, &'static str);

/// What is not as Google has it.
pub(crate) fn compare(documents: &Documents) -> Vec<String> {
    block_on(async {
        let running = Emulator::start(Options::default()).await.unwrap();
        let mut wrong = Vec::new();
        for (method, path, body, document, schema) in steps() {
            let answer = call(&running, method, &path, &body).await;
            let document = documents.get(document).unwrap();
            let place = format!("{method} {path}");
            check(document, &document["schemas"][schema], &answer, &place, &mut wrong);
            // What an operation ends in names its own type.
            let ended = match answer["name"].as_str().filter(|name| name.contains("perations/")) {
                Some(name) if answer["done"] != true => {
                    call(&running, "GET", &format!("/v1/{name}"), &Value::Null).await
                }
                _ => answer,
            };
            for part in ["response", "metadata"] {
                typed(document, &ended[part], &format!("{place} {part}"), &mut wrong);
            }
        }
        wrong
    })
}

fn typed(document: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    let Some(kind) = value["@type"].as_str() else { return };
    let name = kind.rsplit('.').next().unwrap_or_default();
    let schemas = document["schemas"].as_object().unwrap();
    // Vertex AI prefixes its schemas with the package; an empty answer has no schema everywhere.
    let schema = schemas.get(name).or_else(|| schemas.get(&format!("GoogleCloudAiplatformV1{name}")));
    match schema {
        Some(schema) => {
            let mut plain = value.clone();
            plain.as_object_mut().unwrap().remove("@type");
            check(document, schema, &plain, place, wrong);
        }
        None if name == "Empty" || name.ends_with("Response") || name == "ServiceIdentity" => {}
        None => wrong.push(format!("{place}: there is no {kind}")),
    }
}

fn check(document: &Value, schema: &Value, value: &Value, place: &str, wrong: &mut Vec<String>) {
    let schema = resolved(document, schema);
    match (schema["type"].as_str(), value) {
        (Some("object"), Value::Object(fields)) => {
            for (name, value) in fields {
                let known = schema["properties"].get(name).or_else(|| schema.get("additionalProperties"));
                match known {
                    Some(property) => check(document, property, value, &format!("{place}.{name}"), wrong),
                    None => wrong.push(format!("{place}.{name} is no field of Google's")),
                }
            }
        }
        (Some("array"), Value::Array(items)) => {
            for item in items {
                check(document, &schema["items"], item, &format!("{place}[]"), wrong);
            }
        }
        (Some("string"), Value::String(word)) => {
            let known = schema["enum"].as_array();
            if known.is_some_and(|known| !known.iter().any(|each| each == word)) {
                wrong.push(format!("{place} cannot be {word}"));
            }
        }
        (Some("boolean"), Value::Bool(_))
        | (Some("integer" | "number"), Value::Number(_))
        | (Some("any") | None, _) => {}
        (kind, value) => wrong.push(format!("{place} is {kind:?} and not {value}")),
    }
}

async fn call(running: &Running, method: &str, path: &str, body: &Value) -> Value {
    let url = format!("{}{path}", running.http);
    let mut request = reqwest::Client::new().request(method.parse().unwrap(), url).bearer_auth("operator");
    if !body.is_null() {
        request = request.json(body);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let text = answer.text().await.unwrap();
    assert!(status.is_success(), "{method} {path}: {status} {text}");
    serde_json::from_str(&text).unwrap_or_default()
}

fn steps() -> Vec<Step> {
    let post = |path: &str, body: Value, document, schema| ("POST", path.to_owned(), body, document, schema);
    let get = |path: &str, document, schema| ("GET", path.to_owned(), Value::Null, document, schema);
    let mut steps = services(&post, &get);
    steps.extend(identities(&post, &get));
    steps.extend(keys(&post, &get));
    steps.extend(data(&post, &get));
    steps.extend(perimeters(&post, &get));
    steps
}

type Post<'a> = &'a dyn Fn(&str, Value, &'static str, &'static str) -> Step;
type Get<'a> = &'a dyn Fn(&str, &'static str, &'static str) -> Step;

fn services(post: Post<'_>, get: Get<'_>) -> Vec<Step> {
    let apis = ["iam", "iamcredentials", "sts", "aiplatform", "cloudkms", "storage", "storagetransfer"];
    let ids: Vec<String> = apis.iter().map(|name| format!("{name}.googleapis.com")).collect();
    let identity = "/v1beta1/projects/ml-prod-4711/services/aiplatform.googleapis.com:generateServiceIdentity";
    vec![
        post(&format!("{PROJECT}/services:batchEnable"), json!({ "serviceIds": ids }), "serviceusage.v1", "Operation"),
        get(&format!("{PROJECT}/services?pageSize=2"), "serviceusage.v1", "ListServicesResponse"),
        get(&format!("{PROJECT}/services/iam.googleapis.com"), "serviceusage.v1", "GoogleApiServiceusageV1Service"),
        post(identity, json!({}), "serviceusage.v1beta1", "Operation"),
        get(PROJECT, "cloudresourcemanager.v1", "Project"),
        get("/v3/projects/ml-prod-4711", "cloudresourcemanager.v3", "Project"),
        post(&format!("{PROJECT}:getAncestry"), json!({}), "cloudresourcemanager.v1", "GetAncestryResponse"),
        get("/v3/organizations/123456789012", "cloudresourcemanager.v3", "Organization"),
        post(&format!("{PROJECT}:getIamPolicy"), json!({}), "cloudresourcemanager.v1", "Policy"),
    ]
}

fn identities(post: Post<'_>, get: Get<'_>) -> Vec<Step> {
    let pools = format!("{PROJECT}/locations/global/workloadIdentityPools");
    let oidc = json!({
        "attributeMapping": { "google.subject": "assertion.sub" },
        "oidc": { "issuerUri": "https://idp.example.com", "allowedAudiences": ["a"] },
    });
    let aws = json!({ "aws": { "accountId": "123456789012" }, "disabled": true, "displayName": "AWS" });
    let account = format!("{PROJECT}/serviceAccounts/ai-writer@ml-prod-4711.iam.gserviceaccount.com");
    vec![
        post(&format!("{pools}?workloadIdentityPoolId=pool-1"), json!({ "displayName": "One" }), "iam.v1", "Operation"),
        get(&format!("{pools}/pool-1"), "iam.v1", "WorkloadIdentityPool"),
        get(&pools, "iam.v1", "ListWorkloadIdentityPoolsResponse"),
        post(&format!("{pools}/pool-1/providers?workloadIdentityPoolProviderId=oidc"), oidc, "iam.v1", "Operation"),
        post(&format!("{pools}/pool-1/providers?workloadIdentityPoolProviderId=aws-1"), aws, "iam.v1", "Operation"),
        get(&format!("{pools}/pool-1/providers"), "iam.v1", "ListWorkloadIdentityPoolProvidersResponse"),
        ("DELETE", format!("{pools}/pool-1"), Value::Null, "iam.v1", "Operation"),
        get(&format!("{pools}/pool-1"), "iam.v1", "WorkloadIdentityPool"),
        post(&format!("{PROJECT}/serviceAccounts"), json!({ "accountId": "ai-writer" }), "iam.v1", "ServiceAccount"),
        post(&format!("{account}:getIamPolicy"), Value::Null, "iam.v1", "Policy"),
        post(&format!("{account}/keys"), json!({}), "iam.v1", "ServiceAccountKey"),
        get(&format!("{PROJECT}/serviceAccounts"), "iam.v1", "ListServiceAccountsResponse"),
    ]
}

fn keys(post: Post<'_>, get: Get<'_>) -> Vec<Step> {
    let key = format!("{PLACE}/keyRings/ai/cryptoKeys/k");
    let agent = "serviceAccount:service-471100000011@gcp-sa-aiplatform.iam.gserviceaccount.com";
    let binding = json!({ "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter", "members": [agent] });
    let name = key.trim_start_matches("/v1/").to_owned();
    let rotating = json!({ "purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "7776000s", "nextRotationTime": "2999-01-01T00:00:00Z" });
    let endpoint = json!({ "displayName": "e", "encryptionSpec": { "kmsKeyName": name } });
    let dataset = json!({ "displayName": "d", "metadataSchemaUri": "gs://schemas/text.yaml", "metadata": {} });
    vec![
        get(&format!("{PROJECT}/locations"), "cloudkms.v1", "ListLocationsResponse"),
        post(&format!("{PLACE}/keyRings?keyRingId=ai"), json!({}), "cloudkms.v1", "KeyRing"),
        get(&format!("{PLACE}/keyRings"), "cloudkms.v1", "ListKeyRingsResponse"),
        post(&format!("{PLACE}/keyRings/ai/cryptoKeys?cryptoKeyId=k"), rotating, "cloudkms.v1", "CryptoKey"),
        get(&format!("{PLACE}/keyRings/ai/cryptoKeys"), "cloudkms.v1", "ListCryptoKeysResponse"),
        post(&format!("{key}:encrypt"), json!({ "plaintext": "aGVsbG8=" }), "cloudkms.v1", "EncryptResponse"),
        post(&format!("{key}:setIamPolicy"), json!({ "policy": { "bindings": [binding] } }), "cloudkms.v1", "Policy"),
        get(&format!("{key}:getIamPolicy"), "cloudkms.v1", "Policy"),
        post(&format!("{PLACE}/endpoints"), endpoint, "aiplatform.v1", "GoogleLongrunningOperation"),
        get(&format!("{PLACE}/endpoints"), "aiplatform.v1", "GoogleCloudAiplatformV1ListEndpointsResponse"),
        post(&format!("{PLACE}/datasets"), dataset, "aiplatform.v1", "GoogleLongrunningOperation"),
        post(&format!("{key}/cryptoKeyVersions/1:destroy"), json!({}), "cloudkms.v1", "CryptoKeyVersion"),
        get(&format!("{key}/cryptoKeyVersions"), "cloudkms.v1", "ListCryptoKeyVersionsResponse"),
        get(&format!("{PLACE}/retiredResources"), "cloudkms.v1", "ListRetiredResourcesResponse"),
    ]
}

fn data(post: Post<'_>, get: Get<'_>) -> Vec<Step> {
    let agent = "serviceAccount:project-471100000011@storage-transfer-service.iam.gserviceaccount.com";
    let roles = ["roles/storage.legacyBucketWriter", "roles/storage.objectViewer"];
    let mut bindings: Vec<Value> = roles.iter().map(|role| json!({ "role": role, "members": [agent] })).collect();
    bindings.push(json!({ "role": "roles/storage.admin", "members": ["user:operator@example.com"] }));
    let policy = json!({ "bindings": bindings });
    let bucket =
        json!({ "name": "ml-landing", "location": "EU", "labels": { "a": "b" }, "versioning": { "enabled": true } });
    let job = json!({
        "name": "transferJobs/nightly", "projectId": "ml-prod-4711", "status": "ENABLED",
        "schedule": { "scheduleStartDate": { "year": 2999, "month": 1, "day": 1 } },
        "transferSpec": { "gcsDataSource": { "bucketName": "ml-landing" }, "gcsDataSink": { "bucketName": "ml-landing", "path": "x/" } },
    });
    let filter = "?filter=%7B%22projectId%22:%22ml-prod-4711%22%7D";
    vec![
        get("/v1/googleServiceAccounts/ml-prod-4711", "storagetransfer.v1", "GoogleServiceAccount"),
        post("/storage/v1/b?project=ml-prod-4711", bucket, "storage.v1", "Bucket"),
        get("/storage/v1/b?project=ml-prod-4711", "storage.v1", "Buckets"),
        get("/storage/v1/b/ml-landing/iam", "storage.v1", "Policy"),
        ("PUT", String::from("/storage/v1/b/ml-landing/iam"), policy, "storage.v1", "Policy"),
        get("/storage/v1/b/ml-landing/iam/testPermissions?permissions=a", "storage.v1", "TestIamPermissionsResponse"),
        post("/upload/storage/v1/b/ml-landing/o?uploadType=media&name=a", json!({}), "storage.v1", "Object"),
        get("/storage/v1/b/ml-landing/o", "storage.v1", "Objects"),
        get("/storage/v1/projects/ml-prod-4711/serviceAccount", "storage.v1", "ServiceAccount"),
        post("/v1/transferJobs", job, "storagetransfer.v1", "TransferJob"),
        post("/v1/transferJobs/nightly:run", json!({ "projectId": "ml-prod-4711" }), "storagetransfer.v1", "Operation"),
        get(&format!("/v1/transferJobs{filter}"), "storagetransfer.v1", "ListTransferJobsResponse"),
        get(&format!("/v1/transferOperations{filter}"), "storagetransfer.v1", "ListOperationsResponse"),
    ]
}

fn perimeters(post: Post<'_>, get: Get<'_>) -> Vec<Step> {
    const ACM: &str = "accesscontextmanager.v1";
    let policy = "/v1/accessPolicies/456700000022";
    let rule = json!({
        "title": "exchange",
        "ingressFrom": { "identityType": "ANY_IDENTITY", "sources": [{ "accessLevel": "*" }] },
        "ingressTo": {
            "operations": [{ "serviceName": "sts.googleapis.com", "methodSelectors": [{ "method": "*" }] }],
            "resources": ["*"],
        },
    });
    let perimeter = json!({
        "name": "accessPolicies/456700000022/servicePerimeters/ai",
        "title": "AI",
        "status": {
            "resources": ["projects/471100000011"],
            "restrictedServices": ["sts.googleapis.com"],
            "ingressPolicies": [rule],
        },
    });
    vec![
        get("/v1/accessPolicies?parent=organizations/123456789012", ACM, "ListAccessPoliciesResponse"),
        post(&format!("{policy}/servicePerimeters"), perimeter, ACM, "Operation"),
        get(&format!("{policy}/servicePerimeters"), ACM, "ListServicePerimetersResponse"),
    ]
}
