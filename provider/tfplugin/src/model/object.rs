//! Reading and writing the attributes of an object one by one: what a derived model is made of.

use super::field::{Field, mismatch};
use crate::diagnostic::Diagnostics;
use crate::path::{Path, Step};
use crate::value::{Text, Value, ValueMap};

/// Hands out the attributes of an object and collects what is wrong with them.
#[derive(Debug)]
pub struct ObjectReader {
    members: ValueMap,
    path: Path,
    diagnostics: Diagnostics,
}

impl ObjectReader {
    /// Starts to read an object.
    ///
    /// # Errors
    /// A diagnostic if the value is not a known object.
    pub fn new(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        match value {
            Value::Object(members) => Ok(ObjectReader { members, path: path.clone(), diagnostics: Diagnostics::new() }),
            other => Err(mismatch("an object", &other, path)),
        }
    }

    /// The attribute of this name, null if there is none. What is wrong is kept for [`ObjectReader::into_diagnostics`].
    pub fn take<T: Field>(&mut self, name: &'static str) -> Option<T> {
        self.take_near(0, name)
    }

    /// Like [`ObjectReader::take`], where the attribute is known to come after `rank` others in the order of names. A
    /// wrong rank costs nothing but time.
    pub fn take_near<T: Field>(&mut self, rank: usize, name: &'static str) -> Option<T> {
        let value = self.members.take_near(rank, name).unwrap_or_default();
        self.path.push(Step::Attribute(name.into()));
        let decoded = T::decode(value, &self.path);
        self.path.pop();
        self.diagnostics.absorb(decoded)
    }

    /// Everything that was wrong.
    pub fn into_diagnostics(self) -> Diagnostics {
        self.diagnostics
    }
}

/// An object of encoded fields.
pub fn object<const N: usize>(fields: [(&'static str, Value); N]) -> Value {
    let members: Vec<_> = fields.into_iter().map(|(name, value)| (Text::new(name), value)).collect();
    Value::Object(ValueMap::from(members))
}
