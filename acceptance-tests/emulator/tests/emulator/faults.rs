//! Injected faults: statuses, delays, lost connections and effects that are seen late.

use std::time::{Duration, Instant};

use cloud_emulator::{Emulator, Options};
use reqwest::Method;
use serde_json::json;

use crate::client::{Cloud, NUMBER, PROJECT, pools};

#[tokio::test]
async fn the_nth_call_gets_the_status_in_the_vendors_shape() {
    let cloud = Cloud::ready().await;
    let fault = json!({
        "match": { "method": "POST", "path_contains": "workloadIdentityPools" }, "nth": 2,
        "action": { "status": 429, "reason": "RATE_LIMIT_EXCEEDED", "retry_after": 7 },
    });
    cloud.post("/_emulator/faults", fault).await.ok();
    cloud.post(&pools("?workloadIdentityPoolId=pool-1"), json!({})).await.ok();
    let refused = cloud.post(&pools("?workloadIdentityPoolId=pool-2"), json!({})).await;
    assert_eq!(refused.retry_after.as_deref(), Some("7"));
    assert_eq!(refused.body["error"]["details"][0]["reason"], "RATE_LIMIT_EXCEEDED");
    let id = refused.request_id.clone().unwrap();
    assert_eq!(refused.refused().1, "RESOURCE_EXHAUSTED");
    assert_eq!(cloud.get(&pools("/pool-2")).await.refused().0, 404);
    cloud.post(&pools("?workloadIdentityPoolId=pool-2"), json!({})).await.ok();

    let requests = cloud.get("/_emulator/requests").await.ok();
    let hit = requests.as_array().unwrap().iter().find(|request| request["request_id"] == *id).unwrap();
    assert_eq!((&hit["status"], &hit["fault"]), (&json!(429), &json!(1)));
    assert_eq!(cloud.get("/_emulator/faults").await.ok()[0]["hits"], 1);
}

#[tokio::test]
async fn the_token_endpoint_keeps_its_own_shape() {
    let cloud = Cloud::ready().await;
    cloud
        .post(
            "/_emulator/faults",
            json!({ "match": { "api": "sts.googleapis.com" }, "action": { "status": 400, "reason": "invalid_grant" } }),
        )
        .await
        .ok();
    assert_eq!(cloud.post("/v1/token", json!({})).await.oauth().0, "invalid_grant");
    cloud
        .post("/_emulator/faults", json!({ "match": { "api": "sts.googleapis.com" }, "action": { "status": 503 } }))
        .await
        .ok();
    assert_eq!(cloud.post("/v1/token", json!({})).await.refused().1, "UNAVAILABLE");
}

#[tokio::test]
async fn a_connection_is_lost_before_or_after_the_work_is_done() {
    let cloud = Cloud::ready().await;
    for (moment, id, exists) in [("before", "pool-1", false), ("after", "pool-2", true)] {
        cloud.post("/_emulator/faults", json!({ "action": { "drop": moment } })).await.ok();
        let lost = cloud
            .try_send(Method::POST, &pools(&format!("?workloadIdentityPoolId={id}")), Some("operator"), Some(json!({})))
            .await;
        assert!(lost.is_err(), "{lost:?}");
        assert_eq!(cloud.get(&pools(&format!("/{id}"))).await.status == 200, exists, "{moment}");
    }
    let requests = cloud.get("/_emulator/requests").await.ok();
    let dropped: Vec<_> =
        requests.as_array().unwrap().iter().filter(|request| request["progress"] == "dropped").collect();
    assert_eq!(dropped.len(), 2);
    assert!(dropped[0]["status"].is_null());
    assert_eq!(dropped[1]["status"], 200);
}

#[tokio::test]
async fn a_held_request_shows_how_far_it_came() {
    let cloud = Cloud::ready().await;
    cloud.delete("/_emulator/requests").await.ok();
    cloud.post("/_emulator/faults", json!({ "action": { "delay_after_ms": 60_000 } })).await.ok();
    let path = pools("?workloadIdentityPoolId=pool-1");
    let held = cloud.try_send(Method::POST, &path, Some("operator"), Some(json!({})));
    let waited = tokio::time::timeout(Duration::from_millis(500), held).await;
    assert!(waited.is_err());
    let requests = cloud.get("/_emulator/requests").await.ok();
    assert_eq!(requests[0]["progress"], "committed");
    assert_eq!(cloud.get(&pools("/pool-1")).await.status, 200);
}

#[tokio::test]
async fn what_lags_is_not_seen_at_once() {
    let cloud = Cloud::ready().await;
    cloud
        .post("/_emulator/faults", json!({ "match": { "method": "POST" }, "times": 2, "action": { "lag_ms": 60_000 } }))
        .await
        .ok();
    let operation = cloud.post(&pools("?workloadIdentityPoolId=pool-1"), json!({})).await.ok();
    let operation = format!("/v1/{}", operation["name"].as_str().unwrap());
    assert_eq!(cloud.get(&pools("/pool-1")).await.refused().0, 404);
    assert!(cloud.get(&operation).await.ok()["done"].is_null());
    assert_eq!(cloud.post(&pools("?workloadIdentityPoolId=pool-1"), json!({})).await.refused().0, 409);
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 61 })).await.ok();
    assert_eq!(cloud.get(&operation).await.ok()["done"], true);
    assert_eq!(cloud.get(&pools("/pool-1")).await.status, 200);
}

#[tokio::test]
async fn an_operation_can_fail_with_nothing_done() {
    let cloud = Cloud::ready().await;
    cloud
        .post("/_emulator/faults", json!({ "action": { "operation_error": { "code": 10, "message": "aborted" } } }))
        .await
        .ok();
    let operation = cloud.post(&pools("?workloadIdentityPoolId=pool-1"), json!({})).await.ok();
    let ended = cloud.get(&format!("/v1/{}", operation["name"].as_str().unwrap())).await.ok();
    assert_eq!((&ended["done"], &ended["error"]["code"]), (&json!(true), &json!(10)));
    assert!(cloud.objects("gcp/pool").await.is_empty());
    cloud.post(&pools("?workloadIdentityPoolId=pool-1"), json!({})).await.ok();
}

#[tokio::test]
async fn a_grant_and_an_api_lag_too() {
    let cloud = Cloud::start().await;
    let project = format!("/v1/projects/{PROJECT}");
    cloud
        .post("/_emulator/faults", json!({ "match": { "path_contains": ":enable" }, "action": { "lag_ms": 60_000 } }))
        .await
        .ok();
    cloud.post(&format!("{project}/services/iam.googleapis.com:enable"), json!({})).await.ok();
    assert_eq!(cloud.get(&pools("")).await.refused().0, 403);
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 61 })).await.ok();
    cloud.get(&pools("")).await.ok();

    cloud
        .post(
            "/_emulator/faults",
            json!({ "match": { "path_contains": ":setIamPolicy" }, "action": { "lag_ms": 60_000 } }),
        )
        .await
        .ok();
    cloud.grant(&project, "roles/viewer", "user:nobody@example.com").await.ok();
    let seen = async || cloud.send(Method::GET, &project, Some("denied"), None).await.status;
    assert_eq!(seen().await, 403);
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 61 })).await.ok();
    assert_eq!(seen().await, 200);
}

#[tokio::test]
async fn latency_slows_the_clouds_and_not_the_control() {
    let cloud = Cloud::with(Options { latency: Duration::from_millis(150), ..Options::default() }).await;
    let start = Instant::now();
    cloud.get("/_emulator/objects").await.ok();
    assert!(start.elapsed() < Duration::from_millis(140));
    let start = Instant::now();
    cloud.get(&format!("/v1/projects/{NUMBER}")).await.ok();
    assert!(start.elapsed() >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_fault_with_a_typing_mistake_is_not_taken() {
    let running = Emulator::start(Options::default()).await.unwrap();
    let url = format!("{}/_emulator/faults", running.http);
    let answer = reqwest::Client::new().post(url).body(r#"{"action":{"statuss":500}}"#).send().await.unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.text().await.unwrap().contains("statuss"));
}

#[tokio::test]
async fn a_request_is_held_until_it_is_let_go_or_its_client_is_killed() {
    let cloud = Cloud::ready().await;
    for (moment, id, exists) in [("before", "pool-1", false), ("after", "pool-2", true)] {
        cloud.post("/_emulator/faults", json!({ "action": { "hold": moment } })).await.ok();
        let path = pools(&format!("?workloadIdentityPoolId={id}"));
        let killed = cloud.try_send(Method::POST, &path, Some("operator"), Some(json!({})));
        let watched = async {
            let held = cloud.get("/_emulator/held?wait_ms=10000").await.ok();
            assert_eq!((&held[0]["moment"], &held[0]["method"]), (&json!(moment), &json!("POST")), "{held}");
            held[0]["request_id"].clone()
        };
        // Whichever ends first takes the other's connection with it, as a kill does.
        let request = tokio::select! {
            id = watched => id,
            answer = killed => panic!("not held: {answer:?}"),
        };
        for _ in 0..100 {
            if cloud.get("/_emulator/held").await.ok() == json!([]) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(cloud.get("/_emulator/held").await.ok(), json!([]));
        assert_eq!(cloud.get(&pools(&format!("/{id}"))).await.status == 200, exists, "{moment}");
        let requests = cloud.get("/_emulator/requests").await.ok();
        let entry = requests.as_array().unwrap().iter().find(|entry| entry["request_id"] == request).unwrap();
        assert_eq!((&entry["progress"], entry["status"].is_null()), (&json!("dropped"), !exists), "{entry}");
    }
    for (then, id, answered) in [("go_on", "pool-3", true), ("drop", "pool-4", false)] {
        cloud.post("/_emulator/faults", json!({ "action": { "hold": "after" } })).await.ok();
        let path = pools(&format!("?workloadIdentityPoolId={id}"));
        let held = cloud.try_send(Method::POST, &path, Some("operator"), Some(json!({})));
        let released = async {
            cloud.get("/_emulator/held?wait_ms=10000&count=1").await.ok();
            cloud.post("/_emulator/held", json!({ "then": then })).await.ok()
        };
        let (answer, released) = tokio::join!(held, released);
        assert_eq!((answer.is_ok(), &released["released"]), (answered, &json!(1)), "{then}");
    }
}

#[tokio::test]
async fn what_ends_at_once_can_fail_too() {
    let cloud = Cloud::ready().await;
    let fault = json!({ "action": { "operation_error": { "code": 7, "message": "no" } } });
    cloud.post("/_emulator/faults", fault).await.ok();
    let path = format!("/v1beta1/projects/{PROJECT}/services/aiplatform.googleapis.com:generateServiceIdentity");
    let ended = cloud.post(&path, json!({})).await.ok();
    assert_eq!((&ended["done"], &ended["error"]["code"]), (&json!(true), &json!(7)));
    assert!(cloud.objects("gcp/service_agent").await.is_empty());
}

#[tokio::test]
async fn every_new_thing_is_seen_late_and_has_its_name_already() {
    let cloud = Cloud::ready().await;
    for api in ["cloudkms", "storage", "storagetransfer"] {
        cloud.enable(api).await;
    }
    let place = format!("/v1/projects/{PROJECT}/locations/europe-west4");
    cloud.post(&format!("{place}/keyRings?keyRingId=ready"), json!({})).await.ok();
    cloud.post(&format!("/storage/v1/b?project={PROJECT}"), json!({ "name": "ml-sink" })).await.ok();
    let agent = cloud.get(&format!("/v1/googleServiceAccounts/{PROJECT}")).await.ok()["accountEmail"].clone();
    let agent = format!("serviceAccount:{}", agent.as_str().unwrap());
    cloud.grant_bucket("ml-sink", "roles/storage.legacyBucketReader", &agent).await;
    let perimeter = json!({ "name": "accessPolicies/456700000022/servicePerimeters/ai", "title": "AI" });
    let job = json!({
        "name": "transferJobs/job", "projectId": PROJECT, "status": "DISABLED",
        "transferSpec": { "gcsDataSource": { "bucketName": "b" }, "gcsDataSink": { "bucketName": "ml-sink" } },
    });
    let account = format!("/v1/projects/{PROJECT}/serviceAccounts");
    let things = [
        (pools("?workloadIdentityPoolId=pool-1"), json!({}), pools("/pool-1")),
        (
            account.clone(),
            json!({ "accountId": "ai-writer" }),
            format!("{account}/ai-writer@{PROJECT}.iam.gserviceaccount.com"),
        ),
        (format!("{place}/keyRings?keyRingId=ai"), json!({}), format!("{place}/keyRings/ai")),
        (
            format!("{place}/keyRings/ready/cryptoKeys?cryptoKeyId=k"),
            json!({ "purpose": "ENCRYPT_DECRYPT" }),
            format!("{place}/keyRings/ready/cryptoKeys/k"),
        ),
        (format!("{place}/endpoints?endpointId=e1"), json!({ "displayName": "e" }), format!("{place}/endpoints/e1")),
        (
            format!("/storage/v1/b?project={PROJECT}"),
            json!({ "name": "ml-late" }),
            String::from("/storage/v1/b/ml-late"),
        ),
        (String::from("/v1/transferJobs"), job, format!("/v1/transferJobs/job?projectId={PROJECT}")),
        (
            String::from("/v1/accessPolicies/456700000022/servicePerimeters"),
            perimeter,
            String::from("/v1/accessPolicies/456700000022/servicePerimeters/ai"),
        ),
    ];
    for (create, body, get) in &things {
        cloud.post("/_emulator/faults", json!({ "action": { "lag_ms": 60_000 } })).await.ok();
        assert_eq!(cloud.post(create, body.clone()).await.status, 200, "{create}");
        assert_eq!(cloud.get(get).await.status, 404, "{get}");
        assert_eq!(cloud.post(create, body.clone()).await.status, 409, "{create}");
    }
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 61 })).await.ok();
    for (_, _, get) in &things {
        assert_eq!(cloud.get(get).await.status, 200, "{get}");
    }
}

#[tokio::test]
async fn a_service_agent_can_be_granted_roles_only_once_it_is_seen() {
    let cloud = Cloud::ready().await;
    let fault = json!({ "match": { "path_contains": "generateServiceIdentity" }, "action": { "lag_ms": 60_000 } });
    cloud.post("/_emulator/faults", fault).await.ok();
    let path = format!("/v1beta1/projects/{PROJECT}/services/aiplatform.googleapis.com:generateServiceIdentity");
    let started = cloud.post(&path, json!({})).await.ok();
    assert!(started["done"].is_null(), "{started}");
    let member = format!("serviceAccount:service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com");
    let grant = async || cloud.grant(&format!("/v1/projects/{PROJECT}"), "roles/viewer", &member).await;
    assert!(grant().await.refused().2.contains("does not exist"));
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 61 })).await.ok();
    let ended = cloud.get(&format!("/v1beta1/{}", started["name"].as_str().unwrap())).await.ok();
    assert_eq!(ended["done"], true);
    grant().await.ok();
}
