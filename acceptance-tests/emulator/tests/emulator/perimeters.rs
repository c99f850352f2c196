//! Service perimeters: what may be written, and whom they keep out.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Cloud, ISSUER, NUMBER, PROJECT, SUBJECT, pools, provider};

const POLICY: &str = "/v1/accessPolicies/456700000022";
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const EMAIL: &str = "ai-writer@ml-prod-4711.iam.gserviceaccount.com";
const VERTEX: &str =
    "/v1/projects/ml-prod-4711/locations/europe-west4/publishers/google/models/gemini-2.5-flash:generateContent";

fn perimeter(rules: Value) -> Value {
    json!({
        "name": "accessPolicies/456700000022/servicePerimeters/ai",
        "title": "AI",
        "status": {
            "resources": [format!("projects/{NUMBER}")],
            "restrictedServices": ["aiplatform.googleapis.com", "iamcredentials.googleapis.com", "sts.googleapis.com"],
            "ingressPolicies": rules,
        },
    })
}

fn rule(from: Value, services: &[&str]) -> Value {
    let operations: Vec<Value> = services
        .iter()
        .map(|service| json!({ "serviceName": format!("{service}.googleapis.com"), "methodSelectors": [{ "method": "*" }] }))
        .collect();
    let mut from = from;
    from["sources"] = json!([{ "accessLevel": "*" }]);
    json!({ "ingressFrom": from, "ingressTo": { "operations": operations, "resources": ["*"] } })
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut perimeter = perimeter(json!([]));
    change(&mut perimeter);
    perimeter
}

async fn created(cloud: &Cloud, perimeter: Value) -> Value {
    let operation = cloud.post(&format!("{POLICY}/servicePerimeters"), perimeter).await.ok();
    let ended = cloud.get(&format!("/v1/{}", operation["name"].as_str().unwrap())).await.ok();
    assert_eq!(ended["done"], true, "{ended}");
    ended["response"].clone()
}

fn principal() -> String {
    format!(
        "principal://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool/subject/{SUBJECT}"
    )
}

/// A trust that works as long as nothing keeps it out.
async fn trust() -> Cloud {
    let cloud = Cloud::ready().await;
    cloud.enable("accesscontextmanager").await;
    cloud.post(&pools("?workloadIdentityPoolId=aks-pool"), json!({})).await.ok();
    cloud.post(&pools("/aks-pool/providers?workloadIdentityPoolProviderId=aks-provider"), provider()).await.ok();
    cloud.post(&format!("/v1/projects/{PROJECT}/serviceAccounts"), json!({ "accountId": "ai-writer" })).await.ok();
    let account = format!("/v1/projects/{PROJECT}/serviceAccounts/{EMAIL}");
    cloud.grant(&account, "roles/iam.workloadIdentityUser", &principal()).await.ok();
    for member in [format!("serviceAccount:{EMAIL}"), principal()] {
        cloud.grant(&format!("/v1/projects/{PROJECT}"), "roles/aiplatform.user", &member).await.ok();
    }
    cloud
}

async fn exchange(cloud: &Cloud) -> Answer {
    let name = format!("projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool/providers/aks-provider");
    let audience = format!("https://iam.googleapis.com/{name}");
    let token = cloud.token(json!({ "issuer": ISSUER, "audience": audience, "subject": SUBJECT })).await;
    let request = json!({
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": format!("//iam.googleapis.com/{name}"),
        "scope": SCOPE,
        "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
        "subjectToken": token,
        "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
    });
    cloud.send(Method::POST, "/v1/token", None, Some(request)).await
}

async fn impersonate(cloud: &Cloud, bearer: &str) -> Answer {
    let path = format!("/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken");
    cloud.send(Method::POST, &path, Some(bearer), Some(json!({ "scope": [SCOPE] }))).await
}

async fn ask(cloud: &Cloud, bearer: &str) -> Answer {
    let question = json!({ "contents": [{ "role": "user", "parts": [{ "text": "Why?" }] }] });
    cloud.send(Method::POST, VERTEX, Some(bearer), Some(question)).await
}

async fn patched(cloud: &Cloud, mask: &str, body: Value) -> Value {
    let operation = cloud.patch(&format!("{POLICY}/servicePerimeters/ai?updateMask={mask}"), body).await.ok();
    cloud.get(&format!("/v1/{}", operation["name"].as_str().unwrap())).await.ok()["response"].clone()
}

async fn with_rules(cloud: &Cloud, rules: Value) {
    patched(cloud, "status.ingressPolicies", json!({ "status": { "ingressPolicies": rules } })).await;
}

#[tokio::test]
async fn a_perimeter_is_made_changed_against_its_etag_and_deleted() {
    let cloud = Cloud::ready().await;
    let listed = cloud.get("/v1/accessPolicies?parent=organizations/123456789012").await.ok();
    assert_eq!(listed["accessPolicies"][0]["name"], "accessPolicies/456700000022");
    let made = created(&cloud, perimeter(json!([]))).await;
    let path = format!("{POLICY}/servicePerimeters/ai");
    let read = cloud.get(&path).await.ok();
    assert_eq!((&read["etag"], &read["perimeterType"]), (&made["etag"], &json!("PERIMETER_TYPE_REGULAR")));
    let patch = json!({ "title": "Renamed", "etag": read["etag"] });
    patched(&cloud, "title", patch.clone()).await;
    let (status, code, _) = cloud.patch(&format!("{path}?updateMask=title"), patch).await.refused();
    assert_eq!((status, code.as_str()), (409, "ABORTED"));
    assert_eq!(cloud.patch(&format!("{path}?updateMask=etag"), json!({})).await.refused().0, 400);
    let other = json!({ "name": "accessPolicies/456700000022/servicePerimeters/other" });
    assert_eq!(cloud.patch(&format!("{path}?updateMask=name"), other).await.refused().0, 400);
    let missing = format!("{POLICY}/servicePerimeters/none?updateMask=title");
    assert_eq!(cloud.patch(&missing, json!({ "title": "t" })).await.refused().0, 404);
    assert_eq!(cloud.post(&format!("{POLICY}/servicePerimeters"), perimeter(json!([]))).await.refused().0, 409);
    cloud.delete(&path).await.ok();
    assert_eq!(cloud.get(&path).await.refused().0, 404);
    assert_eq!(cloud.send(Method::GET, POLICY, Some("denied"), None).await.refused().0, 403);
    assert_eq!(cloud.get("/v1/accessPolicies/1").await.refused().0, 403);
}

#[tokio::test]
async fn what_is_no_perimeter_is_refused() {
    let cloud = Cloud::ready().await;
    let with_rule = |change: &dyn Fn(&mut Value)| {
        let mut rule = rule(json!({ "identityType": "ANY_IDENTITY" }), &["sts"]);
        change(&mut rule);
        perimeter(json!([rule]))
    };
    for wrong in [
        changed(|p| p["title"] = json!("")),
        changed(|p| p["name"] = json!("accessPolicies/456700000022/servicePerimeters/1ai")),
        changed(|p| p["name"] = json!("accessPolicies/456700000022/servicePerimeters/a-i")),
        changed(|p| p["name"] = json!("accessPolicies/1/servicePerimeters/ai")),
        changed(|p| p["status"]["resources"] = json!([format!("projects/{PROJECT}")])),
        changed(|p| p["status"]["resources"] = json!(["projects/999"])),
        changed(|p| p["status"]["restrictedServices"] = json!(["example.com"])),
        changed(|p| p["status"]["accessLevels"] = json!(["accessPolicies/456700000022/accessLevels/none"])),
        changed(|p| p["status"]["vpcAccessibleServices"] = json!({ "allowedServices": ["RESTRICTED-SERVICES"] })),
        changed(|p| p["spec"] = json!({ "resources": [format!("projects/{NUMBER}")] })),
        changed(|p| p["perimeterType"] = json!("PERIMETER_TYPE_BRIDGE")),
        changed(|p| p["perimeterType"] = json!("REGULAR")),
        changed(|p| p["labels"] = json!({})),
        with_rule(&|r| r["ingressFrom"]["identities"] = json!(["user:a@example.com"])),
        with_rule(&|r| r["ingressFrom"] = json!({ "identities": ["allUsers"] })),
        with_rule(&|r| r["ingressFrom"]["sources"] = json!([{ "accessLevel": "*", "resource": "projects/1" }])),
        with_rule(&|r| r["ingressFrom"]["sources"] = json!([{ "resource": "*" }])),
        with_rule(&|r| r["ingressTo"]["operations"][0]["methodSelectors"] = json!([])),
        with_rule(&|r| r["ingressTo"]["operations"][0]["serviceName"] = json!("*")),
        with_rule(&|r| {
            r["ingressTo"]["operations"][0]["methodSelectors"] = json!([{ "method": "a", "permission": "b" }])
        }),
        with_rule(&|r| r["ingressTo"]["resources"] = json!(["*", format!("projects/{NUMBER}")])),
        with_rule(&|r| r["ingressTo"]["roles"] = json!(["roles/viewer"])),
        with_rule(&|r| r["title"] = json!("t".repeat(101))),
    ] {
        let (status, _, message) = cloud.post(&format!("{POLICY}/servicePerimeters"), wrong.clone()).await.refused();
        assert_eq!(status, 400, "{message}: {wrong}");
    }
    created(&cloud, perimeter(json!([]))).await;
    for (field, value) in [("title", "Other"), ("name", "accessPolicies/456700000022/servicePerimeters/other")] {
        let second = changed(|p| p[field] = json!(value));
        let (status, ..) = cloud.post(&format!("{POLICY}/servicePerimeters"), second).await.refused();
        assert!([400, 409].contains(&status));
    }
}

#[tokio::test]
async fn each_hop_needs_its_own_ingress() {
    let cloud = trust().await;
    let federated = exchange(&cloud).await.ok()["access_token"].as_str().unwrap().to_owned();
    created(&cloud, perimeter(json!([]))).await;
    let kept_out = exchange(&cloud).await;
    assert!(kept_out.body["error"]["message"].as_str().unwrap().contains("vpcServiceControlsUniqueIdentifier"));
    assert_eq!(kept_out.refused().0, 403);
    assert_eq!(impersonate(&cloud, &federated).await.refused().0, 403);
    assert_eq!(ask(&cloud, &federated).await.refused().0, 403);

    // The exchange knows no identity yet, so a rule for the workload's own does not let it in.
    let own = json!({ "identities": [principal()] });
    with_rules(&cloud, json!([rule(own.clone(), &["sts", "iamcredentials"])])).await;
    assert_eq!(exchange(&cloud).await.refused().0, 403);
    let account = impersonate(&cloud, &federated).await.ok()["accessToken"].as_str().unwrap().to_owned();
    assert_eq!(ask(&cloud, &account).await.refused().0, 403);
    let any = json!({ "identityType": "ANY_IDENTITY" });
    let service_account = json!({ "identities": [format!("serviceAccount:{EMAIL}")] });
    with_rules(
        &cloud,
        json!([rule(any, &["sts"]), rule(own, &["iamcredentials"]), rule(service_account, &["aiplatform"])]),
    )
    .await;
    let federated = exchange(&cloud).await.ok()["access_token"].as_str().unwrap().to_owned();
    let account = impersonate(&cloud, &federated).await.ok()["accessToken"].as_str().unwrap().to_owned();
    ask(&cloud, &account).await.ok();
    // The same workload without the account is not the one that the rule names.
    assert_eq!(ask(&cloud, &federated).await.refused().0, 403);
}

#[tokio::test]
async fn a_perimeter_on_trial_only_notes_and_a_level_lets_in() {
    let cloud = trust().await;
    let spec = perimeter(json!([]))["status"].clone();
    let on_trial = changed(|p| {
        p["status"] = json!({});
        p["spec"] = spec;
        p["useExplicitDryRunSpec"] = json!(true);
    });
    created(&cloud, on_trial).await;
    let federated = exchange(&cloud).await.ok()["access_token"].as_str().unwrap().to_owned();
    ask(&cloud, &federated).await.ok();
    let logs = cloud.get("/_emulator/logs").await.ok();
    let noted: Vec<&Value> = logs.as_array().unwrap().iter().filter(|entry| entry["dry_run"] == true).collect();
    assert_eq!(noted.len(), 2, "{logs}");
    assert_eq!(noted[1]["principal"], principal());

    let commit = cloud.post(&format!("{POLICY}/servicePerimeters:commit"), json!({})).await.ok();
    cloud.get(&format!("/v1/{}", commit["name"].as_str().unwrap())).await.ok();
    assert_eq!(ask(&cloud, &federated).await.refused().0, 403);
    let level = "accessPolicies/456700000022/accessLevels/anywhere";
    let body =
        json!({ "name": level, "title": "Anywhere", "basic": { "conditions": [{ "ipSubnetworks": ["0.0.0.0/0"] }] } });
    let operation = cloud.post(&format!("{POLICY}/accessLevels"), body).await.ok();
    cloud.get(&format!("/v1/{}", operation["name"].as_str().unwrap())).await.ok();
    patched(&cloud, "status.accessLevels", json!({ "status": { "accessLevels": [level] } })).await;
    ask(&cloud, &federated).await.ok();
    assert_eq!(cloud.delete(&format!("/v1/{level}")).await.refused().0, 400);
}

#[tokio::test]
async fn a_policy_takes_one_change_at_a_time() {
    let cloud = Cloud::ready().await;
    cloud
        .post("/_emulator/faults", json!({ "match": { "method": "POST" }, "action": { "lag_ms": 60_000 } }))
        .await
        .ok();
    cloud.post(&format!("{POLICY}/servicePerimeters"), perimeter(json!([]))).await.ok();
    let path = format!("{POLICY}/servicePerimeters/ai");
    assert_eq!(cloud.get(&path).await.refused().0, 404);
    let other = changed(|p| {
        p["name"] = json!("accessPolicies/456700000022/servicePerimeters/other");
        p["title"] = json!("Other");
        p["status"]["resources"] = json!([]);
    });
    let (status, code, _) = cloud.post(&format!("{POLICY}/servicePerimeters"), other.clone()).await.refused();
    assert_eq!((status, code.as_str()), (409, "ABORTED"));
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 61 })).await.ok();
    cloud.get(&path).await.ok();
    cloud.post(&format!("{POLICY}/servicePerimeters"), other).await.ok();
}

#[tokio::test]
async fn data_access_is_noted_where_the_policy_asks_for_it() {
    let cloud = trust().await;
    let federated = exchange(&cloud).await.ok()["access_token"].as_str().unwrap().to_owned();
    ask(&cloud, &federated).await.ok();
    assert_eq!(cloud.get("/_emulator/logs").await.ok(), json!([]));
    let audit = json!([{ "service": "aiplatform.googleapis.com", "auditLogConfigs": [{ "logType": "DATA_READ" }] }]);
    let body = json!({ "policy": { "auditConfigs": audit }, "updateMask": "auditConfigs" });
    cloud.post(&format!("/v1/projects/{PROJECT}:setIamPolicy"), body).await.ok();
    ask(&cloud, &federated).await.ok();
    let logs = cloud.get("/_emulator/logs").await.ok();
    assert_eq!((&logs[0]["log"], &logs[0]["principal"]), (&json!("data_access"), &json!(principal())), "{logs}");
}
