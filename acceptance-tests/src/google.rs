//! The way into Google: what its client libraries do with a credential configuration, from the workload's token to a model's answer.

use std::fmt;

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::http::{self, Answer, Content};
use crate::story;

const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

/// The three calls on the way to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hop {
    /// Google's Security Token Service takes the cluster's token for a federated one.
    Exchange,
    /// The federated token is taken for one of the service account.
    Impersonation,
    /// The model is asked.
    VertexAi,
}

/// Which hop said no, and what it said.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// Where the way ended.
    pub hop: Hop,
    /// HTTP status.
    pub status: u16,
    /// The cloud's words.
    pub message: String,
}

/// Asks a model, the whole way from the workload's own token.
///
/// # Errors
///
/// If one of the hops refuses.
#[track_caller]
pub fn ask(
    clouds: &Emulator,
    config: &Value,
    subject_token: &str,
    project: &str,
    question: &str,
) -> Result<String, Refusal> {
    assert_eq!(config["type"], "external_account", "client libraries know the kind of credentials");
    let federated = exchange(clouds, config, subject_token)?;
    // Without a service account to act as, the federated token is the access token.
    let token = match &config["service_account_impersonation_url"] {
        Value::Null => federated,
        url => impersonate(clouds, url, &federated)?,
    };
    generate(clouds, &token, project, question)
}

/// Makes a bucket of Cloud Storage in the story's project.
///
/// # Panics
///
/// If Google refuses.
#[track_caller]
pub fn bucket(clouds: &Emulator, name: &str) {
    let path = format!("/v1/projects/{}/services/storage.googleapis.com:enable", story::PROJECT);
    clouds.by_hand("POST", &path, Some(&json!({})));
    let path = format!("/storage/v1/b?project={}", story::PROJECT);
    clouds.by_hand("POST", &path, Some(&json!({"name": name})));
}

#[track_caller]
fn exchange(clouds: &Emulator, config: &Value, subject_token: &str) -> Result<String, Refusal> {
    let request = json!({
        "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
        "audience": config["audience"],
        "scope": CLOUD_PLATFORM,
        "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
        "subjectToken": subject_token,
        "subjectTokenType": config["subject_token_type"],
    });
    let url = on_loopback(clouds, &config["token_url"]);
    let answer = http::send("POST", &url, &Content { token: None, body: Some(&request) });
    taken(Hop::Exchange, answer, "access_token")
}

#[track_caller]
fn impersonate(clouds: &Emulator, url: &Value, federated: &str) -> Result<String, Refusal> {
    let url = on_loopback(clouds, url);
    let request = json!({"scope": [CLOUD_PLATFORM]});
    let answer = http::send("POST", &url, &Content { token: Some(federated), body: Some(&request) });
    taken(Hop::Impersonation, answer, "accessToken")
}

#[track_caller]
fn generate(clouds: &Emulator, token: &str, project: &str, question: &str) -> Result<String, Refusal> {
    let model = format!("v1/projects/{project}/locations/europe-west4/publishers/google/models/gemini-2.5-flash");
    let url = format!("{}/{model}:generateContent", clouds.origin());
    let request = json!({"contents": [{"role": "user", "parts": [{"text": question}]}]});
    let answer = http::send("POST", &url, &Content { token: Some(token), body: Some(&request) });
    if !answer.is_success() {
        return Err(Refusal::of(Hop::VertexAi, &answer));
    }
    let text = answer.body["candidates"][0]["content"]["parts"][0]["text"].as_str();
    Ok(text.expect("an answer holds text").to_owned())
}

/// The same URL on the emulator: Google's own hosts are not to be reached from a test, whatever the configuration names.
#[track_caller]
fn on_loopback(clouds: &Emulator, url: &Value) -> String {
    let url = url.as_str().expect("the configuration names its endpoints");
    let path = url.split_once("://").and_then(|(_, rest)| rest.split_once('/')).expect("an endpoint has a path").1;
    format!("{}/{path}", clouds.origin())
}

#[track_caller]
fn taken(hop: Hop, answer: Answer, field: &str) -> Result<String, Refusal> {
    if !answer.is_success() {
        return Err(Refusal::of(hop, &answer));
    }
    Ok(answer.body[field].as_str().expect("an answer that grants a token holds it").to_owned())
}

impl Refusal {
    fn of(hop: Hop, answer: &Answer) -> Self {
        // OAuth endpoints say `error_description`, the others `error.message`.
        let message = answer.body["error_description"].as_str().or_else(|| answer.body["error"]["message"].as_str());
        let message = message.map_or_else(|| answer.body.to_string(), str::to_owned);
        Self { hop, status: answer.status, message }
    }
}

impl fmt::Display for Hop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exchange => "the token exchange (sts.googleapis.com)",
            Self::Impersonation => "the impersonation of the service account (iamcredentials.googleapis.com)",
            Self::VertexAi => "Vertex AI (aiplatform.googleapis.com)",
        })
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused by {}: {} {}", self.hop, self.status, self.message)
    }
}
