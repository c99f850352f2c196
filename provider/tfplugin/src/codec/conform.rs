//! Whether a value is one of a type.

use super::{CodecError, Coded, deeper};
use crate::types::Type;
use crate::value::{Text, Value};

/// Checks that a value is one of `ty`. Null and unknown are values of every type.
///
/// # Errors
/// [`CodecError`] naming the first place that does not fit.
pub fn conforms(value: &Value, ty: &Type) -> Result<(), CodecError> {
    check(value, ty, 0).map_err(|error| *error)
}

fn check(value: &Value, ty: &Type, depth: usize) -> Coded<()> {
    let depth = deeper(depth)?;
    match (ty, value) {
        (_, Value::Null | Value::Unknown(_))
        | (Type::String, Value::String(_))
        | (Type::Number, Value::Number(_))
        | (Type::Bool, Value::Bool(_)) => Ok(()),
        (Type::Dynamic, Value::Dynamic(dynamic)) => check(&dynamic.value, &dynamic.ty, depth),
        (Type::List(ty), Value::List(elements)) => elements
            .iter()
            .enumerate()
            .try_for_each(|(index, element)| check(element, ty, depth).map_err(|error| error.below_index(index))),
        (Type::Set(ty), Value::Set(elements)) => elements.iter().try_for_each(|element| check(element, ty, depth)),
        (Type::Map(ty), Value::Map(members)) => {
            members.iter().try_for_each(|(key, member)| check(member, ty, depth).map_err(|error| error.below_key(key)))
        }
        (Type::Tuple(types), Value::Tuple(elements)) if types.len() == elements.len() => {
            types.iter().zip(elements).enumerate().try_for_each(|(index, (ty, element))| {
                check(element, ty, depth).map_err(|error| error.below_index(index))
            })
        }
        (Type::Object(object), Value::Object(members)) => {
            for (rank, (name, ty)) in object.attributes.iter().enumerate() {
                let member = members
                    .get_near(rank, name)
                    .ok_or_else(|| CodecError::new(format!("the attribute {name:?} is missing")))?;
                check(member, ty, depth).map_err(|error| error.below_attribute(name))?;
            }
            if members.len() == object.attributes.len() {
                return Ok(());
            }
            let extra = members.keys().find(|name| !object.attributes.contains_key(*name));
            let extra = extra.map(Text::as_str).unwrap_or_default();
            Err(CodecError::new(format!("there is no attribute {extra:?}")).into())
        }
        (ty, value) => Err(CodecError::mismatch(&kind(ty), value.kind()).into()),
    }
}

/// What a type is called in messages.
pub(super) fn kind(ty: &Type) -> String {
    match ty {
        Type::Object(_) => "an object".to_owned(),
        Type::Tuple(types) => format!("a tuple of {} elements", types.len()),
        other => other.to_string(),
    }
}
