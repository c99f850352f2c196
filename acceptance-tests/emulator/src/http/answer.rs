//! What a handler answers: a body, or a refusal that the API renders in its vendor's error shape.

use serde_json::Value;

/// A finished answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// A JSON body with status 200.
    pub(crate) fn json(value: &Value) -> Self {
        Self::json_with(200, value)
    }

    /// A JSON body with a status of its own.
    pub(crate) fn json_with(status: u16, value: &Value) -> Self {
        let mut body = serde_json::to_vec_pretty(value).unwrap_or_default();
        body.push(b'\n');
        Self { status, content_type: "application/json; charset=UTF-8", body }
    }
}

/// A request that the cloud refuses. Each vendor writes the same facts in another shape.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{status} {code}: {message}")]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    /// The vendor's own word: `ALREADY_EXISTS` for Google, `invalid_grant` for a token endpoint.
    pub(crate) code: String,
    /// What the vendor tells a person.
    pub(crate) message: String,
    /// Structured details, in the vendor's form.
    pub(crate) details: Vec<Value>,
}

impl Refusal {
    /// A refusal without details.
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), details: Vec::new() }
    }

    /// Adds one structured detail.
    pub(crate) fn with_detail(mut self, detail: Value) -> Self {
        self.details.push(detail);
        self
    }
}
