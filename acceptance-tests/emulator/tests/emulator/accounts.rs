//! Service accounts.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Cloud, PROJECT};

const EMAIL: &str = "ai-writer@ml-prod-4711.iam.gserviceaccount.com";

fn accounts(rest: &str) -> String {
    format!("/v1/projects/{PROJECT}/serviceAccounts{rest}")
}

async fn created(cloud: &Cloud) -> Value {
    let body = json!({ "accountId": "ai-writer", "serviceAccount": { "displayName": "AI", "description": "writes" } });
    cloud.post(&accounts(""), body).await.ok()
}

#[tokio::test]
async fn an_account_is_created_read_changed_and_switched_off() {
    let cloud = Cloud::ready().await;
    let account = created(&cloud).await;
    assert_eq!(account["email"], EMAIL);
    assert_eq!(account["name"], format!("projects/{PROJECT}/serviceAccounts/{EMAIL}"));
    let unique = account["uniqueId"].as_str().unwrap();
    assert_eq!(unique.len(), 21);
    for reference in [EMAIL, unique] {
        assert_eq!(cloud.get(&accounts(&format!("/{reference}"))).await.ok(), account);
        assert_eq!(cloud.get(&format!("/v1/projects/-/serviceAccounts/{reference}")).await.ok(), account);
    }

    let path = accounts(&format!("/{EMAIL}"));
    let changed = cloud
        .patch(&path, json!({ "serviceAccount": { "displayName": "New" }, "updateMask": "displayName" }))
        .await
        .ok();
    assert_eq!((&changed["displayName"], &changed["description"]), (&json!("New"), &json!("writes")));
    assert!(cloud.patch(&path, json!({ "serviceAccount": {} })).await.refused().2.contains("update mask"));
    let (_, _, message) = cloud.patch(&path, json!({ "serviceAccount": {}, "updateMask": "email" })).await.refused();
    assert!(message.contains("cannot be changed"), "{message}");

    cloud.post(&format!("{path}:disable"), json!({})).await.ok();
    assert_eq!(cloud.get(&path).await.ok()["disabled"], true);
    cloud.post(&format!("{path}:enable"), json!({})).await.ok();
    assert!(cloud.get(&path).await.ok()["disabled"].is_null());
    assert_eq!(cloud.get(&accounts("")).await.ok()["accounts"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn bad_ids_texts_and_duplicates_are_refused() {
    let cloud = Cloud::ready().await;
    created(&cloud).await;
    for id in ["short", "1starts-with-digit", "ends-with-", "UPPER-case", &"a".repeat(31), ""] {
        assert_eq!(cloud.post(&accounts(""), json!({ "accountId": id })).await.refused().0, 400, "{id}");
    }
    let (status, code, message) = cloud.post(&accounts(""), json!({ "accountId": "ai-writer" })).await.refused();
    assert_eq!((status, code.as_str()), (409, "ALREADY_EXISTS"));
    assert!(message.contains("already exists within project"), "{message}");
    let long = json!({ "accountId": "other-writer", "serviceAccount": { "displayName": "é".repeat(51) } });
    assert!(cloud.post(&accounts(""), long).await.refused().2.contains("102 bytes"));
}

#[tokio::test]
async fn a_missing_account_is_404_in_its_project_and_403_below_the_wildcard() {
    let cloud = Cloud::ready().await;
    assert_eq!(cloud.get(&accounts("/nobody@x.iam.gserviceaccount.com")).await.refused().0, 404);
    let (status, _, message) =
        cloud.get("/v1/projects/-/serviceAccounts/nobody@x.iam.gserviceaccount.com").await.refused();
    assert_eq!(status, 403);
    assert!(message.contains("or it may not exist"), "{message}");
}

#[tokio::test]
async fn a_recreated_account_is_another_and_has_none_of_its_grants() {
    let cloud = Cloud::ready().await;
    let first = created(&cloud).await;
    let project = format!("/v1/projects/{PROJECT}");
    cloud.grant(&project, "roles/aiplatform.user", &format!("serviceAccount:{EMAIL}")).await.ok();
    cloud.grant(&accounts(&format!("/{EMAIL}")), "roles/iam.serviceAccountUser", "user:dev@example.com").await.ok();
    cloud.delete(&accounts(&format!("/{EMAIL}"))).await.ok();
    assert_eq!(cloud.get(&accounts(&format!("/{EMAIL}"))).await.refused().0, 404);

    let unique = first["uniqueId"].as_str().unwrap();
    let gone = format!("deleted:serviceAccount:{EMAIL}?uid={unique}");
    assert!(
        cloud.objects("gcp/grant").await.contains(&format!("projects/{PROJECT} roles/aiplatform.user {gone} live"))
    );

    let second = created(&cloud).await;
    assert_ne!(second["uniqueId"], first["uniqueId"]);
    let read = format!("{}:getIamPolicy", accounts(&format!("/{EMAIL}")));
    let policy = cloud.send(Method::POST, &read, Some("operator"), None).await.ok();
    assert!(policy["bindings"].is_null(), "{policy}");
    let (_, code, _) = cloud.post(&accounts(&format!("/{unique}:undelete")), json!({})).await.refused();
    assert_eq!(code, "ALREADY_EXISTS");

    cloud.delete(&accounts(&format!("/{EMAIL}"))).await.ok();
    let restored = cloud.post(&accounts(&format!("/{unique}:undelete")), json!({})).await.ok();
    assert_eq!(restored["restoredAccount"]["uniqueId"], first["uniqueId"]);
    assert!(
        cloud
            .objects("gcp/grant")
            .await
            .contains(&format!("projects/{PROJECT} roles/aiplatform.user serviceAccount:{EMAIL} live"))
    );
}

#[tokio::test]
async fn the_quota_is_the_seeds() {
    let services = ["iam.googleapis.com"];
    let project = json!({ "id": PROJECT, "number": "1", "services": services, "service_account_quota": 1 });
    let cloud = Cloud::seeded(json!({ "projects": [project] })).await;
    created(&cloud).await;
    let (status, code, _) = cloud.post(&accounts(""), json!({ "accountId": "one-too-many" })).await.refused();
    assert_eq!((status, code.as_str()), (429, "RESOURCE_EXHAUSTED"));
}
