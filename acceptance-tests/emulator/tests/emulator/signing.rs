//! A signer of AWS requests, written apart from the emulator's verifier.

use aws_lc_rs::{digest, hmac};

/// Credentials of a caller.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

impl Keys {
    /// The seeded operator.
    pub(crate) fn operator() -> Self {
        Self {
            id: String::from("AKIAEMULATOROPERATOR"),
            secret: String::from("emulator-secret-access-key-of-the-operator"),
            token: None,
        }
    }
}

/// The headers that sign a request of that method for path and query (in canonical form) and body.
pub(crate) fn headers(
    keys: &Keys,
    service: &str,
    host: &str,
    target: (&str, &str, &str),
    body: &str,
) -> Vec<(String, String)> {
    let now = jiff::Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    headers_at(keys, service, host, target, body, &now)
}

/// The same for another time.
pub(crate) fn headers_at(
    keys: &Keys,
    service: &str,
    host: &str,
    target: (&str, &str, &str),
    body: &str,
    now: &str,
) -> Vec<(String, String)> {
    headers_with(keys, service, host, target, body, now, None)
}

/// The same with one more header, whose name comes after those of AWS.
pub(crate) fn headers_with(
    keys: &Keys,
    service: &str,
    host: &str,
    (method, path, query): (&str, &str, &str),
    body: &str,
    now: &str,
    more: Option<(&str, &str)>,
) -> Vec<(String, String)> {
    let hash = hex(digest::digest(&digest::SHA256, body.as_bytes()).as_ref());
    let mut headers = vec![
        (String::from("host"), host.to_owned()),
        (String::from("x-amz-content-sha256"), hash.clone()),
        (String::from("x-amz-date"), now.to_owned()),
    ];
    if let Some(token) = &keys.token {
        headers.push((String::from("x-amz-security-token"), token.clone()));
    }
    if let Some((name, value)) = more {
        headers.push((name.to_owned(), value.to_owned()));
    }
    let names = headers.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(";");
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let canonical = format!("{method}\n{path}\n{query}\n{lines}\n{names}\n{hash}");
    let scope = format!("{}/us-east-1/{service}/aws4_request", &now[..8]);
    let string = format!(
        "AWS4-HMAC-SHA256\n{now}\n{scope}\n{}",
        hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref())
    );
    let mut key = format!("AWS4{}", keys.secret).into_bytes();
    for part in [&now[..8], "us-east-1", service, "aws4_request", &string] {
        key = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, &key), part.as_bytes()).as_ref().to_vec();
    }
    let authorization =
        format!("AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}", keys.id, hex(&key));
    headers.push((String::from("authorization"), authorization));
    headers
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
