//! What the clouds write into their audit logs, as far as somebody here reads it.

use serde::Serialize;

/// The most entries that are kept.
pub(crate) const LIMIT: usize = 10_000;

/// One entry.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    /// `policy_denied` for what a perimeter keeps out, `data_access` for what an audit configuration asks to note.
    pub(crate) log: &'static str,
    pub(crate) service: &'static str,
    pub(crate) permission: String,
    pub(crate) resource: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) principal: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) perimeter: Option<String>,
    /// Whether it was only noted.
    pub(crate) dry_run: bool,
    pub(crate) id: String,
}
