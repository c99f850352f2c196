//! Models: Rust structs that are schema, decoder and encoder in one.
//!
//! `#[derive(Model)]` writes the [`Model`] implementation. A field is an [`Attr`] where null and unknown matter, an
//! `Option` where only null does, or the plain type where the value is always there.
//!
//! ```
//! use std::collections::BTreeMap;
//! use tfplugin::plan::{requires_replace, use_state_for_unknown};
//! use tfplugin::schema::validate::{exactly_one_of, length, one_of};
//! use tfplugin::{Attr, Model, Path, Schema, Value};
//!
//! /// A bucket.
//! #[derive(Clone, Debug, PartialEq, Model)]
//! struct Bucket {
//!     /// Name, unique in the world.
//!     #[attr(required, validate = length(3..=63), plan = requires_replace())]
//!     name: Attr<String>,
//!     /// How quickly objects can be had.
//!     #[attr(optional, computed, default = "standard", validate = one_of(["standard", "archive"]))]
//!     class: Attr<String>,
//!     /// Given by the cloud.
//!     #[attr(computed, plan = [use_state_for_unknown()])]
//!     id: Attr<String>,
//!     /// Who may use it, by name.
//!     #[attr(optional)]
//!     access: Attr<BTreeMap<String, Access>>,
//! }
//!
//! /// One who may use a bucket.
//! #[derive(Clone, Debug, PartialEq, Model)]
//! #[model(validate = exactly_one_of(["user", "group"]))]
//! struct Access {
//!     /// A single person.
//!     #[attr(optional)]
//!     user: Option<String>,
//!     /// Everyone in a group.
//!     #[attr(optional)]
//!     group: Option<String>,
//! }
//!
//! let schema = Schema::of::<Bucket>();
//! assert_eq!(schema.description, "A bucket.");
//! assert_eq!(schema.attribute("name").unwrap().description, "Name, unique in the world.");
//!
//! let access = Value::object([("user", Value::from("ann")), ("group", Value::Null)]);
//! let value = Value::object([
//!     ("name", Value::from("logs")),
//!     ("class", Value::Null),
//!     ("id", Value::UNKNOWN),
//!     ("access", Value::map([("a", access)])),
//! ]);
//! let bucket = Bucket::decode(value.clone(), &Path::root()).unwrap();
//! assert_eq!(bucket.name.as_str(), Some("logs"));
//! assert!(bucket.id.is_unknown());
//! assert_eq!(bucket.encode(), value);
//!
//! let wrong = Value::object([("name", Value::from("x")), ("access", Value::map([("a", Value::from(true))]))]);
//! let problems = Bucket::decode(wrong, &Path::root()).unwrap_err();
//! assert!(problems.to_string().contains("`access[\"a\"]` must be an object"));
//! ```

mod attr;
mod field;
mod object;
mod parsed;

pub use attr::Attr;
pub use field::{AttrType, Field, Shape};
pub use object::{ObjectReader, object};
pub use parsed::{Cidr, Meaning, NoNetwork, Parsed, Timestamp};
pub use tfplugin_derive::Model;

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
