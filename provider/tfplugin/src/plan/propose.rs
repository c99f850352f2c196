//! What a host proposes before it asks the provider for a plan. Providers never need it; tests and client harnesses do.

use super::objects::came_from;
use crate::schema::{Attribute, AttributeKind, NestedType, Nesting};
use crate::value::Value;

/// The configuration, with prior values wherever it leaves computed attributes open.
///
/// Nothing is marked unknown here. For a new object `prior` is null; for a destroy the proposal is null.
pub fn proposed_new_state(attributes: &[Attribute], prior: &Value, config: &Value) -> Value {
    if !config.is_known() {
        return config.clone();
    }
    let members = attributes.iter().map(|attribute| {
        let [prior, config] = [prior, config].map(|object| attribute.value_in(object));
        (attribute.name.clone(), propose(attribute, prior, config))
    });
    Value::Object(members.collect())
}

fn propose(attribute: &Attribute, prior: &Value, config: &Value) -> Value {
    if config.is_null() && attribute.presence.is_computed() {
        // What only a configuration can have set does not outlive its removal.
        return if attribute.presence.is_optional() && was_configured(attribute, prior) {
            Value::Null
        } else {
            prior.clone()
        };
    }
    match &attribute.kind {
        AttributeKind::Nested(nested) if config.is_known() => propose_objects(nested, prior, config),
        _ => config.clone(),
    }
}

fn propose_objects(nested: &NestedType, prior: &Value, config: &Value) -> Value {
    let attributes = &nested.attributes;
    let one = |prior: Option<&Value>, config: &Value| {
        proposed_new_state(attributes, prior.filter(|prior| prior.is_known()).unwrap_or(&Value::Null), config)
    };
    match (nested.nesting, config) {
        (Nesting::Single, _) => one(Some(prior), config),
        (Nesting::List, Value::List(elements)) => {
            let prior = prior.as_elements().unwrap_or_default();
            Value::list(elements.iter().enumerate().map(|(index, config)| one(prior.get(index), config)))
        }
        (Nesting::Map, Value::Map(members)) => {
            Value::map(members.iter().map(|(key, config)| (key, one(prior.attribute(key), config))))
        }
        (Nesting::Set, Value::Set(elements)) => {
            let mut prior: Vec<&Value> = prior.as_elements().unwrap_or_default().iter().collect();
            Value::set(elements.iter().map(|config| {
                let before = prior.iter().position(|before| came_from(attributes, config, before));
                one(before.map(|position| prior.remove(position)), config)
            }))
        }
        _ => config.clone(),
    }
}

/// Whether a prior object has a value that only a configuration can set.
fn was_configured(attribute: &Attribute, prior: &Value) -> bool {
    let AttributeKind::Nested(nested) = &attribute.kind else { return false };
    let in_object = |object: &Value| {
        nested.attributes.iter().any(|attribute| {
            let value = attribute.value_in(object);
            !value.is_null() && (!attribute.presence.is_computed() || was_configured(attribute, value))
        })
    };
    match prior {
        Value::Object(_) => in_object(prior),
        Value::List(elements) => elements.iter().any(in_object),
        Value::Set(elements) => elements.iter().any(in_object),
        Value::Map(members) => members.values().any(in_object),
        _ => false,
    }
}
