//! One attempt at a request: authorise, send, read a bounded body, and turn a failure into an [`Error`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use url::Url;

use super::Transport;
use super::authorization::Authorization;
use crate::api::Cloud;
use crate::context::Context;
use crate::error::{Answer, BODY_LIMIT, Error, refused};
use crate::request::{Body, Method, Raw};

/// A successful answer.
#[derive(Debug)]
pub(crate) struct Answered {
    pub(crate) http_status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answered {
    /// A header, if it is there and text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long the cloud asks to wait before the next look.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        retry_after(&self.headers)
    }
}

impl Transport {
    /// Sends once. A read is dropped when the run is cancelled; a write on the wire is waited for, so that its outcome is known.
    pub(super) async fn attempt(&self, raw: &Raw, url: &Url, attempt: u32, ctx: &Context) -> Result<Answered, Error> {
        let cancelled = || Error::Cancelled { call: raw.call(), sent: false };
        let prepared = async {
            // In this order: fetching credentials may need a place of its own among the calls to the same API.
            let authorization = self.authorize(raw, ctx).await;
            let permit = self.inner.limiter.enter(raw.api).await;
            (permit, authorization)
        };
        let began = Instant::now();
        let (_permit, authorization) = tokio::select! {
            biased;
            () = ctx.cancel_token().cancelled() => return Err(cancelled()),
            () = ctx.past_deadline() => {
                return Err(Error::Timeout { call: raw.call(), after: began.elapsed(), sent: false });
            }
            prepared = prepared => prepared,
        };
        let authorization = authorization?;

        let started = Instant::now();
        let exchange = self.exchange(raw, url, &authorization, ctx);
        let result = if raw.writes() && !raw.anonymous {
            exchange.await
        } else {
            tokio::select! {
                biased;
                () = ctx.cancel_token().cancelled() => return Err(cancelled()),
                result = exchange => result,
            }
        };
        let status = match &result {
            Ok(answer) => answer.http_status,
            Err(error) => error.refusal().map_or(0, |refusal| refusal.http_status),
        };
        tracing::debug!(
            method = raw.method.as_str(),
            api = raw.api.host(),
            path = %raw.path,
            status,
            attempt,
            ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "cloud request"
        );
        result
    }

    async fn exchange(
        &self,
        raw: &Raw,
        url: &Url,
        authorization: &Authorization,
        ctx: &Context,
    ) -> Result<Answered, Error> {
        let timeout = match ctx.deadline() {
            Some(deadline) => deadline.saturating_duration_since(Instant::now()).min(self.inner.request_timeout),
            None => self.inner.request_timeout,
        };
        let fail = |source: reqwest::Error| network_error(raw, url, timeout, source);
        let mut response = self.build(raw, url, authorization, timeout)?.send().await.map_err(fail)?;
        let http_status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());

        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(fail)? {
            if body.len() + chunk.len() > BODY_LIMIT {
                let problem = format!("it is larger than {} MiB", BODY_LIMIT / 1024 / 1024);
                return Err(Error::Protocol { call: raw.call(), http_status, problem });
            }
            body.extend_from_slice(&chunk);
        }
        if (200..300).contains(&http_status) {
            return Ok(Answered { http_status, headers, body });
        }
        let answer = Answer::parse(raw.api.cloud(), &body)
            .with_retry_after(retry_after(&headers))
            .with_request_id(request_id(&headers));
        let secrets: Vec<_> = authorization.secret().into_iter().chain(&raw.secrets).cloned().collect();
        let error = refused(raw.call(), http_status, answer, &secrets);
        // A call without credentials has none that could be at fault.
        Err(if raw.anonymous { error } else { error.with_credentials_of(&self.inner.tokens.description()) })
    }

    fn build(
        &self,
        raw: &Raw,
        url: &Url,
        authorization: &Authorization,
        timeout: Duration,
    ) -> Result<reqwest::RequestBuilder, Error> {
        let method = match raw.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
            Method::Patch => reqwest::Method::PATCH,
            Method::Put => reqwest::Method::PUT,
            Method::Delete => reqwest::Method::DELETE,
        };
        let invalid = |problem: &str| Error::InvalidRequest { call: raw.call(), problem: problem.to_owned() };
        let (content_type, body) = match &raw.body {
            None => (None, String::new()),
            Some(Body::Json(value)) => (Some("application/json"), value.to_string()),
            Some(Body::Form(fields)) => {
                let form = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
                (Some("application/x-www-form-urlencoded; charset=utf-8"), form)
            }
        };
        let client =
            if self.realm().is_emulator() { &self.inner.client } else { self.client_for(url.scheme() == "http") };
        let mut request = client.request(method, url.clone()).timeout(timeout);
        for (name, value) in authorization.headers(raw, url, content_type, &body, jiff::Timestamp::now()) {
            let mut value = HeaderValue::from_str(&value)
                .map_err(|_| invalid("the credentials hold characters that a header cannot carry"))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        for (name, value) in &raw.headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| invalid("a value holds characters that a header cannot carry"))?;
            request = request.header(*name, value);
        }
        request = request.header(ACCEPT, if raw.api.cloud() == Cloud::Aws { "text/xml" } else { "application/json" });
        Ok(match content_type {
            // Google answers 411 to a POST without a length, which an empty body provides.
            None if raw.method == Method::Post => request.body(""),
            None => request,
            Some(content_type) => request.header(CONTENT_TYPE, content_type).body(body),
        })
    }
}

fn network_error(raw: &Raw, url: &Url, timeout: Duration, source: reqwest::Error) -> Error {
    let call = raw.call();
    let origin = url.origin().ascii_serialization();
    // The URL of an error would repeat ours, query included.
    let source = Arc::new(source.without_url());
    if source.is_connect() || source.is_builder() {
        Error::Connect { call, origin, source }
    } else if source.is_timeout() {
        Error::Timeout { call, after: timeout, sent: true }
    } else {
        Error::Dropped { call, origin, source }
    }
}

/// `Retry-After` in seconds or as a date.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let wait = at.duration_since(jiff::Timestamp::now());
    Some(Duration::try_from(wait).unwrap_or_default())
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    ["x-request-id", "x-goog-request-id", "x-ms-request-id", "request-id", "x-amzn-requestid"].into_iter().find_map(
        |name| {
            let id = headers.get(name)?.to_str().ok()?;
            Some(id.chars().take(128).collect())
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let header = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_str(value).expect("header"));
            retry_after(&headers)
        };
        assert_eq!(header("7"), Some(Duration::from_secs(7)));
        assert_eq!(header("Fri, 31 Dec 1999 23:59:59 GMT"), Some(Duration::ZERO));
        assert!(header("Fri, 31 Dec 2100 23:59:59 GMT") > Some(Duration::from_secs(3_600)));
        assert_eq!(header("soon"), None);
        assert_eq!(header("-1"), None);
    }
}
