//! Terraform values: what configuration, plan and state are made of.
//!
//! A [`Value`] carries no type of its own; the schema says which [`crate::Type`] it must have. Null and unknown are
//! values at every level, equality is by value, and the order of a set never matters.

mod collections;
mod convert;
mod number;
mod refinements;
mod text;

pub use collections::{ValueMap, ValueSet};
pub use convert::ConversionError;
pub use number::{Number, NumberError};
pub use refinements::{Bound, Refinements};
pub use text::Text;

use crate::path::{Path, Step};
use crate::types::Type;

/// A Terraform value.
///
/// Comparison is structural: numbers compare by value, strings in normalisation form C, sets without order, and an
/// unknown equals an unknown with the same refinements.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// The absence of a value.
    #[default]
    Null,
    /// A value that is decided during apply, with what is already known about it.
    Unknown(Option<Box<Refinements>>),
    /// A boolean.
    Bool(bool),
    /// A number of arbitrary precision.
    Number(Number),
    /// A string in normalisation form C.
    String(Text),
    /// A list: ordered elements of one type.
    List(Vec<Value>),
    /// A set: elements of one type without order or duplicates.
    Set(ValueSet),
    /// A map: elements of one type under string keys.
    Map(ValueMap),
    /// An object: named attributes, each of its own type.
    Object(ValueMap),
    /// A tuple: ordered elements, each of its own type.
    Tuple(Vec<Value>),
    /// A value whose type travels with it, where the schema says "dynamic".
    Dynamic(Box<Dynamic>),
}

/// A value together with its type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dynamic {
    /// The type of `value`.
    pub ty: Type,
    /// The value itself; it may be null or unknown.
    pub value: Value,
}

impl Value {
    /// An unknown value about which nothing further is known.
    pub const UNKNOWN: Value = Value::Unknown(None);

    /// An unknown value that is known not to become null.
    pub fn unknown_not_null() -> Value {
        Value::Unknown(Some(Box::new(Refinements::not_null())))
    }

    /// A string, normalised.
    pub fn string(text: impl Into<Text>) -> Value {
        Value::String(text.into())
    }

    /// A number.
    pub fn number(number: impl Into<Number>) -> Value {
        Value::Number(number.into())
    }

    /// A list.
    pub fn list(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::List(elements.into_iter().collect())
    }

    /// A set; equal elements become one.
    pub fn set(elements: impl IntoIterator<Item = Value>) -> Value {
        Value::Set(elements.into_iter().collect())
    }

    /// A map.
    pub fn map<K: Into<Text>>(members: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Map(members.into_iter().collect())
    }

    /// An object.
    pub fn object<K: Into<Text>>(attributes: impl IntoIterator<Item = (K, Value)>) -> Value {
        Value::Object(attributes.into_iter().collect())
    }

    /// A value that carries its type.
    pub fn dynamic(ty: Type, value: Value) -> Value {
        Value::Dynamic(Box::new(Dynamic { ty, value }))
    }

    /// Whether this is null, also as a typed null inside a dynamic value.
    pub fn is_null(&self) -> bool {
        matches!(self.inner(), Value::Null)
    }

    /// Whether this is unknown as a whole.
    pub fn is_unknown(&self) -> bool {
        matches!(self.inner(), Value::Unknown(_))
    }

    /// Whether this is neither null nor unknown. Parts of it may still be either.
    pub fn is_known(&self) -> bool {
        !matches!(self.inner(), Value::Null | Value::Unknown(_))
    }

    /// Whether no part of the value is unknown.
    pub fn is_wholly_known(&self) -> bool {
        match self {
            Value::Unknown(_) => false,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => true,
            Value::List(elements) | Value::Tuple(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Set(elements) => elements.iter().all(Value::is_wholly_known),
            Value::Map(members) | Value::Object(members) => members.values().all(Value::is_wholly_known),
            Value::Dynamic(dynamic) => dynamic.value.is_wholly_known(),
        }
    }

    /// The value without the type that may travel with it.
    pub fn inner(&self) -> &Value {
        match self {
            Value::Dynamic(dynamic) => dynamic.value.inner(),
            other => other,
        }
    }

    /// The string, if this is a known one.
    pub fn as_str(&self) -> Option<&str> {
        match self.inner() {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The boolean, if this is a known one.
    pub fn as_bool(&self) -> Option<bool> {
        match self.inner() {
            Value::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The number, if this is a known one.
    pub fn as_number(&self) -> Option<&Number> {
        match self.inner() {
            Value::Number(number) => Some(number),
            _ => None,
        }
    }

    /// The elements of a known list, tuple or set.
    pub fn as_elements(&self) -> Option<&[Value]> {
        match self.inner() {
            Value::List(elements) | Value::Tuple(elements) => Some(elements),
            Value::Set(elements) => Some(elements.as_slice()),
            _ => None,
        }
    }

    /// The members of a known object or map.
    pub fn as_members(&self) -> Option<&ValueMap> {
        match self.inner() {
            Value::Map(members) | Value::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The attribute of a known object, or the member of a known map. `None` also where this is null or unknown.
    pub fn attribute(&self, name: &str) -> Option<&Value> {
        self.as_members()?.get(name)
    }

    /// The value at a path below this one, as far as every step on the way exists.
    pub fn get(&self, path: &Path) -> Option<&Value> {
        path.steps().iter().try_fold(self, |value, step| match step {
            Step::Attribute(name) => value.attribute(name),
            Step::Key(key) => value.attribute(key),
            Step::Index(index) => value.as_elements()?.get(usize::try_from(*index).ok()?),
        })
    }

    /// The value at a path below this one, to be changed. Elements of sets have no path and are never reached.
    pub fn get_mut(&mut self, path: &Path) -> Option<&mut Value> {
        path.steps().iter().try_fold(self, |value, step| {
            let value = match value {
                Value::Dynamic(dynamic) => &mut dynamic.value,
                other => other,
            };
            match (value, step) {
                (Value::Object(members) | Value::Map(members), Step::Attribute(name)) => members.get_mut(name),
                (Value::Object(members) | Value::Map(members), Step::Key(key)) => members.get_mut(key),
                (Value::List(elements) | Value::Tuple(elements), Step::Index(index)) => {
                    elements.get_mut(usize::try_from(*index).ok()?)
                }
                _ => None,
            }
        })
    }

    /// The same value with every refinement of its unknowns dropped.
    pub fn without_refinements(&self) -> Value {
        self.clone().replace_unknown(&Value::UNKNOWN)
    }

    /// The same value with null in the place of every unknown: the form in which an unfinished object may be saved.
    pub fn unknown_as_null(self) -> Value {
        self.replace_unknown(&Value::Null)
    }

    /// Equality that ignores what is known about unknowns.
    pub fn eq_ignoring_refinements(&self, other: &Value) -> bool {
        self == other || (!self.is_wholly_known() && self.without_refinements() == other.without_refinements())
    }

    /// Whether a host that is sent one of two values and stores it may read the other one back: they are equal but for the
    /// way in which floats are stored, see [`Number::same_when_stored`].
    pub fn same_when_stored(&self, other: &Value) -> bool {
        let all = |left: &[Value], right: &[Value]| {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| left.same_when_stored(right))
        };
        match (self, other) {
            (Value::Number(left), Value::Number(right)) => left.same_when_stored(right),
            (Value::List(left), Value::List(right)) | (Value::Tuple(left), Value::Tuple(right)) => all(left, right),
            (Value::Set(left), Value::Set(right)) => all(left.as_slice(), right.as_slice()),
            (Value::Map(left), Value::Map(right)) | (Value::Object(left), Value::Object(right)) => {
                left.keys().eq(right.keys())
                    && left.values().zip(right.values()).all(|(left, right)| left.same_when_stored(right))
            }
            (Value::Dynamic(left), Value::Dynamic(right)) => {
                left.ty == right.ty && left.value.same_when_stored(&right.value)
            }
            (left, right) => left == right,
        }
    }

    fn replace_unknown(self, replacement: &Value) -> Value {
        let each = |value: Value| value.replace_unknown(replacement);
        match self {
            Value::Unknown(_) => replacement.clone(),
            Value::List(elements) => Value::List(elements.into_iter().map(each).collect()),
            Value::Tuple(elements) => Value::Tuple(elements.into_iter().map(each).collect()),
            Value::Set(elements) => Value::Set(elements.into_iter().map(each).collect()),
            Value::Map(members) => Value::Map(members.map_values(each)),
            Value::Object(members) => Value::Object(members.map_values(each)),
            Value::Dynamic(dynamic) => Value::Dynamic(Box::new(Dynamic { ty: dynamic.ty, value: each(dynamic.value) })),
            plain => plain,
        }
    }

    /// What kind of value this is, for messages. Never the value itself, which may be a secret.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Unknown(_) => "unknown",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::List(_) => "list",
            Value::Set(_) => "set",
            Value::Map(_) => "map",
            Value::Object(_) => "object",
            Value::Tuple(_) => "tuple",
            Value::Dynamic(_) => "dynamic value",
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::string(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::string(text)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::number(value)
    }
}

impl From<Number> for Value {
    fn from(value: Number) -> Self {
        Value::Number(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_have_no_order_and_no_duplicates() {
        let left = Value::set([Value::from("b"), Value::from("a"), Value::from("b")]);
        let right = Value::set([Value::from("a"), Value::from("b")]);
        assert_eq!(left, right);
    }

    #[test]
    fn a_set_keeps_every_element_that_may_still_differ() {
        let set = Value::set([Value::UNKNOWN, Value::UNKNOWN, Value::from("a")]);
        assert_eq!(set.as_elements().map(<[Value]>::len), Some(3));
    }

    #[test]
    fn strings_compare_in_normalisation_form_c() {
        assert_eq!(Value::from("e\u{301}"), Value::from("\u{e9}"));
    }

    #[test]
    fn paths_lead_through_objects_maps_and_lists() {
        let mut value =
            Value::object([("spec", Value::map([("eu", Value::list([Value::from("one"), Value::from("two")]))]))]);
        let path = Path::root().attribute("spec").key("eu").index(1);
        assert_eq!(value.get(&path).and_then(Value::as_str), Some("two"));
        if let Some(place) = value.get_mut(&path) {
            *place = Value::from("three");
        }
        assert_eq!(value.get(&path).and_then(Value::as_str), Some("three"));
        assert_eq!(value.get(&Path::root().attribute("spec").key("us")), None);
    }

    #[test]
    fn refinements_can_be_ignored_in_comparison() {
        let plain = Value::list([Value::UNKNOWN]);
        let refined = Value::list([Value::unknown_not_null()]);
        assert_ne!(plain, refined);
        assert!(plain.eq_ignoring_refinements(&refined));
        assert!(!plain.eq_ignoring_refinements(&Value::list([Value::Null])));
    }
}
