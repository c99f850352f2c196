//! What is already known about an unknown value.

use super::{Number, Text};

/// What is known about a value that is not known yet. Everything is optional; nothing set means plainly unknown.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Refinements {
    /// `Some(false)`: will not be null. `Some(true)`: will be null, which no real host says but the format allows.
    pub null: Option<bool>,
    /// How the string will begin.
    pub string_prefix: Option<Text>,
    /// The least number that it can be.
    pub number_lower: Option<Bound>,
    /// The greatest number that it can be.
    pub number_upper: Option<Bound>,
    /// The least number of elements.
    pub length_lower: Option<u64>,
    /// The greatest number of elements.
    pub length_upper: Option<u64>,
}

/// One end of a range of numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// The number at the end of the range.
    pub number: Number,
    /// Whether the number itself belongs to the range.
    pub inclusive: bool,
}

impl Refinements {
    /// Only that the value will not be null.
    pub fn not_null() -> Self {
        Refinements { null: Some(false), ..Refinements::default() }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Refinements::default()
    }
}
