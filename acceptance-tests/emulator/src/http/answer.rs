//! What a handler answers: a body, or a refusal that the API renders in its vendor's error shape.

use serde_json::Value;

/// A finished answer.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) body: Vec<u8>,
    /// Headers beside the ones that every answer has.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// What the request keeps busy until its answer is sent, where the cloud allows one write at a time.
    pub(crate) occupies: Option<String>,
}

impl Answer {
    /// A body of any type.
    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, content_type, body: body.into(), headers: Vec::new(), occupies: None }
    }

    /// No body at all.
    pub(crate) fn empty(status: u16) -> Self {
        Self::new(status, "", Vec::new())
    }

    /// Adds a header.
    pub(crate) fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// A JSON body with status 200.
    pub(crate) fn json(value: &Value) -> Self {
        Self::json_with(200, value)
    }

    /// A JSON body with a status of its own.
    pub(crate) fn json_with(status: u16, value: &Value) -> Self {
        let mut body = serde_json::to_vec_pretty(value).unwrap_or_default();
        body.push(b'\n');
        Self::new(status, "application/json; charset=UTF-8", body)
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
    /// The id of the refused request, for vendors that repeat it in the body. The server sets it.
    pub(crate) request_id: String,
}

impl Refusal {
    /// A refusal without details.
    pub(crate) fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), details: Vec::new(), request_id: String::new() }
    }

    /// Adds one structured detail.
    pub(crate) fn with_detail(mut self, detail: Value) -> Self {
        self.details.push(detail);
        self
    }
}
