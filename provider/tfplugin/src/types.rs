//! Types of values, and their JSON form as schemas and dynamic values carry it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::Value as Json;
use thiserror::Error;

use crate::value::Text;

/// The type of a value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Type {
    /// A string.
    String,
    /// A number.
    Number,
    /// A boolean.
    Bool,
    /// Any type: the value brings its own.
    Dynamic,
    /// A list of elements of one type.
    List(Box<Type>),
    /// A set of elements of one type.
    Set(Box<Type>),
    /// A map of elements of one type.
    Map(Box<Type>),
    /// An object.
    Object(ObjectType),
    /// A tuple of elements of the given types.
    Tuple(Vec<Type>),
}

/// The type of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectType {
    /// The attributes by name.
    pub attributes: BTreeMap<Text, Type>,
    /// The attributes that a conversion to this type may leave out. Only in types that came from outside.
    pub optional: BTreeSet<Text>,
}

/// Why bytes are not the JSON form of a type.
#[derive(Debug, Error)]
pub enum TypeError {
    /// The bytes are not JSON, or are nested too deeply.
    #[error("the type is not valid JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// The JSON does not describe a type.
    #[error("the type is malformed: {0}")]
    Malformed(&'static str),
}

impl Type {
    /// A list of `element`.
    pub fn list(element: Type) -> Type {
        Type::List(Box::new(element))
    }

    /// A set of `element`.
    pub fn set(element: Type) -> Type {
        Type::Set(Box::new(element))
    }

    /// A map of `element`.
    pub fn map(element: Type) -> Type {
        Type::Map(Box::new(element))
    }

    /// An object with these attributes.
    pub fn object<K: Into<Text>>(attributes: impl IntoIterator<Item = (K, Type)>) -> Type {
        Type::Object(ObjectType {
            attributes: attributes.into_iter().map(|(name, ty)| (name.into(), ty)).collect(),
            optional: BTreeSet::new(),
        })
    }

    /// Whether a value of this type may bring a type of its own somewhere inside.
    pub fn contains_dynamic(&self) -> bool {
        match self {
            Type::Dynamic => true,
            Type::String | Type::Number | Type::Bool => false,
            Type::List(element) | Type::Set(element) | Type::Map(element) => element.contains_dynamic(),
            Type::Object(object) => object.attributes.values().any(Type::contains_dynamic),
            Type::Tuple(elements) => elements.iter().any(Type::contains_dynamic),
        }
    }

    /// The JSON form: `"string"`, `["list","string"]`, `["object",{"a":"number"}]`.
    pub fn to_json(&self) -> Json {
        let collection = |kind: &str, element: &Type| Json::Array(vec![kind.into(), element.to_json()]);
        match self {
            Type::String => "string".into(),
            Type::Number => "number".into(),
            Type::Bool => "bool".into(),
            Type::Dynamic => "dynamic".into(),
            Type::List(element) => collection("list", element),
            Type::Set(element) => collection("set", element),
            Type::Map(element) => collection("map", element),
            Type::Tuple(elements) => {
                Json::Array(vec!["tuple".into(), Json::Array(elements.iter().map(Type::to_json).collect())])
            }
            Type::Object(object) => {
                let attributes = object.attributes.iter().map(|(name, ty)| (name.to_string(), ty.to_json())).collect();
                let mut parts = vec!["object".into(), Json::Object(attributes)];
                if !object.optional.is_empty() {
                    parts.push(object.optional.iter().map(Text::as_str).collect());
                }
                Json::Array(parts)
            }
        }
    }

    /// The bytes of the JSON form.
    pub fn to_json_bytes(&self) -> Vec<u8> {
        self.to_json().to_string().into_bytes()
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`TypeError`] where the bytes are not JSON, nest more than 128 levels deep, or describe no type.
    pub fn from_json_bytes(bytes: &[u8]) -> Result<Type, TypeError> {
        // The parser's own limit on nesting bounds the recursion below.
        Type::from_json(&serde_json::from_slice(bytes)?)
    }

    /// Reads the JSON form.
    ///
    /// # Errors
    /// [`TypeError::Malformed`] where the JSON describes no type.
    pub fn from_json(json: &Json) -> Result<Type, TypeError> {
        match json {
            Json::String(name) => match name.as_str() {
                "string" => Ok(Type::String),
                "number" => Ok(Type::Number),
                "bool" => Ok(Type::Bool),
                "dynamic" => Ok(Type::Dynamic),
                _ => Err(TypeError::Malformed("unknown primitive type")),
            },
            Json::Array(parts) => match parts.as_slice() {
                [Json::String(kind), rest @ ..] => compound(kind, rest),
                _ => Err(TypeError::Malformed("a compound type begins with its kind")),
            },
            _ => Err(TypeError::Malformed("a type is a string or an array")),
        }
    }
}

fn compound(kind: &str, rest: &[Json]) -> Result<Type, TypeError> {
    match (kind, rest) {
        ("list", [element]) => Ok(Type::list(Type::from_json(element)?)),
        ("set", [element]) => Ok(Type::set(Type::from_json(element)?)),
        ("map", [element]) => Ok(Type::map(Type::from_json(element)?)),
        ("tuple", [Json::Array(elements)]) => {
            Ok(Type::Tuple(elements.iter().map(Type::from_json).collect::<Result<_, _>>()?))
        }
        ("object", [Json::Object(attributes), optional @ ..]) if optional.len() <= 1 => {
            let attributes: BTreeMap<Text, Type> = attributes
                .iter()
                .map(|(name, ty)| Ok((Text::new(name), Type::from_json(ty)?)))
                .collect::<Result<_, TypeError>>()?;
            let optional = match optional {
                [Json::Array(names)] => names
                    .iter()
                    .map(|name| match name.as_str().map(Text::new) {
                        Some(name) if attributes.contains_key(&name) => Ok(name),
                        _ => Err(TypeError::Malformed("an optional attribute is not an attribute")),
                    })
                    .collect::<Result<_, _>>()?,
                [] => BTreeSet::new(),
                _ => return Err(TypeError::Malformed("optional attributes are a list of names")),
            };
            Ok(Type::Object(ObjectType { attributes, optional }))
        }
        _ => Err(TypeError::Malformed("unknown compound type")),
    }
}

impl fmt::Display for Type {
    /// As a user writes it: `list(string)`, `object({a = number})`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Type::String => formatter.write_str("string"),
            Type::Number => formatter.write_str("number"),
            Type::Bool => formatter.write_str("bool"),
            Type::Dynamic => formatter.write_str("any"),
            Type::List(element) => write!(formatter, "list({element})"),
            Type::Set(element) => write!(formatter, "set({element})"),
            Type::Map(element) => write!(formatter, "map({element})"),
            Type::Tuple(elements) => {
                formatter.write_str("tuple([")?;
                for (position, element) in elements.iter().enumerate() {
                    write!(formatter, "{}{element}", if position == 0 { "" } else { ", " })?;
                }
                formatter.write_str("])")
            }
            Type::Object(object) => {
                formatter.write_str("object({")?;
                for (position, (name, ty)) in object.attributes.iter().enumerate() {
                    write!(formatter, "{}{name} = {ty}", if position == 0 { "" } else { ", " })?;
                }
                formatter.write_str("})")
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn the_json_form_reads_back() {
        for json in [
            r#""string""#,
            r#""dynamic""#,
            r#"["list","bool"]"#,
            r#"["set",["map","number"]]"#,
            r#"["tuple",["bool","dynamic"]]"#,
            r#"["object",{"a":"number","b":["tuple",["bool","dynamic"]]}]"#,
            r#"["object",{"a":"number","b":"string"},["b"]]"#,
        ] {
            let ty = Type::from_json_bytes(json.as_bytes()).unwrap();
            assert_eq!(String::from_utf8(ty.to_json_bytes()).unwrap(), json);
        }
    }

    #[test]
    fn what_is_no_type_is_refused() {
        for json in [
            "",
            "1",
            r#""text""#,
            r#"["list"]"#,
            r#"["list","string","string"]"#,
            r#"["object",{"a":"number"},["b"]]"#,
            r#"["object",{},[1]]"#,
            r#"["tuple","string"]"#,
            "[]",
        ] {
            assert!(Type::from_json_bytes(json.as_bytes()).is_err(), "{json}");
        }
        let deep = format!("{}\"string\"{}", "[\"list\",".repeat(100_000), "]".repeat(100_000));
        assert!(Type::from_json_bytes(deep.as_bytes()).is_err());
    }

    #[test]
    fn a_type_prints_as_a_user_writes_it() {
        let ty = Type::object([("a", Type::list(Type::String)), ("b", Type::Tuple(vec![Type::Bool, Type::Dynamic]))]);
        assert_eq!(ty.to_string(), "object({a = list(string), b = tuple([bool, any])})");
    }
}
