//! The one way to the clouds: sign-in, rate limits, retries, cancellation, error bodies and redaction for every request.

mod attempt;
mod authorization;
mod config;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;
use serde_json::Value;

pub(crate) use self::attempt::Answered;
pub use self::config::{Config, ConfigError};
use crate::api::{Api, Cloud};
use crate::context::Context;
use crate::endpoints::{Endpoints, Realm};
use crate::error::{Error, quote};
use crate::rate::Limiter;
use crate::request::{Empty, Path, Raw, Request};
use crate::retry::RetryPolicy;
use crate::sign_in::TokenSource;
use crate::single_flight::SingleFlight;
use crate::xml;

/// Sends requests. Cheap to clone; clones share connections, rate limits and sign-in.
#[derive(Clone, Debug)]
pub struct Transport {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    client: reqwest::Client,
    local: reqwest::Client,
    endpoints: Endpoints,
    tokens: TokenSource,
    retry: RetryPolicy,
    limiter: Limiter,
    request_timeout: Duration,
    reads: SingleFlight<(Api, String), Arc<Answered>>,
}

impl Transport {
    /// Builds a transport. Opens no connection.
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let (client, local) = (config.client()?, config.local_client()?);
        Ok(Self {
            inner: Arc::new(Inner {
                client,
                local,
                endpoints: config.endpoints,
                tokens: config.tokens,
                retry: config.retry,
                limiter: Limiter::new(config.rate),
                request_timeout: config.request_timeout,
                reads: SingleFlight::new(config.keep_reads),
            }),
        })
    }

    /// Where requests go.
    pub fn endpoints(&self) -> &Endpoints {
        &self.inner.endpoints
    }

    /// The realm that requests reach.
    pub fn realm(&self) -> Realm {
        self.inner.endpoints.realm()
    }

    /// The HTTP client for sign-in: the one to the clouds, or the one for plain http, which stays on this machine.
    pub(crate) fn client_for(&self, plain_http: bool) -> &reqwest::Client {
        if plain_http { &self.inner.local } else { &self.inner.client }
    }

    /// How patient it is with transient failures.
    pub fn retry_policy(&self) -> &RetryPolicy {
        &self.inner.retry
    }

    /// Signs in as for a call to an API, which costs nothing where it was done before.
    pub async fn sign_in(&self, api: Api, ctx: &Context) -> Result<(), Error> {
        let request = Request::<Empty>::get(api, Path::root()).about("sign in to", api.cloud());
        self.authorize(request.raw(), ctx).await.map(|_| ())
    }

    /// Sends a request, again where that is safe and promising, and reads its answer.
    pub async fn send<T: DeserializeOwned>(&self, request: &Request<T>, ctx: &Context) -> Result<T, Error> {
        let raw = request.raw();
        if ctx.shares_reads() && !raw.writes() && !raw.sensitive {
            let key = (raw.api, raw.fingerprint(&self.inner.endpoints)?);
            let fetch = async { self.send_raw(raw, ctx).await.map(Arc::new) };
            let answer = self.inner.reads.get(&key, fetch).await?;
            return decode(raw, &answer);
        }
        let answer = self.answer_to(request, ctx).await?;
        decode(raw, &answer)
    }

    /// Like [`Transport::send`], with the answer's status and headers instead of its content.
    pub(crate) async fn answer_to<T>(&self, request: &Request<T>, ctx: &Context) -> Result<Answered, Error> {
        let raw = request.raw();
        let result = self.send_raw(raw, ctx).await;
        if raw.writes() {
            // Whatever came of it: what was read before may no longer be so.
            self.inner.reads.invalidate_where(|(api, _)| *api == raw.api);
        }
        result
    }

    async fn send_raw(&self, raw: &Raw, ctx: &Context) -> Result<Answered, Error> {
        let url = raw.url(&self.inner.endpoints)?;
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            self.wait_for_turn(raw, ctx).await?;
            let error = match self.attempt(raw, &url, attempt, ctx).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let Some(wait) = self.wait_after(&error, raw, ctx, attempt, started) else { return Err(error) };
            tracing::debug!(attempt, cause = %error, "trying again");
            if !ctx.sleep(wait, &error).await {
                return Err(if ctx.is_cancelled() {
                    Error::Cancelled { call: raw.call(), sent: false }
                } else {
                    error
                });
            }
        }
    }

    /// How long to wait before sending again, or `None` when the error stands.
    fn wait_after(&self, error: &Error, raw: &Raw, ctx: &Context, attempt: u32, started: Instant) -> Option<Duration> {
        let policy = &self.inner.retry;
        let elapsed = started.elapsed();
        if let (Error::ServiceDisabled { .. }, Some(patience)) = (error, ctx.enable_patience()) {
            let wait = policy.backoff(attempt.min(5));
            return (elapsed + wait <= patience).then_some(wait);
        }
        let wait = policy.next(error, attempt, raw.idempotent)?;
        (elapsed + wait <= policy.budget).then_some(wait)
    }

    async fn wait_for_turn(&self, raw: &Raw, ctx: &Context) -> Result<(), Error> {
        if ctx.is_cancelled() {
            return Err(Error::Cancelled { call: raw.call(), sent: false });
        }
        let wait = self.inner.limiter.reserve(raw.api, raw.quota, Instant::now());
        if wait.is_zero() {
            return Ok(());
        }
        if ctx.sleep(wait, &"the request quota is used up").await {
            Ok(())
        } else if ctx.is_cancelled() {
            Err(Error::Cancelled { call: raw.call(), sent: false })
        } else {
            Err(Error::Timeout { call: raw.call(), after: wait, sent: false })
        }
    }
}

/// Reads the content of an answer.
pub(crate) fn decode<T: DeserializeOwned>(raw: &Raw, answer: &Answered) -> Result<T, Error> {
    let fail = |problem: String| Error::Protocol { call: raw.call(), http_status: answer.http_status, problem };
    let explain = |error: serde_json::Error| {
        // A type mismatch quotes the value, which in a sensitive answer may be the token.
        fail(if raw.sensitive { format!("{:?} error", error.classify()) } else { quote(&error.to_string()) })
    };
    let body: &[u8] = if answer.body.trim_ascii().is_empty() { b"{}" } else { &answer.body };
    if raw.api.cloud() == Cloud::Aws {
        let unreadable = |problem: String| if raw.sensitive { "it is not XML".to_owned() } else { quote(&problem) };
        let value: Value = xml::parse(body).map_err(|problem| fail(unreadable(problem)))?.result();
        return serde_json::from_value(value).map_err(explain);
    }
    serde_json::from_slice(body).map_err(explain)
}
