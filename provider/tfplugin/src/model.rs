//! Models: Rust structs that are schema, decoder and encoder in one.
//!
//! `#[derive(Model)]` writes the [`Model`] implementation. A field is an [`Attr`] where null and unknown matter, an
//! `Option` where only null does, or the plain type where the value is always there.

mod attr;
mod field;
mod object;

pub use attr::Attr;
pub use field::{AttrType, Field, Shape};
pub use object::{ObjectReader, object};

use crate::diagnostic::Diagnostics;
use crate::path::Path;
use crate::schema::{Attribute, Validator};
use crate::value::Value;

/// A struct that stands for an object in configuration, plan and state.
pub trait Model: Clone + Send + Sync + Sized + 'static {
    /// The attributes of the object.
    fn attributes() -> Vec<Attribute>;

    /// What the object is for, in Markdown: the struct's doc comment.
    fn description() -> &'static str {
        ""
    }

    /// Checks on the object as a whole.
    fn validators() -> Vec<Validator> {
        Vec::new()
    }

    /// Reads a known object.
    ///
    /// # Errors
    /// One diagnostic for each attribute that does not fit its field, at the attribute's path.
    fn decode(value: Value, path: &Path) -> Result<Self, Diagnostics>;

    /// The object as a value.
    fn encode(&self) -> Value;
}
