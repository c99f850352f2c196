//! Which Rust types can stand for attributes and elements, and how.

use std::collections::{BTreeMap, BTreeSet};

use super::{Attr, Model};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::path::Path;
use crate::schema::{Attribute, AttributeKind, NestedType, Nesting, Same, Syntax, Validator};
use crate::types::{ObjectType, Type};
use crate::value::{Dynamic, Number, Text, Value};

/// What a Rust type looks like in a schema.
#[derive(Clone, Debug)]
pub enum Shape {
    /// A value of one type.
    Plain(Type),
    /// A value of one type that must satisfy checks, and that may mean the same although it is written in another way.
    Checked {
        /// The type.
        ty: Type,
        /// The checks on a known value.
        validators: Vec<Validator>,
        /// The comparison by meaning.
        same: Option<Same>,
    },
    /// Objects with a schema of their own.
    Nested(Nesting, Vec<Attribute>, Vec<Validator>),
}

impl Shape {
    /// An optional attribute of this shape.
    pub fn attribute(self, name: &'static str) -> Attribute {
        match self {
            Shape::Plain(ty) => Attribute::new(name, ty),
            Shape::Checked { ty, validators, same } => Attribute { validators, same, ..Attribute::new(name, ty) },
            Shape::Nested(nesting, attributes, validators) => {
                let nested = NestedType { nesting, attributes, syntax: Syntax::Attribute };
                let validators = match nesting {
                    Nesting::Single => validators,
                    _ => validators.into_iter().map(crate::schema::validate::each).collect(),
                };
                Attribute { validators, ..Attribute::of_kind(name, AttributeKind::Nested(nested)) }
            }
        }
    }

    /// The type of the value.
    pub fn implied_type(self) -> Type {
        self.attribute("").implied_type()
    }

    /// A collection of this shape. Only collections of single objects have a schema of their own inside.
    fn collection(self, nesting: Nesting) -> Shape {
        match self {
            Shape::Nested(Nesting::Single, attributes, validators) => Shape::Nested(nesting, attributes, validators),
            Shape::Checked { ty, validators, same } => Shape::Checked {
                ty: nesting.wrap(ty),
                validators: validators.into_iter().map(crate::schema::validate::each).collect(),
                same: same.map(Same::of_elements),
            },
            other => Shape::Plain(nesting.wrap(other.implied_type())),
        }
    }
}

/// A Rust type for known values.
pub trait AttrType: Sized {
    /// What it looks like in a schema.
    fn shape() -> Shape;

    /// Reads a known value.
    ///
    /// # Errors
    /// Diagnostics at the path of everything that does not fit.
    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics>;

    /// The value.
    fn encode_known(&self) -> Value;
}

/// A Rust type for a field of a model or an element of a collection, with or without room for null and unknown.
pub trait Field: Sized {
    /// What it looks like in a schema.
    fn shape() -> Shape;

    /// Reads a value in any of its states.
    ///
    /// # Errors
    /// Diagnostics at the path of everything that does not fit.
    fn decode(value: Value, path: &Path) -> Result<Self, Diagnostics>;

    /// The value in its state.
    fn encode(&self) -> Value;
}

impl<T: AttrType> Field for T {
    fn shape() -> Shape {
        T::shape()
    }

    fn decode(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        if value.is_null() {
            return Err(
                Diagnostic::attribute_error(path, "Missing value", format!("`{path}` must not be null.")).into()
            );
        }
        refuse_unknown(&value, path)?;
        T::decode_known(value, path)
    }

    fn encode(&self) -> Value {
        self.encode_known()
    }
}

impl<T: AttrType> Field for Option<T> {
    fn shape() -> Shape {
        T::shape()
    }

    fn decode(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        if value.is_null() {
            return Ok(None);
        }
        refuse_unknown(&value, path)?;
        T::decode_known(value, path).map(Some)
    }

    fn encode(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::encode_known)
    }
}

impl<T: AttrType> Field for Attr<T> {
    fn shape() -> Shape {
        T::shape()
    }

    fn decode(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        if value.is_null() {
            Ok(Attr::Null)
        } else if value.is_unknown() {
            Ok(Attr::Unknown)
        } else {
            T::decode_known(value, path).map(Attr::Known)
        }
    }

    fn encode(&self) -> Value {
        match self {
            Attr::Null => Value::Null,
            Attr::Unknown => Value::UNKNOWN,
            Attr::Known(value) => value.encode_known(),
        }
    }
}

/// A raw value stands for an attribute of dynamic type, in any state.
impl Field for Value {
    fn shape() -> Shape {
        Shape::Plain(Type::Dynamic)
    }

    fn decode(value: Value, _path: &Path) -> Result<Self, Diagnostics> {
        Ok(value)
    }

    fn encode(&self) -> Value {
        self.clone()
    }
}

impl<M: Model> AttrType for M {
    fn shape() -> Shape {
        Shape::Nested(Nesting::Single, M::attributes(), M::validators())
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        M::decode(value, path)
    }

    fn encode_known(&self) -> Value {
        M::encode(self)
    }
}

impl AttrType for Dynamic {
    fn shape() -> Shape {
        Shape::Plain(Type::Dynamic)
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        match value {
            Value::Dynamic(dynamic) => Ok(*dynamic),
            other => Err(mismatch("a value with its type", &other, path)),
        }
    }

    fn encode_known(&self) -> Value {
        Value::Dynamic(Box::new(self.clone()))
    }
}

impl AttrType for String {
    fn shape() -> Shape {
        Shape::Plain(Type::String)
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        match value {
            Value::String(text) => Ok(text.into()),
            other => Err(mismatch("a string", &other, path)),
        }
    }

    fn encode_known(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl AttrType for bool {
    fn shape() -> Shape {
        Shape::Plain(Type::Bool)
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        value.as_bool().ok_or_else(|| mismatch("true or false", &value, path))
    }

    fn encode_known(&self) -> Value {
        Value::Bool(*self)
    }
}

impl AttrType for Number {
    fn shape() -> Shape {
        Shape::Plain(Type::Number)
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        match value {
            Value::Number(number) => Ok(number),
            other => Err(mismatch("a number", &other, path)),
        }
    }

    fn encode_known(&self) -> Value {
        Value::Number(self.clone())
    }
}

macro_rules! whole_number {
    ($($type:ty, $read:ident;)*) => {$(
        impl AttrType for $type {
            fn shape() -> Shape {
                Shape::Plain(Type::Number)
            }

            fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
                let number = Number::decode_known(value, path)?;
                let fits = number.$read().and_then(|whole| <$type>::try_from(whole).ok());
                fits.ok_or_else(|| {
                    let requirement = if number.is_integer() {
                        format!("must be between {} and {}", <$type>::MIN, <$type>::MAX)
                    } else {
                        "must be a whole number".to_owned()
                    };
                    Diagnostic::attribute_error(path, "Invalid number", format!("`{path}` {requirement}.")).into()
                })
            }

            fn encode_known(&self) -> Value {
                Value::number(*self)
            }
        }
    )*};
}

whole_number! {
    i64, to_i64;
    i32, to_i64;
    u32, to_i64;
    u64, to_u64;
}

/// The nearest float. A field that must keep every digit is a [`Number`].
impl AttrType for f64 {
    fn shape() -> Shape {
        Shape::Plain(Type::Number)
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        Number::decode_known(value, path).map(|number| number.to_f64())
    }

    /// The shortest decimal that reads back as the same float, as a person would write it. NaN, which Terraform does
    /// not have, becomes null.
    fn encode_known(&self) -> Value {
        Number::from_f64(*self).map_or(Value::Null, Value::Number)
    }
}

/// The nearest float of half the length.
impl AttrType for f32 {
    fn shape() -> Shape {
        Shape::Plain(Type::Number)
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        // Read from the digits: by way of the longer float it could be rounded twice.
        Number::decode_known(value, path).map(|number| number.to_string().parse().unwrap_or(f32::NAN))
    }

    /// The shortest decimal that reads back as the same float. What is no number becomes null.
    fn encode_known(&self) -> Value {
        let number =
            if self.is_finite() { self.to_string().parse().ok() } else { Number::from_f64((*self).into()).ok() };
        number.map_or(Value::Null, Value::Number)
    }
}

impl<U: Field> AttrType for Vec<U> {
    fn shape() -> Shape {
        U::shape().collection(Nesting::List)
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        let Value::List(elements) = value else { return Err(mismatch("a list", &value, path)) };
        let elements = elements.into_iter().enumerate();
        collect(elements.map(|(index, element)| U::decode(element, &path.index(index))))
    }

    fn encode_known(&self) -> Value {
        Value::list(self.iter().map(U::encode))
    }
}

impl<U: Field + Ord> AttrType for BTreeSet<U> {
    fn shape() -> Shape {
        U::shape().collection(Nesting::Set)
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        let Value::Set(elements) = value else { return Err(mismatch("a set", &value, path)) };
        collect(elements.into_iter().map(|element| match U::decode(element, path) {
            // An element of a set has no address, so whatever is wrong inside is told at the set.
            Err(messages) => Err(messages.into_iter().map(|message| message.at(path)).collect()),
            decoded => decoded,
        }))
    }

    fn encode_known(&self) -> Value {
        Value::set(self.iter().map(U::encode))
    }
}

impl<U: Field> AttrType for BTreeMap<String, U> {
    fn shape() -> Shape {
        U::shape().collection(Nesting::Map)
    }

    fn decode_known(value: Value, path: &Path) -> Result<Self, Diagnostics> {
        let Value::Map(members) = value else { return Err(mismatch("a map", &value, path)) };
        collect(members.into_iter().map(|(key, member)| {
            let key = String::from(key);
            U::decode(member, &path.key(key.as_str())).map(|member| (key, member))
        }))
    }

    fn encode_known(&self) -> Value {
        Value::map(self.iter().map(|(key, member)| (Text::new(key), member.encode())))
    }
}

/// All successes, or the messages of all failures.
fn collect<T, C: FromIterator<T>>(results: impl Iterator<Item = Result<T, Diagnostics>>) -> Result<C, Diagnostics> {
    let mut diagnostics = Diagnostics::new();
    let decoded: C = results.filter_map(|result| diagnostics.absorb(result)).collect();
    if diagnostics.is_empty() { Ok(decoded) } else { Err(diagnostics) }
}

fn refuse_unknown(value: &Value, path: &Path) -> Result<(), Diagnostics> {
    if value.is_unknown() {
        let detail = format!(
            "`{path}` must be known before anything is applied: it cannot depend on a value that is known only after apply."
        );
        return Err(Diagnostic::attribute_error(path, "Value not known yet", detail).into());
    }
    Ok(())
}

pub(super) fn mismatch(expected: &str, found: &Value, path: &Path) -> Diagnostics {
    let detail = format!("`{path}` must be {expected}, not a value of kind {}.", found.kind());
    Diagnostic::attribute_error(path, "Value of the wrong type", detail).into()
}

/// The type of an object with these attributes, for tests and for types without a model.
impl From<Vec<(Text, Type)>> for ObjectType {
    fn from(attributes: Vec<(Text, Type)>) -> Self {
        ObjectType { attributes: attributes.into_iter().collect(), ..ObjectType::default() }
    }
}
