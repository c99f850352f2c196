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
    pub(crate) fn below(mut self: Box<Self>, step: Step) -> Box<Self> {
        let steps = std::iter::once(step).chain(self.path.steps().iter().cloned());
        self.path = steps.collect();
        self
    }

    pub(crate) fn below_attribute(self: Box<Self>, name: &str) -> Box<Self> {
        self.below(Step::Attribute(name.to_owned().into()))
    }

    pub(crate) fn below_key(self: Box<Self>, key: &str) -> Box<Self> {
        self.below(Step::Key(key.to_owned()))
    }

    pub(crate) fn below_index(self: Box<Self>, index: usize) -> Box<Self> {
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

/// What comes back from every level of a value: errors are boxed, so that it stays small.
pub(crate) type Coded<T> = Result<T, Box<CodecError>>;

/// The depth one level further in.
#[inline]
pub(crate) fn deeper(depth: usize) -> Coded<usize> {
    if depth < MAX_DEPTH { Ok(depth + 1) } else { Err(too_deep()) }
}

#[cold]
fn too_deep() -> Box<CodecError> {
    CodecError::new(format!("the value is nested more than {MAX_DEPTH} levels deep")).into()
}
