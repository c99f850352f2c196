//! Cloud KMS: keys, their versions, burnt names, and what a service agent may do with them.

use serde_json::{Value, json};

use crate::client::{Cloud, NUMBER, PROJECT};

fn kms(rest: &str) -> String {
    format!("/v1/projects/{PROJECT}/locations/europe-west4/{rest}")
}

fn rotating(next: &str) -> Value {
    json!({ "purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "7776000s", "nextRotationTime": next, "labels": { "team": "ml" } })
}

/// An emulator with one key ring and one key.
async fn with_key() -> Cloud {
    let cloud = Cloud::ready().await;
    cloud.enable("cloudkms").await;
    cloud.post(&kms("keyRings?keyRingId=ai"), json!({})).await.ok();
    cloud.post(&kms("keyRings/ai/cryptoKeys?cryptoKeyId=vertex"), json!({ "purpose": "ENCRYPT_DECRYPT" })).await.ok();
    cloud
}

async fn grant_key(cloud: &Cloud, member: &str) -> crate::client::Answer {
    let key = kms("keyRings/ai/cryptoKeys/vertex");
    let mut policy = cloud.get(&format!("{key}:getIamPolicy?options.requestedPolicyVersion=3")).await.ok();
    policy["bindings"] = json!([{ "role": "roles/cloudkms.cryptoKeyEncrypterDecrypter", "members": [member] }]);
    cloud.post(&format!("{key}:setIamPolicy"), json!({ "policy": policy })).await
}

#[tokio::test]
async fn a_key_is_made_changed_and_rotates_on_time() {
    let cloud = with_key().await;
    let now: jiff::Timestamp = cloud.get("/_emulator/clock").await.ok()["now"].as_str().unwrap().parse().unwrap();
    let next = (now + jiff::SignedDuration::from_hours(48)).to_string();
    let made = cloud.post(&kms("keyRings/ai/cryptoKeys?cryptoKeyId=rotating"), rotating(&next)).await.ok();
    assert_eq!(made["name"], kms("keyRings/ai/cryptoKeys/rotating").trim_start_matches("/v1/"));
    assert_eq!(made["destroyScheduledDuration"], "2592000s");
    assert_eq!(made["primary"]["state"], "ENABLED");
    assert!(made["primary"]["name"].as_str().unwrap().ends_with("/cryptoKeyVersions/1"));

    let key = kms("keyRings/ai/cryptoKeys/rotating");
    let changed = cloud.patch(&format!("{key}?updateMask=labels"), json!({ "labels": { "team": "ai" } })).await.ok();
    assert_eq!((&changed["labels"]["team"], &changed["rotationPeriod"]), (&json!("ai"), &json!("7776000s")));
    for (mask, body) in [
        ("purpose", json!({ "purpose": "MAC" })),
        ("nextRotationTime", json!({})),
        ("labels.team", json!({})),
        ("", json!({})),
    ] {
        assert_eq!(cloud.patch(&format!("{key}?updateMask={mask}"), body).await.refused().0, 400, "{mask}");
    }
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 49 * 3600 })).await.ok();
    let rotated = cloud.get(&key).await.ok();
    assert!(rotated["primary"]["name"].as_str().unwrap().ends_with("/cryptoKeyVersions/2"), "{rotated}");
    assert_ne!(rotated["nextRotationTime"], json!(next));
}

#[tokio::test]
async fn what_kms_does_not_take_is_refused() {
    let cloud = with_key().await;
    let (status, code, message) = cloud.post(&kms("keyRings?keyRingId=ai"), json!({})).await.refused();
    assert_eq!((status, code.as_str()), (409, "ALREADY_EXISTS"));
    assert!(message.contains("already exists"), "{message}");
    assert_eq!(cloud.post(&kms("keyRings?keyRingId=a.b"), json!({})).await.refused().0, 400);
    assert_eq!(cloud.post(&kms("keyRings?keyRingId=b"), json!({ "labels": {} })).await.refused().0, 400);
    let keys = "keyRings/ai/cryptoKeys?cryptoKeyId=";
    for (id, body) in [
        ("vertex", json!({ "purpose": "ENCRYPT_DECRYPT" })),
        ("a b", json!({ "purpose": "ENCRYPT_DECRYPT" })),
        ("new", json!({})),
        ("new", json!({ "purpose": "ENCRYPT" })),
        ("new", json!({ "purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "90d" })),
        ("new", json!({ "purpose": "ENCRYPT_DECRYPT", "rotationPeriod": "7776000s" })),
    ] {
        let (status, _, message) = cloud.post(&kms(&format!("{keys}{id}")), body).await.refused();
        assert!([400, 409].contains(&status), "{id}: {message}");
    }
    assert_eq!(
        cloud.post(&kms("keyRings/none/cryptoKeys?cryptoKeyId=k"), rotating("2999-01-01T00:00:00Z")).await.refused().0,
        404
    );
    assert_eq!(cloud.get("/v1/projects/ml-prod-4711/locations/nowhere/keyRings").await.refused().0, 404);
}

#[tokio::test]
async fn destruction_takes_thirty_days_and_the_name_is_burnt() {
    let cloud = with_key().await;
    let key = kms("keyRings/ai/cryptoKeys/vertex");
    let version = format!("{key}/cryptoKeyVersions/1");
    assert_eq!(cloud.delete(&key).await.refused().1, "FAILED_PRECONDITION");
    let destroyed = cloud.post(&format!("{version}:destroy"), json!({})).await.ok();
    assert_eq!(destroyed["state"], "DESTROY_SCHEDULED");
    assert!(cloud.objects("gcp/key").await[0].ends_with(" soft_deleted"));
    assert_eq!(cloud.post(&format!("{version}:destroy"), json!({})).await.refused().0, 400);
    assert_eq!(cloud.post(&format!("{version}:restore"), json!({})).await.ok()["state"], "DISABLED");
    let on = cloud.patch(&format!("{version}?updateMask=state"), json!({ "state": "ENABLED" })).await.ok();
    assert_eq!(on["state"], "ENABLED");
    cloud.post(&format!("{version}:destroy"), json!({})).await.ok();
    assert_eq!(cloud.delete(&version).await.refused().0, 400);
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 31 * 86400 })).await.ok();
    assert_eq!(cloud.get(&version).await.ok()["state"], "DESTROYED");
    assert_eq!(cloud.delete(&kms("keyRings/ai")).await.refused().0, 400);
    for path in [&version, &key] {
        let operation = cloud.delete(path).await.ok();
        assert_eq!(cloud.get(&format!("/v1/{}", operation["name"].as_str().unwrap())).await.ok()["done"], true);
    }
    let again = kms("keyRings/ai/cryptoKeys?cryptoKeyId=vertex");
    let (status, _, message) = cloud.post(&again, json!({ "purpose": "ENCRYPT_DECRYPT" })).await.refused();
    assert_eq!(status, 409);
    assert!(message.contains("cannot be reused"), "{message}");
    let retired = cloud.get(&kms("retiredResources")).await.ok();
    assert!(retired["retiredResources"][0]["originalResource"].as_str().unwrap().ends_with("/cryptoKeys/vertex"));
    cloud.delete(&kms("keyRings/ai")).await.ok();
    assert_eq!(cloud.get(&kms("keyRings/ai")).await.refused().0, 404);
}

#[tokio::test]
async fn what_was_encrypted_opens_with_the_same_key_only() {
    let cloud = with_key().await;
    let key = kms("keyRings/ai/cryptoKeys/vertex");
    let sealed = cloud
        .post(&format!("{key}:encrypt"), json!({ "plaintext": "aGVsbG8=", "plaintextCrc32c": "2591144780" }))
        .await
        .ok();
    assert_eq!(sealed["verifiedPlaintextCrc32c"], true, "{sealed}");
    let sealed = json!({ "ciphertext": sealed["ciphertext"] });
    let opened = cloud.post(&format!("{key}:decrypt"), sealed.clone()).await.ok();
    assert_eq!((&opened["plaintext"], &opened["usedPrimary"]), (&json!("aGVsbG8="), &json!(true)));
    cloud.post(&kms("keyRings/ai/cryptoKeys?cryptoKeyId=other"), json!({ "purpose": "ENCRYPT_DECRYPT" })).await.ok();
    let other = cloud.post(&format!("{}:decrypt", kms("keyRings/ai/cryptoKeys/other")), sealed).await;
    assert_eq!(other.refused().0, 400);
    let wrong = json!({ "plaintext": "aGVsbG8=", "plaintextCrc32c": "1" });
    assert!(cloud.post(&format!("{key}:encrypt"), wrong).await.refused().2.contains("checksum"));
}

#[tokio::test]
async fn the_service_agent_must_exist_and_hold_the_key() {
    let cloud = with_key().await;
    let agent = format!("service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com");
    let member = format!("serviceAccount:{agent}");
    let (status, _, message) = grant_key(&cloud, &member).await.refused();
    assert_eq!(status, 400);
    assert!(message.contains("does not exist"), "{message}");
    let key = kms("keyRings/ai/cryptoKeys/vertex").trim_start_matches("/v1/").to_owned();
    let endpoint = json!({ "displayName": "protected", "encryptionSpec": { "kmsKeyName": key } });
    let create = async || cloud.post(&kms("endpoints"), endpoint.clone()).await;
    assert!(create().await.refused().2.contains("does not have permission"));

    let identity = format!("/v1beta1/projects/{PROJECT}/services/aiplatform.googleapis.com:generateServiceIdentity");
    assert_eq!(cloud.post(&identity, json!({})).await.ok()["response"]["email"], agent);
    assert!(create().await.refused().2.contains("useToEncrypt"));
    grant_key(&cloud, &member).await.ok();
    let operation = cloud.post(&kms("endpoints"), endpoint.clone()).await.ok();
    let ended = cloud.get(&format!("/v1/{}", operation["name"].as_str().unwrap())).await.ok();
    assert_eq!(ended["response"]["encryptionSpec"]["kmsKeyName"], key);
    let elsewhere = format!("/v1/projects/{PROJECT}/locations/us-central1/endpoints");
    assert!(cloud.post(&elsewhere, endpoint.clone()).await.refused().2.contains("location"));

    let off = format!("/v1/{key}/cryptoKeyVersions/1?updateMask=state");
    cloud.patch(&off, json!({ "state": "DISABLED" })).await.ok();
    assert!(create().await.refused().2.contains("not enabled"));
    let name = ended["response"]["name"].as_str().unwrap();
    cloud.delete(&format!("/v1/{name}")).await.ok();
    assert!(cloud.objects("gcp/vertex_endpoint").await.is_empty());
}
