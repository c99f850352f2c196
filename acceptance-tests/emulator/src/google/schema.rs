//! What a message of a Google API may hold. Bodies and update masks are checked against one table, as Google's own front end does:
//! an unknown name or a wrong type is refused, an output-only field in a body is dropped.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Map, Value, json};

use super::refusal::invalid_with_violation;
use super::times;
use crate::http::answer::Refusal;

/// The type of a field.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    Text,
    Flag,
    Number,
    Texts,
    TextMap,
    /// One word of a fixed list.
    Choice(&'static [&'static str]),
    /// Words of a fixed list.
    Choices(&'static [&'static str]),
    /// Base64.
    Bytes,
    /// Seconds with an `s` behind them.
    Duration,
    /// A moment as RFC 3339 writes it.
    Time,
    /// A whole number of 64 bits, which JSON carries as text.
    Long,
    Message(&'static [Field]),
    Messages(&'static [Field]),
    /// A message that the emulator stores without looking inside.
    Opaque,
    /// A value of any type, stored or passed over as it is.
    Any,
    /// Set by the server; a client may send it and is not heard.
    Output,
}

/// One field.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Field(pub(crate) &'static str, pub(crate) Kind);

/// Checks a body and returns what counts of it: known fields under their camelCase names, without nulls and output-only fields.
pub(crate) fn checked(body: &Value, fields: &'static [Field], place: &str) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(given) = body else {
        return Err(wrong_type(place, "message", body));
    };
    let mut accepted = Map::new();
    for (name, value) in given {
        let Some(Field(known, kind)) = fields.iter().find(|field| same_name(field.0, name)) else {
            return Err(unknown_name(name, place));
        };
        let place = if place.is_empty() { (*known).to_owned() } else { format!("{place}.{known}") };
        if value.is_null() || matches!(kind, Kind::Output) {
            continue;
        }
        accepted.insert((*known).to_owned(), checked_value(value, *kind, &place)?);
    }
    Ok(accepted)
}

/// The field that a name means, under its camelCase name.
pub(crate) fn named(fields: &'static [Field], name: &str) -> Option<&'static str> {
    fields.iter().find(|field| same_name(field.0, name)).map(|field| field.0)
}

/// Checks an update mask and returns its paths in camelCase. `required` refuses an empty one.
pub(crate) fn mask(text: Option<&str>, fields: &'static [Field]) -> Result<Vec<Vec<String>>, Refusal> {
    let paths: Vec<&str> = text.unwrap_or_default().split(',').map(str::trim).filter(|path| !path.is_empty()).collect();
    if paths.is_empty() {
        return Err(invalid_with_violation(
            "update_mask",
            "The update mask is required and must name at least one field.",
        ));
    }
    paths.into_iter().map(|path| mask_path(path, fields)).collect()
}

/// Replaces what the mask names: each path takes its value from the patch, or is cleared when the patch has none.
pub(crate) fn apply(current: &mut Map<String, Value>, patch: &Map<String, Value>, paths: &[Vec<String>]) {
    for path in paths {
        apply_path(current, patch, path);
    }
}

/// A message as the control API describes it: the type of each field, in the words of discovery documents.
pub(crate) fn described(fields: &'static [Field]) -> Value {
    let described = fields.iter().map(|Field(name, kind)| ((*name).to_owned(), described_kind(*kind)));
    Value::Object(described.collect())
}

fn described_kind(kind: Kind) -> Value {
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Number => json!({ "type": "integer" }),
        Kind::Texts => json!({ "type": "array", "items": { "type": "string" } }),
        Kind::TextMap => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Kind::Choice(words) => json!({ "type": "string", "enum": words }),
        Kind::Choices(words) => json!({ "type": "array", "items": { "type": "string", "enum": words } }),
        Kind::Bytes => json!({ "type": "string", "format": "byte" }),
        Kind::Duration => json!({ "type": "string", "format": "google-duration" }),
        Kind::Time => json!({ "type": "string", "format": "google-datetime" }),
        Kind::Long => json!({ "type": "string", "format": "int64" }),
        Kind::Message(fields) => json!({ "type": "object", "properties": described(fields) }),
        Kind::Messages(fields) => {
            json!({ "type": "array", "items": { "type": "object", "properties": described(fields) } })
        }
        Kind::Opaque => json!({ "type": "object" }),
        Kind::Any => json!({}),
        Kind::Output => json!({ "output": true }),
    }
}

/// Drops fields that hold their type's default, which Google leaves out of every answer.
pub(crate) fn without_defaults(fields: &Map<String, Value>) -> Map<String, Value> {
    fields
        .iter()
        .filter(|(_, value)| match value {
            Value::Bool(flag) => *flag,
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty(),
            Value::Object(entries) => !entries.is_empty(),
            Value::Null => false,
            Value::Number(_) => true,
        })
        .map(|(name, value)| match value {
            Value::Object(inner) => (name.clone(), Value::Object(without_defaults(inner))),
            other => (name.clone(), other.clone()),
        })
        .collect()
}

fn checked_value(value: &Value, kind: Kind, place: &str) -> Result<Value, Refusal> {
    match (kind, value) {
        (Kind::Any, _)
        | (Kind::Text, Value::String(_))
        | (Kind::Flag, Value::Bool(_))
        | (Kind::Number, Value::Number(_))
        | (Kind::Opaque, Value::Object(_)) => Ok(value.clone()),
        (Kind::Texts, Value::Array(items)) if items.iter().all(Value::is_string) => Ok(value.clone()),
        (Kind::Choice(words), Value::String(word)) if words.contains(&word.as_str()) => Ok(value.clone()),
        (Kind::Choices(words), Value::Array(items)) if items.iter().all(|item| is_one_of(item, words)) => {
            Ok(value.clone())
        }
        (Kind::Bytes, Value::String(text)) if STANDARD.decode(text).or_else(|_| URL_SAFE.decode(text)).is_ok() => {
            Ok(value.clone())
        }
        (Kind::Duration, Value::String(text)) if times::duration(text).is_some() => Ok(value.clone()),
        (Kind::Time, Value::String(text)) if times::moment(text).is_some() => Ok(value.clone()),
        (Kind::Long, Value::Number(number)) if number.is_i64() || number.is_u64() => Ok(json!(number.to_string())),
        (Kind::Long, Value::String(text)) if text.parse::<i64>().is_ok() => Ok(value.clone()),
        (Kind::TextMap, Value::Object(entries)) if entries.values().all(Value::is_string) => Ok(value.clone()),
        // Proto JSON takes a number as text too.
        (Kind::Number, Value::String(text)) if text.parse::<i32>().is_ok() => {
            Ok(json!(text.parse::<i32>().unwrap_or_default()))
        }
        (Kind::Message(fields), _) => Ok(Value::Object(checked(value, fields, place)?)),
        (Kind::Messages(fields), Value::Array(items)) => {
            let items = items
                .iter()
                .enumerate()
                .map(|(at, item)| checked(item, fields, &format!("{place}[{at}]")).map(Value::Object));
            Ok(Value::Array(items.collect::<Result<_, _>>()?))
        }
        (Kind::Text, _) => Err(wrong_type(place, "TYPE_STRING", value)),
        (Kind::Flag, _) => Err(wrong_type(place, "TYPE_BOOL", value)),
        (Kind::Number, _) => Err(wrong_type(place, "TYPE_INT32", value)),
        (Kind::Long, _) => Err(wrong_type(place, "TYPE_INT64", value)),
        (Kind::Bytes, _) => Err(wrong_type(place, "TYPE_BYTES", value)),
        (Kind::Choice(_) | Kind::Choices(_), _) => Err(wrong_type(place, "TYPE_ENUM", value)),
        (Kind::Duration, _) => Err(wrong_type(place, "type.googleapis.com/google.protobuf.Duration", value)),
        (Kind::Time, _) => Err(wrong_type(place, "type.googleapis.com/google.protobuf.Timestamp", value)),
        _ => Err(wrong_type(place, "message or list", value)),
    }
}

fn is_one_of(item: &Value, words: &[&str]) -> bool {
    item.as_str().is_some_and(|word| words.contains(&word))
}

fn mask_path(path: &str, fields: &'static [Field]) -> Result<Vec<String>, Refusal> {
    let mut names = Vec::new();
    let mut within = Some(fields);
    for part in path.split('.') {
        let known = within.and_then(|fields| fields.iter().find(|field| same_name(field.0, part)));
        let Some(Field(name, kind)) = known else {
            return Err(invalid_with_violation(
                "update_mask",
                &format!("Invalid field mask: '{path}' names no field of this resource."),
            ));
        };
        if matches!(kind, Kind::Output) {
            return Err(invalid_with_violation(
                "update_mask",
                &format!("Invalid field mask: '{path}' cannot be changed."),
            ));
        }
        names.push((*name).to_owned());
        within = match kind {
            Kind::Message(inner) => Some(inner),
            _ => None,
        };
    }
    Ok(names)
}

fn apply_path(current: &mut Map<String, Value>, patch: &Map<String, Value>, path: &[String]) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        match patch.get(first) {
            Some(value) => current.insert(first.clone(), value.clone()),
            None => current.remove(first),
        };
        return;
    }
    let empty = Map::new();
    let inner_patch = patch.get(first).and_then(Value::as_object).unwrap_or(&empty);
    if let Value::Object(inner) = current.entry(first.clone()).or_insert_with(|| Value::Object(Map::new())) {
        apply_path(inner, inner_patch, rest);
    }
}

/// Proto JSON takes a field under its camelCase name and under its original snake_case name.
fn same_name(camel: &str, given: &str) -> bool {
    if camel == given {
        return true;
    }
    let mut snake = String::with_capacity(camel.len() + 4);
    for letter in camel.chars() {
        if letter.is_ascii_uppercase() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake == given
}

fn unknown_name(name: &str, place: &str) -> Refusal {
    let at = if place.is_empty() { String::new() } else { format!(" at '{place}'") };
    let text = format!("Invalid JSON payload received. Unknown name \"{name}\"{at}: Cannot find field.");
    let field = if place.is_empty() { Value::Null } else { json!(place) };
    bad_payload(text, field)
}

fn wrong_type(place: &str, wanted: &str, value: &Value) -> Refusal {
    bad_payload(format!("Invalid value at '{place}' ({wanted}), {value}"), json!(place))
}

fn bad_payload(text: String, field: Value) -> Refusal {
    let mut violation = json!({ "description": text });
    if !field.is_null() {
        violation["field"] = field;
    }
    let detail = json!({ "@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation] });
    Refusal::new(400, "INVALID_ARGUMENT", text).with_detail(detail)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const OIDC: &[Field] = &[Field("issuerUri", Kind::Text), Field("allowedAudiences", Kind::Texts)];
    const FIELDS: &[Field] =
        &[Field("name", Kind::Output), Field("disabled", Kind::Flag), Field("oidc", Kind::Message(OIDC))];

    #[test]
    fn takes_known_fields_under_both_names_and_drops_output() {
        let body = json!({ "name": "x", "disabled": true, "oidc": { "issuer_uri": "https://a" } });
        let accepted = checked(&body, FIELDS, "p").unwrap();
        assert_eq!(Value::Object(accepted), json!({ "disabled": true, "oidc": { "issuerUri": "https://a" } }));
    }

    #[test]
    fn refuses_unknown_names_and_wrong_types() {
        let unknown = checked(&json!({ "oidc": { "issuer": "x" } }), FIELDS, "provider").unwrap_err();
        assert!(unknown.message.contains("Unknown name \"issuer\" at 'provider.oidc'"), "{unknown}");
        let wrong = checked(&json!({ "disabled": "yes" }), FIELDS, "provider").unwrap_err();
        assert!(wrong.message.contains("'provider.disabled' (TYPE_BOOL)"), "{wrong}");
    }

    #[test]
    fn masks_name_real_fields_and_clear_what_the_patch_leaves_out() {
        assert!(mask(None, FIELDS).is_err());
        assert!(mask(Some("nothing"), FIELDS).is_err());
        assert!(mask(Some("name"), FIELDS).is_err());
        let paths = mask(Some("disabled,oidc.allowed_audiences"), FIELDS).unwrap();
        let mut current = json!({ "disabled": true, "oidc": { "issuerUri": "i", "allowedAudiences": ["a"] } });
        let patch = json!({ "oidc": { "allowedAudiences": ["b"] } });
        apply(current.as_object_mut().unwrap(), patch.as_object().unwrap(), &paths);
        assert_eq!(current, json!({ "oidc": { "issuerUri": "i", "allowedAudiences": ["b"] } }));
    }
}
