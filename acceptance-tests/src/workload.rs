//! Workloads outside of Kubernetes, and the way into Azure: each gets its own cloud's token as the vendors' libraries do.

use serde_json::{Value, json};

use crate::emulator::{Emulator, OPERATOR_TOKEN};
use crate::http::{self, Answer, Content};

/// The emulator's Entra tenant.
pub const TENANT: &str = "11111111-2222-3333-4444-555555555555";
/// The emulator's Azure subscription.
pub const SUBSCRIPTION: &str = "22222222-3333-4444-5555-666666666666";

/// The token that a machine's metadata service hands out where the credential configuration says to ask for it.
///
/// # Panics
///
/// If the machine has no such identity, or the configuration asks in a way that metadata services do not answer.
#[track_caller]
#[must_use]
pub fn machine_token(clouds: &Emulator, config: &Value) -> String {
    let source = &config["credential_source"];
    let url = source["url"].as_str().expect("the configuration says where to ask");
    let path = url.strip_prefix("http://169.254.169.254").expect("the metadata service has a fixed address");
    let headers = source["headers"].as_object().into_iter().flatten();
    let headers: Vec<_> =
        headers.map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect();
    let answer = http::send_as_is("GET", &format!("{}{path}", clouds.origin()), &headers, String::new());
    assert!(answer.is_success(), "the metadata service refused: {}", answer.body);
    assert_eq!(source["format"]["type"], "json");
    let field = source["format"]["subject_token_field_name"].as_str().expect("the configuration says which field");
    answer.body[field].as_str().expect("the answer holds a token").to_owned()
}

/// The token that GitHub issues to a job for the audience in the credential configuration.
///
/// # Panics
///
/// If the configuration asks for no audience.
#[track_caller]
#[must_use]
pub fn job_token(clouds: &Emulator, config: &Value, job: &Value) -> String {
    let url = config["credential_source"]["url"].as_str().expect("the configuration says where to ask");
    let query = url.strip_prefix("${ACTIONS_ID_TOKEN_REQUEST_URL}&").expect("the job's own address comes first");
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let audience = pairs.find(|(name, _)| name == "audience").expect("the job asks for an audience").1.into_owned();
    clouds.token(&json!({"audience": audience, "workload": job}))
}

/// Asks Azure OpenAI with a token of the cluster, the whole way through Entra.
///
/// # Errors
///
/// The answer of whoever refuses.
pub fn ask_azure_openai(clouds: &Emulator, client_id: &str, assertion: &str, question: &str) -> Result<String, Answer> {
    let form = http::form(&[
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
        ("client_assertion", assertion),
        ("scope", "https://cognitiveservices.azure.com/.default"),
    ]);
    let headers = [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let url = format!("{}/{TENANT}/oauth2/v2.0/token", clouds.origin());
    let signed_in = http::send_as_is("POST", &url, &headers, form);
    let Some(token) = signed_in.body["access_token"].as_str() else { return Err(signed_in) };
    let url = format!("{}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", clouds.origin());
    let body = json!({"messages": [{"role": "user", "content": question}]});
    let answer = http::send("POST", &url, &Content { token: Some(token), body: Some(&body) });
    match answer.body["choices"][0]["message"]["content"].as_str() {
        Some(text) => Ok(text.to_owned()),
        None => Err(answer),
    }
}

/// Reads an object of Azure's resource manager as the operator.
#[track_caller]
#[must_use]
pub fn arm(clouds: &Emulator, id: &str, api_version: &str) -> Value {
    let url = format!("{}{id}?api-version={api_version}", clouds.origin());
    http::send("GET", &url, &Content { token: Some(OPERATOR_TOKEN), body: None }).body
}
