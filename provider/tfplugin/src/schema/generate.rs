//! Writing the configuration that would lead to a state.

use super::attribute::{Attribute, AttributeKind, Presence};
use crate::schema::{NestedType, Nesting, Schema};
use crate::value::Value;

/// The configuration of an object in this state: without what only the provider sets, what is never stored, and what
/// should no longer be used.
pub fn config_of_state(schema: &Schema, state: &Value) -> Value {
    if state.is_known() { object(&schema.attributes, state) } else { state.clone() }
}

fn object(attributes: &[Attribute], state: &Value) -> Value {
    let members =
        attributes.iter().map(|attribute| (attribute.name.clone(), configured(attribute, attribute.value_in(state))));
    Value::Object(members.collect())
}

fn configured(attribute: &Attribute, value: &Value) -> Value {
    let outdated = attribute.deprecation.is_some() && attribute.presence != Presence::Required;
    match &attribute.kind {
        _ if attribute.presence == Presence::Computed || attribute.write_only => Value::Null,
        _ if outdated && !attribute.is_block() => Value::Null,
        AttributeKind::Nested(nested) if value.is_known() => objects(nested, value),
        _ => value.clone(),
    }
}

fn objects(nested: &NestedType, value: &Value) -> Value {
    let one = |value: &Value| if value.is_known() { object(&nested.attributes, value) } else { value.clone() };
    match (nested.nesting, value) {
        (Nesting::Single, value) => one(value),
        (Nesting::List, Value::List(elements)) => Value::list(elements.iter().map(one)),
        (Nesting::Set, Value::Set(elements)) => Value::set(elements.iter().map(one)),
        (Nesting::Map, Value::Map(members)) => {
            Value::map(members.iter().map(|(key, member)| (key.clone(), one(member))))
        }
        (_, value) => value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Type;

    #[test]
    fn what_cannot_be_configured_is_left_out_at_every_depth() {
        let inner = || {
            vec![
                Attribute::new("key", Type::String).required(),
                Attribute::new("made", Type::String).computed(),
                Attribute::new("old", Type::String).deprecated("use `key`"),
            ]
        };
        let schema = Schema::new(vec![
            Attribute::new("size", Type::Number).optional_computed(),
            Attribute::new("id", Type::String).computed(),
            Attribute::new("secret", Type::String).write_only(),
            Attribute::nested("parts", Nesting::List, inner()),
            Attribute::nested("ports", Nesting::Set, inner()).block(0, 0),
            Attribute::nested("doors", Nesting::Map, inner()),
            Attribute::nested("roof", Nesting::Single, inner()),
        ]);
        let part = |made: Value, old: Value| Value::object([("key", Value::from("k")), ("made", made), ("old", old)]);
        let whole = |part: Value, id: Value| {
            Value::object([
                ("size", Value::from(3)),
                ("id", id),
                ("secret", Value::Null),
                ("parts", Value::list([part.clone()])),
                ("ports", Value::set([part.clone()])),
                ("doors", Value::map([("front", part.clone())])),
                ("roof", part),
            ])
        };
        let state = whole(part("m".into(), "o".into()), "7".into());
        assert_eq!(config_of_state(&schema, &state), whole(part(Value::Null, Value::Null), Value::Null));
        assert_eq!(config_of_state(&schema, &Value::Null), Value::Null);
    }
}
