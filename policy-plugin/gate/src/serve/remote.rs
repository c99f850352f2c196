//! The way back to HCP Terraform: the plan is fetched from there, and the verdict goes there.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url};

use super::Settings;
use super::hosts::{Host, HostError, permitted};
use super::task::{Task, Token};
use super::verdict::Verdict;

/// What JSON:API calls itself.
const JSON_API: &str = "application/vnd.api+json";

/// How often something is tried that may do better next time, and how long is waited in between.
const TRIES: u32 = 4;
const PAUSE: Duration = Duration::from_millis(500);

/// Talks to the allowed hosts and to nobody else.
pub(super) struct Remote {
    client: Client,
    allowed: Vec<Host>,
    storage: Vec<Host>,
    loopback_http: bool,
    longest: usize,
}

/// Why something was not fetched or not sent.
#[derive(Debug, thiserror::Error)]
pub(super) enum RemoteError {
    #[error("the address of the plan is refused: {0}")]
    Plan(HostError),
    #[error("the address for the verdict is refused: {0}")]
    Callback(HostError),
    #[error("the plan lies behind a redirect, and that is not followed: {0}; `--storage-host` names where plans lie")]
    Redirect(HostError),
    #[error("{0} did not answer: {1}")]
    Silent(String, String),
    #[error("{0} answered {1}")]
    Status(String, StatusCode),
    #[error("the plan is larger than {0} bytes")]
    TooLarge(usize),
    #[error("the token cannot be sent")]
    Token,
}

impl Remote {
    pub(super) fn new(settings: &Settings) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .user_agent(concat!("crosscloud-gate/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(120))
            // A redirect would carry the token to a host that nobody chose.
            .redirect(reqwest::redirect::Policy::none())
            .referer(false)
            .https_only(!settings.loopback_http)
            .tls_version_min(reqwest::tls::Version::TLS_1_2);
        // What is on this machine must be reached directly.
        let client = if settings.loopback_http { client.no_proxy() } else { client };
        Ok(Self {
            client: client.build()?,
            allowed: settings.allowed.clone(),
            storage: settings.storage.clone(),
            loopback_http: settings.loopback_http,
            longest: settings.longest_plan,
        })
    }

    /// The address, if it leads to an allowed host.
    pub(super) fn permitted(&self, address: &str) -> Result<Url, HostError> {
        permitted(address, &self.allowed, self.loopback_http)
    }

    /// The plan. HCP Terraform keeps plans elsewhere and sends on to there; that other host never sees the token.
    pub(super) async fn plan(&self, address: &str, token: &Token) -> Result<Vec<u8>, RemoteError> {
        let url = self.permitted(address).map_err(RemoteError::Plan)?;
        let mut response =
            self.patiently(|| Ok(self.signed(Method::GET, &url, token)?.header(ACCEPT, "application/json"))).await?;
        if response.status().is_redirection() {
            let target = response.headers().get(LOCATION).and_then(|it| it.to_str().ok());
            let target =
                target.and_then(|target| url.join(target).ok()).ok_or(RemoteError::Redirect(HostError::NoAddress))?;
            let target =
                permitted(target.as_str(), &self.storage, self.loopback_http).map_err(RemoteError::Redirect)?;
            response = self.patiently(|| Ok(self.client.request(Method::GET, target.clone()))).await?;
        }
        self.body(response).await
    }

    /// Sends the verdict.
    pub(super) async fn answer(&self, task: &Task, verdict: &Verdict) -> Result<(), RemoteError> {
        let url = self.permitted(&task.callback).map_err(RemoteError::Callback)?;
        let body = verdict.json().to_string();
        let request = || {
            let request = self.signed(Method::PATCH, &url, &task.token)?;
            Ok(request.header(CONTENT_TYPE, JSON_API).body(body.clone()))
        };
        let response = self.patiently(request).await?;
        if response.status().is_success() { Ok(()) } else { Err(status(&response)) }
    }

    fn signed(&self, method: Method, url: &Url, token: &Token) -> Result<RequestBuilder, RemoteError> {
        let mut bearer = HeaderValue::from_str(&token.bearer()).map_err(|_| RemoteError::Token)?;
        bearer.set_sensitive(true);
        Ok(self.client.request(method, url.clone()).header(AUTHORIZATION, bearer))
    }

    /// Sends a request, and again where the answer may be another one next time: nobody answered, the host is busy, or there is no plan yet.
    async fn patiently(
        &self,
        request: impl Fn() -> Result<RequestBuilder, RemoteError>,
    ) -> Result<Response, RemoteError> {
        let mut pause = PAUSE;
        for left in (0..TRIES).rev() {
            let (client, request) = request()?.build_split();
            let request = request.map_err(|error| RemoteError::Silent("the request".to_owned(), told(error)))?;
            let host = request.url().host_str().unwrap_or_default().to_owned();
            match client.execute(request).await {
                Ok(response) if left > 0 && is_passing(response.status()) => {}
                Ok(response) => return Ok(response),
                Err(error) if left == 0 => return Err(RemoteError::Silent(host, told(error))),
                Err(_) => {}
            }
            tokio::time::sleep(pause).await;
            pause *= 2;
        }
        Err(RemoteError::Silent("the host".to_owned(), "it was not asked".to_owned()))
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, RemoteError> {
        if response.status() != StatusCode::OK {
            return Err(status(&response));
        }
        let host = response.url().host_str().unwrap_or_default().to_owned();
        let told_length = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
        let mut bytes = Vec::with_capacity(told_length.min(self.longest));
        while let Some(chunk) =
            response.chunk().await.map_err(|error| RemoteError::Silent(host.clone(), told(error)))?
        {
            if bytes.len() + chunk.len() > self.longest {
                return Err(RemoteError::TooLarge(self.longest));
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

fn is_passing(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::NO_CONTENT
}

fn status(response: &Response) -> RemoteError {
    RemoteError::Status(response.url().host_str().unwrap_or_default().to_owned(), response.status())
}

/// What went wrong, without the address: that of a stored plan is a secret of its own.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
