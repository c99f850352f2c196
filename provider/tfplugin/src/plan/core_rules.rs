//! The rules by which a host judges plans and results: what leads to "Provider produced invalid plan" and "Provider
//! produced inconsistent result after apply". Checked before the answer is sent, a breach can name the attribute.

use crate::path::Path;
use crate::schema::{Attribute, AttributeKind, NestedType, Nesting, Schema};
use crate::value::{Refinements, Value};

/// One broken rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Breach {
    /// Where.
    pub path: Path,
    /// What the rule says.
    pub rule: &'static str,
}

/// Every rule that a planned state breaks.
pub fn assert_plan_valid(schema: &Schema, prior: &Value, config: &Value, planned: &Value) -> Vec<Breach> {
    let mut breaches = Breaches::default();
    let root = Path::root();
    match (config.is_null(), planned.is_null()) {
        (true, true) => {}
        (true, false) => breaches.add(&root, "the plan of a destroy must stay null"),
        (false, true) => breaches.add(&root, "an object that is configured cannot be planned as null"),
        (false, false) => breaches.attributes(&schema.attributes, &root, prior, config, planned),
    }
    breaches.0
}

/// Every rule that a result breaks, given what was planned. The result must be wholly known besides.
pub fn assert_object_compatible(planned: &Value, actual: &Value) -> Vec<Breach> {
    let mut breaches = Breaches::default();
    breaches.compatible(&Path::root(), planned, actual);
    breaches.wholly_known(&Path::root(), actual);
    breaches.0
}

/// Every rule that a plan made while applying breaks, given the plan that was approved: what was known stays as it was.
pub fn assert_final_plan(approved: &Value, planned: &Value) -> Vec<Breach> {
    let mut breaches = Breaches::default();
    breaches.compatible(&Path::root(), approved, planned);
    breaches.0
}

/// Every part of a stored value that is still unknown.
pub fn assert_wholly_known(actual: &Value) -> Vec<Breach> {
    let mut breaches = Breaches::default();
    breaches.wholly_known(&Path::root(), actual);
    breaches.0
}

#[derive(Default)]
struct Breaches(Vec<Breach>);

impl Breaches {
    fn add(&mut self, path: &Path, rule: &'static str) {
        self.0.push(Breach { path: path.clone(), rule });
    }

    fn attributes(&mut self, attributes: &[Attribute], path: &Path, prior: &Value, config: &Value, planned: &Value) {
        for attribute in attributes {
            let [prior, config, planned] = [prior, config, planned].map(|object| attribute.value_in(object));
            self.attribute(attribute, path, prior, config, planned);
        }
    }

    fn attribute(&mut self, attribute: &Attribute, parent: &Path, prior: &Value, config: &Value, planned: &Value) {
        let path = || parent.attribute(attribute.name.to_string());
        if attribute.write_only {
            if !planned.is_null() {
                self.add(&path(), "a write-only value must not be in the plan");
            }
            return;
        }
        if planned.eq_ignoring_refinements(config) {
            return;
        }
        if planned == prior && !prior.is_null() && !config.is_null() && !attribute.is_block() {
            return;
        }
        if config.is_null() {
            if !attribute.presence.is_computed() {
                self.add(&path(), "a value that is neither configured nor computed must be planned as null");
            }
            return;
        }
        match &attribute.kind {
            AttributeKind::Nested(nested) => self.nested(nested, &path(), prior, config, planned),
            AttributeKind::Plain(_) => self.add(&path(), "a configured value must be planned as it is configured"),
        }
    }

    fn nested(&mut self, nested: &NestedType, path: &Path, prior: &Value, config: &Value, planned: &Value) {
        const SAME: &str = "as many objects must be planned as are configured, under the same keys";
        if !config.is_known() || !planned.is_known() {
            self.add(path, "a configured value must be planned as it is configured");
            return;
        }
        match (nested.nesting, config, planned) {
            (Nesting::Single, _, _) => self.attributes(&nested.attributes, path, prior, config, planned),
            (Nesting::List, Value::List(config), Value::List(planned)) if config.len() == planned.len() => {
                let prior = prior.as_elements().unwrap_or_default();
                for (index, (config, planned)) in config.iter().zip(planned).enumerate() {
                    let prior = prior.get(index).unwrap_or(&Value::Null);
                    self.element(nested, &path.index(index), prior, config, planned);
                }
            }
            (Nesting::Map, Value::Map(config), Value::Map(planned))
                if config.len() == planned.len() && config.keys().eq(planned.keys()) =>
            {
                for ((key, config), planned) in config.iter().zip(planned.values()) {
                    let prior = prior.attribute(key).unwrap_or(&Value::Null);
                    self.element(nested, &path.key(key.as_str()), prior, config, planned);
                }
            }
            // Elements of sets cannot be told apart, so the host compares the number only.
            (Nesting::Set, Value::Set(config), Value::Set(planned)) if config.len() == planned.len() => {}
            _ => self.add(path, SAME),
        }
    }

    fn element(&mut self, nested: &NestedType, path: &Path, prior: &Value, config: &Value, planned: &Value) {
        if planned.eq_ignoring_refinements(config) {
            return;
        }
        if !config.is_known() || !planned.is_known() {
            self.add(path, "an element must be planned as null or unknown exactly where it is configured so");
            return;
        }
        self.attributes(&nested.attributes, path, prior, config, planned);
    }

    fn compatible(&mut self, path: &Path, planned: &Value, actual: &Value) {
        match (planned, actual) {
            (Value::Unknown(None), _) => {}
            (Value::Unknown(Some(refinements)), _) => {
                if !keeps_promise(refinements, actual) {
                    self.add(path, "the value breaks what the plan promised about it");
                }
            }
            (planned, actual) if planned == actual => {}
            (Value::List(planned), Value::List(actual)) | (Value::Tuple(planned), Value::Tuple(actual))
                if planned.len() == actual.len() =>
            {
                for (index, (planned, actual)) in planned.iter().zip(actual).enumerate() {
                    self.compatible(&path.index(index), planned, actual);
                }
            }
            (Value::Map(planned), Value::Map(actual))
                if planned.len() == actual.len() && planned.keys().eq(actual.keys()) =>
            {
                for ((key, planned), actual) in planned.iter().zip(actual.values()) {
                    self.compatible(&path.key(key.as_str()), planned, actual);
                }
            }
            (Value::Object(planned), Value::Object(actual)) if planned.keys().eq(actual.keys()) => {
                for ((name, planned), actual) in planned.iter().zip(actual.values()) {
                    self.compatible(&path.attribute(name.to_string()), planned, actual);
                }
            }
            (Value::Set(planned), Value::Set(actual)) if actual.len() <= planned.len() => {
                let fits = |planned: &Value, actual: &Value| assert_final_plan(planned, actual).is_empty();
                let none_lost = planned.iter().all(|planned| actual.iter().any(|actual| fits(planned, actual)));
                let none_new = actual.iter().all(|actual| planned.iter().any(|planned| fits(planned, actual)));
                if !none_lost || !none_new {
                    self.add(path, "the elements of the set must be the planned ones");
                }
            }
            (Value::Dynamic(planned), Value::Dynamic(actual)) if planned.ty == actual.ty => {
                self.compatible(path, &planned.value, &actual.value);
            }
            // A type that is still open in the plan is decided by the result.
            (Value::Dynamic(planned), actual) if planned.value.is_unknown() && planned.ty.contains_dynamic() => {
                self.compatible(path, &planned.value, actual);
            }
            _ => self.add(path, "the value must be the planned one"),
        }
    }

    fn wholly_known(&mut self, path: &Path, actual: &Value) {
        match actual {
            Value::Unknown(_) => self.add(path, "the value must be known"),
            whole if whole.is_wholly_known() => {}
            Value::List(elements) | Value::Tuple(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    self.wholly_known(&path.index(index), element);
                }
            }
            Value::Map(members) => {
                members.iter().for_each(|(key, member)| self.wholly_known(&path.key(key.as_str()), member));
            }
            Value::Object(members) => {
                members.iter().for_each(|(name, member)| self.wholly_known(&path.attribute(name.to_string()), member));
            }
            _ => self.add(path, "the value must be known"),
        }
    }
}

fn keeps_promise(promise: &Refinements, actual: &Value) -> bool {
    let null = promise.null.is_none_or(|null| null == actual.is_null());
    if actual.is_null() {
        return null;
    }
    let prefix = promise
        .string_prefix
        .as_ref()
        .is_none_or(|prefix| actual.as_str().is_none_or(|text| text.starts_with(prefix.as_str())));
    let number = actual.as_number();
    let lower = promise.number_lower.as_ref().is_none_or(|bound| {
        number.is_none_or(|number| *number > bound.number || (bound.inclusive && *number == bound.number))
    });
    let upper = promise.number_upper.as_ref().is_none_or(|bound| {
        number.is_none_or(|number| *number < bound.number || (bound.inclusive && *number == bound.number))
    });
    let length = match actual.inner() {
        Value::List(elements) => Some(elements.len()),
        Value::Set(elements) => Some(elements.len()),
        Value::Map(members) => Some(members.len()),
        _ => None,
    };
    let length = length.map(|length| u64::try_from(length).unwrap_or(u64::MAX));
    let at_least = promise.length_lower.is_none_or(|least| length.is_none_or(|length| length >= least));
    let at_most = promise.length_upper.is_none_or(|greatest| length.is_none_or(|length| length <= greatest));
    null && prefix && lower && upper && at_least && at_most
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Type;

    fn judge(attribute: Attribute, prior: Value, config: Value, planned: Value) -> Vec<&'static str> {
        let name = attribute.name.clone();
        let schema = Schema::new(vec![attribute]);
        let object = |value: Value| Value::object([(name.clone(), value)]);
        let breaches = assert_plan_valid(&schema, &object(prior), &object(config), &object(planned));
        breaches.into_iter().map(|breach| breach.rule).collect()
    }

    fn string() -> Attribute {
        Attribute::new("a", Type::String)
    }

    #[test]
    fn what_is_configured_is_planned() {
        let fine: [&'static str; 0] = [];
        let text = |text: &str| Value::from(text);
        assert_eq!(judge(string(), Value::Null, text("x"), text("x")), fine);
        assert_eq!(judge(string(), text("X"), text("x"), text("X")), fine);
        assert_eq!(judge(string(), Value::Null, Value::unknown_not_null(), Value::UNKNOWN), fine);
        assert_eq!(judge(string(), Value::Null, text("x"), Value::UNKNOWN).len(), 1);
        assert_eq!(judge(string(), Value::Null, text("x"), text("y")).len(), 1);
        assert_eq!(judge(string(), Value::Null, Value::UNKNOWN, text("y")).len(), 1);
        assert_eq!(judge(string(), text("x"), Value::Null, text("x")).len(), 1);
        assert_eq!(judge(string().computed(), text("x"), Value::Null, text("y")), fine);
        assert_eq!(judge(string().optional_computed(), text("x"), text("y"), text("z")).len(), 1);
        assert_eq!(judge(string().write_only(), Value::Null, text("x"), text("x")).len(), 1);
        assert_eq!(judge(string().write_only(), Value::Null, text("x"), Value::Null), fine);
    }

    #[test]
    fn nested_objects_are_judged_one_by_one() {
        let attribute =
            |nesting| Attribute::nested("a", nesting, vec![string(), Attribute::new("c", Type::String).computed()]);
        let object = |a: &str, c: Value| Value::object([("a", Value::from(a)), ("c", c)]);
        let plan = |nesting, wrap: fn(Value) -> Value, a: &str| {
            let (config, planned) = (wrap(object("x", Value::Null)), wrap(object(a, Value::UNKNOWN)));
            judge(attribute(nesting), Value::Null, config, planned).len()
        };
        let map = |value| Value::map([("k", value)]);
        for (nesting, wrap) in [
            (Nesting::Single, (|value| value) as fn(Value) -> Value),
            (Nesting::List, |value| Value::list([value])),
            (Nesting::Map, map),
        ] {
            assert_eq!(plan(nesting, wrap, "x"), 0, "{nesting:?}");
            assert_eq!(plan(nesting, wrap, "y"), 1, "{nesting:?}");
        }
        let lost =
            judge(attribute(Nesting::List), Value::Null, Value::list([object("x", Value::Null)]), Value::list([]));
        assert_eq!(lost.len(), 1);
    }

    #[test]
    fn the_result_is_what_was_planned() {
        let object = |a: Value, b: Value| Value::object([("a", a), ("b", b)]);
        let planned = object("x".into(), Value::unknown_not_null());
        assert_eq!(assert_object_compatible(&planned, &object("x".into(), 1.into())), []);
        let breaches = assert_object_compatible(&planned, &object("y".into(), Value::Null));
        let places: Vec<String> = breaches.iter().map(|breach| breach.path.to_string()).collect();
        assert_eq!(places, ["a", "b"]);
        let left = assert_object_compatible(&Value::UNKNOWN, &object("x".into(), Value::UNKNOWN));
        assert_eq!(left.len(), 1);
    }

    #[test]
    fn a_set_may_shrink_where_elements_were_unknown_but_not_grow() {
        let set = |elements: &[Value]| Value::set(elements.to_vec());
        let planned = set(&[Value::UNKNOWN, "a".into()]);
        assert_eq!(assert_object_compatible(&planned, &set(&["a".into()])), []);
        assert_eq!(assert_object_compatible(&planned, &set(&["a".into(), "b".into()])), []);
        assert_eq!(assert_object_compatible(&planned, &set(&["b".into()])).len(), 1);
        assert_eq!(assert_object_compatible(&planned, &set(&["a".into(), "b".into(), "c".into()])).len(), 1);
    }
}
