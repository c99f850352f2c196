//! Objects, requests, reset and seeds.

use serde_json::{Value, json};

use crate::client::{Cloud, PROJECT, pools};

#[tokio::test]
async fn reset_goes_back_to_the_seed() {
    let cloud = Cloud::ready().await;
    cloud.post(&pools("?workloadIdentityPoolId=aks-pool"), json!({})).await.ok();
    cloud.post("/_emulator/faults", json!({ "action": { "status": 500 } })).await.ok();
    cloud.post("/_emulator/reset", json!({})).await.ok();
    let objects = cloud.get("/_emulator/objects").await.ok();
    assert!(objects.as_array().unwrap().iter().all(|object| object["seeded"] == true), "{objects:#}");
    assert_eq!(cloud.get("/_emulator/requests").await.ok(), json!([]));
    assert_eq!(cloud.get("/_emulator/faults").await.ok(), json!([]));
}

#[tokio::test]
async fn objects_are_sorted_and_requests_hold_no_secret() {
    let cloud = Cloud::ready().await;
    for id in ["pool-b", "pool-a"] {
        cloud.post(&pools(&format!("?workloadIdentityPoolId={id}&access_token=hidden-in-query")), json!({})).await.ok();
    }
    let objects = cloud.get("/_emulator/objects").await.ok();
    let keys: Vec<(String, String)> = objects
        .as_array()
        .unwrap()
        .iter()
        .map(|object| (object["type"].as_str().unwrap().to_owned(), object["id"].as_str().unwrap().to_owned()))
        .collect();
    assert!(keys.is_sorted());
    cloud.delete(&pools("/pool-a")).await.ok();
    let left = cloud.get("/_emulator/objects?type=gcp/pool&state=live&seeded=false").await.ok();
    assert_eq!(left.as_array().unwrap().len(), 1);
    let requests = cloud.get("/_emulator/requests").await.ok().to_string();
    assert!(requests.contains("workloadIdentityPoolId=pool-a"));
    assert!(!requests.contains("hidden-in-query") && !requests.contains("operator"));
    assert_eq!(cloud.get("/_emulator/nothing").await.status, 404);
}

#[tokio::test]
async fn the_example_seed_works() {
    let seed: Value = serde_json::from_str(include_str!("../../examples/seed.json")).unwrap();
    let cloud = Cloud::seeded(seed).await;
    assert_eq!(cloud.get(&pools("/old-pool")).await.ok()["state"], "DELETED");
    assert_eq!(
        cloud.get(&format!("/v1/projects/{PROJECT}/serviceAccounts")).await.ok()["accounts"].as_array().unwrap().len(),
        1
    );
    assert_eq!(cloud.get("/v1/projects/locked-0815").await.refused().0, 403);
    assert!(cloud.objects("gcp/pool").await.is_empty());
}

#[tokio::test]
async fn tokens_can_only_be_had_of_https_issuers() {
    let cloud = Cloud::start().await;
    let answer =
        cloud.post("/_emulator/tokens", json!({ "issuer": "http://127.0.0.1", "audience": "a", "subject": "s" })).await;
    assert_eq!(answer.status, 400);
    assert!(answer.body["error"].as_str().unwrap().contains("not an https URL"), "{}", answer.body);
    let unknown = json!({ "issuer": "https://a.example.com", "audience": "a", "subject": "s", "ttl": 1 });
    assert_eq!(cloud.post("/_emulator/tokens", unknown).await.status, 400);
}

#[tokio::test]
async fn a_workload_brings_what_its_vendor_says_of_it() {
    let cloud = Cloud::start().await;
    let job = json!({
        "kind": "github_actions", "owner": "octo-org", "owner_id": 1, "repository": "app", "repository_id": 2, "immutable_subject": true,
    });
    let order = json!({ "audience": "a", "workload": job, "claims": { "actor": null, "ref_protected": "false" } });
    let claims = cloud.post("/_emulator/tokens", order).await.ok()["claims"].clone();
    assert_eq!(claims["iss"], "https://token.actions.githubusercontent.com");
    assert_eq!(claims["sub"], "repo:octo-org@1/app@2:ref:refs/heads/main");
    assert_eq!((&claims["ref_protected"], &claims["actor"]), (&json!("false"), &Value::Null));
    let pod =
        json!({ "audience": "a", "workload": { "kind": "kubernetes", "namespace": "n", "service_account": "s" } });
    let refused = cloud.post("/_emulator/tokens", pod).await;
    assert_eq!(refused.status, 400);
    assert!(refused.body["error"].as_str().unwrap().contains("issuer"), "{}", refused.body);
}
