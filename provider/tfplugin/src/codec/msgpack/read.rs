//! From MessagePack to values.

use rmp::Marker;

use super::{REFINED, refine};
use crate::codec::conform::kind;
use crate::codec::{CodecError, deeper};
use crate::types::Type;
use crate::value::{Number, Text, Value, ValueMap};

/// Reads a value of type `ty`. No bytes at all are null, as hosts mean them.
///
/// # Errors
/// [`CodecError`] where the bytes are no MessagePack, do not fit the type, nest too deeply or go on after the value.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, CodecError> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let mut reader = Reader::new(bytes);
    let value = read(&mut reader, ty, 0)?;
    if reader.is_at_end() { Ok(value) } else { Err(CodecError::new("there are bytes after the value")) }
}

/// Bytes with a position. Every length is checked against what is left.
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

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

    fn bytes(&mut self, count: usize) -> Result<&'a [u8], CodecError> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(end)?;
        self.rest = rest;
        Ok(taken)
    }

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

fn read(reader: &mut Reader<'_>, ty: &Type, depth: usize) -> Result<Value, CodecError> {
    let depth = deeper(depth)?;
    let item = match reader.item()? {
        Item::Nil => return Ok(Value::Null),
        Item::Extension(REFINED, payload) => return refine::decode(payload),
        Item::Extension(..) => return Ok(Value::UNKNOWN),
        item => item,
    };
    match (ty, item) {
        (Type::String, Item::Text(bytes)) => Ok(Value::String(text(bytes)?)),
        (Type::Bool, Item::Bool(value)) => Ok(Value::Bool(value)),
        (Type::Number, item) => number(item).map(Value::Number),
        (Type::List(ty), Item::Array(length)) => Ok(Value::List(elements(reader, ty, length, depth)?)),
        (Type::Set(ty), Item::Array(length)) => Ok(Value::set(elements(reader, ty, length, depth)?)),
        (Type::Map(ty), Item::Map(length)) => {
            let mut members = Vec::new();
            for _ in 0..length {
                let key = key(reader)?;
                let member = read(reader, ty, depth).map_err(|error| error.below_key(&key))?;
                members.push((key, member));
            }
            Ok(Value::Map(members.into_iter().collect()))
        }
        (Type::Tuple(types), Item::Array(length)) => {
            if length != types.len() {
                return Err(CodecError::mismatch(&kind(ty), &format!("{length} elements")));
            }
            let elements = types
                .iter()
                .enumerate()
                .map(|(index, ty)| read(reader, ty, depth).map_err(|error| error.below_index(index)));
            Ok(Value::Tuple(elements.collect::<Result<_, _>>()?))
        }
        (Type::Object(object), Item::Map(length)) => {
            if length != object.attributes.len() {
                let expected = object.attributes.len();
                return Err(CodecError::new(format!("expected {expected} attributes, found {length}")));
            }
            let mut members = Vec::with_capacity(object.attributes.len());
            for _ in 0..length {
                let name = key_bytes(reader)?;
                let attribute = std::str::from_utf8(name).ok().and_then(|name| object.attributes.get_key_value(name));
                let (name, ty) = match attribute {
                    Some((name, ty)) => (name.clone(), ty),
                    None => named_otherwise(object, name)?,
                };
                let member = read(reader, ty, depth).map_err(|error| error.below_attribute(&name))?;
                members.push((name, member));
            }
            let members: ValueMap = members.into_iter().collect();
            // As many members as attributes, and each of them an attribute: one given twice leaves one missing.
            if members.len() != object.attributes.len() {
                return Err(CodecError::new("an attribute occurs twice"));
            }
            Ok(Value::Object(members))
        }
        (Type::Dynamic, Item::Array(2)) => {
            let ty = match reader.item()? {
                Item::Binary(bytes) | Item::Text(bytes) => {
                    Type::from_json_bytes(bytes).map_err(|error| CodecError::new(error.to_string()))?
                }
                other => return Err(CodecError::mismatch(&"the type of a dynamic value", other.kind())),
            };
            Ok(Value::dynamic(ty.clone(), read(reader, &ty, depth)?))
        }
        (ty, item) => Err(CodecError::mismatch(&kind(ty), item.kind())),
    }
}

/// The attribute whose name is written in another normalisation form.
fn named_otherwise<'t>(object: &'t crate::types::ObjectType, name: &[u8]) -> Result<(Text, &'t Type), CodecError> {
    let name = text(name)?;
    match object.attributes.get(&name) {
        Some(ty) => Ok((name, ty)),
        None => Err(CodecError::new(format!("there is no attribute {name:?}"))),
    }
}

fn elements(reader: &mut Reader<'_>, ty: &Type, length: usize, depth: usize) -> Result<Vec<Value>, CodecError> {
    let mut elements = Vec::new();
    for index in 0..length {
        elements.push(read(reader, ty, depth).map_err(|error| error.below_index(index))?);
    }
    Ok(elements)
}

fn key_bytes<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], CodecError> {
    match reader.item()? {
        Item::Text(bytes) | Item::Binary(bytes) => Ok(bytes),
        other => Err(CodecError::mismatch(&"a string as key", other.kind())),
    }
}

fn key(reader: &mut Reader<'_>) -> Result<Text, CodecError> {
    key_bytes(reader).and_then(text)
}

pub(super) fn text(bytes: &[u8]) -> Result<Text, CodecError> {
    std::str::from_utf8(bytes).map(Text::new).map_err(|_| CodecError::new("a string is not UTF-8"))
}

pub(super) fn number(item: Item<'_>) -> Result<Number, CodecError> {
    let parsed = match item {
        Item::Integer(value) => return Ok(Number::from(value)),
        Item::Unsigned(value) => return Ok(Number::from(value)),
        Item::Float(value) => Number::from_f64_exact(value),
        Item::Text(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.parse(),
            Err(_) => return Err(CodecError::new("a number is not UTF-8")),
        },
        other => return Err(CodecError::mismatch(&"number", other.kind())),
    };
    parsed.map_err(|error| CodecError::new(error.to_string()))
}

fn end() -> CodecError {
    CodecError::new("the bytes end in the middle of a value")
}
