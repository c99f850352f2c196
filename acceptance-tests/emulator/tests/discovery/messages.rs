//! Every field that the emulator takes must be a field of Google's, of the same type, and one that a client may set.

use serde_json::Value;

use crate::documents::Documents;

/// What is not as Google has it.
pub(crate) fn compare(documents: &Documents, described: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let messages = described["messages"].as_array().unwrap();
    assert!(messages.len() > 30, "only {} messages were compared", messages.len());
    for message in messages {
        let (document, schema) = (message["document"].as_str().unwrap(), message["schema"].as_str().unwrap());
        let found =
            documents.get(document).and_then(|found| found["schemas"].get(schema).map(|schema| (found, schema)));
        match found {
            Some((found, theirs)) => fields(found, &message["properties"], theirs, schema, &mut wrong),
            None => wrong.push(format!("{document} has no schema {schema}")),
        }
    }
    wrong
}

fn fields(document: &Value, ours: &Value, theirs: &Value, place: &str, wrong: &mut Vec<String>) {
    for (name, kind) in ours.as_object().unwrap() {
        let place = format!("{place}.{name}");
        match theirs["properties"].get(name) {
            Some(property) => field(document, kind, property, &place, wrong),
            None => wrong.push(format!("{place} is no field of Google's")),
        }
    }
}

fn field(document: &Value, ours: &Value, property: &Value, place: &str, wrong: &mut Vec<String>) {
    // What only the server sets, and what is stored without a look, cannot be wrong here.
    if ours["output"] == true || ours.as_object().unwrap().is_empty() {
        return;
    }
    if property["readOnly"] == true {
        wrong.push(format!("{place} is set by Google alone"));
        return;
    }
    let theirs = resolved(document, property);
    let kind = |value: &Value| value["type"].as_str().unwrap_or("any").to_owned();
    if kind(ours) != kind(theirs) {
        wrong.push(format!("{place} is {} and not {}", kind(theirs), kind(ours)));
        return;
    }
    for format in ["google-duration", "google-datetime", "byte", "int64"] {
        let strict = ours["format"] == format;
        if strict && theirs["format"] != format {
            wrong.push(format!("{place} has no format {format}"));
        }
    }
    for word in ours["enum"].as_array().into_iter().flatten() {
        let known = theirs["enum"].as_array();
        if known.is_some_and(|known| !known.contains(word)) {
            wrong.push(format!("{place} cannot be {word}"));
        }
    }
    if ours["properties"].is_object() {
        fields(document, &ours["properties"], theirs, place, wrong);
    }
    if ours["items"].is_object() {
        field(document, &ours["items"], &theirs["items"], &format!("{place}[]"), wrong);
    }
    if ours["additionalProperties"].is_object() && theirs["additionalProperties"]["type"] != "string" {
        wrong.push(format!("{place} is no map of texts"));
    }
}

/// A property or the schema that it refers to.
pub(crate) fn resolved<'a>(document: &'a Value, property: &'a Value) -> &'a Value {
    match property["$ref"].as_str() {
        Some(name) => &document["schemas"][name],
        None => property,
    }
}
