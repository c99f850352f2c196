//! Reads error bodies: `google.rpc.Status`, its older form, OAuth's, and what proxies answer. Never fails; an odd body is quoted.

use std::time::Duration;

use serde_json::Value;

use super::FieldViolation;

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
    pub(crate) fn parse(body: &[u8]) -> Self {
        let value: Value = match serde_json::from_slice(body) {
            Ok(value) => value,
            Err(_) => return Self { message: quote(&String::from_utf8_lossy(body)), ..Self::default() },
        };
        // Streaming methods wrap their error in a list.
        let value = value.get(0).unwrap_or(&value);
        match value.get("error") {
            Some(Value::Object(_)) => Self::from_status(&value["error"]),
            Some(Value::String(error)) => Self {
                reason: Some(error.clone()),
                message: text(&value["error_description"]).unwrap_or_default(),
                ..Self::default()
            },
            _ => Self { message: quote(&value.to_string()), ..Self::default() },
        }
    }

    /// Reads a `google.rpc.Status`, as in `error` of an HTTP answer or of a long-running operation.
    pub(crate) fn from_status(error: &Value) -> Self {
        let mut answer = Self {
            status: text(&error["status"]),
            message: text(&error["message"]).unwrap_or_default(),
            // The older form, which some APIs still send beside or instead of details.
            reason: text(&error["errors"][0]["reason"]),
            ..Self::default()
        };
        for detail in error["details"].as_array().into_iter().flatten() {
            answer.add_detail(detail);
        }
        if answer.permission.is_none() {
            answer.permission = permission_in(&answer.message);
        }
        answer
    }

    fn add_detail(&mut self, detail: &Value) {
        let kind = detail["@type"].as_str().and_then(|name| name.rsplit('.').next()).unwrap_or_default();
        match kind {
            "ErrorInfo" => {
                self.reason = text(&detail["reason"]).or(self.reason.take());
                let metadata = &detail["metadata"];
                self.permission = text(&metadata["permission"]).or(self.permission.take());
                self.service = text(&metadata["service"]).or(self.service.take());
                self.activation_url = text(&metadata["activationUrl"]).or(self.activation_url.take());
                self.request_id = text(&metadata["vpcServiceControlsUniqueIdentifier"])
                    .or_else(|| text(&metadata["uid"]))
                    .or(self.request_id.take());
            }
            "BadRequest" => {
                for violation in detail["fieldViolations"].as_array().into_iter().flatten() {
                    self.violations.push(FieldViolation {
                        field: text(&violation["field"]).unwrap_or_else(|| "request".to_owned()),
                        description: text(&violation["description"]).unwrap_or_default(),
                    });
                }
            }
            "RequestInfo" => self.request_id = text(&detail["requestId"]).or(self.request_id.take()),
            "RetryInfo" => self.retry_after = detail["retryDelay"].as_str().and_then(seconds),
            "Help" => {
                let link = detail["links"].as_array().and_then(|links| links.first());
                let url = link.and_then(|link| text(&link["url"]));
                self.activation_url = self.activation_url.take().or(url);
            }
            _ => {}
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

/// A protobuf duration in JSON: `3.5s`.
fn seconds(text: &str) -> Option<Duration> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok()
}

/// Older answers name the permission only in prose: "Permission 'iam.roles.get' denied on …".
fn permission_in(message: &str) -> Option<String> {
    let start = message.find("ermission ")? + "ermission ".len();
    let word = message[start..].trim_start_matches(['\'', '"', '`']);
    let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || c == '.')).unwrap_or(word.len());
    let word = word[..end].trim_end_matches('.');
    (word.matches('.').count() >= 2).then(|| word.to_owned())
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
    use serde_json::json;

    fn parse(value: &Value) -> Answer {
        Answer::parse(value.to_string().as_bytes())
    }

    #[test]
    fn error_info_is_read() {
        let answer = parse(
            &json!({"error": {"code": 403, "message": "denied", "status": "PERMISSION_DENIED", "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "SERVICE_DISABLED", "domain": "googleapis.com",
             "metadata": {"service": "iam.googleapis.com", "activationUrl": "https://console/x", "consumer": "projects/1"}},
            {"@type": "type.googleapis.com/google.rpc.RequestInfo", "requestId": "r-1"},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1.5s"},
            {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"field": "oidc", "description": "no"}]},
            {"@type": 7}, null, "x"]}}),
        );
        assert_eq!(answer.reason.as_deref(), Some("SERVICE_DISABLED"));
        assert_eq!(answer.service.as_deref(), Some("iam.googleapis.com"));
        assert_eq!(answer.activation_url.as_deref(), Some("https://console/x"));
        assert_eq!(answer.request_id.as_deref(), Some("r-1"));
        assert_eq!(answer.retry_after, Some(Duration::from_millis(1500)));
        assert_eq!(answer.violations, [FieldViolation { field: "oidc".into(), description: "no".into() }]);
    }

    #[test]
    fn legacy_and_oauth_forms_are_read() {
        let legacy = parse(&json!({"error": {"code": 403, "message": "Rate Limit Exceeded",
            "errors": [{"reason": "rateLimitExceeded", "domain": "usageLimits"}]}}));
        assert_eq!(legacy.reason.as_deref(), Some("rateLimitExceeded"));
        let oauth = parse(&json!({"error": "invalid_grant", "error_description": "The audience is wrong"}));
        assert_eq!((oauth.reason.as_deref(), oauth.message.as_str()), (Some("invalid_grant"), "The audience is wrong"));
    }

    #[test]
    fn permission_is_found_in_prose() {
        for (message, expected) in [
            (
                "Permission 'iam.workloadIdentityPools.create' denied on resource",
                Some("iam.workloadIdentityPools.create"),
            ),
            ("Permission iam.serviceAccounts.get is required", Some("iam.serviceAccounts.get")),
            ("Permission denied.", None),
            ("permission \"a.b.c", Some("a.b.c")),
        ] {
            assert_eq!(permission_in(message).as_deref(), expected, "{message}");
        }
    }

    #[test]
    fn odd_bodies_are_quoted_and_never_panic() {
        assert_eq!(Answer::parse(b"").message, "");
        assert_eq!(Answer::parse(b" \n ").message, "");
        let page = "<!DOCTYPE html><html><head><TITLE> 502 Bad \u{130} Gateway </TITLE>";
        assert_eq!(Answer::parse(page.as_bytes()).message, "a web page, not an API answer: 502 Bad \u{130} Gateway");
        assert_eq!(Answer::parse(b"<html><body>x").message, "a web page, not an API answer: without a title");
        assert_eq!(Answer::parse(b"upstream\nreset \xff").message, "upstream reset \u{fffd}");
        assert_eq!(Answer::parse("é".repeat(1_000).as_bytes()).message.chars().count(), QUOTE_LIMIT + 1);
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
            let _ = Answer::parse(odd.as_bytes());
        }
    }
}
