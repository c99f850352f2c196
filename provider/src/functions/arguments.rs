//! Arguments of any shape, as JSON.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};
use tfplugin::{FunctionError, Value};

/// A value as JSON, and beside it, in the same shape, `true` where something is not known yet.
pub(super) struct Known {
    /// The value, null where it is not known.
    pub(super) value: Json,
    /// `true` where a value is not known; null elsewhere.
    pub(super) unknown: Json,
}

impl Known {
    /// Parts what is known from what is not.
    pub(super) fn of(value: &Value) -> Self {
        match value.inner() {
            Value::Null => Self::wholly(Json::Null),
            Value::Unknown(_) => Self { value: Json::Null, unknown: Json::Bool(true) },
            Value::Bool(value) => Self::wholly(Json::Bool(*value)),
            Value::Number(number) => {
                let text = number.to_string();
                Self::wholly(serde_json::from_str(&text).unwrap_or(Json::String(text)))
            }
            Value::String(text) => Self::wholly(Json::String(text.to_string())),
            collection => match (collection.as_elements(), collection.as_members()) {
                (Some(elements), _) => {
                    let (value, unknown) = elements.iter().map(Self::of).map(|it| (it.value, it.unknown)).unzip();
                    Self { value: Json::Array(value), unknown: Json::Array(unknown) }
                }
                (None, members) => {
                    let (mut value, mut unknown) = (Map::new(), Map::new());
                    for (name, member) in members.into_iter().flat_map(|members| members.iter()) {
                        let member = Self::of(member);
                        value.insert(name.to_string(), member.value);
                        unknown.insert(name.to_string(), member.unknown);
                    }
                    Self { value: Json::Object(value), unknown: Json::Object(unknown) }
                }
            },
        }
    }

    fn wholly(value: Json) -> Self {
        Self { value, unknown: Json::Null }
    }
}

/// An argument that is an object of a certain form. Attributes that are null count as left out.
pub(super) fn shaped<T: DeserializeOwned>(value: &Value, position: usize, form: &str) -> Result<T, FunctionError> {
    let mut json = Known::of(value).value;
    drop_nulls(&mut json);
    serde_json::from_value(json)
        .map_err(|error| FunctionError::argument(position, format!("{error}; the form is {form}")))
}

fn drop_nulls(value: &mut Json) {
    match value {
        Json::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Json::Array(elements) => elements.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tfplugin::Value;

    use super::Known;

    #[test]
    fn the_unknown_stands_beside_the_known() {
        let value = Value::object([
            ("name", Value::from("x")),
            ("arn", Value::UNKNOWN),
            ("list", Value::list([Value::from("a"), Value::UNKNOWN])),
        ]);
        let known = Known::of(&value);
        assert_eq!(known.value, json!({"name": "x", "arn": null, "list": ["a", null]}));
        assert_eq!(known.unknown, json!({"name": null, "arn": true, "list": [null, true]}));
    }
}
