//! From values to MessagePack.

use rmp::encode::{self, ValueWriteError};

use super::refine;
use crate::codec::conform::kind;
use crate::codec::{CodecError, deeper};
use crate::types::Type;
use crate::value::{Number, Value};

/// What is written to.
pub(super) type Bytes = Vec<u8>;

/// Writes a value as type `ty`.
///
/// # Errors
/// [`CodecError`] where the value is not one of the type.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut out = Bytes::new();
    write(value, ty, 0, &mut out)?;
    Ok(out)
}

fn write(value: &Value, ty: &Type, depth: usize, out: &mut Bytes) -> Result<(), CodecError> {
    let depth = deeper(depth)?;
    match (ty, value) {
        (_, Value::Null) => out.push(0xc0),
        (_, Value::Unknown(known)) => refine::write(known.as_deref(), ty, out)?,
        (Type::String, Value::String(text)) => encode::write_str(out, text)?,
        (Type::Bool, Value::Bool(value)) => out.push(if *value { 0xc3 } else { 0xc2 }),
        (Type::Number, Value::Number(number)) => write_number(number, out)?,
        (Type::List(ty), Value::List(elements)) => write_elements(elements, ty, depth, out)?,
        (Type::Set(ty), Value::Set(elements)) => write_elements(elements.as_slice(), ty, depth, out)?,
        (Type::Map(ty), Value::Map(members)) => {
            encode::write_map_len(out, length(members.len())?)?;
            for (key, member) in members.iter() {
                encode::write_str(out, key)?;
                write(member, ty, depth, out).map_err(|error| error.below_key(key))?;
            }
        }
        (Type::Tuple(types), Value::Tuple(elements)) if types.len() == elements.len() => {
            encode::write_array_len(out, length(elements.len())?)?;
            for (index, (ty, element)) in types.iter().zip(elements).enumerate() {
                write(element, ty, depth, out).map_err(|error| error.below_index(index))?;
            }
        }
        (Type::Object(object), Value::Object(members)) => {
            if let Some(extra) = members.keys().find(|name| !object.attributes.contains_key(*name)) {
                return Err(CodecError::new(format!("there is no attribute {extra:?}")));
            }
            encode::write_map_len(out, length(object.attributes.len())?)?;
            for (name, ty) in &object.attributes {
                let member =
                    members.get(name).ok_or_else(|| CodecError::new(format!("the attribute {name:?} is missing")))?;
                encode::write_str(out, name)?;
                write(member, ty, depth, out).map_err(|error| error.below_attribute(name))?;
            }
        }
        (Type::Dynamic, Value::Dynamic(dynamic)) => {
            encode::write_array_len(out, 2)?;
            encode::write_bin(out, &dynamic.ty.to_json_bytes())?;
            write(&dynamic.value, &dynamic.ty, depth, out)?;
        }
        (ty, value) => return Err(CodecError::mismatch(&kind(ty), value.kind())),
    }
    Ok(())
}

fn write_elements(elements: &[Value], ty: &Type, depth: usize, out: &mut Bytes) -> Result<(), CodecError> {
    encode::write_array_len(out, length(elements.len())?)?;
    elements
        .iter()
        .enumerate()
        .try_for_each(|(index, element)| write(element, ty, depth, out).map_err(|error| error.below_index(index)))
}

/// As hosts write numbers: an integer where it is one and fits, a float where that is exact, otherwise decimal digits.
pub(super) fn write_number(number: &Number, out: &mut Bytes) -> Result<(), CodecError> {
    if let Some(small) = number.to_i64() {
        encode::write_sint(out, small)?;
        return Ok(());
    }
    let float = number.to_f64();
    if !number.is_integer() && Number::from_f64_exact(float).is_ok_and(|exact| exact == *number) {
        encode::write_f64(out, float)?;
    } else {
        encode::write_str(out, &number.to_string())?;
    }
    Ok(())
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
