//! The sources that keys come from, and how each is asked.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use super::{Env, Found, SESSION_NAME, WebIdentity, malformed};
use crate::api::Api;
use crate::aws::sigv4::Keys;
use crate::aws::sts;
use crate::context::Context;
use crate::error::Error;
use crate::secret::Secret;
use crate::sign_in::ask::{self, Ask};
use crate::sign_in::file::Object;
use crate::sign_in::imds::{Imds, keys_in};
use crate::sign_in::{SignInError, read_file, unsigned};
use crate::transport::Transport;

/// How long a program that prints keys may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keys that were given never end.
const FOR_EVER: Duration = Duration::from_secs(365 * 24 * 3_600);

/// Where keys come from.
#[derive(Debug)]
pub(super) enum Source {
    /// They were given.
    Keys(Keys),
    /// A role that is entered with a token of another issuer.
    WebIdentity(WebIdentity),
    /// A program prints them.
    Process { command: String },
    /// A person's sign-in through IAM Identity Center, as `aws sso login` leaves it.
    Sso(Box<Sso>),
    /// The endpoint beside a container.
    Container { url: Url, token: Option<Secret>, token_file: Option<String> },
    /// The metadata service of a machine.
    Machine(Imds),
}

/// A sign-in through IAM Identity Center.
#[derive(Debug)]
pub(super) struct Sso {
    pub(super) cache: String,
    pub(super) portal: Url,
    pub(super) account: String,
    pub(super) role: String,
    pub(super) profile: String,
}

/// The endpoint beside a container, if the environment names one.
pub(super) fn container(env: Env<'_>) -> Result<Option<Found>, SignInError> {
    let (name, url) = if let Some(path) = env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") {
        let name = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
        if !path.trim().starts_with('/') {
            return Err(malformed(name, "it does not begin with a slash"));
        }
        (name, format!("http://169.254.170.2{}", path.trim()))
    } else if let Some(url) = env("AWS_CONTAINER_CREDENTIALS_FULL_URI") {
        ("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
    } else {
        return Ok(None);
    };
    let source = Source::Container {
        url: ask::place(name, &url)?,
        token: env("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Secret::new),
        token_file: env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
    };
    Ok(Some(Found::new(source, name)))
}

impl Source {
    /// The keys and how long they last.
    pub(super) async fn keys(
        &self,
        origin: &str,
        transport: &Transport,
        ctx: &Context,
    ) -> Result<(Keys, Duration), Error> {
        let failed = |source| unsigned(Api::AwsSts, source);
        match self {
            Source::Keys(keys) => Ok((keys.clone(), FOR_EVER)),
            Source::WebIdentity(identity) => {
                let token = match (&identity.token, &identity.token_file) {
                    (Some(token), _) => token.clone(),
                    (None, file) => read_file(origin, file.as_deref().unwrap_or_default()).await.map_err(failed)?,
                };
                let session = identity.session_name.as_deref().unwrap_or(SESSION_NAME);
                let role = &identity.role_arn;
                let request = sts::assume_role_with_web_identity(role, session, &token, identity.duration);
                let credentials = transport.send(&request, ctx).await?.credentials;
                let life = credentials.remaining().unwrap_or(Duration::from_secs(900));
                Ok((credentials.into_keys(), life))
            }
            Source::Process { command } => printed(origin, command).await.map_err(failed),
            Source::Sso(sso) => sso.keys(origin, transport).await.map_err(failed),
            Source::Container { url, token, token_file } => {
                let token = match token_file {
                    Some(file) => Some(read_file(origin, file).await.map_err(failed)?),
                    None => token.clone(),
                };
                let ask = Ask::get(origin, url.clone());
                let ask = match &token {
                    Some(token) => ask.secret_header("authorization", "", token),
                    None => ask,
                };
                let text = ask.text(transport).await.map_err(failed)?;
                Object::parse(origin, &Secret::new(text)).and_then(|object| keys_in(&object)).map_err(failed)
            }
            Source::Machine(imds) => imds.keys(origin, transport).await.map_err(failed),
        }
    }
}

/// Runs a program that prints keys, as `credential_process` has it. What it prints is never told.
async fn printed(origin: &str, command: &str) -> Result<(Keys, Duration), SignInError> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let child =
        tokio::process::Command::new(shell).args([flag, command]).stdin(Stdio::null()).kill_on_drop(true).output();
    let output = tokio::time::timeout(PATIENCE, child).await;
    let output = output.map_err(|_| malformed(origin, "its credential_process did not end within a minute"))?;
    let output =
        output.map_err(|error| malformed(origin, &format!("its credential_process cannot be run: {error}")))?;
    if !output.status.success() {
        return Err(malformed(origin, &format!("its credential_process failed ({})", output.status)));
    }
    let printed = Secret::new(String::from_utf8_lossy(&output.stdout));
    let object = Object::parse(&format!("{origin} (what its credential_process prints)"), &printed)?;
    if object.get("Version") != &json!(1) {
        return Err(object.malformed("its `Version` is not 1"));
    }
    keys_in(&object)
}

impl Sso {
    async fn keys(&self, origin: &str, transport: &Transport) -> Result<(Keys, Duration), SignInError> {
        let again = format!("run `aws sso login --profile {}`", self.profile);
        let text = read_file(origin, &self.cache).await.map_err(|_| {
            malformed(
                origin,
                &format!("nobody is signed in to IAM Identity Center: {} is not there; {again}", self.cache),
            )
        })?;
        let cached = Object::parse(&format!("{origin} (the file {})", self.cache), &text)?;
        if ask::remaining(cached.get("expiresAt")).is_none_or(|life| life.is_zero()) {
            return Err(cached.malformed(&format!("the sign-in to IAM Identity Center has expired; {again}")));
        }
        let token = Secret::new(cached.text("accessToken")?);
        let mut url = self.portal.clone();
        url.set_path("/federation/credentials");
        url.query_pairs_mut().append_pair("role_name", &self.role).append_pair("account_id", &self.account);
        let ask = Ask::get(origin, url).secret_header("x-amz-sso_bearer_token", "", &token);
        let answer = ask.value(transport).await?;
        let lent = &answer["roleCredentials"];
        let text = |name: &str| lent[name].as_str().filter(|text| !text.is_empty());
        match (text("accessKeyId"), text("secretAccessKey"), text("sessionToken")) {
            (Some(id), Some(secret), Some(token)) => {
                let keys = Keys {
                    access_key_id: id.to_owned(),
                    secret_access_key: Secret::new(secret),
                    session_token: Some(Secret::new(token)),
                };
                // The portal counts in milliseconds, unlike everybody else.
                let until = lent["expiration"].as_i64().map(|until| until / 1000);
                let life = until.and_then(|until| ask::remaining(&Value::from(until)));
                Ok((keys, life.unwrap_or(Duration::from_secs(900))))
            }
            _ => Err(ask.refused("the answer has no keys".to_owned())),
        }
    }
}
