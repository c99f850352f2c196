//! A cloud's refusal, and the error that it becomes.

use std::fmt;
use std::time::Duration;

use super::kind::{self, Kind};
use super::{Answer, Call, Error};
use crate::secret::{Secret, redact};

/// What the cloud said when it refused a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The call.
    pub call: Call,
    /// The HTTP status; for a failed operation, the one that its code stands for.
    pub http_status: u16,
    /// Google's status, for example `PERMISSION_DENIED`; other clouds have none.
    pub status: Option<String>,
    /// The machine-readable reason or code, for example `IAM_PERMISSION_DENIED` or `RoleAssignmentExists`.
    pub reason: Option<String>,
    /// The cloud's own words.
    pub message: String,
    /// The id under which the cloud's support finds the request.
    pub request_id: Option<String>,
    /// Where the credentials came from that the cloud did not accept.
    pub credentials: Option<String>,
}

/// A field that the cloud did not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldViolation {
    /// The field's path in the request.
    pub field: String,
    /// What is wrong with it.
    pub description: String,
}

impl fmt::Display for FieldViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.description)
    }
}

/// In brackets the status, reason and request id, then the cloud's words: the second half of a sentence that names the call.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "(HTTP {}", self.http_status)?;
        for word in [&self.status, &self.reason].into_iter().flatten() {
            write!(f, " {word}")?;
        }
        if let Some(id) = &self.request_id {
            write!(f, ", request id {id}")?;
        }
        write!(f, ")")?;
        if !self.message.is_empty() {
            write!(f, ": \"{}\"", self.message)?;
        }
        Ok(())
    }
}

/// The error for an answer with a failure status.
pub(crate) fn refused(call: Box<Call>, http_status: u16, answer: Answer, known: &[Secret]) -> Error {
    if (300..400).contains(&http_status) {
        return Error::Protocol {
            call,
            http_status,
            problem: "it redirects elsewhere, which no cloud API does".into(),
        };
    }
    classify(*call, http_status, answer.redacted(|text| redact(text, known)))
}

/// The error for an asynchronous operation of Azure's that failed: what the answer that reported it said.
pub(crate) fn refused_asynchronously(call: Call, http_status: u16, answer: Answer) -> Error {
    let answer = answer.redacted(|text| redact(text, &[]));
    let Answer { status, reason, message, request_id, .. } = answer;
    Error::Rejected(Box::new(Refusal { call, http_status, status, reason, message, request_id, credentials: None }))
}

/// The error for an object that stands where one was to be made, seen before the write because the write would have replaced it.
pub(crate) fn found_before(call: Call) -> Error {
    let message = "it was looked up before creating it, because creating would have overwritten it";
    Error::AlreadyExists(our_own(call, message.to_owned()))
}

/// The error for an object that somebody else changed again and again while it was to be changed.
pub(crate) fn contended(call: Call, times: usize) -> Error {
    Error::Conflict(our_own(call, format!("somebody else changed it meanwhile, {times} times in a row")))
}

/// A refusal that no cloud has uttered.
fn our_own(call: Call, message: String) -> Box<Refusal> {
    let (status, reason, request_id, credentials) = (None, None, None, None);
    Box::new(Refusal { call, http_status: 200, status, reason, message, request_id, credentials })
}

/// The error for a long-running operation that failed with a `google.rpc.Status`.
pub(crate) fn refused_operation(call: Call, code: i64, answer: Answer) -> Error {
    let (http_status, status) = match code {
        1 => (499, "CANCELLED"),
        3 => (400, "INVALID_ARGUMENT"),
        4 => (504, "DEADLINE_EXCEEDED"),
        5 => (404, "NOT_FOUND"),
        6 => (409, "ALREADY_EXISTS"),
        7 => (403, "PERMISSION_DENIED"),
        8 => (429, "RESOURCE_EXHAUSTED"),
        9 => (400, "FAILED_PRECONDITION"),
        10 => (409, "ABORTED"),
        11 => (400, "OUT_OF_RANGE"),
        12 => (501, "UNIMPLEMENTED"),
        14 => (503, "UNAVAILABLE"),
        16 => (401, "UNAUTHENTICATED"),
        _ => (500, "INTERNAL"),
    };
    let mut answer = answer.redacted(|text| redact(text, &[]));
    answer.status.get_or_insert_with(|| status.to_owned());
    classify(call, http_status, answer)
}

fn classify(call: Call, http_status: u16, answer: Answer) -> Error {
    let Answer { status, reason, message, request_id, violations, retry_after, service, activation_url, permission } =
        answer;
    let of_call = || call.permissions.iter().take(1).chain(&call.instead).copied().collect::<Vec<_>>();
    let permission = permission.or_else(|| Some(of_call().join(" or ")).filter(|names| !names.is_empty()));
    let refusal = Box::new(Refusal { call, http_status, status, reason, message, request_id, credentials: None });
    match kind::of(&refusal) {
        Kind::Unauthenticated => Error::Unauthenticated(refusal),
        Kind::Denied => Error::PermissionDenied { refusal, permission },
        Kind::Disabled => {
            let service = service.unwrap_or_else(|| refusal.call.api.host().to_owned());
            Error::ServiceDisabled { refusal, service, activation_url }
        }
        Kind::NotFound => Error::NotFound(refusal),
        Kind::Exists => Error::AlreadyExists(refusal),
        Kind::Conflict => Error::Conflict(refusal),
        Kind::Precondition => Error::FailedPrecondition(refusal),
        Kind::Invalid => Error::InvalidArgument { refusal, violations },
        Kind::RateLimited => Error::RateLimited { refusal, retry_after },
        Kind::Unavailable => Error::Unavailable { refusal, retry_after },
        Kind::Rejected => Error::Rejected(refusal),
    }
}

impl Answer {
    fn redacted(mut self, redact: impl Fn(&str) -> String) -> Self {
        self.message = redact(&self.message);
        for violation in &mut self.violations {
            violation.description = redact(&violation.description);
        }
        self
    }

    /// Merges what the `Retry-After` header said: the longer of both waits counts.
    pub(crate) fn with_retry_after(mut self, header: Option<Duration>) -> Self {
        self.retry_after = self.retry_after.max(header);
        self
    }

    /// Takes the request id of a response header where the body has none.
    pub(crate) fn with_request_id(mut self, header: Option<String>) -> Self {
        self.request_id = self.request_id.or(header);
        self
    }
}
