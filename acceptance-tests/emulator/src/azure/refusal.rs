//! Refusals as the resource manager words and shapes them.

use serde_json::{Value, json};

use crate::http::answer::{Answer, Refusal};

/// Writes a refusal as `{"error": {code, message, details}}`.
pub(crate) fn render(refusal: &Refusal) -> Answer {
    let mut error = json!({ "code": refusal.code, "message": refusal.message });
    if !refusal.details.is_empty() {
        error["details"] = Value::Array(refusal.details.clone());
    }
    let answer = Answer::json_with(refusal.status, &json!({ "error": error }));
    match refusal.status {
        401 => answer.with_header(
            "www-authenticate",
            format!("Bearer authorization_uri=\"https://login.microsoftonline.com/\", error=\"invalid_token\", error_description=\"{}\"", refusal.message),
        ),
        _ => answer,
    }
}

/// The refusal that an injected fault asks for.
pub(crate) fn injected(status: u16, reason: Option<&str>) -> Refusal {
    let code = match status {
        400 => "BadRequest",
        401 => "ExpiredAuthenticationToken",
        403 => "AuthorizationFailed",
        404 => "ResourceNotFound",
        409 => "Conflict",
        412 => "PreconditionFailed",
        429 => "TooManyRequests",
        503 => "ServiceUnavailable",
        504 => "GatewayTimeout",
        _ => "InternalServerError",
    };
    Refusal::new(status, reason.unwrap_or(code), format!("The request was refused by an injected fault ({status})."))
}

/// 400 for a body that is not what the operation takes.
pub(crate) fn invalid_content(message: &str) -> Refusal {
    Refusal::new(
        400,
        "InvalidRequestContent",
        format!("The request content was invalid and could not be deserialized: '{message}'."),
    )
}

/// 400 with the vendor's general code.
pub(crate) fn bad_request(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "BadRequest", message)
}

/// 404 for a resource below a group.
pub(crate) fn not_found(kind: &str, name: &str, group: &str) -> Refusal {
    Refusal::new(
        404,
        "ResourceNotFound",
        format!(
            "The Resource '{kind}/{name}' under resource group '{group}' was not found. For more details please go to \
             https://aka.ms/ARMResourceNotFoundFix"
        ),
    )
}

/// 404 for a child whose parent is not there.
pub(crate) fn parent_not_found(kind: &str, parent: &str) -> Refusal {
    Refusal::new(
        404,
        "ParentResourceNotFound",
        format!(
            "Failed to perform 'write' on resource(s) of type '{}', because the parent resource '{parent}' could not be found.",
            kind.split_once('/').map_or(kind, |(_, rest)| rest)
        ),
    )
}

/// 404 for a resource group.
pub(crate) fn group_not_found(group: &str) -> Refusal {
    Refusal::new(404, "ResourceGroupNotFound", format!("Resource group '{group}' could not be found."))
}

/// 401.
pub(crate) fn unauthenticated(code: &str, message: impl Into<String>) -> Refusal {
    Refusal::new(401, code, message)
}

/// 403 for an action that the caller's roles do not allow.
pub(crate) fn denied(client: &str, object: &str, action: &str, scope: &str) -> Refusal {
    Refusal::new(
        403,
        "AuthorizationFailed",
        format!(
            "The client '{client}' with object id '{object}' does not have authorization to perform action '{action}' over scope '{scope}' \
             or the scope is invalid. If access was recently granted, please refresh your credentials."
        ),
    )
}
