//! Cloud Storage: buckets, who gets at them, and what is in them.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Cloud, NUMBER, PROJECT};

const BUCKETS: &str = "/storage/v1/b";

async fn with_bucket() -> Cloud {
    let cloud = Cloud::ready().await;
    cloud.enable("storage").await;
    let bucket = json!({ "name": "ml-landing", "location": "europe-west4" });
    cloud.post(&format!("{BUCKETS}?project={PROJECT}"), bucket).await.ok();
    cloud
}

#[tokio::test]
async fn a_bucket_is_made_once_and_deleted_empty() {
    let cloud = with_bucket().await;
    let bucket = cloud.get(&format!("{BUCKETS}/ml-landing")).await.ok();
    assert_eq!((&bucket["location"], &bucket["projectNumber"]), (&json!("EUROPE-WEST4"), &json!(NUMBER)));
    assert_eq!(bucket["softDeletePolicy"]["retentionDurationSeconds"], "604800");
    let again = cloud.post(&format!("{BUCKETS}?project={PROJECT}"), json!({ "name": "ml-landing" })).await;
    assert_eq!((again.status, again.body["error"]["errors"][0]["reason"].as_str()), (409, Some("conflict")));
    for name in ["UPPER", "ab", "1.2.3.4", "my-google-bucket", "-x-"] {
        let refused = cloud.post(&format!("{BUCKETS}?project={PROJECT}"), json!({ "name": name })).await;
        assert_eq!(refused.status, 400, "{name}");
    }
    let path = format!("{BUCKETS}/ml-landing");
    let patched = cloud.patch(&path, json!({ "labels": { "team": "ml" }, "storageClass": "NEARLINE" })).await.ok();
    assert_eq!((&patched["labels"]["team"], &patched["metageneration"]), (&json!("ml"), &json!("2")));
    let cleared = cloud.patch(&path, json!({ "labels": null })).await.ok();
    assert!(cleared["labels"].is_null());
    assert_eq!(cloud.patch(&path, json!({ "location": "US" })).await.status, 400);

    let upload = "/upload/storage/v1/b/ml-landing/o?uploadType=media&name=raw%2Fa.txt";
    let object = cloud.post(upload, json!({ "hello": "there" })).await.ok();
    assert_eq!((object["name"].as_str(), object["size"].as_str()), (Some("raw/a.txt"), Some("17")));
    let listed = cloud.get(&format!("{path}/o?delimiter=/")).await.ok();
    assert_eq!(listed["prefixes"], json!(["raw/"]));
    assert_eq!(cloud.get(&format!("{path}/o/raw%2Fa.txt?alt=media")).await.ok()["hello"], "there");
    let full = cloud.delete(&path).await;
    assert_eq!(
        (full.status, full.body["error"]["message"].as_str()),
        (409, Some("The bucket you tried to delete is not empty."))
    );
    assert_eq!(cloud.delete(&format!("{path}/o/raw%2Fa.txt")).await.status, 204);
    assert_eq!(cloud.delete(&path).await.status, 204);
    let gone = cloud.get(&path).await;
    assert_eq!((gone.status, gone.body["error"]["errors"][0]["reason"].as_str()), (404, Some("notFound")));
    assert!(cloud.objects("gcp/grant").await.is_empty());
}

#[tokio::test]
async fn a_bucket_has_a_policy_of_its_own() {
    let cloud = with_bucket().await;
    let path = format!("{BUCKETS}/ml-landing");
    let read = cloud.send(Method::GET, &path, Some("denied"), None).await;
    assert_eq!((read.status, read.body["error"]["errors"][0]["reason"].as_str()), (403, Some("forbidden")));
    let mut policy = cloud.get(&format!("{path}/iam?optionsRequestedPolicyVersion=3")).await.ok();
    assert_eq!(policy["resourceId"], "projects/_/buckets/ml-landing");
    let old = policy.clone();
    let reader = json!({ "role": "roles/storage.legacyBucketReader", "members": ["user:nobody@example.com"] });
    policy["bindings"].as_array_mut().unwrap().push(reader);
    let put = async |policy: &Value| {
        cloud.send(Method::PUT, &format!("{path}/iam"), Some("operator"), Some(policy.clone())).await
    };
    put(&policy).await.ok();
    assert_eq!(cloud.send(Method::GET, &path, Some("denied"), None).await.status, 200);
    let stale = put(&old).await;
    assert_eq!((stale.status, stale.body["error"]["errors"][0]["reason"].as_str()), (412, Some("conditionNotMet")));
    let held = "/iam/testPermissions?permissions=storage.buckets.get&permissions=storage.buckets.delete";
    let held = cloud.send(Method::GET, &format!("{path}{held}"), Some("denied"), None).await.ok();
    assert_eq!(held["permissions"], json!(["storage.buckets.get"]));
    assert_eq!(cloud.objects("gcp/grant").await.len(), 1);
}

#[tokio::test]
async fn a_default_key_must_be_usable_by_the_service_agent() {
    let cloud = with_bucket().await;
    cloud.enable("cloudkms").await;
    let location = format!("/v1/projects/{PROJECT}/locations/europe-west4");
    cloud.post(&format!("{location}/keyRings?keyRingId=ai"), json!({})).await.ok();
    let made = cloud
        .post(&format!("{location}/keyRings/ai/cryptoKeys?cryptoKeyId=gcs"), json!({ "purpose": "ENCRYPT_DECRYPT" }))
        .await
        .ok();
    let key = made["name"].as_str().unwrap();
    let bucket = json!({ "name": "ml-sealed", "location": "EUROPE-WEST4", "encryption": { "defaultKmsKeyName": key } });
    let create = async || cloud.post(&format!("{BUCKETS}?project={PROJECT}"), bucket.clone()).await;
    let refused = create().await;
    assert_eq!(refused.status, 403);
    assert!(refused.body["error"]["message"].as_str().unwrap().starts_with("Permission denied on Cloud KMS key."));
    let agent = cloud.get(&format!("/storage/v1/projects/{PROJECT}/serviceAccount")).await.ok();
    let member = format!("serviceAccount:{}", agent["email_address"].as_str().unwrap());
    let binding = json!({ "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter", "members": [member] });
    cloud.post(&format!("/v1/{key}:setIamPolicy"), json!({ "policy": { "bindings": [binding] } })).await.ok();
    create().await.ok();
    let upload = "/upload/storage/v1/b/ml-sealed/o?uploadType=media&name=a";
    let object = cloud.post(upload, json!({})).await.ok();
    assert_eq!(object["kmsKeyName"], format!("{key}/cryptoKeyVersions/1"));
}
