//! APIs that are switched on and off, and who may call.

use reqwest::Method;
use serde_json::json;

use crate::client::{Cloud, NUMBER, PROJECT, pools};

#[tokio::test]
async fn an_api_that_is_off_is_refused_with_the_way_to_switch_it_on() {
    let cloud = Cloud::start().await;
    let answer = cloud.get(&pools("/aks-pool")).await;
    let detail = &answer.body["error"]["details"][0];
    assert_eq!(detail["reason"], "SERVICE_DISABLED");
    assert_eq!(detail["metadata"]["service"], "iam.googleapis.com");
    assert_eq!(detail["metadata"]["consumer"], format!("projects/{NUMBER}"));
    assert!(detail["metadata"]["activationUrl"].as_str().unwrap().contains("/apis/api/iam.googleapis.com/overview"));
    assert_eq!(answer.refused().0, 403);

    let service = format!("/v1/projects/{PROJECT}/services/iam.googleapis.com");
    assert_eq!(cloud.get(&service).await.ok()["state"], "DISABLED");
    let operation = cloud.post(&format!("{service}:enable"), json!({})).await.ok();
    let done = cloud.get(&format!("/v1/{}", operation["name"].as_str().unwrap())).await.ok();
    assert_eq!(done["response"]["service"]["state"], "ENABLED");
    let again = cloud.post(&format!("{service}:enable"), json!({})).await.ok();
    assert_eq!((&again["name"], &again["done"]), (&json!("operations/noop.DONE_OPERATION"), &json!(true)));
    assert_eq!(cloud.get(&pools("/aks-pool")).await.refused().0, 404);
    assert_eq!(cloud.objects("gcp/service").await, [format!("projects/{PROJECT}/services/iam.googleapis.com live")]);

    cloud.post(&format!("{service}:disable"), json!({})).await.ok();
    assert_eq!(cloud.get(&pools("/aks-pool")).await.refused().0, 403);
    assert_eq!(cloud.post(&format!("{service}:disable"), json!({})).await.refused().1, "FAILED_PRECONDITION");
}

#[tokio::test]
async fn batches_have_limits_and_unknown_services_do_not_exist() {
    let cloud = Cloud::start().await;
    let path = format!("/v1/projects/{PROJECT}/services:batchEnable");
    assert_eq!(cloud.post(&path, json!({ "serviceIds": vec!["iam.googleapis.com"; 21] })).await.refused().0, 400);
    assert_eq!(cloud.post(&path, json!({ "serviceIds": [] })).await.refused().0, 400);
    let (status, _, message) =
        cloud.post(&path, json!({ "serviceIds": ["iam.googleapis.com", "aim.googleapis.com"] })).await.refused();
    assert_eq!(status, 403);
    assert!(message.contains("aim.googleapis.com"), "{message}");
    assert!(cloud.objects("gcp/service").await.is_empty());
    let listed = cloud.get(&format!("/v1/projects/{NUMBER}/services?filter=state:ENABLED")).await.ok();
    assert_eq!(listed["services"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_service_agent_exists_once_it_was_made_sure_of() {
    let cloud = Cloud::start().await;
    let member = format!("serviceAccount:service-{NUMBER}@gcp-sa-aiplatform.iam.gserviceaccount.com");
    let project = format!("/v1/projects/{PROJECT}");
    let (_, _, message) = cloud.grant(&project, "roles/viewer", &member).await.refused();
    assert!(message.contains("does not exist"), "{message}");
    let path = format!("/v1beta1/projects/{PROJECT}/services/aiplatform.googleapis.com:generateServiceIdentity");
    let done = cloud.post(&path, json!({})).await.ok();
    assert_eq!(done["done"], true);
    assert_eq!(done["response"]["email"].as_str(), member.strip_prefix("serviceAccount:"));
    cloud.grant(&project, "roles/viewer", &member).await.ok();
    let without = cloud.post(&path.replace("aiplatform", "sts"), json!({})).await.ok();
    assert!(without["response"]["email"].is_null(), "{without}");
}

#[tokio::test]
async fn callers_are_who_their_token_says() {
    let cloud = Cloud::start().await;
    let project = format!("/v1/projects/{PROJECT}");
    let (status, code, _) = cloud.send(Method::GET, &project, None, None).await.refused();
    assert_eq!((status, code.as_str()), (401, "UNAUTHENTICATED"));
    let expired = cloud.send(Method::GET, &project, Some("expired"), None).await;
    assert_eq!(expired.body["error"]["details"][0]["reason"], "ACCESS_TOKEN_EXPIRED");
    assert_eq!(cloud.send(Method::GET, &project, Some("ya29.emulated.from-before"), None).await.refused().0, 401);
    let denied = cloud.send(Method::GET, &project, Some("denied"), None).await;
    assert_eq!(denied.body["error"]["details"][0]["metadata"]["permission"], "resourcemanager.projects.get");
    assert_eq!(denied.refused().0, 403);
    assert_eq!(cloud.get(&project).await.ok()["projectNumber"], NUMBER);
    assert_eq!(cloud.get(&format!("/v3/projects/{NUMBER}")).await.ok()["projectId"], PROJECT);
    assert_eq!(cloud.get("/v1/projects/no-such-project").await.refused().1, "PERMISSION_DENIED");
    let (status, _, message) = cloud.get("/v1/liens").await.refused();
    assert_eq!(status, 404);
    assert!(message.contains("No emulated API"), "{message}");
}
