//! The functions that expressions may call.
//!
//! A name that is missing here is reported as unsupported, never as a failure: Google may know a function that we do not.

use super::CelError;
use super::eval::no_overload;
use super::extract::extract;
use super::parser::compile;
use super::value::Value;

/// Calls `function`; for a method, the first operand is its target.
pub(super) fn call(function: &str, method: bool, operands: &[Value]) -> Result<Value, CelError> {
    let result = if method { member(function, operands) } else { global(function, operands) };
    match result {
        Some(result) => result,
        None if is_known(function) => Err(no_overload(function, &operands.iter().collect::<Vec<_>>())),
        None => Err(CelError::Unsupported(format!("the function `{function}`"))),
    }
}

/// Functions that exist in some form, so that a call with other operands is a failure rather than a gap of ours.
fn is_known(function: &str) -> bool {
    const KNOWN: [&str; 18] = [
        "size",
        "type",
        "dyn",
        "int",
        "uint",
        "double",
        "string",
        "bool",
        "bytes",
        "startsWith",
        "endsWith",
        "contains",
        "matches",
        "lowerAscii",
        "upperAscii",
        "extract",
        "split",
        "join",
    ];
    KNOWN.contains(&function)
}

fn global(function: &str, operands: &[Value]) -> Option<Result<Value, CelError>> {
    let [operand] = operands else {
        return match (function, operands) {
            ("matches", [Value::String(text), Value::String(pattern)]) => Some(matches(text, pattern)),
            _ => None,
        };
    };
    match function {
        "size" => size(operand).map(Ok),
        "type" => Some(Ok(Value::Type(operand.type_name()))),
        "dyn" => Some(Ok(operand.clone())),
        "int" => to_int(operand),
        "uint" => to_uint(operand),
        "double" => to_double(operand),
        "string" => to_string(operand),
        "bool" => match operand {
            Value::Bool(_) => Some(Ok(operand.clone())),
            Value::String(text) => Some(match &**text {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(Value::Bool(true)),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(Value::Bool(false)),
                _ => Err(conversion("bool")),
            }),
            _ => None,
        },
        "bytes" => match operand {
            Value::Bytes(_) => Some(Ok(operand.clone())),
            Value::String(text) => Some(Ok(Value::Bytes(text.as_bytes().into()))),
            _ => None,
        },
        _ => None,
    }
}

fn member(function: &str, operands: &[Value]) -> Option<Result<Value, CelError>> {
    match operands {
        [operand] if function == "size" => size(operand).map(Ok),
        [Value::List(items)] if function == "join" => Some(join(items, "")),
        [Value::List(items), Value::String(separator)] if function == "join" => Some(join(items, separator)),
        [Value::String(text), rest @ ..] => text_member(function, text, rest),
        _ => None,
    }
}

fn text_member(function: &str, text: &str, rest: &[Value]) -> Option<Result<Value, CelError>> {
    let value = match (function, rest) {
        ("startsWith", [Value::String(part)]) => Value::Bool(text.starts_with(&**part)),
        ("endsWith", [Value::String(part)]) => Value::Bool(text.ends_with(&**part)),
        ("contains", [Value::String(part)]) => Value::Bool(text.contains(&**part)),
        ("matches", [Value::String(pattern)]) => return Some(matches(text, pattern)),
        ("lowerAscii", []) => Value::from(text.to_ascii_lowercase()),
        ("upperAscii", []) => Value::from(text.to_ascii_uppercase()),
        ("extract", [Value::String(template)]) => {
            return Some(extract(text, template).map(Value::from).ok_or_else(|| {
                CelError::Failed("an extract template needs exactly one placeholder such as `{name}`".to_owned())
            }));
        }
        ("split", [Value::String(separator)]) => split(text, separator, None),
        ("split", [Value::String(separator), Value::Int(limit)]) => {
            split(text, separator, usize::try_from(*limit).ok())
        }
        _ => return None,
    };
    Some(Ok(value))
}

fn matches(text: &str, pattern: &str) -> Result<Value, CelError> {
    match compile(pattern) {
        Ok(pattern) => Ok(Value::Bool(pattern.is_match(text))),
        Err(reason) => Err(CelError::Unsupported(format!("the pattern ({reason})"))),
    }
}

/// A negative limit, here `None`, means all parts.
fn split(text: &str, separator: &str, limit: Option<usize>) -> Value {
    let parts: Vec<Value> = match (separator, limit) {
        (_, Some(0)) => Vec::new(),
        ("", limit) => {
            let characters: Vec<char> = text.chars().collect();
            let alone = limit.map_or(characters.len(), |limit| characters.len().min(limit - 1));
            let mut parts: Vec<Value> =
                characters[..alone].iter().map(|character| Value::from(character.to_string())).collect();
            if alone < characters.len() {
                parts.push(Value::from(characters[alone..].iter().collect::<String>()));
            }
            parts
        }
        (separator, Some(limit)) => text.splitn(limit, separator).map(Value::from).collect(),
        (separator, None) => text.split(separator).map(Value::from).collect(),
    };
    parts.into()
}

fn join(items: &[Value], separator: &str) -> Result<Value, CelError> {
    let parts: Option<Vec<&str>> = items.iter().map(Value::as_str).collect();
    match parts {
        // The caller bounds the result; this bounds the work of making it.
        Some(parts) if parts.len().saturating_mul(separator.len()) <= 1 << 20 => Ok(Value::from(parts.join(separator))),
        Some(_) => Err(CelError::Unsupported("an expression that builds values this large".to_owned())),
        None => Err(CelError::Failed("join needs a list of strings".to_owned())),
    }
}

fn size(operand: &Value) -> Option<Value> {
    let size = match operand {
        Value::String(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::List(items) => items.len(),
        Value::Map(entries) => entries.len(),
        _ => return None,
    };
    i64::try_from(size).ok().map(Value::Int)
}

fn to_int(operand: &Value) -> Option<Result<Value, CelError>> {
    #[allow(clippy::cast_possible_truncation)]
    let value = match operand {
        Value::Int(value) => Some(*value),
        Value::Uint(value) => i64::try_from(*value).ok(),
        // Both ends are left out: they are not exact as doubles.
        Value::Double(value) if value.abs() < 9_223_372_036_854_775_807.0 => Some(*value as i64),
        Value::Double(_) => None,
        Value::String(text) => text.parse().ok(),
        _ => return None,
    };
    Some(value.map(Value::Int).ok_or_else(|| conversion("int")))
}

fn to_uint(operand: &Value) -> Option<Result<Value, CelError>> {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let value = match operand {
        Value::Uint(value) => Some(*value),
        Value::Int(value) => u64::try_from(*value).ok(),
        Value::Double(value) if *value >= 0.0 && *value < 18_446_744_073_709_551_615.0 => Some(*value as u64),
        Value::Double(_) => None,
        Value::String(text) => text.parse().ok(),
        _ => return None,
    };
    Some(value.map(Value::Uint).ok_or_else(|| conversion("uint")))
}

fn to_double(operand: &Value) -> Option<Result<Value, CelError>> {
    #[allow(clippy::cast_precision_loss)]
    let value = match operand {
        Value::Double(value) => Some(*value),
        Value::Int(value) => Some(*value as f64),
        Value::Uint(value) => Some(*value as f64),
        Value::String(text) => text.parse().ok(),
        _ => return None,
    };
    Some(value.map(Value::Double).ok_or_else(|| conversion("double")))
}

fn to_string(operand: &Value) -> Option<Result<Value, CelError>> {
    let text = match operand {
        Value::String(text) => text.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Uint(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Bytes(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => return Some(Err(conversion("string"))),
        },
        _ => return None,
    };
    Some(Ok(Value::from(text)))
}

fn conversion(target: &str) -> CelError {
    CelError::Failed(format!("the value does not convert to {target}"))
}
