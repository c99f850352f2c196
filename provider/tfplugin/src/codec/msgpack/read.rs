//! From MessagePack to values.

use rmp::Marker;

use super::{REFINED, refine};
use crate::codec::conform::kind;
use crate::codec::{CodecError, Coded, deeper};
use crate::types::{ObjectType, Type};
use crate::value::{Number, NumberError, Text, Value, ValueMap, ValueSet};

/// Reads a value of type `ty`. No bytes at all are null, as hosts mean them.
///
/// # Errors
/// [`CodecError`] where the bytes are no MessagePack, do not fit the type, nest too deeply or go on after the value.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut reader = Reader::new(bytes);
    let mut value = Value::Null;
    read(&mut reader, ty, 0, &mut value).map_err(|error| *error)?;
    if reader.is_at_end() { Ok(value) } else { Err(CodecError::new("there are bytes after the value")) }
}

/// Bytes with a position. Every length is checked against what is left.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

/// The number of elements for which room is made because a length says so; more come only with their bytes.
const TRUSTED_LENGTH: usize = 1024;

/// One MessagePack item; collections only announce how many items follow.
pub(super) enum Item<'a> {
    Nil,
    Bool(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f64),
    Text(&'a [u8]),
    Binary(&'a [u8]),
    Array(usize),
    Map(usize),
    Extension(i8, &'a [u8]),
}

impl Item<'_> {
    /// What the item is called in messages.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Item::Nil => "null",
            Item::Bool(_) => "bool",
            Item::Integer(_) | Item::Unsigned(_) | Item::Float(_) => "number",
            Item::Text(_) => "string",
            Item::Binary(_) => "binary data",
            Item::Array(_) => "array",
            Item::Map(_) => "map",
            Item::Extension(..) => "unknown value",
        }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// How many elements to make room for where `length` are announced.
    fn room_for(&self, length: usize) -> usize {
        length.min(self.rest.len()).min(TRUSTED_LENGTH)
    }

    #[inline]
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(end)?;
        self.rest = rest;
        Ok(taken)
    }

    #[inline]
    fn array<const N: usize>(&mut self) -> Result<[u8; N], CodecError> {
        let (taken, rest) = self.rest.split_first_chunk().ok_or_else(end)?;
        self.rest = rest;
        Ok(*taken)
    }

    fn len8(&mut self) -> Result<usize, CodecError> {
        self.array::<1>().map(|[byte]| usize::from(byte))
    }

    fn len16(&mut self) -> Result<usize, CodecError> {
        self.array().map(|bytes| usize::from(u16::from_be_bytes(bytes)))
    }

    fn len32(&mut self) -> Result<usize, CodecError> {
        let length = u32::from_be_bytes(self.array()?);
        usize::try_from(length).map_err(|_| end())
    }

    fn extension(&mut self, length: usize) -> Result<Item<'a>, CodecError> {
        let code = i8::from_be_bytes(self.array()?);
        Ok(Item::Extension(code, self.bytes(length)?))
    }

    pub(super) fn item(&mut self) -> Result<Item<'a>, CodecError> {
        let [marker] = self.array()?;
        self.item_after(marker)
    }

    /// The bytes of a string, if the marker says that one follows.
    #[inline]
    fn text_after(&mut self, marker: u8) -> Result<Option<&'a [u8]>, CodecError> {
        match marker {
            0xa0..=0xbf => self.bytes(usize::from(marker & 0x1f)).map(Some),
            0xd9 => self.len8().and_then(|length| self.bytes(length)).map(Some),
            _ => Ok(None),
        }
    }

    /// The number, if the marker says that one of the kinds follows that hosts send.
    #[inline]
    fn number_after(&mut self, marker: u8) -> Result<Option<Number>, CodecError> {
        Ok(Some(Number::from(match marker {
            0x00..=0x7f => i64::from(marker),
            0xcc => i64::from(u8::from_be_bytes(self.array()?)),
            0xcd => i64::from(u16::from_be_bytes(self.array()?)),
            0xce => i64::from(u32::from_be_bytes(self.array()?)),
            0xd3 => i64::from_be_bytes(self.array()?),
            0xcb => return float(f64::from_be_bytes(self.array()?)).map(Some),
            _ => return Ok(None),
        })))
    }

    fn item_after(&mut self, marker: u8) -> Result<Item<'a>, CodecError> {
        Ok(match Marker::from_u8(marker) {
            Marker::Null => Item::Nil,
            Marker::True => Item::Bool(true),
            Marker::False => Item::Bool(false),
            Marker::FixPos(value) => Item::Integer(i64::from(value)),
            Marker::FixNeg(value) => Item::Integer(i64::from(value)),
            Marker::I8 => Item::Integer(i64::from(i8::from_be_bytes(self.array()?))),
            Marker::I16 => Item::Integer(i64::from(i16::from_be_bytes(self.array()?))),
            Marker::I32 => Item::Integer(i64::from(i32::from_be_bytes(self.array()?))),
            Marker::I64 => Item::Integer(i64::from_be_bytes(self.array()?)),
            Marker::U8 => Item::Integer(i64::from(u8::from_be_bytes(self.array()?))),
            Marker::U16 => Item::Integer(i64::from(u16::from_be_bytes(self.array()?))),
            Marker::U32 => Item::Integer(i64::from(u32::from_be_bytes(self.array()?))),
            Marker::U64 => Item::Unsigned(u64::from_be_bytes(self.array()?)),
            Marker::F32 => Item::Float(f64::from(f32::from_be_bytes(self.array()?))),
            Marker::F64 => Item::Float(f64::from_be_bytes(self.array()?)),
            Marker::FixStr(length) => Item::Text(self.bytes(usize::from(length))?),
            Marker::Str8 => Item::Text(self.len8().and_then(|length| self.bytes(length))?),
            Marker::Str16 => Item::Text(self.len16().and_then(|length| self.bytes(length))?),
            Marker::Str32 => Item::Text(self.len32().and_then(|length| self.bytes(length))?),
            Marker::Bin8 => Item::Binary(self.len8().and_then(|length| self.bytes(length))?),
            Marker::Bin16 => Item::Binary(self.len16().and_then(|length| self.bytes(length))?),
            Marker::Bin32 => Item::Binary(self.len32().and_then(|length| self.bytes(length))?),
            Marker::FixArray(length) => Item::Array(usize::from(length)),
            Marker::Array16 => Item::Array(self.len16()?),
            Marker::Array32 => Item::Array(self.len32()?),
            Marker::FixMap(length) => Item::Map(usize::from(length)),
            Marker::Map16 => Item::Map(self.len16()?),
            Marker::Map32 => Item::Map(self.len32()?),
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 => self.len8().and_then(|length| self.extension(length))?,
            Marker::Ext16 => self.len16().and_then(|length| self.extension(length))?,
            Marker::Ext32 => self.len32().and_then(|length| self.extension(length))?,
            Marker::Reserved => return Err(CodecError::new("the bytes are no MessagePack")),
        })
    }

    /// Passes over one value of any kind.
    pub(super) fn skip(&mut self) -> Result<(), CodecError> {
        // A counter instead of recursion: hostile nesting costs nothing. Each item takes at least one byte, so a huge
        // announced length ends with the bytes.
        let mut left: u64 = 1;
        while left > 0 {
            left -= 1;
            left = left.saturating_add(match self.item()? {
                Item::Array(length) => u64::try_from(length).unwrap_or(u64::MAX),
                Item::Map(length) => u64::try_from(length).unwrap_or(u64::MAX).saturating_mul(2),
                _ => 0,
            });
        }
        Ok(())
    }
}

/// Reads a value into its place. What is most frequent is told from the marker alone.
fn read(reader: &mut Reader<'_>, ty: &Type, depth: usize, place: &mut Value) -> Coded<()> {
    let depth = deeper(depth)?;
    let [marker] = reader.array()?;
    *place = match (ty, marker) {
        (_, 0xc0) => Value::Null,
        (Type::Bool, 0xc2) => Value::Bool(false),
        (Type::Bool, 0xc3) => Value::Bool(true),
        (Type::Number, _) => match reader.number_after(marker)? {
            Some(number) => Value::Number(number),
            None => return read_item(reader, ty, marker, depth, place),
        },
        (Type::String, _) => match reader.text_after(marker)? {
            Some(bytes) => Value::String(text(bytes)?),
            None => return read_item(reader, ty, marker, depth, place),
        },
        _ => return read_item(reader, ty, marker, depth, place),
    };
    Ok(())
}

fn read_item(reader: &mut Reader<'_>, ty: &Type, marker: u8, depth: usize, place: &mut Value) -> Coded<()> {
    let item = reader.item_after(marker)?;
    *place = match (ty, item) {
        (_, Item::Extension(REFINED, payload)) => refine::decode(payload)?,
        (_, Item::Extension(..)) => Value::UNKNOWN,
        (Type::String, Item::Text(bytes)) => Value::String(text(bytes)?),
        (Type::Number, item) => Value::Number(number(item)?),
        (Type::List(ty), Item::Array(length)) => Value::List(elements(reader, ty, length, depth)?),
        (Type::Set(ty), Item::Array(length)) => Value::Set(ValueSet::from(elements(reader, ty, length, depth)?)),
        (Type::Map(ty), Item::Map(length)) => {
            let mut members = Vec::with_capacity(reader.room_for(length));
            for _ in 0..length {
                members.push((key(reader)?, Value::Null));
                let Some((key, member)) = members.last_mut() else { continue };
                read(reader, ty, depth, member).map_err(|error| error.below_key(key))?;
            }
            Value::Map(ValueMap::from(members))
        }
        (Type::Tuple(types), Item::Array(length)) => {
            if length != types.len() {
                return Err(CodecError::mismatch(&kind(ty), &format!("{length} elements")).into());
            }
            let mut elements = vec![Value::Null; length];
            for (index, (ty, element)) in types.iter().zip(&mut elements).enumerate() {
                read(reader, ty, depth, element).map_err(|error| error.below_index(index))?;
            }
            Value::Tuple(elements)
        }
        (Type::Object(object), Item::Map(length)) => Value::Object(attributes(reader, object, length, depth)?),
        (Type::Dynamic, Item::Array(2)) => {
            let ty = match reader.item()? {
                Item::Binary(bytes) | Item::Text(bytes) => {
                    Type::from_json_bytes(bytes).map_err(|error| CodecError::new(error.to_string()))?
                }
                other => return Err(CodecError::mismatch(&"the type of a dynamic value", other.kind()).into()),
            };
            let mut value = Value::Null;
            read(reader, &ty, depth, &mut value)?;
            Value::dynamic(ty, value)
        }
        (ty, item) => return Err(CodecError::mismatch(&kind(ty), item.kind()).into()),
    };
    Ok(())
}

fn attributes(reader: &mut Reader<'_>, object: &ObjectType, length: usize, depth: usize) -> Coded<ValueMap> {
    let count = object.attributes.len();
    if length != count {
        return Err(CodecError::new(format!("expected {count} attributes, found {length}")).into());
    }
    let mut members = Vec::with_capacity(count);
    // Hosts send attributes in the order of their names, which saves looking them up and sorting them.
    let mut expected = object.attributes.iter();
    let mut in_order = true;
    for _ in 0..length {
        let name = key_bytes(reader)?;
        let (name, ty) = match expected.next() {
            Some((next, ty)) if next.as_utf8() == name => (next.clone(), ty),
            _ => {
                in_order = false;
                attribute(object, name)?
            }
        };
        members.push((name, Value::Null));
        let Some((name, member)) = members.last_mut() else { continue };
        read(reader, ty, depth, member).map_err(|error| error.below_attribute(name))?;
    }
    if in_order {
        return Ok(ValueMap::from_sorted(members));
    }
    let members = ValueMap::from(members);
    // As many members as attributes, and each of them an attribute: one given twice leaves one missing.
    if members.len() == count { Ok(members) } else { Err(CodecError::new("an attribute occurs twice").into()) }
}

/// The attribute of this name, which may be written in another normalisation form.
fn attribute<'t>(object: &'t ObjectType, name: &[u8]) -> Result<(Text, &'t Type), CodecError> {
    let name = text(name)?;
    match object.attributes.get(&name) {
        Some(ty) => Ok((name, ty)),
        None => Err(CodecError::new(format!("there is no attribute {name:?}"))),
    }
}

fn elements(reader: &mut Reader<'_>, ty: &Type, length: usize, depth: usize) -> Coded<Vec<Value>> {
    let mut elements = Vec::with_capacity(reader.room_for(length));
    for index in 0..length {
        elements.push(Value::Null);
        let Some(element) = elements.last_mut() else { continue };
        read(reader, ty, depth, element).map_err(|error| error.below_index(index))?;
    }
    Ok(elements)
}

#[inline]
fn key_bytes<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], CodecError> {
    let [marker] = reader.array()?;
    if let Some(bytes) = reader.text_after(marker)? {
        return Ok(bytes);
    }
    match reader.item_after(marker)? {
        Item::Text(bytes) | Item::Binary(bytes) => Ok(bytes),
        other => Err(CodecError::mismatch(&"a string as key", other.kind())),
    }
}

fn key(reader: &mut Reader<'_>) -> Result<Text, CodecError> {
    key_bytes(reader).and_then(text)
}

#[inline]
pub(super) fn text(bytes: &[u8]) -> Result<Text, CodecError> {
    Text::from_utf8(bytes).ok_or_else(|| CodecError::new("a string is not UTF-8"))
}

pub(super) fn number(item: Item<'_>) -> Result<Number, CodecError> {
    let parsed = match item {
        Item::Integer(value) => return Ok(Number::from(value)),
        Item::Unsigned(value) => return Ok(Number::from(value)),
        Item::Float(value) => return float(value),
        Item::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.parse(),
            Err(_) => return Err(CodecError::new("a number is not UTF-8")),
        },
        other => return Err(CodecError::mismatch(&"number", other.kind())),
    };
    parsed.map_err(|error: NumberError| CodecError::new(error.to_string()))
}

fn float(value: f64) -> Result<Number, CodecError> {
    Number::from_f64_exact(value).map_err(|error| CodecError::new(error.to_string()))
}

fn end() -> CodecError {
    CodecError::new("the bytes end in the middle of a value")
}
