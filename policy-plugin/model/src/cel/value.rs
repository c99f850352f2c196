//! Values, and the variables that an expression is evaluated over.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::token::Token;

/// A CEL value.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`.
    Null,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// An unsigned integer.
    Uint(u64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    String(Arc<str>),
    /// Bytes.
    Bytes(Arc<[u8]>),
    /// A list.
    List(Arc<[Value]>),
    /// A map with text keys, which is all that tokens and mappings hold.
    Map(Arc<BTreeMap<String, Value>>),
    /// A token whose claims are made when they are read. Only expressions that read single claims get to see one.
    Token(Arc<Token>),
    /// A type, as `type(x)` gives.
    Type(&'static str),
}

impl Value {
    /// The text of a string value.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The name CEL gives the value's type.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null_type",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Uint(_) => "uint",
            Self::Double(_) => "double",
            Self::String(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::List(_) => "list",
            Self::Map(_) | Self::Token(_) => "map",
            Self::Type(_) => "type",
        }
    }

    /// The JSON form, for showing. Bytes and types become text.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match self {
            Self::Null => Json::Null,
            Self::Bool(value) => Json::from(*value),
            Self::Int(value) => Json::from(*value),
            Self::Uint(value) => Json::from(*value),
            Self::Double(value) => Json::from(*value),
            Self::String(text) => Json::from(&**text),
            Self::Bytes(bytes) => Json::from(String::from_utf8_lossy(bytes).into_owned()),
            Self::List(items) => Json::Array(items.iter().map(Self::to_json).collect()),
            Self::Map(entries) => {
                Json::Object(entries.iter().map(|(key, value)| (key.clone(), value.to_json())).collect())
            }
            Self::Token(token) => Json::Object(token.claims()),
            Self::Type(name) => Json::from(*name),
        }
    }
}

/// CEL equality: numbers compare across types, other types are simply unequal to each other.
impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Bytes(a), Self::Bytes(b)) => a == b,
            (Self::List(a), Self::List(b)) => a == b,
            (Self::Map(a), Self::Map(b)) => a == b,
            (Self::Token(a), Self::Token(b)) => a == b,
            (Self::Type(a), Self::Type(b)) => a == b,
            (a, b) => compare_numbers(a, b) == Some(std::cmp::Ordering::Equal),
        }
    }
}

/// Order of two numbers of any type; `None` for anything else, and for NaN.
pub(super) fn compare_numbers(a: &Value, b: &Value) -> Option<std::cmp::Ordering> {
    match (a, b) {
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Uint(a), Value::Uint(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Uint(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Uint(a), Value::Int(b)) => Some(i128::from(*a).cmp(&i128::from(*b))),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (Value::Double(a), b) => compare_double(*a, integer(b)?),
        (a, Value::Double(b)) => compare_double(*b, integer(a)?).map(std::cmp::Ordering::reverse),
        _ => None,
    }
}

fn integer(value: &Value) -> Option<i128> {
    match value {
        Value::Int(value) => Some(i128::from(*value)),
        Value::Uint(value) => Some(i128::from(*value)),
        _ => None,
    }
}

/// Exact where a cast of the integer to a double would round.
fn compare_double(double: f64, integer: i128) -> Option<std::cmp::Ordering> {
    if double.is_nan() {
        return None;
    }
    if double.abs() >= 2e19 {
        return Some(if double > 0.0 { std::cmp::Ordering::Greater } else { std::cmp::Ordering::Less });
    }
    #[allow(clippy::cast_possible_truncation)]
    let whole = double.trunc() as i128;
    Some(whole.cmp(&integer).then_with(|| double.fract().partial_cmp(&0.0).unwrap_or(std::cmp::Ordering::Equal)))
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::String(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::String(text.into())
    }
}

impl From<Vec<Value>> for Value {
    fn from(items: Vec<Value>) -> Self {
        Self::List(items.into())
    }
}

impl From<&serde_json::Value> for Value {
    fn from(json: &serde_json::Value) -> Self {
        use serde_json::Value as Json;
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => number
                .as_i64()
                .map(Self::Int)
                .or_else(|| number.as_u64().map(Self::Uint))
                .unwrap_or_else(|| Self::Double(number.as_f64().unwrap_or(f64::NAN))),
            Json::String(text) => Self::String(text.as_str().into()),
            Json::Array(items) => Self::List(items.iter().map(Self::from).collect()),
            Json::Object(entries) => entries.into(),
        }
    }
}

impl From<&serde_json::Map<String, serde_json::Value>> for Value {
    fn from(entries: &serde_json::Map<String, serde_json::Value>) -> Self {
        Self::Map(Arc::new(entries.iter().map(|(key, value)| (key.clone(), Self::from(value))).collect()))
    }
}

impl From<BTreeMap<String, Value>> for Value {
    fn from(entries: BTreeMap<String, Value>) -> Self {
        Self::Map(Arc::new(entries))
    }
}

/// Variables in scope, by name.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    bindings: Vec<(Cow<'static, str>, Value)>,
}

impl Variables {
    /// No variables.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same, with one more variable, which hides an earlier one of its name.
    #[must_use]
    pub fn with(mut self, name: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        self.bindings.push((name.into(), value.into()));
        self
    }

    /// The value of a variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.bindings.iter().rev().find(|(bound, _)| bound == name).map(|(_, value)| value)
    }

    pub(super) fn push(&mut self, name: String, value: Value) {
        self.bindings.push((name.into(), value));
    }

    pub(super) fn pop(&mut self) {
        self.bindings.pop();
    }
}
