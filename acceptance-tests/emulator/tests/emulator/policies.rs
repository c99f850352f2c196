//! Allow policies: etags, versions, conditions and members.

use serde_json::{Value, json};

use crate::client::{Cloud, NUMBER, PROJECT};

fn project() -> String {
    format!("/v1/projects/{PROJECT}")
}

async fn read(cloud: &Cloud, version: i64) -> Value {
    cloud
        .post(&format!("{}:getIamPolicy", project()), json!({ "options": { "requestedPolicyVersion": version } }))
        .await
        .ok()
}

fn principal(selector: &str) -> String {
    format!(
        "principalSet://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool/{selector}"
    )
}

#[tokio::test]
async fn a_stale_etag_is_a_conflict_and_bindings_are_grouped() {
    let cloud = Cloud::ready().await;
    let mut policy = read(&cloud, 3).await;
    cloud.grant(&project(), "roles/viewer", "user:Somebody@Example.com").await.ok();
    policy["version"] = json!(3);
    let stale = cloud.post(&format!("{}:setIamPolicy", project()), json!({ "policy": policy })).await;
    let (status, code, message) = stale.refused();
    assert_eq!((status, code.as_str()), (409, "ABORTED"));
    assert!(message.contains("concurrent policy changes"), "{message}");

    cloud.grant(&project(), "roles/viewer", "user:other@example.com").await.ok();
    let policy = read(&cloud, 3).await;
    let viewers = json!({ "role": "roles/viewer", "members": ["user:other@example.com", "user:somebody@example.com"] });
    assert_eq!(policy["bindings"][1], viewers);
    let ids: Vec<String> = cloud.objects("gcp/grant").await;
    assert_eq!(ids.len(), 2, "{ids:?}");

    let (_, _, message) =
        cloud.post(&format!("{}:setIamPolicy", project()), json!({ "policy": { "etag": "!!" } })).await.refused();
    assert!(message.contains("TYPE_BYTES"), "{message}");
}

#[tokio::test]
async fn conditions_need_version_three_and_are_lost_by_writers_who_ignore_them() {
    let cloud = Cloud::ready().await;
    let mut policy = read(&cloud, 3).await;
    let condition = json!({ "title": "vertex only", "expression": "resource.service == 'aiplatform.googleapis.com'" });
    let binding = json!({ "role": "roles/viewer", "members": ["user:a@example.com"], "condition": condition });
    policy["bindings"].as_array_mut().unwrap().push(binding.clone());
    let set =
        async |policy: &Value| cloud.post(&format!("{}:setIamPolicy", project()), json!({ "policy": policy })).await;
    policy["version"] = json!(1);
    assert!(set(&policy).await.refused().2.contains("version 3"));
    policy["version"] = json!(3);
    let without = json!({ "version": 3, "bindings": policy["bindings"] });
    assert!(set(&without).await.refused().2.contains("etag"));
    set(&policy).await.ok();
    assert_eq!(read(&cloud, 3).await["bindings"][1], binding);

    let hidden = read(&cloud, 1).await;
    assert!(hidden["bindings"][1]["role"].as_str().unwrap().starts_with("roles/viewer_withcond_"), "{hidden}");
    assert!(hidden["bindings"][1]["condition"].is_null());
    let owner_only = json!({ "etag": hidden["etag"], "bindings": [hidden["bindings"][0]] });
    assert!(set(&owner_only).await.refused().2.contains("requestedPolicyVersion 3"));
    set(&json!({ "bindings": [hidden["bindings"][0]] })).await.ok();
    assert_eq!(read(&cloud, 3).await["bindings"].as_array().unwrap().len(), 1);

    for broken in
        [json!({ "title": "t" }), json!({ "expression": "true" }), json!({ "title": "t", "expression": "a ==" })]
    {
        let binding = json!({ "role": "roles/viewer", "members": ["user:a@example.com"], "condition": broken });
        assert_eq!(set(&json!({ "version": 3, "bindings": [binding] })).await.refused().0, 400);
    }
    assert_eq!(
        cloud
            .post(&format!("{}:getIamPolicy", project()), json!({ "options": { "requestedPolicyVersion": 2 } }))
            .await
            .refused()
            .0,
        400
    );
}

#[tokio::test]
async fn members_and_roles_that_google_does_not_know_are_refused() {
    let cloud = Cloud::ready().await;
    for selector in ["attribute.repository/o/r", "group/admins", "*"] {
        cloud.grant(&project(), "roles/viewer", &principal(selector)).await.ok();
    }
    let single = principal("subject/system:serviceaccount:chat:backend").replace("principalSet", "principal");
    cloud.grant(&project(), "roles/viewer", &single).await.ok();
    for member in [
        principal("subject/x"),
        principal("attribute./x"),
        principal("attribute.a/"),
        principal("*/x"),
        principal(""),
        principal("*").replace("/*", ""),
        principal("group/x").replace("principalSet", "principal"),
        principal("*").replace(NUMBER, PROJECT),
        principal("*").replace(NUMBER, "999"),
        principal("*").replace("global", "europe"),
        String::from("serviceAccount:nobody@ml-prod-4711.iam.gserviceaccount.com"),
        String::from("serviceAccount:ml-prod-4711.svc.id.goog[ns/sa]"),
        String::from("user:nobody"),
        String::from("nobody@example.com"),
        String::from("robot:x@example.com"),
        String::from("allUsers"),
    ] {
        let (status, _, message) = cloud.grant(&project(), "roles/viewer", &member).await.refused();
        assert_eq!(status, 400, "{member}: {message}");
    }
    let (_, _, message) = cloud.grant(&project(), "roles/aiplatform.usr", "user:a@example.com").await.refused();
    assert!(message.contains("roles/aiplatform.usr is not supported"), "{message}");
}

#[tokio::test]
async fn the_operator_can_lock_itself_out() {
    let cloud = Cloud::ready().await;
    cloud.post(&format!("{}:setIamPolicy", project()), json!({ "policy": { "bindings": [] } })).await.ok();
    let (status, _, message) = cloud.get(&project()).await.refused();
    assert_eq!(status, 403);
    assert!(message.contains("resourcemanager.projects.get"), "{message}");
}

#[tokio::test]
async fn audit_configs_change_only_when_the_mask_names_them() {
    let cloud = Cloud::ready().await;
    let logs = json!([{ "service": "sts.googleapis.com", "auditLogConfigs": [{ "logType": "DATA_READ" }] }]);
    let policy = read(&cloud, 3).await;
    let write = async |mask: Option<&str>, configs: Value| {
        let policy = json!({ "bindings": policy["bindings"], "auditConfigs": configs });
        let mut body = json!({ "policy": policy });
        if let Some(mask) = mask {
            body["updateMask"] = json!(mask);
        }
        cloud.post(&format!("{}:setIamPolicy", project()), body).await.ok()
    };
    assert!(write(None, logs.clone()).await["auditConfigs"].is_null());
    assert_eq!(write(Some("auditConfigs"), logs.clone()).await["auditConfigs"], logs);
    assert_eq!(write(None, json!([])).await["auditConfigs"], logs);
}
