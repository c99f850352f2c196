//! The calls that sign-in makes beside the clouds' APIs: token endpoints that a file names, metadata servers, container endpoints.

use std::net::IpAddr;

use jiff::Timestamp;
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderName, HeaderValue};
use serde_json::Value;
use url::{Host, Url};

use super::SignInError;
use crate::error::{BODY_LIMIT, quote, root_cause};
use crate::secret::{Secret, redact};
use crate::transport::Transport;

/// How often a call that failed for now is sent.
const ATTEMPTS: u32 = 3;

/// One call, built without any I/O.
#[derive(Debug)]
pub(super) struct Ask {
    origin: String,
    method: reqwest::Method,
    url: Url,
    headers: Vec<(HeaderName, String)>,
    body: Option<(&'static str, String)>,
    secrets: Vec<Secret>,
}

impl Ask {
    /// A read. `origin` says for people whose credentials it is about.
    pub(super) fn get(origin: &str, url: Url) -> Self {
        let (headers, secrets) = (Vec::new(), Vec::new());
        Self { origin: origin.to_owned(), method: reqwest::Method::GET, url, headers, body: None, secrets }
    }

    /// A call with form fields.
    pub(super) fn form(origin: &str, url: Url, fields: &[(&str, &str)]) -> Self {
        let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let body = Some(("application/x-www-form-urlencoded", form));
        Self { method: reqwest::Method::POST, body, ..Self::get(origin, url) }
    }

    /// A call with a JSON body.
    pub(super) fn json(origin: &str, url: Url, body: &Value) -> Self {
        let body = Some(("application/json", body.to_string()));
        Self { method: reqwest::Method::POST, body, ..Self::get(origin, url) }
    }

    /// The same with PUT and nothing in it, as EC2's metadata service gives its own tokens out.
    pub(super) fn put(origin: &str, url: Url) -> Self {
        Self { method: reqwest::Method::PUT, ..Self::get(origin, url) }
    }

    /// Adds a header.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((HeaderName::from_static(name), value.into()));
        self
    }

    /// Adds a header that nobody may see.
    pub(super) fn secret_header(mut self, name: &'static str, prefix: &str, secret: &Secret) -> Self {
        self.headers.push((HeaderName::from_static(name), format!("{prefix}{}", secret.expose())));
        self.redacting(secret)
    }

    /// Adds a header that a credential file names.
    pub(super) fn named_header(mut self, name: &str, value: &Secret) -> Result<Self, SignInError> {
        let malformed = |_| SignInError::Malformed {
            origin: self.origin.clone(),
            problem: "a header in it has a name that no header can have".to_owned(),
        };
        let name: HeaderName = name.parse().map_err(malformed)?;
        self.headers.push((name, value.expose().to_owned()));
        Ok(self.redacting(value))
    }

    /// Names a secret that the call carries.
    pub(super) fn redacting(mut self, secret: &Secret) -> Self {
        self.secrets.push(secret.clone());
        self
    }

    /// Sends it, and again where the other side is busy, and answers what came back.
    pub(super) async fn text(&self, transport: &Transport) -> Result<String, SignInError> {
        let mut attempt = 1;
        loop {
            let (error, again) = match self.once(transport).await {
                Ok(text) => return Ok(text),
                Err(failed) => failed,
            };
            if !again || attempt >= ATTEMPTS {
                return Err(error);
            }
            tokio::time::sleep(transport.retry_policy().backoff(attempt)).await;
            attempt += 1;
        }
    }

    /// Sends it and reads JSON. What does not parse is not quoted: it may hold the token.
    pub(super) async fn value(&self, transport: &Transport) -> Result<Value, SignInError> {
        serde_json::from_str(&self.text(transport).await?)
            .map_err(|_| self.refused("the answer is not JSON".to_owned()))
    }

    /// What to say of an answer that cannot be used.
    pub(super) fn refused(&self, problem: String) -> SignInError {
        SignInError::Refused {
            origin: self.origin.clone(),
            problem: format!("{}: {problem}", self.place()),
            next_step: "Check what the credentials name, and sign in again if they have expired or were revoked."
                .to_owned(),
        }
    }

    /// One attempt, and whether another one is promising.
    async fn once(&self, transport: &Transport) -> Result<String, (SignInError, bool)> {
        let invalid = || (self.refused("a value holds characters that a header cannot carry".to_owned()), false);
        let client = transport.client_for(self.url.scheme() == "http");
        let mut request = client.request(self.method.clone(), self.url.clone()).header(ACCEPT, "*/*");
        for (name, value) in &self.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| invalid())?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        if let Some((kind, body)) = &self.body {
            request = request.header(CONTENT_TYPE, *kind).body(body.clone());
        }
        let unreachable = |error: reqwest::Error| {
            let again = !error.is_connect() && !error.is_builder();
            let (origin, place) = (self.origin.clone(), self.place());
            (SignInError::Unreachable { origin, place, problem: root_cause(&error.without_url()) }, again)
        };
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&chunk);
            if body.len() > BODY_LIMIT {
                return Err((self.refused("the answer is too large".to_owned()), false));
            }
        }
        tracing::debug!(method = %self.method, place = self.place(), status = status.as_u16(), "sign-in request");
        let text = String::from_utf8_lossy(&body).into_owned();
        if status.is_success() {
            return Ok(text);
        }
        let problem = format!("HTTP {}{}", status.as_u16(), self.explanation(&text));
        Err((self.refused(problem), status.is_server_error() || status.as_u16() == 429))
    }

    /// Scheme, host and path; a query may hold what is secret.
    fn place(&self) -> String {
        format!("{}{}", self.url.origin().ascii_serialization(), self.url.path())
    }

    /// What a refusal says, without what was sent.
    fn explanation(&self, body: &str) -> String {
        let value: Value = serde_json::from_str(body).unwrap_or_default();
        let error = &value["error"];
        let said = match (error.as_str(), value["error_description"].as_str(), error["message"].as_str()) {
            (Some(code), Some(description), _) => format!("{code}: {description}"),
            (Some(code), None, _) => code.to_owned(),
            (None, _, Some(message)) => message.to_owned(),
            _ => value["message"].as_str().unwrap_or(body).to_owned(),
        };
        let said = redact(&quote(&said), &self.secrets);
        if said.is_empty() { said } else { format!(", {said}") }
    }
}

/// Takes a URL that a file or the environment names. Credentials go there, so it is https; plain http is for this machine and for the
/// metadata services, which no network can reach.
pub(super) fn place(origin: &str, text: &str) -> Result<Url, SignInError> {
    let refuse = |problem: &str| SignInError::Malformed { origin: origin.to_owned(), problem: problem.to_owned() };
    let url = Url::parse(text.trim()).map_err(|_| refuse("a URL in it is not one"))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("a URL in it holds a user name or a password"));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_link_local(&url) => Ok(url),
        "http" => Err(refuse("a URL in it is plain http to another machine, where everybody could read the token")),
        _ => Err(refuse("a URL in it is neither https nor http")),
    }
}

/// How long from now until a moment that an answer names, as RFC 3339 or in seconds since 1970.
pub(super) fn remaining(until: &Value) -> Option<std::time::Duration> {
    let until = match until {
        Value::Number(seconds) => Timestamp::from_second(seconds.as_i64()?).ok()?,
        Value::String(text) => match text.parse::<i64>() {
            Ok(seconds) => Timestamp::from_second(seconds).ok()?,
            Err(_) => text.parse().ok()?,
        },
        _ => return None,
    };
    Some(until.duration_since(Timestamp::now()).try_into().unwrap_or_default())
}

/// Loopback, and what vendors answer on without leaving the machine: neither goes through a proxy.
fn is_link_local(url: &Url) -> bool {
    const METADATA: [&str; 5] = ["169.254.169.254", "169.254.170.2", "169.254.170.23", "fd00:ec2::254", "fd00:ec2::23"];
    let known = |ip: IpAddr| ip.is_loopback() || METADATA.iter().any(|known| known.parse() == Ok(ip));
    match url.host() {
        Some(Host::Ipv4(ip)) => known(ip.into()),
        Some(Host::Ipv6(ip)) => known(ip.into()),
        Some(Host::Domain(name)) => matches!(name, "localhost" | "metadata.google.internal" | "metadata"),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_stays_on_the_machine() {
        for good in [
            "https://sts.example.com/v1/token",
            "http://127.0.0.1:8787/token",
            "http://[::1]:1/",
            "http://169.254.169.254/latest/api/token",
            "http://[fd00:ec2::23]/v1/credentials",
            "http://metadata.google.internal/computeMetadata",
        ] {
            assert!(place("x", good).is_ok(), "{good}");
        }
        for bad in [
            "http://sts.example.com/",
            "http://169.254.169.253/",
            "http://127.0.0.1.example.com/",
            "http://metadata.google.internal.example.com/",
            "https://user:pass@sts.example.com/",
            "file:///etc/passwd",
            "/token",
            "",
        ] {
            assert!(matches!(place("x", bad), Err(SignInError::Malformed { .. })), "{bad}");
        }
    }
}
