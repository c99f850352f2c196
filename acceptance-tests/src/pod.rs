//! A pod that uses a trust: it reads what the provider put out, as kubelet and Google's client libraries would, and calls Vertex AI.

use std::fmt;

use serde_json::{Value, json};

use crate::emulator::Emulator;
use crate::http::{self, Answer, Content};

const CLOUD_PLATFORM: &str = "https://www.googleapis.com/auth/cloud-platform";

/// A workload on a cluster.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The cluster's issuer.
    pub issuer: String,
    /// Its namespace.
    pub namespace: String,
    /// The Kubernetes service account that it runs as.
    pub service_account: String,
}

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

/// What a pod mounts: both come from the trust's outputs.
#[derive(Clone, Debug)]
pub struct Mounts {
    /// The file that `GOOGLE_APPLICATION_CREDENTIALS` names.
    pub credential_config: Value,
    /// The manifest whose volumes the pod has.
    pub manifest: String,
}

impl Mounts {
    /// Takes the trust's outputs as they are.
    ///
    /// # Panics
    ///
    /// If the credential configuration is not the JSON that client libraries read.
    #[track_caller]
    #[must_use]
    pub fn new(credential_config: &Value, manifest: &Value) -> Self {
        let config = credential_config.as_str().expect("the credential configuration is a string");
        Self {
            credential_config: serde_json::from_str(config).expect("the credential configuration is JSON"),
            manifest: manifest.as_str().expect("the manifest is a string").to_owned(),
        }
    }

    /// A value of the manifest by its key, such as `audience: "…"`.
    fn manifest_value(&self, key: &str) -> Option<&str> {
        self.manifest.lines().find_map(|line| {
            let line = line.trim().trim_start_matches("- ");
            line.strip_prefix(key)?.strip_prefix(':').map(|value| value.trim().trim_matches('"'))
        })
    }

    /// Where the kubelet writes the projected token.
    fn token_file(&self) -> Option<String> {
        Some(format!("{}/{}", self.manifest_value("mountPath")?, self.manifest_value("path")?))
    }
}

impl Pod {
    /// Asks a model, the whole way from the projected token to the answer.
    ///
    /// # Errors
    ///
    /// If one of the hops refuses.
    ///
    /// # Panics
    ///
    /// If manifest and configuration do not fit together: no cloud is needed to see that.
    #[track_caller]
    pub fn ask(&self, clouds: &Emulator, mounts: &Mounts, project: &str, question: &str) -> Result<String, Refusal> {
        let config = &mounts.credential_config;
        assert_eq!(config["type"], "external_account", "client libraries know the kind of credentials");
        assert_eq!(
            config["credential_source"]["file"].as_str().map(str::to_owned),
            mounts.token_file(),
            "the configuration reads the token where the manifest mounts it"
        );
        let federated = self.exchange(clouds, mounts)?;
        let token = impersonate(clouds, config, &federated)?;
        generate(clouds, &token, project, question)
    }

    /// The token that the kubelet projects for the audience in the manifest.
    #[track_caller]
    #[must_use]
    pub fn projected_token(&self, clouds: &Emulator, audience: &str) -> String {
        clouds.token(&json!({
            "issuer": self.issuer,
            "subject": format!("system:serviceaccount:{}:{}", self.namespace, self.service_account),
            "audience": audience,
            "claims": {
                "kubernetes.io": {"namespace": self.namespace, "serviceaccount": {"name": self.service_account}},
            },
        }))
    }

    #[track_caller]
    fn exchange(&self, clouds: &Emulator, mounts: &Mounts) -> Result<String, Refusal> {
        let config = &mounts.credential_config;
        let audience = mounts.manifest_value("audience").expect("the manifest projects a token for an audience");
        let request = json!({
            "grantType": "urn:ietf:params:oauth:grant-type:token-exchange",
            "audience": config["audience"],
            "scope": CLOUD_PLATFORM,
            "requestedTokenType": "urn:ietf:params:oauth:token-type:access_token",
            "subjectToken": self.projected_token(clouds, audience),
            "subjectTokenType": config["subject_token_type"],
        });
        let answer = http::send(
            "POST",
            &on_loopback(clouds, &config["token_url"]),
            &Content { token: None, body: Some(&request) },
        );
        taken(Hop::Exchange, answer, "access_token")
    }
}

#[track_caller]
fn impersonate(clouds: &Emulator, config: &Value, federated: &str) -> Result<String, Refusal> {
    let url = on_loopback(clouds, &config["service_account_impersonation_url"]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn manifest_and_configuration_are_read_as_the_kubelet_reads_them() {
        let manifest = "volumeMounts:\n  - name: t\n    mountPath: /var/run/t\nsources:\n  - serviceAccountToken:\n      audience: \"https://a/b\"\n      path: token\n";
        let mounts = Mounts::new(&json!("{}"), &json!(manifest));
        assert_eq!(mounts.manifest_value("audience"), Some("https://a/b"));
        assert_eq!(mounts.token_file().as_deref(), Some("/var/run/t/token"));
    }
}
