//! What is wrong with a specification, and where.

use crate::path::AttributePath;

/// A reason why a specification cannot become a graph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The attribute at fault.
    pub path: AttributePath,
    /// What is wrong, in a few words.
    pub summary: String,
    /// Why, and what to write instead.
    pub detail: String,
}

impl Problem {
    pub(crate) fn new(path: AttributePath, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { path, summary: summary.into(), detail: detail.into() }
    }

    pub(crate) fn at(path: &str, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { path: AttributePath::dotted(path), summary: summary.into(), detail: detail.into() }
    }

    pub(crate) fn at_key(path: &str, key: &str, summary: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { path: AttributePath::dotted(path).key(key), summary: summary.into(), detail: detail.into() }
    }
}
