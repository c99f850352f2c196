//! Google's error bodies: `google.rpc.Status`, its older form, and OAuth's.

use std::time::Duration;

use serde_json::Value;

use super::{Answer, quote, text};
use crate::error::FieldViolation;

impl Answer {
    pub(super) fn google(body: &Value) -> Self {
        // Streaming methods wrap their error in a list.
        let body = body.get(0).unwrap_or(body);
        match body.get("error") {
            Some(Value::Object(_)) => Self::from_status(&body["error"]),
            Some(Value::String(error)) => Self {
                reason: Some(error.clone()),
                message: text(&body["error_description"]).unwrap_or_default(),
                ..Self::default()
            },
            _ => Self { message: quote(&body.to_string()), ..Self::default() },
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::Cloud;
    use serde_json::json;

    fn parse(value: &Value) -> Answer {
        Answer::parse(Cloud::Google, value.to_string().as_bytes())
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
}
