//! Schemas: the shape of a resource, data source, ephemeral resource or provider block, with the behaviour that
//! belongs to single attributes (defaults, validators, plan modifiers).

mod attribute;
pub mod checks;
mod generate;
mod nested;
pub mod validate;

pub use attribute::{Attribute, AttributeKind, Presence, Same};
pub use generate::config_of_state;
pub use nested::{NestedType, Nesting, Syntax};
pub use validate::Validator;

use crate::diagnostic::Diagnostics;
use crate::model::Model;
use crate::types::Type;
use crate::value::Value;

/// The schema of one resource, data source, ephemeral resource or provider block.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// The version of the state's shape. A state of an older version is upgraded before it is used.
    pub version: i64,
    /// Everything that can be written or read, blocks included.
    pub attributes: Vec<Attribute>,
    /// What it is for, in Markdown.
    pub description: String,
    /// Set where it should no longer be used: what to use instead.
    pub deprecation: Option<String>,
    /// Checks on the configuration as a whole.
    pub validators: Vec<Validator>,
}

impl Schema {
    /// A schema with these attributes, version 0.
    pub fn new(mut attributes: Vec<Attribute>) -> Self {
        attribute::rank(&mut attributes);
        Schema { attributes, ..Schema::default() }
    }

    /// The schema that a model describes, version 0.
    pub fn of<M: Model>() -> Self {
        Schema { description: M::description().to_owned(), validators: M::validators(), ..Schema::new(M::attributes()) }
    }

    /// The same schema with another version.
    #[must_use]
    pub fn with_version(mut self, version: i64) -> Self {
        self.version = version;
        self
    }

    /// The attribute of this name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The type of a value of this schema: an object of all attributes.
    pub fn implied_type(&self) -> Type {
        nested::object_type(&self.attributes)
    }

    /// Runs every validator on a configuration. Null and unknown attributes are passed over.
    pub fn validate(&self, config: &Value) -> Diagnostics {
        validate::run(self, config)
    }
}
