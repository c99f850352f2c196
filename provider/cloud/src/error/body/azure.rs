//! Microsoft's error bodies: Azure Resource Manager's, Graph's and Entra's.

use serde_json::Value;

use super::{Answer, quote, text};

impl Answer {
    pub(crate) fn azure(body: &Value) -> Self {
        match body.get("error") {
            Some(error @ Value::Object(_)) => Self::of_arm(error),
            Some(Value::String(error)) => Self {
                reason: Some(error.clone()),
                message: text(&body["error_description"]).map(|text| first_line(&text)).unwrap_or_default(),
                request_id: text(&body["trace_id"]),
                ..Self::default()
            },
            // Some resource providers leave the envelope out.
            _ if body["code"].is_string() => Self::of_arm(body),
            _ => Self { message: quote(&body.to_string()), ..Self::default() },
        }
    }

    fn of_arm(error: &Value) -> Self {
        let mut message = text(&error["message"]).unwrap_or_default();
        for detail in error["details"].as_array().into_iter().flatten() {
            let more = text(&detail["message"]).filter(|more| !message.contains(more.as_str()));
            if let Some(more) = more {
                message = format!("{message} {more}");
            }
        }
        Self {
            reason: text(&error["code"]),
            permission: between(&message, "perform action '", "'").map(str::to_owned),
            service: between(&message, "use namespace '", "'").map(str::to_owned),
            request_id: text(&error["innerError"]["request-id"]),
            message,
            ..Self::default()
        }
    }
}

/// Entra appends trace id, correlation id and time to its message, one a line.
fn first_line(text: &str) -> String {
    let end = text.find(" Trace ID:").or_else(|| text.find(['\r', '\n'])).unwrap_or(text.len());
    text[..end].trim_end().to_owned()
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let start = text.find(before)? + before.len();
    let end = text[start..].find(after)? + start;
    Some(&text[start..end])
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::api::Cloud;
    use serde_json::json;

    fn parse(value: &Value) -> Answer {
        Answer::parse(Cloud::Azure, value.to_string().as_bytes())
    }

    #[test]
    fn resource_manager_names_code_and_action() {
        let answer = parse(&json!({"error": {"code": "AuthorizationFailed", "message":
            "The client 'a' with object id 'b' does not have authorization to perform action 'Microsoft.X/y/write' over scope '/z'.",
            "details": [{"code": "Inner", "message": "More."}, {"message": 7}]}}));
        assert_eq!(answer.reason.as_deref(), Some("AuthorizationFailed"));
        assert_eq!(answer.permission.as_deref(), Some("Microsoft.X/y/write"));
        assert!(answer.message.ends_with("over scope '/z'. More."), "{}", answer.message);
        let bare = parse(&json!({"code": "BadRequest", "message": "no"}));
        assert_eq!((bare.reason.as_deref(), bare.message.as_str()), (Some("BadRequest"), "no"));
        let unregistered = parse(&json!({"error": {"code": "MissingSubscriptionRegistration", "message":
            "The subscription is not registered to use namespace 'Microsoft.ManagedIdentity'. See https://aka.ms/x"}}));
        assert_eq!(unregistered.service.as_deref(), Some("Microsoft.ManagedIdentity"));
    }

    #[test]
    fn graph_and_entra_are_read() {
        let graph = parse(&json!({"error": {"code": "Request_ResourceNotFound", "message": "gone",
            "innerError": {"date": "d", "request-id": "r-1"}}}));
        assert_eq!(graph.request_id.as_deref(), Some("r-1"));
        let entra = parse(&json!({"error": "invalid_client", "trace_id": "t-1", "error_description":
            "AADSTS7000215: Invalid client secret provided. Trace ID: t-1 Correlation ID: c Timestamp: now"}));
        assert_eq!(entra.reason.as_deref(), Some("invalid_client"));
        assert_eq!(entra.message, "AADSTS7000215: Invalid client secret provided.");
        assert_eq!(entra.request_id.as_deref(), Some("t-1"));
    }
}
