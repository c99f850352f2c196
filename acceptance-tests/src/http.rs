//! A blocking HTTP client for loopback, small enough that a test's traffic is easy to follow.

use std::sync::OnceLock;

use serde_json::Value;
use tokio::runtime::Runtime;

/// An answer with its body read.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body as JSON; a string if it is none.
    pub body: Value,
}

impl Answer {
    /// Whether the status is a 2xx.
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }
}

/// What goes into a request besides method and URL.
#[derive(Clone, Debug, Default)]
pub struct Content<'a> {
    /// Bearer token.
    pub token: Option<&'a str>,
    /// JSON body.
    pub body: Option<&'a Value>,
}

/// Sends a request and reads the answer.
///
/// # Panics
///
/// If no answer comes: the only servers asked are the test's own.
#[must_use]
#[track_caller]
pub fn send(method: &str, url: &str, content: &Content<'_>) -> Answer {
    let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method that HTTP knows");
    let mut request = client().request(method, url);
    if let Some(token) = content.token {
        request = request.bearer_auth(token);
    }
    if let Some(body) = content.body {
        request = request.json(body);
    }
    answer_to(url, request)
}

/// Sends headers and a body as somebody has made them, such as a signed form.
///
/// # Panics
///
/// If no answer comes.
#[must_use]
#[track_caller]
pub fn send_as_is(method: &str, url: &str, headers: &[(String, String)], body: String) -> Answer {
    let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method that HTTP knows");
    let mut request = client().request(method, url).body(body);
    // The client writes the host by itself.
    for (name, value) in headers.iter().filter(|(name, _)| name != "host") {
        request = request.header(name, value);
    }
    answer_to(url, request)
}

/// A form as browsers and libraries write it.
#[must_use]
pub fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

#[track_caller]
fn answer_to(url: &str, request: reqwest::RequestBuilder) -> Answer {
    let answer = runtime().block_on(async {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        Ok::<_, reqwest::Error>((status, answer.text().await?))
    });
    match answer {
        Ok((status, text)) => Answer { status, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) },
        Err(error) => panic!("no answer from {url}: {error}"),
    }
}

fn client() -> &'static reqwest::Client {
    static CLIENT: OnceLock<reqwest::Client> = OnceLock::new();
    // No proxy: loopback is never behind one, and a user's proxy settings must not get in.
    CLIENT.get_or_init(|| reqwest::Client::builder().no_proxy().build().expect("a client without special wishes"))
}

fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("threads can be started")
    })
}
