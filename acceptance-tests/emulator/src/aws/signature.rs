//! Signature version 4, verified: the canonical request, the derived key and the time are worked out again from what came in.

use std::fmt::Write;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::hmac;
use sha2::{Digest, Sha256};

use super::access::Caller;
use crate::http::answer::Refusal;
use crate::http::request::{Request, percent_decoded};
use crate::http::route::Call;
use crate::state::clock::{Clock, Millis};
use crate::state::world::World;

/// How far the clocks of signer and cloud may be apart.
const SKEW: Millis = 15 * 60 * 1000;

/// A request as its signer saw it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    pub(crate) url: &'a url::Url,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
    /// The service that it must be signed for, such as `sts`.
    pub(crate) service: &'a str,
}

impl Signed<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What an `Authorization` header says.
#[derive(Debug)]
struct Authorization<'a> {
    key_id: &'a str,
    date: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: &'a str,
    signature: &'a str,
}

/// Whoever signed the request in hand for this service.
pub(crate) fn caller_of(world: &World, call: &Call<'_>, service: &str) -> Result<Caller, Refusal> {
    let request = call.request;
    let url = url_of(request).ok_or_else(|| incomplete("The request has no usable host and path."))?;
    let headers: Vec<(String, String)> = request
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
        .collect();
    caller(
        world,
        &Signed { method: request.method.as_str(), url: &url, headers: &headers, body: &request.body, service },
    )
}

/// Whoever signed a request.
pub(crate) fn caller(world: &World, signed: &Signed<'_>) -> Result<Caller, Refusal> {
    let Some(header) = signed.header("authorization").filter(|header| !header.is_empty()) else {
        return Err(Refusal::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token"));
    };
    let authorization = parsed(header)?;
    let time = signed.header("x-amz-date").ok_or_else(|| {
        incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    })?;
    check_scope(&authorization, signed.service, time)?;
    check_time(time, world.machine.aws_clock_behind_seconds)?;
    let (caller, secret) =
        super::access::credential(world, authorization.key_id, signed.header("x-amz-security-token"))?;
    let names: Vec<&str> = authorization.signed_headers.split(';').collect();
    if !names.contains(&"host") {
        return Err(mismatch("'Host' must be a 'SignedHeader' in the AWS Authorization."));
    }
    if signed.header("x-amz-security-token").is_some() && !names.contains(&"x-amz-security-token") {
        return Err(mismatch("'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization."));
    }
    let wanted = signature(signed, &authorization, time, &secret)?;
    if verify_slices_are_equal(wanted.as_bytes(), authorization.signature.as_bytes()).is_err() {
        return Err(mismatch(
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. \
             Consult the service documentation for details.",
        ));
    }
    Ok(caller)
}

fn parsed(header: &str) -> Result<Authorization<'_>, Refusal> {
    let broken = || {
        incomplete(
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' parameters with AWS4-HMAC-SHA256.",
        )
    };
    let rest = header.strip_prefix("AWS4-HMAC-SHA256").ok_or_else(broken)?;
    let value = |name: &str| {
        rest.split(',')
            .find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='))
            .filter(|value| !value.is_empty())
    };
    let credential = value("Credential").ok_or_else(broken)?;
    let parts: Vec<&str> = credential.split('/').collect();
    let [key_id, date, region, service, "aws4_request"] = parts.as_slice() else {
        return Err(incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.",
        ));
    };
    Ok(Authorization {
        key_id,
        date,
        region,
        service,
        signed_headers: value("SignedHeaders").ok_or_else(broken)?,
        signature: value("Signature").ok_or_else(broken)?,
    })
}

fn check_scope(authorization: &Authorization<'_>, service: &str, time: &str) -> Result<(), Refusal> {
    if authorization.service != service {
        return Err(mismatch(format!("Credential should be scoped to correct service: '{service}'. ")));
    }
    if service == "iam" && authorization.region != "us-east-1" {
        return Err(mismatch("Credential should be scoped to a valid region. "));
    }
    if time.get(..8) != Some(authorization.date) {
        return Err(mismatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP",
        ));
    }
    Ok(())
}

/// The machine's own time decides, as it does for the signer, but for what the control API says; the emulated clock may be elsewhere.
fn check_time(time: &str, behind_seconds: i64) -> Result<(), Refusal> {
    let wrong = || incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{time}'."));
    let part = |range: std::ops::Range<usize>| time.get(range).ok_or_else(wrong);
    let iso = format!(
        "{}-{}-{}T{}:{}:{}Z",
        part(0..4)?,
        part(4..6)?,
        part(6..8)?,
        part(9..11)?,
        part(11..13)?,
        part(13..15)?
    );
    let at = iso.parse::<jiff::Timestamp>().map_err(|_| wrong())?.as_millisecond();
    let apart = Clock::default().now() + behind_seconds * 1000 - at;
    if apart > SKEW {
        return Err(mismatch(format!(
            "Signature expired: {time} is now earlier than the oldest accepted time (15 min.)"
        )));
    }
    if apart < -SKEW {
        return Err(mismatch(format!(
            "Signature not yet current: {time} is still later than the newest accepted time (15 min.)"
        )));
    }
    Ok(())
}

fn signature(
    signed: &Signed<'_>,
    authorization: &Authorization<'_>,
    time: &str,
    secret: &str,
) -> Result<String, Refusal> {
    let hash = payload_hash(signed)?;
    let mut headers = String::new();
    for name in authorization.signed_headers.split(';') {
        let value = signed
            .header(name)
            .ok_or_else(|| mismatch(format!("The signed header '{name}' is not in the request.")))?;
        let value = value.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(headers, "{name}:{value}");
    }
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{}\n{hash}",
        signed.method,
        canonical_path(signed.url.path(), signed.service),
        canonical_query(signed.url),
        authorization.signed_headers
    );
    let Authorization { date, region, service, .. } = authorization;
    let string = format!(
        "AWS4-HMAC-SHA256\n{time}\n{date}/{region}/{service}/aws4_request\n{}",
        hex(&Sha256::digest(canonical))
    );
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [date, region, service, "aws4_request"] {
        key = mac(&key, part);
    }
    Ok(hex(&mac(&key, &string)))
}

/// The hash of the body; S3's clients say it in a header, and may leave the body unsigned.
fn payload_hash(signed: &Signed<'_>) -> Result<String, Refusal> {
    let hash = hex(&Sha256::digest(signed.body));
    match signed.header("x-amz-content-sha256") {
        Some("UNSIGNED-PAYLOAD") if signed.service == "s3" => Ok(String::from("UNSIGNED-PAYLOAD")),
        Some(said) if said != hash => Err(Refusal::new(
            400,
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        )),
        _ => Ok(hash),
    }
}

/// S3 signs the path encoded once, everybody else twice.
fn canonical_path(path: &str, service: &str) -> String {
    let once: Vec<String> = path.split('/').map(|part| encoded(&percent_decoded(part))).collect();
    let once = once.join("/");
    if service == "s3" { once } else { once.split('/').map(encoded).collect::<Vec<_>>().join("/") }
}

fn canonical_query(url: &url::Url) -> String {
    let mut pairs: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (encoded(&name), encoded(&value))).collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn url_of(request: &Request) -> Option<url::Url> {
    let mut url = url::Url::parse(&format!("{}{}", request.origin(), request.path)).ok()?;
    if !request.query.is_empty() {
        url.query_pairs_mut().extend_pairs(&request.query);
    }
    Some(url)
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn incomplete(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "IncompleteSignature", message)
}

fn mismatch(message: impl Into<String>) -> Refusal {
    Refusal::new(403, "SignatureDoesNotMatch", message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    /// The example of the vendor's documentation of the algorithm.
    #[test]
    fn the_documented_example_has_the_documented_signature() {
        let url = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08".parse().unwrap();
        let headers = [
            ("host", "iam.amazonaws.com"),
            ("content-type", "application/x-www-form-urlencoded; charset=utf-8"),
            ("x-amz-date", "20150830T123600Z"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let signed = Signed { method: "GET", url: &url, headers: &headers, body: b"", service: "iam" };
        let authorization = Authorization {
            key_id: "AKIDEXAMPLE",
            date: "20150830",
            region: "us-east-1",
            service: "iam",
            signed_headers: "content-type;host;x-amz-date",
            signature: "",
        };
        let signature =
            signature(&signed, &authorization, "20150830T123600Z", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY").unwrap();
        assert_eq!(signature, "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7");
    }
}
