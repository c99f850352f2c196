//! Workload identity federation: a token of another issuer, from a file, a URL, a program or AWS, is exchanged for one of Google.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use url::Url;

use super::aws_subject::AwsSubject;
use super::{ExternalCredentials, SCOPE, oauth_token};
use crate::api::Api;
use crate::secret::Secret;
use crate::sign_in::ask::{self, Ask};
use crate::sign_in::file::Object;
use crate::sign_in::token::Token;
use crate::sign_in::{SignInError, read_file};
use crate::transport::Transport;

/// Lets files name programs to run, as in Google's own libraries.
const ALLOW: &str = "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES";
const JWT: &str = "urn:ietf:params:oauth:token-type:jwt";

/// What is exchanged, and where.
#[derive(Debug)]
pub(super) struct External {
    audience: String,
    token_type: String,
    /// None for Google's own Security Token Service.
    token_url: Option<Url>,
    subject: Subject,
}

#[derive(Debug)]
enum Subject {
    Given(Secret),
    File { path: String, field: Option<String> },
    Url { url: Url, headers: Vec<(String, Secret)>, field: Option<String> },
    Program { command: String, timeout: Duration },
    Aws(Box<AwsSubject>),
}

impl External {
    /// A token that the provider block gives.
    pub(super) fn given(external: &ExternalCredentials) -> Self {
        Self {
            audience: external.audience.clone(),
            token_type: JWT.to_owned(),
            token_url: None,
            subject: Subject::Given(external.identity_token.clone()),
        }
    }

    /// Reads a file of type `external_account`.
    pub(super) fn read(object: &Object, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, SignInError> {
        let source =
            object.inner("credential_source")?.ok_or_else(|| object.malformed("it has no `credential_source`"))?;
        let format = source.inner("format")?;
        let field = match &format {
            Some(format) if format.optional("type")? == Some("json") => {
                Some(format.text("subject_token_field_name")?.to_owned())
            }
            _ => None,
        };
        let subject = if let Some(environment) = source.optional("environment_id")? {
            if environment != "aws1" {
                return Err(object.malformed("its `environment_id` is not aws1"));
            }
            Subject::Aws(Box::new(AwsSubject::read(&source, env)?))
        } else if let Some(path) = source.optional("file")? {
            Subject::File { path: path.to_owned(), field }
        } else if let Some(url) = source.optional("url")? {
            let headers = source.get("headers").as_object().into_iter().flatten();
            let headers = headers.filter_map(|(name, value)| Some((name.clone(), Secret::new(value.as_str()?))));
            Subject::Url { url: ask::place(object.origin(), url)?, headers: headers.collect(), field }
        } else if let Some(program) = source.inner("executable")? {
            if env(ALLOW).as_deref() != Some("1") {
                return Err(object.malformed(&format!("it names a program to run, which needs {ALLOW}=1")));
            }
            let timeout = Duration::from_millis(program.get("timeout_millis").as_u64().unwrap_or(30_000));
            Subject::Program { command: program.text("command")?.to_owned(), timeout }
        } else {
            return Err(
                object.malformed("its `credential_source` has none of file, url, executable and environment_id")
            );
        };
        Ok(Self {
            audience: object.text("audience")?.to_owned(),
            token_type: object.text("subject_token_type")?.to_owned(),
            token_url: object.optional("token_url")?.map(|url| ask::place(object.origin(), url)).transpose()?,
            subject,
        })
    }

    pub(super) async fn token(&self, origin: &str, transport: &Transport) -> Result<Token, SignInError> {
        let subject = self.subject_token(origin, transport).await?;
        let url = match &self.token_url {
            Some(url) => url.clone(),
            None => ask::place(origin, &format!("{}/v1/token", transport.endpoints().base_url(Api::Sts)))?,
        };
        let fields = [
            ("grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"),
            ("audience", self.audience.as_str()),
            ("scope", SCOPE),
            ("requested_token_type", "urn:ietf:params:oauth:token-type:access_token"),
            ("subject_token_type", self.token_type.as_str()),
            ("subject_token", subject.expose()),
        ];
        oauth_token(&Ask::form(origin, url, &fields).redacting(&subject), transport).await
    }

    async fn subject_token(&self, origin: &str, transport: &Transport) -> Result<Secret, SignInError> {
        match &self.subject {
            Subject::Given(token) => Ok(token.clone()),
            Subject::File { path, field } => {
                let text = read_file(origin, path).await?;
                picked(&format!("{origin} (the token in {path})"), &text, field.as_deref())
            }
            Subject::Url { url, headers, field } => {
                let ask = headers
                    .iter()
                    .try_fold(Ask::get(origin, url.clone()), |ask, (name, value)| ask.named_header(name, value))?;
                picked(origin, &Secret::new(ask.text(transport).await?), field.as_deref())
            }
            Subject::Program { command, timeout } => self.printed_by(origin, command, *timeout).await,
            Subject::Aws(aws) => aws.token(origin, &self.audience, transport).await,
        }
    }

    async fn printed_by(&self, origin: &str, command: &str, timeout: Duration) -> Result<Secret, SignInError> {
        let malformed =
            |problem: &str| SignInError::Malformed { origin: origin.to_owned(), problem: problem.to_owned() };
        let mut words = command.split_whitespace();
        let program = words.next().ok_or_else(|| malformed("its `command` is empty"))?;
        let child = tokio::process::Command::new(program)
            .args(words)
            .env("GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE", &self.audience)
            .env("GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE", &self.token_type)
            .env("GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE", "0")
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = tokio::time::timeout(timeout, child).await;
        let output =
            output.map_err(|_| malformed(&format!("`{program}` did not end within {} s", timeout.as_secs())))?;
        let output = output.map_err(|error| malformed(&format!("`{program}` cannot be run: {error}")))?;
        let answer = Object::parse(
            &format!("{origin} (the answer of `{program}`)"),
            &Secret::new(String::from_utf8_lossy(&output.stdout)),
        )?;
        if answer.get("success") != &Value::Bool(true) {
            return Err(malformed(&format!(
                "`{program}` says that it has no token (code {})",
                answer.optional("code")?.unwrap_or("none")
            )));
        }
        let field = if self.token_type.ends_with(":saml2") { "saml_response" } else { "id_token" };
        answer.text(field).map(Secret::new)
    }
}

/// The token itself, or the field of a JSON object that holds it.
fn picked(origin: &str, text: &Secret, field: Option<&str>) -> Result<Secret, SignInError> {
    match field {
        None => Ok(text.clone()),
        Some(field) => Object::parse(origin, text)?.text(field).map(Secret::new),
    }
}
