//! From values to MessagePack.

use rmp::encode::{self, ValueWriteError};

use super::refine;
use crate::codec::conform::kind;
use crate::codec::{CodecError, Coded, deeper};
use crate::types::{ObjectType, Type};
use crate::value::{Number, Text, Value, ValueMap};

/// What is written to.
pub(super) type Bytes = Vec<u8>;

/// Writes a value as type `ty`.
///
/// # Errors
/// [`CodecError`] where the value is not one of the type.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut out = Bytes::new();
    write(value, ty, 0, &mut out).map_err(|error| *error)?;
    Ok(out)
}

fn write(value: &Value, ty: &Type, depth: usize, out: &mut Bytes) -> Coded<()> {
    let depth = deeper(depth)?;
    match (ty, value) {
        (_, Value::Null) => out.push(0xc0),
        (_, Value::Unknown(known)) => refine::write(known.as_deref(), ty, out)?,
        (Type::String, Value::String(text)) => write_text(text, out)?,
        (Type::Bool, Value::Bool(value)) => out.push(if *value { 0xc3 } else { 0xc2 }),
        (Type::Number, Value::Number(number)) => write_number(number, out)?,
        (Type::List(ty), Value::List(elements)) => write_elements(elements.iter(), ty, depth, out)?,
        (Type::Set(ty), Value::Set(elements)) => write_elements(in_host_order(elements.as_slice()), ty, depth, out)?,
        (Type::Map(ty), Value::Map(members)) => {
            write_map_length(members.len(), out)?;
            for (key, member) in members.iter() {
                write_text(key, out)?;
                write(member, ty, depth, out).map_err(|error| error.below_key(key))?;
            }
        }
        (Type::Tuple(types), Value::Tuple(elements)) if types.len() == elements.len() => {
            write_array_length(elements.len(), out)?;
            for (index, (ty, element)) in types.iter().zip(elements).enumerate() {
                write(element, ty, depth, out).map_err(|error| error.below_index(index))?;
            }
        }
        (Type::Object(object), Value::Object(members)) => {
            if object.attributes.len() != members.len() {
                return Err(misfit(object, members).into());
            }
            write_map_length(members.len(), out)?;
            // Both are in the order of names, so no name has to be looked up.
            for ((name, ty), (found, member)) in object.attributes.iter().zip(members.iter()) {
                if name != found {
                    return Err(misfit(object, members).into());
                }
                write_text(name, out)?;
                write(member, ty, depth, out).map_err(|error| error.below_attribute(name))?;
            }
        }
        (Type::Dynamic, Value::Dynamic(dynamic)) => {
            write_array_length(2, out)?;
            encode::write_bin(out, &dynamic.ty.to_json_bytes()).map_err(CodecError::from)?;
            write(&dynamic.value, &dynamic.ty, depth, out)?;
        }
        (ty, value) => return Err(CodecError::mismatch(&kind(ty), value.kind()).into()),
    }
    Ok(())
}

fn write_elements<'v>(
    elements: impl ExactSizeIterator<Item = &'v Value>,
    ty: &Type,
    depth: usize,
    out: &mut Bytes,
) -> Coded<()> {
    write_array_length(elements.len(), out)?;
    for (index, element) in elements.enumerate() {
        write(element, ty, depth, out).map_err(|error| error.below_index(index))?;
    }
    Ok(())
}

/// The elements of a set as hosts send them: first what is known, then what is unknown, null at the end.
fn in_host_order(elements: &[Value]) -> impl ExactSizeIterator<Item = &Value> {
    // A set keeps them the other way round.
    let nulls = elements.partition_point(|element| matches!(element, Value::Null));
    let open = elements.partition_point(|element| matches!(element, Value::Null | Value::Unknown(_)));
    let place = move |position: usize| match position {
        known if known < elements.len() - open => known + open,
        unknown if unknown < elements.len() - nulls => unknown + open + nulls - elements.len(),
        null => null + nulls - elements.len(),
    };
    (0..elements.len()).map(move |position| &elements[place(position)])
}

/// As hosts write numbers: an integer where it is one and fits, a float where that is exact, otherwise decimal digits.
pub(super) fn write_number(number: &Number, out: &mut Bytes) -> Result<(), CodecError> {
    if let Some(small) = number.to_i64() {
        encode::write_sint(out, small)?;
        return Ok(());
    }
    match number.to_f64_exact() {
        Some(float) if !number.is_integer() => encode::write_f64(out, float)?,
        _ => encode::write_str(out, &number.to_string())?,
    }
    Ok(())
}

/// Most strings are short; these are written without asking for room twice.
fn write_text(text: &Text, out: &mut Bytes) -> Result<(), CodecError> {
    let bytes = text.as_utf8();
    match u8::try_from(bytes.len()) {
        Ok(length @ ..32) => {
            out.reserve(32);
            out.push(0xa0 | length);
            out.extend_from_slice(bytes);
        }
        _ => {
            encode::write_str_len(out, length(bytes.len())?)?;
            out.extend_from_slice(bytes);
        }
    }
    Ok(())
}

fn write_map_length(members: usize, out: &mut Bytes) -> Result<(), CodecError> {
    match u8::try_from(members) {
        Ok(length @ ..16) => out.push(0x80 | length),
        _ => drop(encode::write_map_len(out, length(members)?)?),
    }
    Ok(())
}

fn write_array_length(elements: usize, out: &mut Bytes) -> Result<(), CodecError> {
    match u8::try_from(elements) {
        Ok(length @ ..16) => out.push(0x90 | length),
        _ => drop(encode::write_array_len(out, length(elements)?)?),
    }
    Ok(())
}

/// Why an object does not have exactly the attributes of its type.
fn misfit(object: &ObjectType, members: &ValueMap) -> CodecError {
    let extra = members.keys().find(|name| !object.attributes.contains_key(*name));
    let missing = object.attributes.keys().find(|name| !members.contains_key(name));
    match (extra, missing) {
        (Some(extra), _) => CodecError::new(format!("there is no attribute {extra:?}")),
        (None, Some(missing)) => CodecError::new(format!("the attribute {missing:?} is missing")),
        (None, None) => CodecError::new("an attribute occurs twice"),
    }
}

fn length(length: usize) -> Result<u32, CodecError> {
    u32::try_from(length).map_err(|_| CodecError::new("there are more elements than MessagePack can count"))
}

impl From<ValueWriteError> for CodecError {
    /// Writing to memory does not fail; the conversion only satisfies the signature.
    fn from(error: ValueWriteError) -> Self {
        CodecError::new(error.to_string())
    }
}
