//! The way of a workload: its own token, a federated token, a service account's token, an answer from Vertex AI; and who does not get through.

use reqwest::Method;
use serde_json::{Value, json};

use crate::client::{Answer, Cloud, ISSUER, NUMBER, PROJECT, SUBJECT, pools, provider};

const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const EMAIL: &str = "ai-writer@ml-prod-4711.iam.gserviceaccount.com";
const VERTEX: &str =
    "/v1/projects/ml-prod-4711/locations/europe-west4/publishers/google/models/gemini-2.5-flash:generateContent";

fn provider_name() -> String {
    format!("projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool/providers/aks-provider")
}

fn member() -> String {
    format!(
        "principal://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools/aks-pool/subject/{SUBJECT}"
    )
}

fn provider_path(mask: &str) -> String {
    pools(&format!("/aks-pool/providers/aks-provider{mask}"))
}

/// The whole trust, as the composite makes it.
async fn trust() -> Cloud {
    let cloud = Cloud::ready().await;
    cloud.post(&pools("?workloadIdentityPoolId=aks-pool"), json!({})).await.ok();
    cloud.post(&pools("/aks-pool/providers?workloadIdentityPoolProviderId=aks-provider"), provider()).await.ok();
    cloud.post(&format!("/v1/projects/{PROJECT}/serviceAccounts"), json!({ "accountId": "ai-writer" })).await.ok();
    let account = format!("/v1/projects/{PROJECT}/serviceAccounts/{EMAIL}");
    cloud.grant(&account, "roles/iam.workloadIdentityUser", &member()).await.ok();
    cloud
        .grant(&format!("/v1/projects/{PROJECT}"), "roles/aiplatform.user", &format!("serviceAccount:{EMAIL}"))
        .await
        .ok();
    cloud
}

/// An order for the token that the trust is meant for.
fn order() -> Value {
    json!({ "issuer": ISSUER, "audience": format!("https://iam.googleapis.com/{}", provider_name()), "subject": SUBJECT })
}

fn request(token: &str) -> Value {
    json!({
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": format!("//iam.googleapis.com/{}", provider_name()),
        "scope": SCOPE,
        "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
        "subjectToken": token,
        "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
    })
}

async fn exchange(cloud: &Cloud, order: Value) -> Answer {
    let token = cloud.token(order).await;
    cloud.send(Method::POST, "/v1/token", None, Some(request(&token))).await
}

async fn federated(cloud: &Cloud) -> String {
    exchange(cloud, order()).await.ok()["access_token"].as_str().unwrap().to_owned()
}

async fn impersonate(cloud: &Cloud, bearer: &str) -> Answer {
    let path = format!("/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken");
    cloud.send(Method::POST, &path, Some(bearer), Some(json!({ "scope": [SCOPE], "lifetime": "600s" }))).await
}

async fn ask(cloud: &Cloud, bearer: &str) -> Answer {
    let question = json!({ "contents": [{ "role": "user", "parts": [{ "text": "Why is the sky blue?" }] }] });
    cloud.send(Method::POST, VERTEX, Some(bearer), Some(question)).await
}

#[tokio::test]
async fn the_right_pod_gets_an_answer() {
    let cloud = trust().await;
    let exchanged = exchange(&cloud, order()).await.ok();
    assert_eq!((&exchanged["token_type"], &exchanged["expires_in"]), (&json!("Bearer"), &json!(3600)));
    let token = impersonate(&cloud, exchanged["access_token"].as_str().unwrap()).await.ok();
    assert!(token["expireTime"].as_str().unwrap().ends_with('Z'));
    let answer = ask(&cloud, token["accessToken"].as_str().unwrap()).await.ok();
    let text = answer["candidates"][0]["content"]["parts"][0]["text"].as_str().unwrap();
    assert!(text.contains("Why is the sky blue?"), "{text}");
    assert_eq!(answer["candidates"][0]["finishReason"], "STOP");
    assert_eq!(answer["modelVersion"], "gemini-2.5-flash");
    assert_eq!(ask(&cloud, token["accessToken"].as_str().unwrap()).await.ok()["candidates"], answer["candidates"]);
}

#[tokio::test]
async fn googles_libraries_send_a_form() {
    let cloud = trust().await;
    let token = cloud.token(order()).await;
    let fields = [
        ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
        ("audience", &format!("//iam.googleapis.com/{}", provider_name())),
        ("scope", SCOPE),
        ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
        ("subject_token", &token),
        ("subject_token_type", "urn:ietf:params:oauth:token-type:jwt"),
    ];
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
    let sent = reqwest::Client::new().post(format!("{}/v1/token", cloud.running.http));
    let sent = sent.header("content-type", "application/x-www-form-urlencoded").body(body).send().await.unwrap();
    assert_eq!(sent.status(), 200, "{}", sent.text().await.unwrap());
}

#[tokio::test]
async fn a_token_that_is_wrong_in_one_way_is_refused_for_that() {
    let cloud = trust().await;
    let own = format!("https://iam.googleapis.com/{}", provider_name());
    for (change, error, words) in [
        (
            json!({ "subject": "system:serviceaccount:chat:other" }),
            "unauthorized_client",
            "rejected by the attribute condition",
        ),
        (
            json!({ "audience": "api://AzureADTokenExchange" }),
            "invalid_grant",
            "audience in ID Token [api://AzureADTokenExchange]",
        ),
        (json!({ "signed_by": "https://attacker.example.com" }), "invalid_grant", "Invalid JWT Signature"),
        (json!({ "key_id": "unknown" }), "invalid_grant", "no key of the issuer"),
        (json!({ "key_id": null }), "invalid_grant", "no key id"),
        (json!({ "algorithm": "HS256" }), "invalid_grant", "RS256 or ES256"),
        (json!({ "algorithm": "none" }), "invalid_grant", "not supported"),
        (json!({ "expires_in": -1, "issued_ago": 3600 }), "invalid_grant", "stale to sign-in"),
        (json!({ "issued_ago": 25 * 3600 }), "invalid_grant", "stale to sign-in"),
        (json!({ "issued_ago": -600 }), "invalid_grant", "not valid yet"),
        (json!({ "issuer": ISSUER.trim_end_matches('/') }), "invalid_grant", "issuer in ID Token"),
        (json!({ "issuer": "https://attacker.example.com" }), "invalid_grant", "does not match the expected ones"),
        (json!({ "claims": { "exp": null } }), "invalid_grant", "iat and exp"),
        (json!({ "claims": { "sub": null } }), "invalid_grant", "no subject"),
    ] {
        let mut order = order();
        order.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let (found, description) = exchange(&cloud, order).await.oauth();
        assert_eq!(found, error, "{change}: {description}");
        assert!(description.contains(words), "{change}: {description}");
    }
    let mut good = order();
    good["audience"] = json!(["other", own]);
    good["algorithm"] = json!("ES256");
    exchange(&cloud, good).await.ok();
}

#[tokio::test]
async fn a_request_that_is_wrong_is_refused_for_that() {
    let cloud = trust().await;
    let token = cloud.token(order()).await;
    let id_not_number = format!("//iam.googleapis.com/{}", provider_name().replace(NUMBER, PROJECT));
    for (name, value, error) in [
        ("grantType", json!("password"), "unsupported_grant_type"),
        ("audience", json!(id_not_number), "invalid_request"),
        ("audience", json!(provider_name()), "invalid_request"),
        ("audience", json!(format!("//iam.googleapis.com/{}x", provider_name())), "invalid_target"),
        ("scope", json!(""), "invalid_scope"),
        ("requestedTokenType", json!("urn:ietf:params:oauth:token-type:jwt"), "invalid_request"),
        ("subjectTokenType", json!("urn:ietf:params:aws:token-type:aws4_request"), "invalid_request"),
        ("subjectToken", json!("not a token"), "invalid_grant"),
        ("subjectToken", json!("x".repeat(13_000)), "invalid_request"),
        ("subject", json!("x"), "invalid_request"),
    ] {
        let mut body = request(&token);
        body[name] = value.clone();
        let (found, description) = cloud.send(Method::POST, "/v1/token", None, Some(body)).await.oauth();
        assert_eq!(found, error, "{name}={value}: {description}");
    }
}

#[tokio::test]
async fn a_pool_or_provider_that_is_off_or_gone_takes_no_tokens() {
    let cloud = trust().await;
    let token = federated(&cloud).await;
    let refused = async |cloud: &Cloud| {
        let (error, description) = exchange(cloud, order()).await.oauth();
        assert_eq!(error, "invalid_target", "{description}");
    };
    for path in [pools("/aks-pool"), provider_path("")] {
        cloud.patch(&format!("{path}?updateMask=disabled"), json!({ "disabled": true })).await.ok();
        refused(&cloud).await;
        cloud.patch(&format!("{path}?updateMask=disabled"), json!({ "disabled": false })).await.ok();
        exchange(&cloud, order()).await.ok();
    }

    cloud.delete(&provider_path("")).await.ok();
    refused(&cloud).await;
    impersonate(&cloud, &token).await.ok();
    cloud.post(&provider_path(":undelete"), json!({})).await.ok();

    cloud.delete(&pools("/aks-pool")).await.ok();
    refused(&cloud).await;
    assert_eq!(impersonate(&cloud, &token).await.refused().0, 401);
    cloud.post(&pools("/aks-pool:undelete"), json!({})).await.ok();
    impersonate(&cloud, &token).await.ok();
}

#[tokio::test]
async fn what_the_mapping_cannot_give_is_refused() {
    let cloud = trust().await;
    let mut long = order();
    long["subject"] = json!("é".repeat(64));
    cloud.patch(&provider_path("?updateMask=attributeCondition"), json!({})).await.ok();
    assert!(exchange(&cloud, long).await.oauth().1.contains("exceeds the 127 bytes limit"));
    let mapping = json!({ "attributeMapping": { "google.subject": "assertion.oid" } });
    cloud.patch(&provider_path("?updateMask=attributeMapping"), mapping).await.ok();
    assert!(exchange(&cloud, order()).await.oauth().1.contains("google.subject"));
}

#[tokio::test]
async fn impersonation_needs_the_binding_and_names_the_permission() {
    let cloud = trust().await;
    cloud.patch(&provider_path("?updateMask=attributeCondition"), json!({})).await.ok();
    let mut order = order();
    order["subject"] = json!("system:serviceaccount:chat:other");
    let other = exchange(&cloud, order).await.ok();
    let refused = impersonate(&cloud, other["access_token"].as_str().unwrap()).await;
    assert_eq!(refused.body["error"]["details"][0]["reason"], "IAM_PERMISSION_DENIED");
    assert_eq!(refused.body["error"]["details"][0]["metadata"]["permission"], "iam.serviceAccounts.getAccessToken");
    assert_eq!(refused.refused().0, 403);
    assert_eq!(impersonate(&cloud, "operator").await.refused().0, 403);

    let token = federated(&cloud).await;
    let path = format!("/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken");
    let call = async |path: &str, body| cloud.send(Method::POST, path, Some(&token), Some(body)).await.refused();
    assert!(call(&path, json!({ "scope": [SCOPE], "lifetime": "3601s" })).await.2.contains("between 1 and 3600"));
    assert_eq!(call(&path, json!({ "scope": [SCOPE], "lifetime": "1h" })).await.0, 400);
    assert_eq!(call(&path, json!({})).await.0, 400);
    assert_eq!(call(&path.replace("/-/", "/ml-prod-4711/"), json!({ "scope": [SCOPE] })).await.0, 400);
    assert_eq!(call(&path.replace("ai-writer", "missing"), json!({ "scope": [SCOPE] })).await.0, 403);
    cloud.post(&format!("/v1/projects/{PROJECT}/serviceAccounts/{EMAIL}:disable"), json!({})).await.ok();
    assert_eq!(call(&path, json!({ "scope": [SCOPE] })).await.1, "FAILED_PRECONDITION");
}

#[tokio::test]
async fn a_binding_can_name_an_attribute_a_group_or_the_pool() {
    let cloud = trust().await;
    let mapping = json!({ "attributeMapping": {
        "google.subject": "assertion.sub", "google.groups": "assertion.groups", "attribute.namespace": "assertion['kubernetes.io'].namespace",
    } });
    cloud.patch(&provider_path("?updateMask=attributeMapping"), mapping).await.ok();
    let mut order = order();
    order["claims"] = json!({ "groups": ["writers"], "kubernetes.io": { "namespace": "chat" } });
    let token = exchange(&cloud, order).await.ok()["access_token"].as_str().unwrap().to_owned();
    let account = format!("/v1/projects/{PROJECT}/serviceAccounts/{EMAIL}");
    let set = |member: String| json!({ "policy": { "bindings": [{ "role": "roles/iam.workloadIdentityUser", "members": [member] }] } });
    let pool = format!("principalSet://iam.googleapis.com/projects/{NUMBER}/locations/global/workloadIdentityPools");
    for (selector, admitted) in [
        ("aks-pool/attribute.namespace/chat", true),
        ("aks-pool/attribute.namespace/cha", false),
        ("aks-pool/group/writers", true),
        ("aks-pool/group/Writers", false),
        ("aks-pool/*", true),
        ("other-pool/*", false),
    ] {
        cloud.post(&format!("{account}:setIamPolicy"), set(format!("{pool}/{selector}"))).await.ok();
        assert_eq!(impersonate(&cloud, &token).await.status == 200, admitted, "{selector}");
    }
}

#[tokio::test]
async fn vertex_answers_only_whoever_holds_the_role() {
    let cloud = trust().await;
    let token = federated(&cloud).await;
    assert_eq!(ask(&cloud, "operator").await.refused().0, 401);
    let refused = ask(&cloud, &token).await;
    assert_eq!(refused.body["error"]["details"][0]["metadata"]["permission"], "aiplatform.endpoints.predict");
    cloud.grant(&format!("/v1/projects/{PROJECT}"), "roles/aiplatform.user", &member()).await.ok();
    ask(&cloud, &token).await.ok();

    let call = async |path: &str, body| cloud.send(Method::POST, path, Some(&token), Some(body)).await;
    let hello = json!({ "contents": [{ "role": "user", "parts": [{ "text": "Hello" }] }] });
    assert_eq!(call(&VERTEX.replace("gemini", "germini"), hello.clone()).await.refused().0, 404);
    assert_eq!(call(&VERTEX.replace("europe-west4", "mars"), hello.clone()).await.refused().0, 400);
    assert_eq!(call(VERTEX, json!({ "prompt": "Hello" })).await.refused().0, 400);
    assert_eq!(call(VERTEX, json!({})).await.refused().0, 400);
    let pieces = call(&VERTEX.replace("generateContent", "streamGenerateContent"), hello).await.ok();
    assert_eq!(pieces.as_array().unwrap().len(), 2);
    let claude = "/v1/projects/ml-prod-4711/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929:rawPredict";
    let message = json!({ "anthropic_version": "vertex-2023-10-16", "messages": [{ "role": "user", "content": "Hello" }], "max_tokens": 9 });
    assert!(call(claude, message).await.ok()["content"][0]["text"].as_str().unwrap().contains("Hello"));
    let endpoint = format!("/v1/projects/{PROJECT}/locations/europe-west4/endpoints/42:predict");
    assert_eq!(call(&endpoint, json!({ "instances": [1, 2] })).await.ok()["predictions"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn tokens_expire_and_issuers_can_be_out_of_reach() {
    let cloud = trust().await;
    let token = federated(&cloud).await;
    let account = impersonate(&cloud, &token).await.ok()["accessToken"].as_str().unwrap().to_owned();
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 601 })).await.ok();
    assert_eq!(ask(&cloud, &account).await.refused().0, 401);
    impersonate(&cloud, &token).await.ok();
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 3600 })).await.ok();
    assert_eq!(impersonate(&cloud, &token).await.refused().0, 401);

    cloud.post("/_emulator/issuers", json!({ "issuer": ISSUER, "reachable": false })).await.ok();
    assert!(exchange(&cloud, order()).await.oauth().1.contains("Error connecting"));
    cloud.post("/_emulator/issuers", json!({ "issuer": ISSUER, "reachable": true })).await.ok();
    exchange(&cloud, order()).await.ok();
}

#[tokio::test]
async fn keys_can_be_given_with_the_provider() {
    let cloud = trust().await;
    cloud.token(order()).await;
    let issuer: String = url::form_urlencoded::byte_serialize(ISSUER.as_bytes()).collect();
    let keys = cloud.get(&format!("/_emulator/issuers/{issuer}/openid/v1/jwks")).await.ok();
    let discovery = cloud.get(&format!("/_emulator/issuers/{issuer}/.well-known/openid-configuration")).await.ok();
    assert_eq!(discovery["issuer"], ISSUER);
    cloud
        .patch(&provider_path("?updateMask=oidc.jwksJson"), json!({ "oidc": { "jwksJson": keys.to_string() } }))
        .await
        .ok();
    cloud.post("/_emulator/issuers", json!({ "issuer": ISSUER, "reachable": false })).await.ok();
    exchange(&cloud, order()).await.ok();
}

#[tokio::test]
async fn the_exchange_and_impersonation_need_their_apis() {
    let cloud = trust().await;
    let token = federated(&cloud).await;
    for (service, status) in [("sts", 403), ("iamcredentials", 403)] {
        cloud.post(&format!("/v1/projects/{PROJECT}/services/{service}.googleapis.com:disable"), json!({})).await.ok();
        let answer = if service == "sts" { exchange(&cloud, order()).await } else { impersonate(&cloud, &token).await };
        assert_eq!(answer.body["error"]["details"][0]["reason"], "SERVICE_DISABLED");
        assert_eq!(answer.refused().0, status);
    }
}

#[tokio::test]
async fn an_account_has_a_token_for_other_clouds() {
    let cloud = trust().await;
    let bearer = federated(&cloud).await;
    let path = format!("/v1/projects/-/serviceAccounts/{EMAIL}:generateIdToken");
    let ask = async |body: Value| cloud.send(Method::POST, &path, Some(&bearer), Some(body)).await;
    let token = ask(json!({ "audience": "api://AzureADTokenExchange", "includeEmail": true })).await.ok();
    let claims = token["token"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, claims).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["iss"], &claims["email"]), (&json!("https://accounts.google.com"), &json!(EMAIL)));
    assert_eq!(claims["sub"], claims["azp"]);
    assert_eq!(ask(json!({})).await.refused().0, 400);
    let stranger = cloud.send(Method::POST, &path, Some("denied"), Some(json!({ "audience": "a" }))).await;
    assert_eq!(stranger.refused().0, 403);
}
