//! Reads error bodies, one file a cloud, and what proxies answer. Never fails; an odd body is quoted.

mod aws;
mod azure;
mod google;

use std::time::Duration;

use serde_json::Value;

use super::FieldViolation;
use crate::api::Cloud;

/// Larger answers are not read: no API that we call sends them.
pub(crate) const BODY_LIMIT: usize = 8 * 1024 * 1024;

/// How much of a body that nobody understands is quoted.
const QUOTE_LIMIT: usize = 300;

/// What an error body says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: Option<String>,
    pub(crate) reason: Option<String>,
    pub(crate) message: String,
    pub(crate) request_id: Option<String>,
    pub(crate) violations: Vec<FieldViolation>,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) service: Option<String>,
    pub(crate) activation_url: Option<String>,
    pub(crate) permission: Option<String>,
}

impl Answer {
    /// Reads the body of a failed HTTP call.
    pub(crate) fn parse(cloud: Cloud, body: &[u8]) -> Self {
        if cloud == Cloud::Aws
            && let Some(answer) = Self::aws(body)
        {
            return answer;
        }
        match (serde_json::from_slice::<Value>(body), cloud) {
            (Err(_), _) => Self { message: quote(&String::from_utf8_lossy(body)), ..Self::default() },
            (Ok(value), Cloud::Azure) => Self::azure(&value),
            (Ok(value), Cloud::Google | Cloud::Aws) => Self::google(&value),
        }
    }
}

/// A non-empty string of bounded length.
fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?;
    if text.is_empty() {
        return None;
    }
    Some(shorten(text, 4_000))
}

/// The part of a foreign body that is worth showing: the title of a web page, or the beginning of a text.
pub(crate) fn quote(body: &str) -> String {
    let body = body.trim();
    if body.is_empty() {
        return String::new();
    }
    let lower = body.to_ascii_lowercase();
    if lower.starts_with("<!doctype") || lower.starts_with("<html") || lower.contains("<head") {
        let title = lower.find("<title>").map(|at| at + "<title>".len()).and_then(|start| {
            let end = lower[start..].find("</title>")? + start;
            // ASCII lower-casing keeps every byte position.
            body.get(start..end)
        });
        let title = title.map_or("without a title", str::trim);
        return format!("a web page, not an API answer: {}", shorten(title, QUOTE_LIMIT));
    }
    let line: String = body.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    shorten(&line, QUOTE_LIMIT)
}

fn shorten(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_bodies_are_quoted_and_never_panic() {
        assert_eq!(Answer::parse(Cloud::Google, b"").message, "");
        assert_eq!(Answer::parse(Cloud::Google, b" \n ").message, "");
        let page = "<!DOCTYPE html><html><head><TITLE> 502 Bad \u{130} Gateway </TITLE>";
        assert_eq!(
            Answer::parse(Cloud::Google, page.as_bytes()).message,
            "a web page, not an API answer: 502 Bad \u{130} Gateway"
        );
        assert_eq!(
            Answer::parse(Cloud::Google, b"<html><body>x").message,
            "a web page, not an API answer: without a title"
        );
        assert_eq!(Answer::parse(Cloud::Google, b"upstream\nreset \xff").message, "upstream reset \u{fffd}");
        assert_eq!(Answer::parse(Cloud::Google, "é".repeat(1_000).as_bytes()).message.chars().count(), QUOTE_LIMIT + 1);
        for odd in [
            "null",
            "[]",
            "[1]",
            "7",
            "\"x\"",
            r#"{"error":null}"#,
            r#"{"error":{}}"#,
            r#"{"error":{"details":{}}}"#,
            r#"{"error":{"code":"x","message":7,"errors":7}}"#,
        ] {
            for cloud in [Cloud::Google, Cloud::Azure, Cloud::Aws] {
                let _ = Answer::parse(cloud, odd.as_bytes());
            }
        }
    }
}
