//! Walking configuration, prior state and plan side by side through nested objects.

use crate::path::Path;
use crate::schema::{Attribute, AttributeKind, NestedType, Nesting};
use crate::value::{Value, ValueSet};

/// One object in its three versions. `config` and `planned` are known objects; `prior` is null for a new one.
pub(super) struct ObjectPlan<'a> {
    pub(super) config: &'a Value,
    pub(super) prior: &'a Value,
    pub(super) planned: &'a mut Value,
}

/// Visits every planned object inside a nested attribute together with the configuration that it came from.
///
/// What is null or unknown in the plan or the configuration has no objects to visit. A path ends at a set.
pub(super) fn visit(
    nested: &NestedType,
    path: &Path,
    config: &Value,
    prior: &Value,
    planned: &mut Value,
    each: &mut dyn FnMut(&Path, ObjectPlan<'_>),
) {
    let mut visit_one = |path: &Path, config: Option<&Value>, prior: Option<&Value>, planned: &mut Value| {
        if let Some(config) = config.filter(|config| config.is_known())
            && planned.is_known()
        {
            let prior = prior.filter(|prior| prior.is_known()).unwrap_or(&Value::Null);
            each(path, ObjectPlan { config, prior, planned });
        }
    };
    match (nested.nesting, planned) {
        (Nesting::Single, planned @ Value::Object(_)) => visit_one(path, Some(config), Some(prior), planned),
        (Nesting::List, Value::List(elements)) => {
            let (config, prior) = (config.as_elements().unwrap_or_default(), prior.as_elements().unwrap_or_default());
            for (index, element) in elements.iter_mut().enumerate() {
                visit_one(&path.index(index), config.get(index), prior.get(index), element);
            }
        }
        (Nesting::Map, Value::Map(members)) => {
            for (key, member) in members.iter_mut() {
                visit_one(&path.key(key.as_str()), config.attribute(key), prior.attribute(key), member);
            }
        }
        (Nesting::Set, Value::Set(elements)) => {
            let mut sources: Vec<&Value> = config.as_elements().unwrap_or_default().iter().collect();
            let prior = prior.as_elements().unwrap_or_default();
            let changed: ValueSet = std::mem::take(elements)
                .into_iter()
                .map(|mut element| {
                    let source = sources.iter().position(|source| came_from(&nested.attributes, source, &element));
                    let source = source.map(|position| sources.remove(position));
                    let before = prior.iter().find(|before| **before == element);
                    visit_one(path, source, before, &mut element);
                    element
                })
                .collect();
            *elements = changed;
        }
        _ => {}
    }
}

/// Whether a planned element of a set can be this configured one: it differs only where the provider may choose.
pub(super) fn came_from(attributes: &[Attribute], config: &Value, planned: &Value) -> bool {
    if config == planned {
        return true;
    }
    if !config.is_known() || !planned.is_known() {
        return false;
    }
    attributes.iter().all(|attribute| {
        let [configured, planned] = [config, planned].map(|object| attribute.value_in(object));
        if configured == planned || (configured.is_null() && attribute.presence.is_computed()) || attribute.write_only {
            return true;
        }
        match &attribute.kind {
            AttributeKind::Nested(nested) => all_came_from(nested, configured, planned),
            AttributeKind::Plain(_) => false,
        }
    })
}

fn all_came_from(nested: &NestedType, config: &Value, planned: &Value) -> bool {
    let attributes = &nested.attributes;
    if nested.nesting == Nesting::Single {
        return came_from(attributes, config, planned);
    }
    match (config, planned) {
        (Value::List(config), Value::List(planned)) => {
            config.len() == planned.len()
                && config.iter().zip(planned).all(|(config, planned)| came_from(attributes, config, planned))
        }
        (Value::Set(config), Value::Set(planned)) => {
            config.len() == planned.len()
                && planned.iter().all(|planned| config.iter().any(|config| came_from(attributes, config, planned)))
        }
        (Value::Map(config), Value::Map(planned)) => {
            config.len() == planned.len()
                && config
                    .iter()
                    .all(|(key, config)| planned.get(key).is_some_and(|planned| came_from(attributes, config, planned)))
        }
        _ => false,
    }
}

/// Brings a value into the form that a plan or state must have: nothing write-only, and no repeated block null.
pub(crate) fn normalise(attributes: &[Attribute], object: &mut Value) {
    let Value::Object(members) = object else { return };
    for attribute in attributes {
        if !attribute.write_only && attribute.as_nested().is_none() {
            continue;
        }
        let Some(value) = attribute.value_among(members) else { continue };
        if attribute.write_only {
            *value = Value::Null;
            continue;
        }
        let AttributeKind::Nested(nested) = &attribute.kind else { continue };
        if attribute.is_block() && value.is_null() {
            match nested.nesting {
                Nesting::Single => {}
                Nesting::List => *value = Value::list([]),
                Nesting::Set => *value = Value::set([]),
                Nesting::Map => *value = Value::Map(Default::default()),
            }
        }
        match value {
            Value::Object(_) => normalise(&nested.attributes, value),
            Value::List(elements) => elements.iter_mut().for_each(|element| normalise(&nested.attributes, element)),
            Value::Map(members) => members.iter_mut().for_each(|(_, member)| normalise(&nested.attributes, member)),
            // Nothing inside a set can be write-only, and blocks inside come from the host in their proper form.
            _ => {}
        }
    }
}
