//! What is known about unknown values, as it travels in the payload of an extension.

use rmp::encode;

use super::read::{Item, Reader, number, text};
use super::write::{Bytes, write_number};
use super::{MAX_PREFIX, MAX_REFINEMENT, REFINED};
use crate::codec::CodecError;
use crate::types::Type;
use crate::value::{Bound, Refinements, Text, Value};

const NULL: i64 = 1;
const STRING_PREFIX: i64 = 2;
const NUMBER_LOWER: i64 = 3;
const NUMBER_UPPER: i64 = 4;
const LENGTH_LOWER: i64 = 5;
const LENGTH_UPPER: i64 = 6;

/// Reads a payload. What later hosts may add is passed over, and so is whatever follows.
pub(super) fn decode(payload: &[u8]) -> Result<Value, CodecError> {
    if payload.len() <= 1 {
        return Ok(Value::UNKNOWN);
    }
    let mut reader = Reader::new(payload);
    let Item::Map(length) = reader.item()? else {
        return Err(CodecError::new("what is known about an unknown value is not a map"));
    };
    let mut known = Refinements::default();
    for _ in 0..length {
        let Item::Integer(key) = reader.item()? else {
            return Err(CodecError::new("what is known about an unknown value has a key that is no number"));
        };
        match key {
            NULL => match reader.item()? {
                Item::Bool(null) => known.null = Some(null),
                other => return Err(CodecError::mismatch(&"whether the value will be null", other.kind())),
            },
            STRING_PREFIX => match reader.item()? {
                Item::Text(bytes) => known.string_prefix = Some(text(bytes)?),
                other => return Err(CodecError::mismatch(&"the beginning of a string", other.kind())),
            },
            NUMBER_LOWER => known.number_lower = Some(bound(&mut reader)?),
            NUMBER_UPPER => known.number_upper = Some(bound(&mut reader)?),
            LENGTH_LOWER => known.length_lower = Some(count(&mut reader)?),
            LENGTH_UPPER => known.length_upper = Some(count(&mut reader)?),
            _ => reader.skip()?,
        }
    }
    Ok(if known.is_empty() { Value::UNKNOWN } else { Value::Unknown(Some(Box::new(known))) })
}

fn bound(reader: &mut Reader<'_>) -> Result<Bound, CodecError> {
    let Item::Array(2) = reader.item()? else {
        return Err(CodecError::new("the bound of an unknown number is not a pair"));
    };
    let number = number(reader.item()?)?;
    match reader.item()? {
        Item::Bool(inclusive) => Ok(Bound { number, inclusive }),
        other => Err(CodecError::mismatch(&"whether a bound is inclusive", other.kind())),
    }
}

fn count(reader: &mut Reader<'_>) -> Result<u64, CodecError> {
    let number = number(reader.item()?)?;
    number.to_u64().ok_or_else(|| CodecError::new("the bound of an unknown length is not a count"))
}

/// Writes an unknown value of type `ty` with as much of what is known as the type has room for.
pub(super) fn write(known: Option<&Refinements>, ty: &Type, out: &mut Bytes) -> Result<(), CodecError> {
    let payload = match known {
        Some(known) if *ty != Type::Dynamic => payload(known, ty)?,
        _ => Vec::new(),
    };
    if payload.is_empty() || payload.len() > MAX_REFINEMENT {
        out.extend_from_slice(&[0xd4, 0x00, 0x00]);
        return Ok(());
    }
    let length = u32::try_from(payload.len()).map_err(|_| CodecError::new("too much is known about a value"))?;
    encode::write_ext_meta(out, length, REFINED)?;
    out.extend_from_slice(&payload);
    Ok(())
}

fn payload(known: &Refinements, ty: &Type) -> Result<Vec<u8>, CodecError> {
    let mut out = Bytes::new();
    let mut members = 0;
    let mut key = |out: &mut Bytes, key: i64| -> Result<(), CodecError> {
        members += 1;
        encode::write_sint(out, key)?;
        Ok(())
    };
    if let Some(null) = known.null {
        key(&mut out, NULL)?;
        out.push(if null { 0xc3 } else { 0xc2 });
    }
    if let (Type::String, Some(prefix)) = (ty, &known.string_prefix) {
        key(&mut out, STRING_PREFIX)?;
        encode::write_str(&mut out, beginning(prefix))?;
    }
    if *ty == Type::Number {
        for (name, bound) in [(NUMBER_LOWER, &known.number_lower), (NUMBER_UPPER, &known.number_upper)] {
            let Some(bound) = bound else { continue };
            key(&mut out, name)?;
            encode::write_array_len(&mut out, 2)?;
            write_number(&bound.number, &mut out)?;
            out.push(if bound.inclusive { 0xc3 } else { 0xc2 });
        }
    }
    if matches!(ty, Type::List(_) | Type::Set(_) | Type::Map(_)) {
        for (name, length) in [(LENGTH_LOWER, known.length_lower), (LENGTH_UPPER, known.length_upper)] {
            let Some(length) = length.and_then(|length| i64::try_from(length).ok()) else { continue };
            key(&mut out, name)?;
            encode::write_sint(&mut out, length)?;
        }
    }
    if members == 0 {
        return Ok(Vec::new());
    }
    let mut payload = Bytes::new();
    encode::write_map_len(&mut payload, members)?;
    payload.extend_from_slice(&out);
    Ok(payload)
}

/// As much of a prefix as may be sent: whole characters only.
fn beginning(prefix: &Text) -> &str {
    let mut end = prefix.len().min(MAX_PREFIX);
    while !prefix.is_char_boundary(end) {
        end -= 1;
    }
    &prefix[..end]
}
