//! Google's chain of credential sources, in the order of the official provider and of Application Default Credentials.

mod aws_subject;
mod external;
mod key;
mod source;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use url::Url;

use self::external::External;
use self::source::Source;
use super::ask::{self, Ask};
use super::file::{self, Object};
use super::token::Token;
use super::{AccessToken, SignInError, TokenSource, Tried};
use crate::api::{Api, Cloud};
use crate::endpoints::Realm;
use crate::error::Error;
use crate::secret::Secret;
use crate::single_flight::SingleFlight;
use crate::transport::Transport;

/// What the provider's configuration says about signing in to Google. What it leaves out, the environment says.
#[derive(Clone, Debug, Default)]
pub struct GoogleSignIn {
    /// An access token given as an argument.
    pub access_token: Option<Secret>,
    /// A credential file's path or content.
    pub credentials: Option<Secret>,
    /// A token of another issuer, and what it is exchanged for.
    pub external_credentials: Option<ExternalCredentials>,
    /// The service account to act as.
    pub impersonate_service_account: Option<String>,
    /// The service accounts by way of which.
    pub delegates: Vec<String>,
}

/// A token of another issuer, and what it is exchanged for.
#[derive(Clone, Debug)]
pub struct ExternalCredentials {
    /// The full name of the workload identity provider.
    pub audience: String,
    /// The service account to act as.
    pub service_account_email: String,
    /// The token.
    pub identity_token: Secret,
}

/// The one scope that every call of ours is covered by.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";
const ACCESS_TOKEN_VARIABLE: &str = "GOOGLE_OAUTH_ACCESS_TOKEN";
const CREDENTIALS_VARIABLES: [&str; 3] = ["GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON"];
const UNUSABLE: &str = "it is empty, or holds characters that no access token has";

/// Credentials whose tokens are fetched, and the service accounts that they act as in the end.
#[derive(Debug)]
pub struct GoogleCredentials {
    source: Source,
    steps: Vec<Impersonation>,
    origin: String,
    /// What gave nothing before this source was reached.
    tried: Vec<Tried>,
    tokens: SingleFlight<(), Token>,
}

/// A service account entered with the token of the step before.
#[derive(Clone, Debug)]
struct Impersonation {
    at: Account,
    delegates: Vec<String>,
}

#[derive(Clone, Debug)]
enum Account {
    /// By the URL that a credential file names.
    Url(Url),
    /// By its email.
    Email(String),
}

/// Finds the token source for Google. `env` reads one environment variable; it is not called at all in an emulator's realm.
pub fn google(config: &GoogleSignIn, realm: &Realm, env: impl Fn(&str) -> Option<String>) -> TokenSource {
    if realm.is_emulator() {
        return TokenSource::Emulator;
    }
    let env = |name: &str| env(name).filter(|value| !value.trim().is_empty());
    chosen(config, &env).unwrap_or_else(TokenSource::Missing)
}

fn chosen(config: &GoogleSignIn, env: &dyn Fn(&str) -> Option<String>) -> Result<TokenSource, SignInError> {
    let mut tried = Vec::new();
    let mut found = found(config, env, &mut tried)?;
    let impersonated = config.impersonate_service_account.clone().or_else(|| env("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT"));
    if let Some(email) = impersonated {
        let at = Account::Email(email.trim().to_owned());
        found.steps.push(Impersonation { at, delegates: config.delegates.clone() });
    }
    if let (Source::Given(token), true) = (&found.source, found.steps.is_empty()) {
        return Ok(TokenSource::Static(token.clone()));
    }
    Ok(TokenSource::Google(Arc::new(GoogleCredentials {
        source: found.source,
        steps: found.steps,
        origin: found.origin,
        tried,
        tokens: SingleFlight::new(Duration::MAX),
    })))
}

/// A source, and the service accounts that its own file has it act as.
#[derive(Debug)]
struct Found {
    source: Source,
    steps: Vec<Impersonation>,
    origin: String,
}

/// The first source that is set. One that is set and broken is told and not passed over: its user did not mean the next one.
fn found(
    config: &GoogleSignIn,
    env: &dyn Fn(&str) -> Option<String>,
    tried: &mut Vec<Tried>,
) -> Result<Found, SignInError> {
    let mut note = |source: &str, outcome: &str| {
        tried.push(Tried { source: source.to_owned(), outcome: outcome.to_owned() });
    };
    if let Some(token) = &config.access_token {
        return given(token.clone(), "the provider's access_token argument");
    }
    note("argument access_token", "not set");
    if let Some(credentials) = &config.credentials {
        return path_or_json(credentials, "the provider's credentials argument", env);
    }
    note("argument credentials", "not set");
    if let Some(external) = &config.external_credentials {
        return Ok(exchanged(external));
    }
    note("argument external_credentials", "not set");
    if let Some(token) = env(ACCESS_TOKEN_VARIABLE) {
        return given(Secret::new(token), ACCESS_TOKEN_VARIABLE);
    }
    note(ACCESS_TOKEN_VARIABLE, "not set");
    for variable in CREDENTIALS_VARIABLES {
        if let Some(credentials) = env(variable) {
            return path_or_json(&Secret::new(credentials), variable, env);
        }
    }
    note(&CREDENTIALS_VARIABLES.join(", "), "not set");
    if let Some(path) = env("GOOGLE_APPLICATION_CREDENTIALS") {
        return from_file("GOOGLE_APPLICATION_CREDENTIALS", path.trim(), env);
    }
    note("GOOGLE_APPLICATION_CREDENTIALS", "not set");
    let well_known = well_known_file(env);
    match &well_known {
        Some(path) if std::path::Path::new(path).exists() => return from_file("gcloud's credentials", path, env),
        Some(path) => note(path, "not there; `gcloud auth application-default login` makes it"),
        None => note("gcloud's credentials", "neither CLOUDSDK_CONFIG nor HOME is set"),
    }
    let host = env("GCE_METADATA_HOST").unwrap_or_else(|| "169.254.169.254".to_owned());
    let origin = "the metadata server".to_owned();
    let url = ask::place("GCE_METADATA_HOST", &format!("http://{}/", host.trim()))?;
    Ok(Found { source: Source::Metadata(url), steps: Vec::new(), origin })
}

fn given(token: Secret, origin: &str) -> Result<Found, SignInError> {
    let malformed = || SignInError::Malformed { origin: origin.to_owned(), problem: UNUSABLE.to_owned() };
    let token = AccessToken::new(token, origin).ok_or_else(malformed)?;
    Ok(Found { source: Source::Given(token), steps: Vec::new(), origin: origin.to_owned() })
}

/// Credentials as the official provider takes them: what begins like JSON is the content, everything else a path.
fn path_or_json(
    credentials: &Secret,
    origin: &str,
    env: &dyn Fn(&str) -> Option<String>,
) -> Result<Found, SignInError> {
    if credentials.expose().starts_with(['{', '[', '"']) {
        return from_object(&Object::parse(&format!("the JSON in {origin}"), credentials)?, env);
    }
    if credentials.expose().lines().count() != 1 || credentials.expose().len() > 4_096 {
        let problem = "it is neither JSON nor the path of a file".to_owned();
        return Err(SignInError::Malformed { origin: origin.to_owned(), problem });
    }
    // What is not the path of a file may be a secret that was put in the wrong place: it is not told.
    match std::fs::metadata(credentials.expose()) {
        Ok(_) => from_file(origin, credentials.expose(), env),
        Err(_) => {
            let problem = "it is neither JSON nor the path of a file that is there".to_owned();
            Err(SignInError::Malformed { origin: origin.to_owned(), problem })
        }
    }
}

fn from_file(origin: &str, path: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<Found, SignInError> {
    let text = file::read(origin, path)?;
    from_object(&Object::parse(&format!("{origin} (the file {path})"), &text)?, env)
}

fn from_object(object: &Object, env: &dyn Fn(&str) -> Option<String>) -> Result<Found, SignInError> {
    let (source, steps) = source::read(object, env)?;
    Ok(Found { source, steps, origin: object.origin().to_owned() })
}

fn exchanged(external: &ExternalCredentials) -> Found {
    let source = Source::External(Box::new(External::given(external)));
    let at = Account::Email(external.service_account_email.clone());
    let steps = vec![Impersonation { at, delegates: Vec::new() }];
    Found { source, steps, origin: "the provider's external_credentials argument".to_owned() }
}

fn well_known_file(env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let folder = env("CLOUDSDK_CONFIG")
        .or_else(|| env("APPDATA").filter(|_| cfg!(windows)).map(|folder| format!("{folder}/gcloud")))
        .or_else(|| env("HOME").map(|home| format!("{home}/.config/gcloud")))?;
    Some(format!("{folder}/application_default_credentials.json"))
}

impl GoogleCredentials {
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// A token, fetched once for all who wait for it.
    pub(super) async fn token(&self, transport: &Transport) -> Result<Secret, SignInError> {
        let fetch =
            async { self.fetch(transport).await.map_err(|source| super::unsigned(Api::IamCredentials, source)) };
        match self.tokens.get_while(&(), Token::is_good, fetch).await {
            Ok(token) => Ok(token.secret),
            Err(Error::SignIn { source, .. }) => Err(source),
            Err(error) => Err(SignInError::Refused {
                origin: self.origin.clone(),
                problem: error.to_string(),
                next_step: error.next_step(),
            }),
        }
    }

    async fn fetch(&self, transport: &Transport) -> Result<Token, SignInError> {
        let mut token = match self.source.token(&self.origin, transport).await {
            // Nobody asked for the metadata server: where there is none, there are no credentials at all.
            Err(SignInError::Unreachable { place, problem, .. }) if matches!(self.source, Source::Metadata(_)) => {
                let mut tried = self.tried.clone();
                tried.push(Tried {
                    source: self.origin.clone(),
                    outcome: format!("{place} cannot be reached: {problem}"),
                });
                return Err(SignInError::NoCredentials { cloud: Cloud::Google, tried });
            }
            token => token?,
        };
        for step in &self.steps {
            token = step.enter(&self.origin, &token.secret, transport).await?;
        }
        Ok(token)
    }
}

impl Impersonation {
    async fn enter(&self, origin: &str, bearer: &Secret, transport: &Transport) -> Result<Token, SignInError> {
        let url = match &self.at {
            Account::Url(url) => url.clone(),
            Account::Email(email) => {
                let base = transport.endpoints().base_url(Api::IamCredentials);
                let account: String = url::form_urlencoded::byte_serialize(email.as_bytes()).collect();
                ask::place(origin, &format!("{base}/v1/projects/-/serviceAccounts/{account}:generateAccessToken"))?
            }
        };
        let delegates: Vec<String> =
            self.delegates.iter().map(|email| format!("projects/-/serviceAccounts/{email}")).collect();
        let body = json!({ "scope": [SCOPE], "delegates": delegates, "lifetime": "3600s" });
        let ask = Ask::json(origin, url, &body).secret_header("authorization", "Bearer ", bearer);
        let asked = Instant::now();
        let answer = ask.value(transport).await?;
        let secret = token_in(&ask, &answer, "accessToken")?;
        Ok(Token::new(secret, asked, ask::remaining(&answer["expireTime"]).unwrap_or(Duration::from_secs(600))))
    }
}

/// The token of an answer.
fn token_in(ask: &Ask, answer: &Value, name: &str) -> Result<Secret, SignInError> {
    let token = answer[name].as_str().map(Secret::new).and_then(|token| AccessToken::new(token, ""));
    token.map(|token| token.secret()).ok_or_else(|| ask.refused(format!("the answer has no `{name}`")))
}

/// The token of a token endpoint's answer, as OAuth has it.
async fn oauth_token(ask: &Ask, transport: &Transport) -> Result<Token, SignInError> {
    let asked = Instant::now();
    let answer = ask.value(transport).await?;
    let life = answer["expires_in"].as_u64().or_else(|| answer["expires_in"].as_str()?.parse().ok()).unwrap_or(600);
    Ok(Token::new(token_in(ask, &answer, "access_token")?, asked, Duration::from_secs(life)))
}

#[cfg(test)]
mod tests;
