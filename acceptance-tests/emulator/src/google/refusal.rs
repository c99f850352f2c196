//! Refusals as Google's APIs word and shape them: a canonical status, a message, and typed details.

use serde_json::{Value, json};

use crate::http::answer::{Answer, Refusal};
use crate::http::route::Api;

/// Query parameters that every Google API takes.
pub(crate) const COMMON_QUERY: &[&str] = &[
    "$.xgafv",
    "$alt",
    "$prettyPrint",
    "access_token",
    "alt",
    "callback",
    "fields",
    "key",
    "oauth_token",
    "prettyPrint",
    "quotaUser",
    "uploadType",
    "upload_protocol",
];

/// Writes a refusal as `{"error": {code, message, status, details}}`.
pub(crate) fn render(refusal: &Refusal) -> Answer {
    let mut error = json!({ "code": refusal.status, "message": refusal.message, "status": refusal.code });
    if !refusal.details.is_empty() {
        error["details"] = Value::Array(refusal.details.clone());
    }
    Answer::json_with(refusal.status, &json!({ "error": error }))
}

/// The refusal that an injected fault asks for.
pub(crate) fn injected(status: u16, reason: Option<&str>) -> Refusal {
    let code = match status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        404 => "NOT_FOUND",
        409 => "ABORTED",
        429 => "RESOURCE_EXHAUSTED",
        499 => "CANCELLED",
        501 => "UNIMPLEMENTED",
        503 => "UNAVAILABLE",
        504 => "DEADLINE_EXCEEDED",
        _ => "INTERNAL",
    };
    let refusal = Refusal::new(status, code, format!("The request was refused by an injected fault ({status})."));
    match reason {
        Some(reason) => refusal.with_detail(error_info(reason, "googleapis.com", json!({}))),
        None => refusal,
    }
}

/// 400 with a message.
pub(crate) fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "INVALID_ARGUMENT", message)
}

/// 400 that names the field.
pub(crate) fn invalid_with_violation(field: &str, description: &str) -> Refusal {
    invalid(description).with_detail(json!({
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [{ "field": field, "description": description }],
    }))
}

/// 400 for an object whose state does not allow the call.
pub(crate) fn precondition(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "FAILED_PRECONDITION", message)
}

/// 404.
pub(crate) fn not_found(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "NOT_FOUND", message)
}

/// 409 for a name that is taken.
pub(crate) fn exists(message: impl Into<String>) -> Refusal {
    Refusal::new(409, "ALREADY_EXISTS", message)
}

/// 409 for a policy that changed since it was read.
pub(crate) fn concurrent_change() -> Refusal {
    Refusal::new(
        409,
        "ABORTED",
        "There were concurrent policy changes. Please retry the whole read-modify-write with exponential backoff.",
    )
}

/// 401.
pub(crate) fn unauthenticated(api: &Api, reason: &str) -> Refusal {
    Refusal::new(
        401,
        "UNAUTHENTICATED",
        "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.",
    )
    .with_detail(error_info(reason, "googleapis.com", json!({ "service": api.service })))
}

/// 403 for a permission that the caller lacks; a resource that does not exist answers the same.
pub(crate) fn denied(api: &Api, permission: &str, resource: &str) -> Refusal {
    Refusal::new(
        403,
        "PERMISSION_DENIED",
        format!("Permission '{permission}' denied on resource '{resource}' (or it may not exist)."),
    )
    .with_detail(error_info(
        "IAM_PERMISSION_DENIED",
        api.service,
        json!({ "permission": permission, "resource": resource }),
    ))
}

/// 403 for an API that is switched off in the project.
pub(crate) fn service_disabled(service: &str, title: &str, number: &str) -> Refusal {
    let url = format!("https://console.developers.google.com/apis/api/{service}/overview?project={number}");
    let message = format!(
        "{title} has not been used in project {number} before or it is disabled. Enable it by visiting {url} then retry. \
         If you enabled this API recently, wait a few minutes for the action to propagate to our systems and retry."
    );
    let consumer = format!("projects/{number}");
    Refusal::new(403, "PERMISSION_DENIED", message)
        .with_detail(error_info(
            "SERVICE_DISABLED",
            "googleapis.com",
            json!({
                "service": service, "serviceTitle": title, "consumer": consumer, "containerInfo": number, "activationUrl": url,
            }),
        ))
        .with_detail(json!({
            "@type": "type.googleapis.com/google.rpc.Help",
            "links": [{ "description": "Google developers console API activation", "url": url }],
        }))
}

/// The detail that says why in one word.
pub(crate) fn error_info(reason: &str, domain: &str, metadata: Value) -> Value {
    json!({ "@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": domain, "metadata": metadata })
}
