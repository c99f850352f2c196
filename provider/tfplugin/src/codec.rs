//! Values on the wire: MessagePack between host and provider, JSON in stored state.
//!
//! Both codecs are driven by the expected type. What comes from outside is never trusted: depth is bounded, and nothing
//! is allocated because a length field asks for it.

mod conform;
pub mod json;
pub mod msgpack;

pub use conform::conforms;

use std::fmt;

use thiserror::Error;

use crate::path::{Path, Step};

/// How deeply values may nest, dynamic ones included.
pub const MAX_DEPTH: usize = 128;

/// Why bytes are not a value of the expected type, or a value cannot be written as that type.
///
/// Messages never contain the value, which may be a secret.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub struct CodecError {
    /// Where in the value.
    pub path: Path,
    /// What is wrong there.
    pub problem: String,
}

impl CodecError {
    pub(crate) fn new(problem: impl Into<String>) -> Self {
        CodecError { path: Path::root(), problem: problem.into() }
    }

    pub(crate) fn mismatch(expected: &impl fmt::Display, found: &str) -> Self {
        CodecError::new(format!("expected {expected}, found {found}"))
    }

    /// The same error seen from one level further out.
    pub(crate) fn below(self, step: Step) -> Self {
        let steps = std::iter::once(step).chain(self.path.steps().iter().cloned());
        CodecError { path: steps.collect(), problem: self.problem }
    }

    pub(crate) fn below_attribute(self, name: &str) -> Self {
        self.below(Step::Attribute(name.to_owned().into()))
    }

    pub(crate) fn below_key(self, key: &str) -> Self {
        self.below(Step::Key(key.to_owned()))
    }

    pub(crate) fn below_index(self, index: usize) -> Self {
        self.below(Step::Index(i64::try_from(index).unwrap_or(i64::MAX)))
    }
}

impl fmt::Display for CodecError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_root() {
            write!(formatter, "at {}: ", self.path)?;
        }
        formatter.write_str(&self.problem)
    }
}

/// The depth one level further in.
pub(crate) fn deeper(depth: usize) -> Result<usize, CodecError> {
    if depth >= MAX_DEPTH {
        return Err(CodecError::new(format!("the value is nested more than {MAX_DEPTH} levels deep")));
    }
    Ok(depth + 1)
}
