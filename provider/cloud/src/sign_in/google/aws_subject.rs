//! The token of an AWS workload: a signed call to GetCallerIdentity, which Google makes to see who signed it.

use serde_json::json;
use url::Url;

use crate::aws::sigv4::{self, Keys, Scope};
use crate::request::Method;
use crate::secret::Secret;
use crate::sign_in::SignInError;
use crate::sign_in::ask;
use crate::sign_in::file::Object;
use crate::sign_in::imds::Imds;
use crate::transport::Transport;

/// Where the keys and the region come from.
#[derive(Debug)]
pub(super) struct AwsSubject {
    keys: Option<Keys>,
    region: Option<String>,
    verification: String,
    metadata: Option<Imds>,
}

impl AwsSubject {
    /// Reads a `credential_source` with `environment_id`.
    pub(super) fn read(source: &Object, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, SignInError> {
        let keys = match (env("AWS_ACCESS_KEY_ID"), env("AWS_SECRET_ACCESS_KEY")) {
            (Some(id), Some(secret)) => Some(Keys {
                access_key_id: id.trim().to_owned(),
                secret_access_key: Secret::new(secret),
                session_token: env("AWS_SESSION_TOKEN").map(Secret::new),
            }),
            _ => None,
        };
        let metadata = match source.optional("url")? {
            Some(url) => Some(Imds::at(&ask::place(source.origin(), url)?)),
            None => None,
        };
        Ok(Self {
            keys,
            region: env("AWS_REGION").or_else(|| env("AWS_DEFAULT_REGION")),
            verification: source.text("regional_cred_verification_url")?.to_owned(),
            metadata,
        })
    }

    pub(super) async fn token(
        &self,
        origin: &str,
        audience: &str,
        transport: &Transport,
    ) -> Result<Secret, SignInError> {
        let malformed =
            |problem: &str| SignInError::Malformed { origin: origin.to_owned(), problem: problem.to_owned() };
        let nothing =
            || malformed("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set, and it names no metadata service");
        let keys = match (&self.keys, &self.metadata) {
            (Some(keys), _) => keys.clone(),
            (None, Some(metadata)) => metadata.keys(origin, transport).await?.0,
            (None, None) => return Err(nothing()),
        };
        let region = match (&self.region, &self.metadata) {
            (Some(region), _) => region.trim().to_owned(),
            (None, Some(metadata)) => metadata.region(origin, transport).await?,
            (None, None) => return Err(malformed("AWS_REGION is not set, and it names no metadata service")),
        };
        let url = ask::place(origin, &self.verification.replace("{region}", &region))?;
        Ok(Secret::new(signed_call(&keys, &region, &url, audience)))
    }
}

/// The call as Google's token endpoint takes it: URL, method and signed headers, as encoded JSON.
fn signed_call(keys: &Keys, region: &str, url: &Url, audience: &str) -> String {
    let scope = Scope { region: region.to_owned(), service: "sts" };
    let target = [("x-goog-cloud-target-resource", audience)];
    let signature = sigv4::sign(keys, &scope, Method::Post, url, &target, b"", jiff::Timestamp::now());
    let header = |key: &str, value: &str| json!({ "key": key, "value": value });
    let mut headers = vec![
        header("Authorization", &signature.authorization),
        header("host", url.host_str().unwrap_or_default()),
        header("x-amz-date", &signature.date),
        header("x-goog-cloud-target-resource", audience),
    ];
    if let Some(token) = &keys.session_token {
        headers.push(header("x-amz-security-token", token.expose()));
    }
    let call = json!({ "url": url.as_str(), "method": "POST", "headers": headers });
    url::form_urlencoded::byte_serialize(call.to_string().as_bytes()).collect()
}
