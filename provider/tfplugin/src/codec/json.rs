//! The JSON form of values: how hosts store state.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::conform::kind;
use super::{CodecError, Coded, deeper};
use crate::types::Type;
use crate::value::{Text, Value};

/// Reads a value of type `ty`: objects must have exactly the attributes of their type.
///
/// # Errors
/// [`CodecError`] where the bytes are no JSON, do not fit the type or nest too deeply.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    Reader { lenient: false }.whole(bytes, ty).map_err(|error| *error)
}

/// Reads a value of type `ty` from a state that an earlier release may have written: attributes that are missing are
/// null, attributes that are gone are passed over, and primitives may be written as strings.
///
/// # Errors
/// [`CodecError`] where the bytes are no JSON, do not fit the type or nest too deeply.
pub fn decode_lenient(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    Reader { lenient: true }.whole(bytes, ty).map_err(|error| *error)
}

/// Writes a value as type `ty`.
///
/// # Errors
/// [`CodecError`] where the value is not one of the type, or is unknown or infinite, which JSON cannot say.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut out = String::new();
    write(value, ty, 0, &mut out).map_err(|error| *error)?;
    Ok(out.into_bytes())
}

struct Reader {
    lenient: bool,
}

/// A dynamic value in JSON.
#[derive(Deserialize)]
struct DynamicJson<'a> {
    #[serde(rename = "type")]
    ty: serde_json::Value,
    #[serde(borrow)]
    value: &'a RawValue,
}

impl Reader {
    fn whole(&self, bytes: &[u8], ty: &Type) -> Coded<Value> {
        let raw: &RawValue = serde_json::from_slice(bytes).map_err(not_json)?;
        self.read(raw, ty, 0)
    }

    /// Each level is parsed on its own, so that numbers keep the digits they are written with.
    fn read(&self, raw: &RawValue, ty: &Type, depth: usize) -> Coded<Value> {
        let depth = deeper(depth)?;
        let json = raw.get();
        if json == "null" {
            return Ok(Value::Null);
        }
        match (ty, json.as_bytes().first()) {
            (Type::String, Some(b'"')) => Ok(Value::String(Text::from(parse::<String>(json)?))),
            (Type::String, Some(first)) if self.lenient && !matches!(first, b'{' | b'[') => Ok(Value::from(json)),
            (Type::Bool, Some(b't' | b'f')) => Ok(Value::Bool(parse(json)?)),
            (Type::Bool, Some(b'"')) if self.lenient => match parse::<String>(json)?.as_str() {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err(CodecError::mismatch(&"bool", "string").into()),
            },
            (Type::Number, Some(b'-' | b'0'..=b'9')) => number(json),
            // Hosts write numbers that they do not trust JSON with as strings, and read both.
            (Type::Number, Some(b'"')) => number(&parse::<String>(json)?),
            (Type::List(ty), Some(b'[')) => Ok(Value::List(self.elements(json, ty, depth)?)),
            (Type::Set(ty), Some(b'[')) => Ok(Value::set(self.elements(json, ty, depth)?)),
            (Type::Map(ty), Some(b'{')) => {
                let members = parse::<BTreeMap<String, Box<RawValue>>>(json)?.into_iter().map(|(key, raw)| {
                    let member = self.read(&raw, ty, depth).map_err(|error| error.below_key(&key))?;
                    Ok((Text::from(key), member))
                });
                Ok(Value::Map(members.collect::<Coded<_>>()?))
            }
            (Type::Tuple(types), Some(b'[')) => {
                let elements = parse::<Vec<Box<RawValue>>>(json)?;
                if elements.len() != types.len() {
                    return Err(CodecError::mismatch(&kind(ty), &format!("{} elements", elements.len())).into());
                }
                let elements = types.iter().zip(elements).enumerate();
                let elements = elements
                    .map(|(index, (ty, raw))| self.read(&raw, ty, depth).map_err(|error| error.below_index(index)));
                Ok(Value::Tuple(elements.collect::<Result<_, _>>()?))
            }
            (Type::Object(object), Some(b'{')) => self.object(json, object, depth),
            (Type::Dynamic, Some(b'{')) => {
                let dynamic: DynamicJson<'_> = serde_json::from_str(json).map_err(not_json)?;
                let ty = Type::from_json(&dynamic.ty).map_err(|error| CodecError::new(error.to_string()))?;
                let value = self.read(dynamic.value, &ty, depth)?;
                Ok(Value::dynamic(ty, value))
            }
            (ty, first) => Err(CodecError::mismatch(&kind(ty), found(first)).into()),
        }
    }

    fn object(&self, json: &str, ty: &crate::types::ObjectType, depth: usize) -> Coded<Value> {
        let mut members: BTreeMap<Text, Box<RawValue>> = parse::<BTreeMap<String, Box<RawValue>>>(json)?
            .into_iter()
            .map(|(name, raw)| (Text::from(name), raw))
            .collect();
        let mut object = Vec::with_capacity(ty.attributes.len());
        for (name, ty) in &ty.attributes {
            let member = match members.remove(name) {
                Some(raw) => self.read(&raw, ty, depth).map_err(|error| error.below_attribute(name))?,
                None if self.lenient => Value::Null,
                None => return Err(CodecError::new(format!("the attribute {name:?} is missing")).into()),
            };
            object.push((name.clone(), member));
        }
        match members.keys().next() {
            Some(extra) if !self.lenient => Err(CodecError::new(format!("there is no attribute {extra:?}")).into()),
            _ => Ok(Value::Object(object.into_iter().collect())),
        }
    }

    fn elements(&self, json: &str, ty: &Type, depth: usize) -> Coded<Vec<Value>> {
        let elements = parse::<Vec<Box<RawValue>>>(json)?;
        let elements = elements.into_iter().enumerate();
        elements.map(|(index, raw)| self.read(&raw, ty, depth).map_err(|error| error.below_index(index))).collect()
    }
}

fn parse<T: DeserializeOwned>(json: &str) -> Coded<T> {
    serde_json::from_str(json).map_err(not_json)
}

fn number(text: &str) -> Coded<Value> {
    text.parse()
        .map(Value::Number)
        .map_err(|error: crate::value::NumberError| CodecError::new(error.to_string()).into())
}

/// Where the text is no JSON, without the text itself.
fn not_json(error: serde_json::Error) -> Box<CodecError> {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        serde_json::error::Category::Data => "it has another shape than expected",
        _ => "it is malformed",
    };
    CodecError::new(format!("the JSON cannot be read: {what} (line {}, column {})", error.line(), error.column()))
        .into()
}

fn found(first: Option<&u8>) -> &'static str {
    match first {
        Some(b'"') => "string",
        Some(b't' | b'f') => "bool",
        Some(b'[') => "array",
        Some(b'{') => "object",
        Some(_) => "number",
        None => "nothing",
    }
}

fn write(value: &Value, ty: &Type, depth: usize, out: &mut String) -> Coded<()> {
    let depth = deeper(depth)?;
    match (ty, value) {
        (_, Value::Null) => out.push_str("null"),
        (_, Value::Unknown(_)) => return Err(CodecError::new("an unknown value has no JSON form").into()),
        (Type::String, Value::String(text)) => write_string(text, out),
        (Type::Bool, Value::Bool(value)) => out.push_str(if *value { "true" } else { "false" }),
        (Type::Number, Value::Number(number)) if number.is_finite() => out.push_str(&number.to_string()),
        (Type::Number, Value::Number(_)) => return Err(CodecError::new("an infinite number has no JSON form").into()),
        (Type::List(ty), Value::List(elements)) => {
            write_elements(elements.iter().map(|element| (element, &**ty)), depth, out)?;
        }
        (Type::Set(ty), Value::Set(elements)) => {
            write_elements(elements.iter().map(|element| (element, &**ty)), depth, out)?;
        }
        (Type::Tuple(types), Value::Tuple(elements)) if types.len() == elements.len() => {
            write_elements(elements.iter().zip(types), depth, out)?;
        }
        (Type::Map(ty), Value::Map(members)) => {
            out.push('{');
            for (position, (key, member)) in members.iter().enumerate() {
                write_key(key, position, out);
                write(member, ty, depth, out).map_err(|error| error.below_key(key))?;
            }
            out.push('}');
        }
        (Type::Object(object), Value::Object(members)) => {
            if let Some(extra) = members.keys().find(|name| !object.attributes.contains_key(*name)) {
                return Err(CodecError::new(format!("there is no attribute {extra:?}")).into());
            }
            out.push('{');
            for (position, (name, ty)) in object.attributes.iter().enumerate() {
                let member =
                    members.get(name).ok_or_else(|| CodecError::new(format!("the attribute {name:?} is missing")))?;
                write_key(name, position, out);
                write(member, ty, depth, out).map_err(|error| error.below_attribute(name))?;
            }
            out.push('}');
        }
        (Type::Dynamic, Value::Dynamic(dynamic)) => {
            out.push_str("{\"value\":");
            write(&dynamic.value, &dynamic.ty, depth, out)?;
            out.push_str(",\"type\":");
            out.push_str(&dynamic.ty.to_json().to_string());
            out.push('}');
        }
        (ty, value) => return Err(CodecError::mismatch(&kind(ty), value.kind()).into()),
    }
    Ok(())
}

fn write_elements<'a>(
    elements: impl Iterator<Item = (&'a Value, &'a Type)>,
    depth: usize,
    out: &mut String,
) -> Coded<()> {
    out.push('[');
    for (index, (element, ty)) in elements.enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(element, ty, depth, out).map_err(|error| error.below_index(index))?;
    }
    out.push(']');
    Ok(())
}

fn write_key(key: &str, position: usize, out: &mut String) {
    if position > 0 {
        out.push(',');
    }
    write_string(key, out);
    out.push(':');
}

fn write_string(text: &str, out: &mut String) {
    out.push_str(&serde_json::Value::from(text).to_string());
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::testing::{Unknowns, any_type, value_of};

    fn state() -> Type {
        Type::object([("id", Type::Number), ("name", Type::String), ("on", Type::Bool), ("any", Type::Dynamic)])
    }

    #[test]
    fn digits_survive() {
        let json =
            br#"{"id": 12345678901234567890.10, "name": "x", "on": true, "any": {"type": "number", "value": 1e2}}"#;
        let value = decode(json, &state()).unwrap();
        assert_eq!(value.attribute("id"), Some(&Value::Number("12345678901234567890.1".parse().unwrap())));
        assert_eq!(value.attribute("any"), Some(&Value::dynamic(Type::Number, Value::from(100))));
    }

    #[test]
    fn an_older_state_is_read_leniently() {
        let json = br#"{"id": "7", "name": 3.50, "gone": [[]], "on": "true"}"#;
        assert!(decode(json, &state()).is_err());
        let expected = Value::object([
            ("id", Value::from(7)),
            ("name", Value::from("3.50")),
            ("on", Value::from(true)),
            ("any", Value::Null),
        ]);
        assert_eq!(decode_lenient(json, &state()).unwrap(), expected);
    }

    #[test]
    fn what_json_cannot_say_is_an_error() {
        assert!(encode(&Value::UNKNOWN, &Type::String).is_err());
        assert!(encode(&Value::Number(crate::value::Number::INFINITY), &Type::Number).is_err());
    }

    #[test]
    fn errors_never_quote_the_text() {
        for json in
            [&br#"{"name": "geheim"#[..], br#"{"id": "geheim"}"#, br#"{"name": {"geheim": 1}}"#, b"geheim", b"\xff"]
        {
            let error = decode_lenient(json, &state()).unwrap_err();
            assert!(!error.to_string().contains("geheim"), "{error}");
        }
        let deep = format!("{}1{}", r#"{"type":"dynamic","value":"#.repeat(500), "}".repeat(500));
        assert!(decode(deep.as_bytes(), &Type::Dynamic).is_err());
    }

    fn typed_value() -> impl Strategy<Value = (Type, Value)> {
        any_type().prop_flat_map(|ty| value_of(&ty, Unknowns::None).prop_map(move |value| (ty.clone(), value)))
    }

    proptest! {
        #[test]
        fn every_value_reads_back((ty, value) in typed_value()) {
            match encode(&value, &ty) {
                Ok(bytes) => {
                    prop_assert_eq!(&decode(&bytes, &ty).unwrap(), &value);
                    prop_assert_eq!(&decode_lenient(&bytes, &ty).unwrap(), &value);
                }
                Err(error) => prop_assert!(error.problem.contains("infinite"), "{}", error),
            }
        }

        #[test]
        fn arbitrary_text_never_panics(ty in any_type(), bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode_lenient(&bytes, &ty).map(|value| encode(&value, &ty));
        }

        #[test]
        fn damaged_values_never_panic(
            (ty, value) in typed_value(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), 0x20u8..0x7f), 1..5),
        ) {
            if let Ok(mut bytes) = encode(&value, &ty) {
                for (at, byte) in damage {
                    let at = at.index(bytes.len());
                    bytes[at] = byte;
                }
                if let Ok(value) = decode_lenient(&bytes, &ty) {
                    prop_assert!(crate::codec::conforms(&value, &ty).is_ok());
                }
            }
        }
    }
}
