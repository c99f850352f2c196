//! How an application proves itself to Entra: a secret, a certificate, or a token of an issuer that it trusts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use url::Url;

use super::{Answer, AzureSignIn, Certificate, Env, flag, malformed};
use crate::api::Api;
use crate::error::Error;
use crate::request::Request;
use crate::secret::Secret;
use crate::sign_in::ask::{self, Ask};
use crate::sign_in::{SignInError, file, read_file, unsigned};
use crate::transport::Transport;

/// A proof.
#[derive(Debug)]
pub(super) enum Proof {
    Secret(Secret),
    Certificate(Box<Certificate>),
    Token(Secret),
    TokenFile(String),
    /// Whoever runs the pipeline gives tokens out.
    Pipeline {
        url: Url,
        token: Secret,
    },
}

type Note<'a> = &'a mut dyn FnMut(&str, &str);

/// The certificate or the secret that is set, and what set it.
pub(super) fn secret_or_certificate(
    config: &AzureSignIn,
    env: Env<'_>,
    note: Note<'_>,
) -> Result<Option<(Proof, String)>, SignInError> {
    let password = config.client_certificate_password.clone();
    let password = password.or_else(|| env("ARM_CLIENT_CERTIFICATE_PASSWORD").map(Secret::verbatim));
    let name = "ARM_CLIENT_CERTIFICATE";
    if let Some(text) = config.client_certificate.clone().or_else(|| env(name).map(Secret::new)) {
        let certificate = Certificate::decode(name, &text, password.as_ref())?;
        return Ok(Some((Proof::Certificate(Box::new(certificate)), name.to_owned())));
    }
    note(name, "not set");
    let name = "ARM_CLIENT_CERTIFICATE_PATH";
    if let Some(path) = config.client_certificate_path.clone().or_else(|| env(name)) {
        let certificate = Certificate::read(name, path.trim(), password.as_ref())?;
        return Ok(Some((Proof::Certificate(Box::new(certificate)), name.to_owned())));
    }
    note(name, "not set");
    let name = "ARM_CLIENT_SECRET";
    if let Some(secret) = config.client_secret.clone().or_else(|| env(name).map(Secret::new)) {
        return Ok(Some((Proof::Secret(sendable(name, secret)?), name.to_owned())));
    }
    note(name, "not set");
    let name = "ARM_CLIENT_SECRET_FILE_PATH";
    if let Some(path) = config.client_secret_file_path.clone().or_else(|| env(name)) {
        return Ok(Some((Proof::Secret(sendable(name, file::read(name, path.trim())?)?), name.to_owned())));
    }
    note(name, "not set");
    Ok(None)
}

/// The token of another issuer that is set, and what set it.
pub(super) fn federated(
    config: &AzureSignIn,
    aks: bool,
    env: Env<'_>,
    note: Note<'_>,
) -> Result<Option<(Proof, String)>, SignInError> {
    if aks {
        let name = "AZURE_FEDERATED_TOKEN_FILE";
        let path = env(name).ok_or_else(|| {
            malformed(
                "ARM_USE_AKS_WORKLOAD_IDENTITY",
                &format!("{name} is not set: does the pod have the label azure.workload.identity/use?"),
            )
        })?;
        return Ok(Some((Proof::TokenFile(path), name.to_owned())));
    }
    note("ARM_USE_AKS_WORKLOAD_IDENTITY", "not set to true");
    if !flag(config.use_oidc, "ARM_USE_OIDC", env)?.unwrap_or(false) {
        note("ARM_USE_OIDC", "not set to true");
        return Ok(None);
    }
    let name = "ARM_OIDC_TOKEN";
    if let Some(token) = config.oidc_token.clone().or_else(|| env(name).map(Secret::new)) {
        check(name, &token)?;
        return Ok(Some((Proof::Token(token), name.to_owned())));
    }
    let name = "ARM_OIDC_TOKEN_FILE_PATH";
    if let Some(path) = config.oidc_token_file_path.clone().or_else(|| env(name)) {
        return Ok(Some((Proof::TokenFile(path), name.to_owned())));
    }
    let either =
        |argument: Option<String>, ours: &str, theirs: &str| argument.or_else(|| env(ours)).or_else(|| env(theirs));
    let url = either(config.oidc_request_url.clone(), "ARM_OIDC_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_URL");
    let token = config.oidc_request_token.clone().map(|token| token.expose().to_owned());
    let token = either(token, "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN");
    let name = "ARM_OIDC_REQUEST_URL";
    match (url, token) {
        (Some(url), Some(token)) => {
            let proof = Proof::Pipeline { url: ask::place(name, &url)?, token: Secret::new(token) };
            Ok(Some((proof, name.to_owned())))
        }
        (None, None) => Err(malformed(
            "ARM_USE_OIDC",
            "none of ARM_OIDC_TOKEN, ARM_OIDC_TOKEN_FILE_PATH and ARM_OIDC_REQUEST_URL is set with it",
        )),
        (Some(_), None) => Err(malformed(name, "ARM_OIDC_REQUEST_TOKEN is not set with it")),
        (None, Some(_)) => Err(malformed("ARM_OIDC_REQUEST_TOKEN", "ARM_OIDC_REQUEST_URL is not set with it")),
    }
}

impl Proof {
    /// Puts it into the request for a token.
    pub(super) async fn add_to(
        &self,
        request: Request<Answer>,
        origin: &str,
        tenant: &str,
        client: &str,
        transport: &Transport,
    ) -> Result<Request<Answer>, Error> {
        let failed = |source| unsigned(Api::EntraLogin, source);
        let cloud = transport.endpoints().azure();
        let token = match self {
            Proof::Secret(secret) => return Ok(request.redacting(secret).field("client_secret", secret.expose())),
            Proof::Certificate(certificate) => {
                // The audience is the endpoint in the cloud that the token is for, wherever the call itself goes.
                let audience = format!("{}/{tenant}/oauth2/v2.0/token", cloud.login);
                certificate.assertion(origin, client, &audience).map_err(failed)?
            }
            Proof::Token(token) => token.clone(),
            Proof::TokenFile(path) => read_file(origin, path).await.map_err(failed)?,
            Proof::Pipeline { url, token } => {
                let mut url = url.clone();
                url.query_pairs_mut().append_pair("audience", &cloud.federation_audience);
                let ask = Ask::get(origin, url).secret_header("authorization", "Bearer ", token);
                let answer = ask.value(transport).await.map_err(failed)?;
                let token = answer["value"].as_str().filter(|token| !token.is_empty()).map(Secret::new);
                token.ok_or_else(|| failed(ask.refused("the answer has no `value`".to_owned())))?
            }
        };
        check(origin, &token).map_err(failed)?;
        Ok(request
            .redacting(&token)
            .field("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .field("client_assertion", token.expose()))
    }
}

/// Tells what is not a token, or has expired, before Entra does in fewer words.
fn check(origin: &str, token: &Secret) -> Result<(), SignInError> {
    let parts: Vec<_> = token.expose().split('.').collect();
    let [_, claims, _] = parts.as_slice() else {
        return Err(malformed(origin, "the token is not a JSON web token of three parts"));
    };
    let claims: Option<Value> =
        URL_SAFE_NO_PAD.decode(claims).ok().and_then(|claims| serde_json::from_slice(&claims).ok());
    let Some(claims) = claims else { return Err(malformed(origin, "the claims of the token cannot be read")) };
    let now = jiff::Timestamp::now().as_second();
    match claims["exp"].as_i64() {
        Some(until) if until <= now => Err(malformed(
            origin,
            &format!("the token expired {} s ago, or this machine's clock is wrong", now - until),
        )),
        Some(_) => Ok(()),
        None => Err(malformed(origin, "the token does not say when it expires")),
    }
}

fn sendable(origin: &str, secret: Secret) -> Result<Secret, SignInError> {
    if !secret.is_empty() && secret.expose().bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(secret);
    }
    Err(malformed(origin, "it holds white space or characters that no client secret has"))
}
