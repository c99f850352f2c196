//! Conversion between types, as Terraform converts what is written to what an attribute takes: for values whose type came with them, where the
//! host had no schema to convert by.

use thiserror::Error;

use super::{Dynamic, Value, ValueMap};
use crate::path::Path;
use crate::types::{ObjectType, Type};

/// Why a value cannot become one of another type.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{problem}")]
pub struct ConversionError {
    /// Where, below the value.
    pub path: Path,
    /// What is wrong there. It holds no values, which may be secret.
    pub problem: String,
}

impl Dynamic {
    /// The value as one of type `ty`: attributes that are left out are null, tuples become lists or sets, objects become maps, and primitives
    /// become one another where nothing is lost. Refinements of unknowns are dropped.
    ///
    /// # Errors
    /// The first place where that cannot be, such as an attribute that `ty` does not have.
    pub fn convert(&self, ty: &Type) -> Result<Value, ConversionError> {
        convert(&self.value, &self.ty, ty, &Path::root())
    }
}

fn convert(value: &Value, from: &Type, to: &Type, path: &Path) -> Result<Value, ConversionError> {
    match value {
        Value::Dynamic(dynamic) => return convert(&dynamic.value, &dynamic.ty, to, path),
        _ if *to == Type::Dynamic => return Ok(Value::dynamic(from.clone(), value.clone())),
        Value::Null => return Ok(Value::Null),
        Value::Unknown(_) => return Ok(Value::UNKNOWN),
        _ => {}
    }
    let failed = || Err(problem(path, format!("expected {}, found {}", what(to), value.kind())));
    match to {
        Type::String => match value {
            Value::String(_) => Ok(value.clone()),
            Value::Number(number) => Ok(Value::string(number.to_string())),
            Value::Bool(on) => Ok(Value::string(on.to_string())),
            _ => failed(),
        },
        Type::Number => match value {
            Value::Number(_) => Ok(value.clone()),
            Value::String(text) => text.as_str().parse().map(Value::Number).or_else(|_| failed()),
            _ => failed(),
        },
        Type::Bool => match value {
            Value::Bool(_) => Ok(value.clone()),
            Value::String(text) if text.as_str() == "true" => Ok(Value::Bool(true)),
            Value::String(text) if text.as_str() == "false" => Ok(Value::Bool(false)),
            _ => failed(),
        },
        Type::List(element) => {
            elements(value, from, |_| Some(&**element), path)?.map_or_else(failed, |it| Ok(Value::list(it)))
        }
        Type::Set(element) => {
            elements(value, from, |_| Some(&**element), path)?.map_or_else(failed, |it| Ok(Value::set(it)))
        }
        Type::Tuple(types) => match elements(value, from, |index| types.get(index), path)? {
            Some(elements) if elements.len() == types.len() => Ok(Value::Tuple(elements)),
            _ => failed(),
        },
        Type::Map(element) => {
            let Some(members) = value.as_members() else { return failed() };
            let converted = members.iter().map(|(key, member)| {
                let below = path.key(key.as_str());
                Ok((key.clone(), convert(member, type_of_member(from, key.as_str()), element, &below)?))
            });
            Ok(Value::Map(converted.collect::<Result<ValueMap, _>>()?))
        }
        Type::Object(object) => match value.as_members() {
            Some(members) => attributes(members, from, object, path),
            None => failed(),
        },
        // Handled above.
        Type::Dynamic => failed(),
    }
}

/// The elements of a list, set or tuple, each converted to the type of its place; nothing where the value has no elements.
fn elements<'a>(
    value: &Value,
    from: &Type,
    to: impl Fn(usize) -> Option<&'a Type>,
    path: &Path,
) -> Result<Option<Vec<Value>>, ConversionError> {
    let Some(elements) = value.as_elements() else { return Ok(None) };
    let mut converted = Vec::with_capacity(elements.len());
    for (index, element) in elements.iter().enumerate() {
        let Some(to) = to(index) else { return Ok(None) };
        converted.push(convert(element, type_of_element(from, index), to, &path.index(index))?);
    }
    Ok(Some(converted))
}

fn attributes(members: &ValueMap, from: &Type, to: &ObjectType, path: &Path) -> Result<Value, ConversionError> {
    if let Some(stray) = members.keys().find(|name| !to.attributes.contains_key(*name)) {
        let names: Vec<&str> = to.attributes.keys().map(|name| name.as_str()).collect();
        let problem_here = format!("there is no attribute `{stray}` here; there are {}", names.join(", "));
        return Err(problem(&path.attribute(stray.as_str().to_owned()), problem_here));
    }
    let converted = to.attributes.iter().map(|(name, ty)| {
        let below = path.attribute(name.as_str().to_owned());
        let value = match members.get(name.as_str()) {
            Some(member) => convert(member, type_of_member(from, name.as_str()), ty, &below)?,
            None => Value::Null,
        };
        Ok((name.clone(), value))
    });
    Ok(Value::Object(converted.collect::<Result<ValueMap, _>>()?))
}

fn type_of_element(from: &Type, index: usize) -> &Type {
    match from {
        Type::List(element) | Type::Set(element) => element,
        Type::Tuple(elements) => elements.get(index).unwrap_or(&Type::Dynamic),
        _ => &Type::Dynamic,
    }
}

fn type_of_member<'a>(from: &'a Type, name: &str) -> &'a Type {
    match from {
        Type::Map(element) => element,
        Type::Object(object) => object.attributes.get(name).unwrap_or(&Type::Dynamic),
        _ => &Type::Dynamic,
    }
}

fn problem(path: &Path, problem: String) -> ConversionError {
    ConversionError { path: path.clone(), problem }
}

fn what(ty: &Type) -> &'static str {
    match ty {
        Type::String => "a string",
        Type::Number => "a number",
        Type::Bool => "true or false",
        Type::Dynamic => "a value",
        Type::List(_) => "a list",
        Type::Set(_) => "a set",
        Type::Map(_) => "a map",
        Type::Object(_) => "an object",
        Type::Tuple(_) => "a tuple of that length",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dynamic(ty: Type, value: Value) -> Dynamic {
        Dynamic { ty, value }
    }

    fn target() -> Type {
        Type::object([
            ("name", Type::String),
            ("count", Type::Number),
            ("on", Type::Bool),
            ("roles", Type::set(Type::String)),
            ("labels", Type::map(Type::String)),
            ("inner", Type::object([("a", Type::String), ("b", Type::list(Type::Bool))])),
        ])
    }

    #[test]
    fn what_is_written_becomes_what_an_attribute_takes() {
        let from = Type::object([
            ("name", Type::Number),
            ("count", Type::String),
            ("roles", Type::Tuple(vec![Type::String, Type::String])),
            ("labels", Type::object([("x", Type::Number)])),
            ("inner", Type::object([("b", Type::Tuple(vec![Type::Bool]))])),
        ]);
        let value = Value::object([
            ("name", Value::from(7)),
            ("count", Value::from("3")),
            ("roles", Value::Tuple(vec![Value::from("r"), Value::from("r")])),
            ("labels", Value::object([("x", Value::from(1))])),
            ("inner", Value::object([("b", Value::Tuple(vec![Value::UNKNOWN]))])),
        ]);
        let expected = Value::object([
            ("name", Value::from("7")),
            ("count", Value::from(3)),
            ("on", Value::Null),
            ("roles", Value::set([Value::from("r")])),
            ("labels", Value::map([("x", Value::from("1"))])),
            ("inner", Value::object([("a", Value::Null), ("b", Value::list([Value::UNKNOWN]))])),
        ]);
        assert_eq!(dynamic(from, value).convert(&target()), Ok(expected));
    }

    #[test]
    fn the_first_place_that_does_not_fit_is_named() {
        let cases = [
            (Value::object([("nmae", Value::from("x"))]), "nmae", "there is no attribute `nmae` here"),
            (
                Value::object([("name", Value::object([("a", Value::from("x"))]))]),
                "name",
                "expected a string, found object",
            ),
            (Value::object([("count", Value::from("many"))]), "count", "expected a number, found string"),
            (
                Value::object([(
                    "inner",
                    Value::object([("b", Value::Tuple(vec![Value::from(true), Value::from(1)]))]),
                )]),
                "inner.b[1]",
                "expected true or false, found number",
            ),
            (Value::from("x"), "", "expected an object, found string"),
        ];
        for (value, path, says) in cases {
            let error = dynamic(Type::Dynamic, value).convert(&target()).expect_err(says);
            assert_eq!(error.path.to_string(), path);
            assert!(error.problem.starts_with(says), "{} for {says}", error.problem);
        }
    }

    #[test]
    fn null_and_unknown_stay_what_they_are() {
        assert_eq!(dynamic(Type::Dynamic, Value::Null).convert(&target()), Ok(Value::Null));
        assert_eq!(dynamic(target(), Value::unknown_not_null()).convert(&target()), Ok(Value::UNKNOWN));
        let inside = dynamic(Type::Bool, Value::Bool(true)).convert(&Type::Dynamic);
        assert_eq!(inside, Ok(Value::dynamic(Type::Bool, Value::Bool(true))));
    }
}
