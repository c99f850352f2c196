//! Common Expression Language as Google evaluates it for workload identity federation.
//!
//! A parser and evaluator of our own, because a policy needs three things that general implementations do not give: an answer of its own for
//! what cannot be evaluated here ([`CelError::Unsupported`]), hard bounds on hostile expressions, and sight of what a condition compares.
//! Tests hold it against the `cel` crate.

mod eval;
mod extract;
mod functions;
mod inspect;
mod lexer;
mod node;
mod parser;
mod value;

use std::collections::BTreeSet;

use node::Node;

pub use inspect::{Acceptance, Comparison, Operator, Probe, References};
pub use value::{Value, Variables};

/// Longest attribute condition that Google accepts, in characters.
pub const CONDITION_LIMIT: usize = 4096;

/// Longest attribute mapping expression that Google accepts, in characters.
pub const MAPPING_LIMIT: usize = 2048;

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CelError {
    /// The text is longer than Google accepts.
    #[error("the expression has {actual} characters, and Google accepts {limit}")]
    TooLong {
        /// Length found.
        actual: usize,
        /// Length accepted.
        limit: usize,
    },
    /// The text is not CEL.
    #[error("syntax error at character {position}: {message}")]
    Syntax {
        /// Where, counted in characters from 1.
        position: usize,
        /// What was wrong there.
        message: String,
    },
    /// The expression is valid as far as we know, but this evaluator cannot say what Google makes of it.
    /// Neither "admits" nor "denies" follows from it.
    #[error("{0} cannot be evaluated here")]
    Unsupported(String),
    /// Evaluation fails, as it does at Google, where a failing condition denies: a missing claim, a wrong type.
    #[error("{0}")]
    Failed(String),
}

impl CelError {
    /// Whether Google, too, would fail here and so deny. The other errors leave the answer open.
    #[must_use]
    pub fn denies(&self) -> bool {
        matches!(self, Self::Failed(_))
    }
}

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct Expression {
    root: Node,
}

impl Expression {
    /// Parses a condition: at most [`CONDITION_LIMIT`] characters.
    ///
    /// # Errors
    /// [`CelError::TooLong`], [`CelError::Syntax`], or [`CelError::Unsupported`] for text that nests too deep.
    pub fn parse(source: &str) -> Result<Self, CelError> {
        Self::parse_within(source, CONDITION_LIMIT)
    }

    /// Parses an attribute mapping: at most [`MAPPING_LIMIT`] characters.
    ///
    /// # Errors
    /// As [`Expression::parse`].
    pub fn parse_mapping(source: &str) -> Result<Self, CelError> {
        Self::parse_within(source, MAPPING_LIMIT)
    }

    fn parse_within(source: &str, limit: usize) -> Result<Self, CelError> {
        let actual = source.chars().count();
        if actual > limit {
            return Err(CelError::TooLong { actual, limit });
        }
        Ok(Self { root: parser::parse(source)? })
    }

    /// The value of the expression over `variables`.
    ///
    /// # Errors
    /// [`CelError::Failed`] where Google fails too, [`CelError::Unsupported`] where we cannot say.
    pub fn evaluate(&self, variables: &Variables) -> Result<Value, CelError> {
        eval::evaluate(&self.root, variables)
    }

    /// Whether the expression is true over `variables`; a value that is not boolean fails.
    ///
    /// # Errors
    /// As [`Expression::evaluate`].
    pub fn holds(&self, variables: &Variables) -> Result<bool, CelError> {
        match self.evaluate(variables)? {
            Value::Bool(answer) => Ok(answer),
            other => Err(CelError::Failed(format!("the condition is {}, not a boolean", other.type_name()))),
        }
    }

    /// Which variables, claims and functions the expression mentions.
    #[must_use]
    pub fn references(&self) -> References {
        inspect::references(&self.root)
    }

    /// The fields of a variable that the expression reads, so that nobody needs to make the others; none if it reads the variable as a whole.
    #[must_use]
    pub fn fields(&self, variable: &str) -> Option<BTreeSet<String>> {
        inspect::fields(&self.root, variable)
    }

    /// The path, where the expression is nothing but a selection such as `assertion.sub`.
    #[must_use]
    pub fn path(&self) -> Option<Vec<String>> {
        inspect::path(&self.root)
    }

    /// Whether somewhere two computed texts are put together with nothing between them, so that other parts can give the same whole.
    #[must_use]
    pub fn joins_without_separator(&self) -> bool {
        inspect::joins_without_separator(&self.root)
    }

    /// The text that the value begins with, whatever the claims are, as in `'aks:' + assertion.sub`.
    #[must_use]
    pub fn leading_text(&self) -> Option<&str> {
        inspect::leading_text(&self.root)
    }

    /// Every place where the expression compares something with a string written in it.
    #[must_use]
    pub fn comparisons(&self) -> Vec<Comparison> {
        inspect::comparisons(&self.root)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
