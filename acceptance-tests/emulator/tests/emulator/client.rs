//! A small client, and the set-up that most tests begin with.

use std::time::Duration;

use cloud_emulator::{Emulator, Options, Running, Seed};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) const PROJECT: &str = "ml-prod-4711";
pub(crate) const NUMBER: &str = "471100000011";
pub(crate) const ISSUER: &str = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/66666666-7777-8888-9999-000000000000/";
pub(crate) const SUBJECT: &str = "system:serviceaccount:chat:backend";

/// An emulator and somebody who talks to it.
pub(crate) struct Cloud {
    pub(crate) running: Running,
    http: reqwest::Client,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
    pub(crate) request_id: Option<String>,
    pub(crate) retry_after: Option<String>,
    headers: reqwest::header::HeaderMap,
    /// The body as it was sent.
    pub(crate) text: String,
}

impl Answer {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body of a call that must succeed.
    #[track_caller]
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{:#}", self.body);
        self.body
    }

    /// Status, canonical code and message of a call that must be refused.
    #[track_caller]
    pub(crate) fn refused(self) -> (u16, String, String) {
        assert!(self.status >= 400, "{:#}", self.body);
        assert_eq!(self.body["error"]["code"], self.status, "{:#}", self.body);
        let text = |name: &str| self.body["error"][name].as_str().unwrap().to_owned();
        (self.status, text("status"), text("message"))
    }

    /// `error` and `error_description` of an exchange that must be refused.
    #[track_caller]
    pub(crate) fn oauth(self) -> (String, String) {
        assert_eq!(self.status, 400, "{:#}", self.body);
        let text = |name: &str| self.body[name].as_str().unwrap().to_owned();
        (text("error"), text("error_description"))
    }
}

impl Cloud {
    pub(crate) async fn start() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let http = reqwest::Client::builder().timeout(Duration::from_secs(20)).build().unwrap();
        Self { running: Emulator::start(options).await.unwrap(), http }
    }

    pub(crate) async fn seeded(seed: Value) -> Self {
        let seed: Seed = serde_json::from_value(seed).unwrap();
        Self::with(Options { seed, ..Options::default() }).await
    }

    /// An emulator in whose project everything is switched on.
    pub(crate) async fn ready() -> Self {
        let cloud = Self::start().await;
        let services = ["iam", "iamcredentials", "sts", "aiplatform"].map(|name| format!("{name}.googleapis.com"));
        cloud
            .post(&format!("/v1/projects/{PROJECT}/services:batchEnable"), json!({ "serviceIds": services }))
            .await
            .ok();
        cloud
    }

    /// Switches one more API on.
    pub(crate) async fn enable(&self, api: &str) {
        self.post(&format!("/v1/projects/{PROJECT}/services/{api}.googleapis.com:enable"), json!({})).await.ok();
    }

    pub(crate) async fn send(&self, method: Method, path: &str, bearer: Option<&str>, body: Option<Value>) -> Answer {
        self.try_send(method, path, bearer, body).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        method: Method,
        path: &str,
        bearer: Option<&str>,
        body: Option<Value>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.http.request(method, format!("{}{path}", self.running.http));
        if let Some(bearer) = bearer {
            request = request.bearer_auth(bearer);
        }
        if let Some(body) = body {
            request = request.json(&body);
        }
        read(request.send().await?).await
    }

    /// Sends headers and a form as somebody has signed them.
    pub(crate) async fn signed(
        &self,
        method: &str,
        target: &str,
        headers: Vec<(String, String)>,
        body: String,
    ) -> Answer {
        let mut request =
            self.http.request(method.parse().unwrap(), format!("{}{target}", self.running.http)).body(body);
        for (name, value) in headers.iter().filter(|(name, _)| name != "host") {
            request = request.header(name, value);
        }
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        read(request.send().await.unwrap()).await.unwrap()
    }

    /// Posts a form without any credential of its own.
    pub(crate) async fn form(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let request = self.http.post(format!("{}{path}", self.running.http)).body(body);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        read(request.send().await.unwrap()).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, Some("operator"), None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some("operator"), Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Some("operator"), Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Some("operator"), None).await
    }

    /// Adds a grant the way clients must: read at version 3, write back with the etag.
    pub(crate) async fn grant(&self, resource: &str, role: &str, member: &str) -> Answer {
        let read = if resource.contains("/serviceAccounts/") {
            self.send(
                Method::POST,
                &format!("{resource}:getIamPolicy?options.requestedPolicyVersion=3"),
                Some("operator"),
                None,
            )
            .await
        } else {
            self.post(&format!("{resource}:getIamPolicy"), json!({ "options": { "requestedPolicyVersion": 3 } })).await
        };
        let mut policy = read.ok();
        if policy["bindings"].is_null() {
            policy["bindings"] = json!([]);
        }
        policy["bindings"].as_array_mut().unwrap().push(json!({ "role": role, "members": [member] }));
        policy["version"] = json!(3);
        self.post(&format!("{resource}:setIamPolicy"), json!({ "policy": policy })).await
    }

    /// Adds a grant to the policy of a bucket.
    pub(crate) async fn grant_bucket(&self, bucket: &str, role: &str, member: &str) {
        let path = format!("/storage/v1/b/{bucket}/iam");
        let mut policy = self.get(&format!("{path}?optionsRequestedPolicyVersion=3")).await.ok();
        policy["bindings"].as_array_mut().unwrap().push(json!({ "role": role, "members": [member] }));
        self.send(Method::PUT, &path, Some("operator"), Some(policy)).await.ok();
    }

    /// A token of a virtual issuer.
    pub(crate) async fn token(&self, order: Value) -> String {
        let answer = self.post("/_emulator/tokens", order).await.ok();
        answer["token"].as_str().unwrap().to_owned()
    }

    /// Listed objects of one type that were not seeded, as `id state`.
    pub(crate) async fn objects(&self, kind: &str) -> Vec<String> {
        let objects = self.get("/_emulator/objects").await.ok();
        let objects =
            objects.as_array().unwrap().iter().filter(|object| object["type"] == kind && object["seeded"] == false);
        objects
            .map(|object| format!("{} {}", object["id"].as_str().unwrap(), object["state"].as_str().unwrap()))
            .collect()
    }
}

async fn read(response: reqwest::Response) -> Result<Answer, reqwest::Error> {
    let headers = response.headers().clone();
    let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
    let (status, request_id, retry_after) = (response.status().as_u16(), header("x-request-id"), header("retry-after"));
    let text = response.text().await?;
    let body = serde_json::from_str(&text).unwrap_or_default();
    Ok(Answer { status, body, request_id, retry_after, headers, text })
}

/// The path of pools, below the project's id.
pub(crate) fn pools(rest: &str) -> String {
    format!("/v1/projects/{PROJECT}/locations/global/workloadIdentityPools{rest}")
}

/// A provider as the composite makes it.
pub(crate) fn provider() -> Value {
    json!({
        "displayName": "AKS",
        "attributeMapping": { "google.subject": "assertion.sub" },
        "attributeCondition": format!("assertion.sub == '{SUBJECT}'"),
        "oidc": { "issuerUri": ISSUER },
    })
}
