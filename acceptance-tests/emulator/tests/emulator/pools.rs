//! Pools and providers: ids, masks, kinds, deletion and return.

use serde_json::json;

use crate::client::{Cloud, ISSUER, NUMBER, PROJECT, pools, provider};

#[tokio::test]
async fn a_pool_is_created_read_changed_and_named_by_number() {
    let cloud = Cloud::ready().await;
    let operation = cloud.post(&pools("?workloadIdentityPoolId=aks-pool"), json!({ "displayName": "AKS" })).await.ok();
    let name = operation["name"].as_str().unwrap();
    assert!(operation["done"].is_null(), "{operation}");
    let done = cloud.get(&format!("/v1/{name}")).await.ok();
    assert_eq!(done["done"], true);
    assert_eq!(done["response"]["@type"], "type.googleapis.com/google.iam.v1.WorkloadIdentityPool");

    let full = format!("projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool");
    let expected = json!({ "name": full, "displayName": "AKS", "state": "ACTIVE" });
    assert_eq!(cloud.get(&pools("/aks-pool")).await.ok(), expected);
    assert_eq!(cloud.get(&format!("/v1/{full}")).await.ok(), expected);

    cloud
        .patch(&pools("/aks-pool?updateMask=disabled,description"), json!({ "disabled": true, "description": "d" }))
        .await
        .ok();
    let pool = cloud.get(&pools("/aks-pool")).await.ok();
    assert_eq!(
        (&pool["disabled"], &pool["description"], &pool["displayName"]),
        (&json!(true), &json!("d"), &json!("AKS"))
    );
    cloud.patch(&pools("/aks-pool?updateMask=disabled"), json!({})).await.ok();
    assert!(cloud.get(&pools("/aks-pool")).await.ok()["disabled"].is_null());
    assert_eq!(cloud.objects("gcp/pool").await, [format!("{full} live")]);
}

#[tokio::test]
async fn what_google_rejects_is_rejected() {
    let cloud = Cloud::ready().await;
    cloud.post(&pools("?workloadIdentityPoolId=aks-pool"), json!({})).await.ok();
    let create =
        async |id: &str, body| cloud.post(&pools(&format!("?workloadIdentityPoolId={id}")), body).await.refused();
    for id in ["abc", "gcp-pool", "Upper-case", "under_score", &"a".repeat(33), ""] {
        assert_eq!(create(id, json!({})).await.1, "INVALID_ARGUMENT", "{id}");
    }
    assert_eq!(create("aks-pool", json!({})).await.1, "ALREADY_EXISTS");
    let (_, _, message) = create("fresh", json!({ "labels": {} })).await;
    assert!(message.contains("Unknown name \"labels\" at 'workload_identity_pool'"), "{message}");
    let (_, _, message) = create("fresh&poolId=x", json!({})).await;
    assert!(message.contains("Unknown name \"poolId\": Cannot bind query parameter"), "{message}");
    assert_eq!(create("fresh", json!({ "displayName": "x".repeat(33) })).await.0, 400);
    assert_eq!(create("fresh", json!({ "mode": "ANYTHING" })).await.0, 400);

    let update = async |mask: &str, body| cloud.patch(&pools(&format!("/aks-pool{mask}")), body).await.refused();
    assert!(update("", json!({ "disabled": true })).await.2.contains("update mask is required"));
    assert!(update("?updateMask=name", json!({})).await.2.contains("cannot be changed"));
    assert!(update("?updateMask=oidc", json!({})).await.2.contains("names no field"));
    assert!(update("?updateMask=mode", json!({ "mode": "TRUST_DOMAIN" })).await.2.contains("cannot be changed"));

    let elsewhere = format!("/v1/projects/{PROJECT}/locations/europe-west1/workloadIdentityPools/aks-pool");
    assert_eq!(cloud.get(&elsewhere).await.refused().0, 400);
    assert_eq!(cloud.get(&pools("/missing")).await.refused().1, "NOT_FOUND");
    let (status, code, _) =
        cloud.get("/v1/projects/missing/locations/global/workloadIdentityPools/aks-pool").await.refused();
    assert_eq!((status, code.as_str()), (403, "PERMISSION_DENIED"));
}

#[tokio::test]
async fn a_deleted_pool_keeps_its_name_for_thirty_days_and_comes_back() {
    let cloud = Cloud::ready().await;
    cloud.post(&pools("?workloadIdentityPoolId=aks-pool"), json!({})).await.ok();
    cloud.post(&pools("/aks-pool/providers?workloadIdentityPoolProviderId=aks-provider"), provider()).await.ok();
    cloud.delete(&pools("/aks-pool")).await.ok();

    let pool = cloud.get(&pools("/aks-pool")).await.ok();
    assert_eq!(pool["state"], "DELETED");
    assert!(pool["expireTime"].is_string());
    assert_eq!(cloud.get(&pools("")).await.ok(), json!({}));
    assert_eq!(cloud.get(&pools("?showDeleted=True")).await.ok()["workloadIdentityPools"][0]["state"], "DELETED");
    assert_eq!(cloud.objects("gcp/provider").await.len(), 1);
    assert!(cloud.objects("gcp/provider").await[0].ends_with(" soft_deleted"));
    let (_, code, _) = cloud.post(&pools("?workloadIdentityPoolId=aks-pool"), json!({})).await.refused();
    assert_eq!(code, "ALREADY_EXISTS");
    let (_, code, _) =
        cloud.patch(&pools("/aks-pool?updateMask=disabled"), json!({ "disabled": true })).await.refused();
    assert_eq!(code, "FAILED_PRECONDITION");
    assert_eq!(cloud.delete(&pools("/aks-pool")).await.refused().1, "NOT_FOUND");

    cloud.post(&pools("/aks-pool:undelete"), json!({})).await.ok();
    assert_eq!(cloud.get(&pools("/aks-pool")).await.ok()["state"], "ACTIVE");
    assert_eq!(cloud.get(&pools("/aks-pool/providers/aks-provider")).await.ok()["state"], "ACTIVE");
    assert_eq!(cloud.post(&pools("/aks-pool:undelete"), json!({})).await.refused().1, "FAILED_PRECONDITION");

    cloud.delete(&pools("/aks-pool")).await.ok();
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 31 * 24 * 3600 })).await.ok();
    assert_eq!(cloud.get(&pools("/aks-pool")).await.refused().1, "NOT_FOUND");
    cloud.post(&pools("?workloadIdentityPoolId=aks-pool"), json!({})).await.ok();
    assert_eq!(cloud.get(&pools("/aks-pool/providers")).await.ok(), json!({}));
}

#[tokio::test]
async fn a_provider_keeps_its_kind_and_changes_issuer_and_audiences() {
    let cloud = Cloud::ready().await;
    cloud.post(&pools("?workloadIdentityPoolId=aks-pool"), json!({})).await.ok();
    cloud.post(&pools("/aks-pool/providers?workloadIdentityPoolProviderId=aks-provider"), provider()).await.ok();
    let path = pools("/aks-pool/providers/aks-provider");
    let read = cloud.get(&path).await.ok();
    assert_eq!(
        read["name"],
        format!("projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool/providers/aks-provider")
    );
    assert_eq!(read["oidc"], json!({ "issuerUri": ISSUER }));

    let patch = async |mask: &str, body| cloud.patch(&format!("{path}?updateMask={mask}"), body).await;
    patch(
        "oidc.issuerUri,oidc.allowedAudiences",
        json!({ "oidc": { "issuerUri": "https://new.example.com", "allowedAudiences": ["a"] } }),
    )
    .await
    .ok();
    assert_eq!(
        cloud.get(&path).await.ok()["oidc"],
        json!({ "issuerUri": "https://new.example.com", "allowedAudiences": ["a"] })
    );
    patch("oidc.allowed_audiences", json!({})).await.ok();
    assert_eq!(cloud.get(&path).await.ok()["oidc"], json!({ "issuerUri": "https://new.example.com" }));

    let (_, _, message) = patch("aws,oidc", json!({ "aws": { "accountId": "123456789012" } })).await.refused();
    assert!(message.contains("kind of a provider"), "{message}");
    let (_, _, message) = patch("attributeMapping", json!({ "attributeMapping": {} })).await.refused();
    assert!(message.contains("google.subject"), "{message}");
    let (_, _, message) =
        patch("attributeCondition", json!({ "attributeCondition": "assertion.sub ==" })).await.refused();
    assert!(message.contains("attribute_condition"), "{message}");
    let github =
        json!({ "oidc": { "issuerUri": "https://token.actions.githubusercontent.com" }, "attributeCondition": "" });
    let (_, _, message) = patch("oidc.issuerUri,attributeCondition", github).await.refused();
    assert!(message.contains("must reference one of the provider's claims"), "{message}");

    cloud.delete(&path).await.ok();
    let again = cloud.post(&pools("/aks-pool/providers?workloadIdentityPoolProviderId=aks-provider"), provider()).await;
    assert_eq!(again.refused().1, "ALREADY_EXISTS");
    cloud.post(&format!("{path}:undelete"), json!({})).await.ok();
    assert_eq!(cloud.get(&path).await.ok()["state"], "ACTIVE");
}

#[tokio::test]
async fn lists_come_in_pages() {
    let cloud = Cloud::ready().await;
    for id in ["pool-1", "pool-2", "pool-3"] {
        cloud.post(&pools(&format!("?workloadIdentityPoolId={id}")), json!({})).await.ok();
    }
    let first = cloud.get(&pools("?pageSize=2")).await.ok();
    assert_eq!(first["workloadIdentityPools"].as_array().unwrap().len(), 2);
    let token = first["nextPageToken"].as_str().unwrap();
    let second = cloud.get(&pools(&format!("?pageSize=2&pageToken={token}"))).await.ok();
    assert_eq!(second["workloadIdentityPools"].as_array().unwrap().len(), 1);
    assert!(second["nextPageToken"].is_null());
    assert_eq!(cloud.get(&pools("?pageToken=made-up")).await.refused().0, 400);
}
