//! Policy documents: JSON that AWS sends percent-encoded, and that means the same in more than one spelling.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Whether two documents say the same. Order and single-element lists make no difference to AWS, so they make none here.
pub fn same_document(a: &str, b: &str) -> bool {
    let parse = |text: &str| serde_json::from_str::<Value>(text).map(canonical);
    match (parse(a), parse(b)) {
        (Ok(a), Ok(b)) => a == b,
        _ => a.trim() == b.trim(),
    }
}

fn canonical(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<_> = items.into_iter().map(canonical).collect();
            items.sort_by_cached_key(Value::to_string);
            items.dedup();
            match items.len() {
                1 => items.swap_remove(0),
                _ => Value::Array(items),
            }
        }
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, canonical(value))).collect(),
        // In conditions, numbers and booleans may be written as texts.
        Value::Bool(yes) => Value::String(yes.to_string()),
        Value::Number(number) => Value::String(number.to_string()),
        other => other,
    }
}

/// Reads a document as AWS sends it.
pub(super) fn decoded<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    if text.trim_start().starts_with('{') {
        return Ok(text);
    }
    // A form's value is encoded the same way, where no plus sign stands for itself.
    let form = format!("d={text}");
    let decoded = url::form_urlencoded::parse(form.as_bytes()).next();
    Ok(decoded.map(|(_, document)| document.into_owned()).unwrap_or_default())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Holder {
        #[serde(deserialize_with = "decoded")]
        document: String,
    }

    #[test]
    fn spelling_makes_no_difference_and_meaning_does() {
        let a = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["sts:A","sts:B"],"Condition":{"Bool":{"x":true}}}]}"#;
        let b = r#"{"Statement":{"Condition":{"Bool":{"x":["true"]}},"Action":["sts:B","sts:A"],"Effect":"Allow"},"Version":"2012-10-17"}"#;
        assert!(same_document(a, b));
        assert!(!same_document(a, &a.replace("sts:B", "sts:C")));
        assert!(!same_document(a, "{}") && same_document("not json ", "not json"));
    }

    #[test]
    fn documents_are_decoded() {
        let read = |document: &str| {
            serde_json::from_value::<Holder>(serde_json::json!({ "document": document })).unwrap().document
        };
        assert_eq!(read("%7B%22a%22%3A%22b%20c%2Bd%26e%22%7D"), r#"{"a":"b c+d&e"}"#);
        assert_eq!(read(r#"{"a": "b&c"}"#), r#"{"a": "b&c"}"#);
    }
}
