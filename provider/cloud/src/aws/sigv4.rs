//! AWS Signature Version 4: the caller's keys never travel, only a signature over what is sent.

use aws_lc_rs::{digest, hmac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use url::{Position, Url};

use crate::request::Method;
use crate::secret::Secret;

/// A caller's keys.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The public half, such as `AKIA…`.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: Secret,
    /// Goes with keys that are only lent.
    pub session_token: Option<Secret>,
}

/// What a signature is good for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The region, such as `eu-central-1`.
    pub region: String,
    /// The service, such as `sts`.
    pub service: &'static str,
}

/// What a signed request carries besides what was signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The header `Authorization`.
    pub authorization: String,
    /// The header `X-Amz-Date`.
    pub date: String,
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// Signs a request. `headers` are signed besides host, date and session token; their names are lower case.
pub fn sign(
    keys: &Keys,
    scope: &Scope,
    method: Method,
    url: &Url,
    headers: &[(&str, &str)],
    body: &[u8],
    now: Timestamp,
) -> Signature {
    let utc = now.to_zoned(TimeZone::UTC);
    let date = utc.strftime("%Y%m%dT%H%M%SZ").to_string();
    let day = utc.strftime("%Y%m%d").to_string();

    // What the HTTP client sends as host: the port only where it is not the scheme's own.
    let host = &url[Position::BeforeHost..Position::AfterPort];
    let mut signed: Vec<(&str, &str)> = headers.to_vec();
    signed.extend([("host", host), ("x-amz-date", date.as_str())]);
    if let Some(token) = &keys.session_token {
        signed.push(("x-amz-security-token", token.expose()));
    }
    signed.sort_unstable();
    let names = signed.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
    let lines: String = signed.iter().map(|(name, value)| format!("{name}:{}\n", single_spaced(value))).collect();

    let path = if url.path().is_empty() { "/" } else { url.path() };
    let (query, body) = (canonical_query(url), hex(digest::digest(&digest::SHA256, body).as_ref()));
    let canonical = format!("{}\n{path}\n{query}\n{lines}\n{names}\n{body}", method.as_str());

    let credential_scope = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let digest = hex(digest::digest(&digest::SHA256, canonical.as_bytes()).as_ref());
    let to_sign = format!("{ALGORITHM}\n{date}\n{credential_scope}\n{digest}");

    let root = format!("AWS4{}", keys.secret_access_key.expose());
    let mut key = mac(root.as_bytes(), day.as_bytes());
    for part in [scope.region.as_str(), scope.service, "aws4_request"] {
        key = mac(key.as_ref(), part.as_bytes());
    }
    let signature = hex(mac(key.as_ref(), to_sign.as_bytes()).as_ref());
    let access_key_id = &keys.access_key_id;
    let authorization = format!(
        "{ALGORITHM} Credential={access_key_id}/{credential_scope}, SignedHeaders={names}, Signature={signature}"
    );
    Signature { authorization, date }
}

/// Sorted by encoded name, then value, each encoded the way AWS encodes.
fn canonical_query(url: &Url) -> String {
    let mut pairs: Vec<_> = url.query_pairs().map(|(name, value)| (encode(&name), encode(&value))).collect();
    pairs.sort_unstable();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Without white space around, and with single spaces within.
fn single_spaced(value: &str) -> String {
    value.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

fn mac(key: &[u8], data: &[u8]) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), data)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys {
            access_key_id: "AKIDEXAMPLE".into(),
            secret_access_key: Secret::new("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            session_token: None,
        }
    }

    fn signature(scope: &Scope, method: Method, url: &str, headers: &[(&str, &str)], body: &str) -> String {
        let now: Timestamp = "2015-08-30T12:36:00Z".parse().unwrap();
        let signed = sign(&keys(), scope, method, &url.parse().unwrap(), headers, body.as_bytes(), now);
        assert_eq!(signed.date, "20150830T123600Z");
        signed.authorization.rsplit_once("Signature=").unwrap().1.to_owned()
    }

    fn scope(service: &'static str) -> Scope {
        Scope { region: "us-east-1".into(), service }
    }

    const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

    /// The signatures that AWS publishes with its test suite, and the one of its worked example.
    #[test]
    fn published_signatures_come_out() {
        type Case = (Method, &'static str, &'static [(&'static str, &'static str)], &'static str, &'static str);
        let cases: &[Case] = &[
            (Method::Get, "", &[], "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
            (
                Method::Get,
                "?Param2=value2&Param1=value1",
                &[],
                "",
                "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
            ),
            (Method::Post, "", &[], "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
            (
                Method::Post,
                "",
                &[FORM],
                "Param1=value1",
                "ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
            ),
        ];
        for (method, query, headers, body, expected) in cases {
            let url = format!("https://example.amazonaws.com/{query}");
            assert_eq!(signature(&scope("service"), *method, &url, headers, body), *expected, "{method:?} {query}");
        }
        let users = "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08";
        let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        assert_eq!(
            signature(&scope("iam"), Method::Get, users, &form, ""),
            "5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7"
        );
    }

    /// What AWS's own botocore signs for the same calls.
    #[test]
    fn other_implementations_agree() {
        let now: Timestamp = "2026-03-04T05:06:07Z".parse().unwrap();
        let form = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let lent = Keys { session_token: Some(Secret::new("a/session+token==")), ..keys() };
        let scope_of = |region: &str, service| Scope { region: region.into(), service };
        let cases = [
            (
                &lent,
                scope_of("eu-central-1", "sts"),
                "https://sts.eu-central-1.amazonaws.com/",
                "Action=GetCallerIdentity&Version=2011-06-15",
                "SignedHeaders=content-type;host;x-amz-date;x-amz-security-token, \
                 Signature=7a2aa3acf2ef4985c20c2b393a98a2e4ea71ab963f343f1081c750e98475684b",
            ),
            (
                &keys(),
                scope_of("us-east-1", "iam"),
                "http://127.0.0.1:8787/",
                "Action=GetRole&RoleName=a%2Bb&Version=2010-05-08",
                "SignedHeaders=content-type;host;x-amz-date, \
                 Signature=ffd2943ecc56bf54a9ed5051d0e842ea9e0b3266ab1f09fed1066a294f231db0",
            ),
        ];
        for (keys, scope, url, body, expected) in cases {
            let signed = sign(keys, &scope, Method::Post, &url.parse().unwrap(), &form, body.as_bytes(), now);
            assert!(signed.authorization.ends_with(expected), "{url}: {}", signed.authorization);
        }
    }

    #[test]
    fn whatever_is_signed_changes_the_signature() {
        let base = signature(&scope("sts"), Method::Post, "http://127.0.0.1:8787/", &[FORM], "Action=A");
        for other in [
            signature(&scope("iam"), Method::Post, "http://127.0.0.1:8787/", &[FORM], "Action=A"),
            signature(&scope("sts"), Method::Get, "http://127.0.0.1:8787/", &[FORM], "Action=A"),
            signature(&scope("sts"), Method::Post, "http://127.0.0.1:8788/", &[FORM], "Action=A"),
            signature(&scope("sts"), Method::Post, "http://127.0.0.1:8787/", &[], "Action=A"),
            signature(&scope("sts"), Method::Post, "http://127.0.0.1:8787/", &[FORM], "Action=B"),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn no_secret_is_printed() {
        let keys = Keys { session_token: Some(Secret::new("a-session-token")), ..keys() };
        let text = format!("{keys:?}");
        assert!(text.contains("AKIDEXAMPLE") && !text.contains("EXAMPLEKEY") && !text.contains("a-session"), "{text}");
    }
}
