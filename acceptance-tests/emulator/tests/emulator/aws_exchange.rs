//! The way of an AWS role: a signed request for its identity, a federated token, an answer from Vertex AI with or without a service account.

use reqwest::Method;
use serde_json::{Value, json};

use crate::aws::{ACCOUNT, assume, session_keys};
use crate::client::{Answer, Cloud, PROJECT, pools};
use crate::signing::{self, Keys};

const POOL: &str = "projects/471100000011/locations/global/workloadIdentityPools/aws-pool";
const HOST: &str = "sts.eu-central-1.amazonaws.com";
const QUERY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const TARGET: &str = "x-goog-cloud-target-resource";
const VERTEX: &str =
    "/v1/projects/ml-prod-4711/locations/europe-west4/publishers/google/models/gemini-2.5-flash:generateContent";

/// What makes a good request a bad one.
type Change<'a> = &'a dyn Fn(&mut Value);

/// A pool with a provider for the account, and a session of a role in it.
async fn with_role() -> (Cloud, Keys) {
    let cloud = Cloud::ready().await;
    cloud.post(&pools("?workloadIdentityPoolId=aws-pool"), json!({})).await.ok();
    let provider = json!({ "aws": { "accountId": ACCOUNT } });
    cloud.post(&pools("/aws-pool/providers?workloadIdentityPoolProviderId=aws-provider"), provider).await.ok();
    let own = json!({ "AWS": format!("arn:aws:iam::{ACCOUNT}:root") });
    cloud.role("ml-training", assume(own, "sts:AssumeRole", Value::Null)).await;
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/ml-training");
    let session = [("RoleArn", arn.as_str()), ("RoleSessionName", "i-0abc")];
    let session = cloud.action(&Keys::operator(), "sts", "AssumeRole", &session).await;
    (cloud, session_keys(&session))
}

/// The parts of a subject token as Google's libraries make it.
fn parts(keys: &Keys) -> Value {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let target = format!("//iam.googleapis.com/{POOL}/providers/aws-provider");
    let more = Some((TARGET, target.as_str()));
    let headers = signing::headers_with(keys, "sts", HOST, ("POST", "/", QUERY), "", &now, more);
    let headers: Vec<Value> = headers.into_iter().map(|(key, value)| json!({ "key": key, "value": value })).collect();
    json!({ "url": format!("https://{HOST}?{QUERY}"), "method": "POST", "headers": headers })
}

async fn exchange(cloud: &Cloud, parts: &Value) -> Answer {
    let token: String = url::form_urlencoded::byte_serialize(parts.to_string().as_bytes()).collect();
    let request = json!({
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": format!("//iam.googleapis.com/{POOL}/providers/aws-provider"),
        "scope": "https://www.googleapis.com/auth/cloud-platform",
        "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
        "subjectToken": token,
        "subjectTokenType": "urn:ietf:params:aws:token-type:aws4_request",
    });
    cloud.send(Method::POST, "/v1/token", None, Some(request)).await
}

async fn ask(cloud: &Cloud, bearer: &str) -> Answer {
    let question = json!({ "contents": [{ "role": "user", "parts": [{ "text": "Why?" }] }] });
    cloud.send(Method::POST, VERTEX, Some(bearer), Some(question)).await
}

fn header<'a>(parts: &'a mut Value, name: &str) -> &'a mut Value {
    let headers = parts["headers"].as_array_mut().unwrap();
    &mut headers.iter_mut().find(|header| header["key"] == name).unwrap()["value"]
}

#[tokio::test]
async fn the_role_gets_an_answer_without_a_service_account() {
    let (cloud, keys) = with_role().await;
    let token = exchange(&cloud, &parts(&keys)).await.ok()["access_token"].as_str().unwrap().to_owned();
    assert_eq!(ask(&cloud, &token).await.refused().0, 403);
    let set = |arn: &str| format!("principalSet://iam.googleapis.com/{POOL}/attribute.aws_role/{arn}");
    let project = format!("/v1/projects/{PROJECT}");
    // What the set-up guides write: the role's own ARN. The default mapping never yields it.
    let role = set(&format!("arn:aws:iam::{ACCOUNT}:role/ml-training"));
    cloud.grant(&project, "roles/aiplatform.user", &role).await.ok();
    assert_eq!(ask(&cloud, &token).await.refused().0, 403);
    let session = set(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/ml-training"));
    cloud.grant(&project, "roles/aiplatform.user", &session).await.ok();
    ask(&cloud, &token).await.ok();
}

#[tokio::test]
async fn a_request_that_proves_nothing_is_refused() {
    let (cloud, keys) = with_role().await;
    let wrong: [(&str, Change<'_>); 9] = [
        ("method", &|parts| parts["method"] = json!("GET")),
        ("url", &|parts| parts["url"] = json!(format!("https://sts.example.com?{QUERY}"))),
        ("host", &|parts| *header(parts, "host") = json!("sts.amazonaws.com")),
        ("no target", &|parts| *header(parts, TARGET) = json!("")),
        ("other target", &|parts| {
            *header(parts, TARGET) = json!(format!("//iam.googleapis.com/{POOL}/providers/other"))
        }),
        ("changed target", &|parts| {
            *header(parts, TARGET) = json!(format!("https://iam.googleapis.com/{POOL}/providers/aws-provider"))
        }),
        ("time", &|parts| *header(parts, "x-amz-date") = json!("20200101T000000Z")),
        ("no token", &|parts| *header(parts, "x-amz-security-token") = json!("other")),
        ("headers", &|parts| parts["headers"] = json!([])),
    ];
    for (name, change) in wrong {
        let mut parts = parts(&keys);
        change(&mut parts);
        let (error, description) = exchange(&cloud, &parts).await.oauth();
        assert_eq!(error, "invalid_grant", "{name}: {description}");
    }
    let other = Keys { secret: String::from("wrong"), ..keys.clone() };
    assert!(exchange(&cloud, &parts(&other)).await.oauth().1.contains("SignatureDoesNotMatch"));

    let path = pools("/aws-pool/providers/aws-provider");
    cloud.patch(&format!("{path}?updateMask=aws"), json!({ "aws": { "accountId": "999999999999" } })).await.ok();
    assert!(exchange(&cloud, &parts(&keys)).await.oauth().1.contains("does not match the account"));
    cloud.patch(&format!("{path}?updateMask=aws"), json!({ "aws": { "accountId": ACCOUNT } })).await.ok();
    let condition = json!({ "attributeCondition": "attribute.aws_role.endsWith('/other')" });
    cloud.patch(&format!("{path}?updateMask=attributeCondition"), condition).await.ok();
    assert_eq!(exchange(&cloud, &parts(&keys)).await.oauth().0, "unauthorized_client");
    cloud.patch(&format!("{path}?updateMask=attributeCondition,disabled"), json!({ "disabled": true })).await.ok();
    assert_eq!(exchange(&cloud, &parts(&keys)).await.oauth().0, "invalid_target");
}
