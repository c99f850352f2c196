//! Semantic equality: a value that only looks different from the one before is not a change.
//!
//! Two numbers also look different where a host has stored one of them as floats are stored; see
//! [`crate::Number::same_when_stored`]. Without that, `pow(2, 0.5)` would be a change in every plan.

use crate::schema::{Attribute, AttributeKind, NestedType, Nesting, Same};
use crate::value::Value;

/// Puts the value from before into every place of `after` where the attribute's `same` says that nothing has changed, or
/// where only the host's way of storing floats has changed it.
///
/// Elements of sets have no counterpart before, so what is inside a set is left alone.
pub(crate) fn keep_same(attributes: &[Attribute], before: &Value, after: &mut Value) {
    let Value::Object(members) = after else { return };
    for attribute in attributes {
        let before = attribute.value_in(before);
        let Some(after) = attribute.value_among(members) else { continue };
        if !before.is_known() || !after.is_known() || before == after {
            continue;
        }
        let means_the_same =
            |same: &Same| before.is_wholly_known() && after.is_wholly_known() && same.holds(before, after);
        // Blocks are judged object by object, never as a whole.
        if attribute.same.as_ref().is_some_and(means_the_same)
            || (!attribute.is_block() && before.same_when_stored(after))
        {
            *after = before.clone();
        } else if let AttributeKind::Nested(nested) = &attribute.kind {
            inside(nested, before, after);
        }
    }
}

fn inside(nested: &NestedType, before: &Value, after: &mut Value) {
    match (nested.nesting, before, after) {
        (Nesting::Single, before, after) => keep_same(&nested.attributes, before, after),
        (Nesting::List, Value::List(before), Value::List(after)) => {
            before.iter().zip(after).for_each(|(before, after)| keep_same(&nested.attributes, before, after));
        }
        (Nesting::Map, Value::Map(before), Value::Map(after)) => {
            for (key, after) in after.iter_mut() {
                if let Some(before) = before.get(key) {
                    keep_same(&nested.attributes, before, after);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{plan_resource_change, requires_replace};
    use crate::schema::Schema;
    use crate::types::Type;
    use crate::value::Number;

    fn ignoring_case(one: &Value, other: &Value) -> bool {
        one.as_str().zip(other.as_str()).is_some_and(|(one, other)| one.eq_ignore_ascii_case(other))
    }

    fn schema() -> Schema {
        let name = || Attribute::new("name", Type::String).required().same(ignoring_case).modify(requires_replace());
        Schema::new(vec![
            name(),
            Attribute::nested("parts", Nesting::List, vec![name()]),
            Attribute::nested("doors", Nesting::Map, vec![name()]),
            Attribute::new("etag", Type::String).computed(),
        ])
    }

    fn value(name: &str, etag: Value) -> Value {
        let part = || Value::object([("name", Value::from(name))]);
        Value::object([
            ("name", Value::from(name)),
            ("parts", Value::list([part()])),
            ("doors", Value::map([("front", part())])),
            ("etag", etag),
        ])
    }

    #[test]
    fn what_is_the_same_is_not_planned_as_a_change() {
        let prior = value("abc", "e".into());
        let plan = |name| plan_resource_change(&schema(), &value(name, Value::Null), &prior, value(name, "e".into()));
        let same = plan("ABC");
        assert_eq!((same.planned, same.requires_replace.len()), (prior.clone(), 0));
        let other = plan("xyz");
        assert_eq!((other.planned, other.requires_replace.len()), (value("xyz", Value::UNKNOWN), 3));
        assert_eq!(
            crate::plan::core_rules::assert_plan_valid(&schema(), &prior, &value("ABC", Value::Null), &prior),
            []
        );
    }

    #[test]
    fn a_float_as_it_is_stored_is_no_change() {
        let sent = || Value::number(Number::from_f64_exact(std::f64::consts::SQRT_2).unwrap_or(Number::from(0)));
        let stored = || Value::number("1.4142135623730951".parse::<Number>().unwrap_or(Number::from(0)));
        let inside = vec![Attribute::new("n", Type::Number), Attribute::new("made", Type::String).computed()];
        let schema = Schema::new(vec![
            Attribute::new("list", Type::list(Type::Number)),
            Attribute::new("any", Type::Dynamic),
            Attribute::nested("parts", Nesting::Set, inside[..1].to_vec()),
            Attribute::nested("doors", Nesting::List, inside).block(0, 0),
            Attribute::new("etag", Type::String).computed(),
        ]);
        let object = |number: &dyn Fn() -> Value, rest: Value, made: Value, etag: Value| {
            let part = || Value::object([("n", number()), ("made", made.clone())]);
            Value::object([
                ("list", Value::list([number(), rest])),
                ("any", Value::dynamic(Type::Number, number())),
                ("parts", Value::set([Value::object([("n", number())])])),
                ("doors", Value::list([part()])),
                ("etag", etag),
            ])
        };
        let prior = object(&stored, 1.into(), "m".into(), "e".into());
        let plan = |rest: i64| {
            let config = object(&sent, rest.into(), Value::Null, Value::Null);
            let proposed = crate::plan::proposed_new_state(&schema.attributes, &prior, &config);
            let planned = plan_resource_change(&schema, &config, &prior, proposed).planned;
            assert_eq!(crate::plan::core_rules::assert_plan_valid(&schema, &prior, &config, &planned), []);
            planned
        };
        assert_eq!(plan(1), prior);
        // Another element of the list is a change: then the list is planned as it is configured, to the last bit.
        assert_eq!(plan(2).attribute("list"), Some(&Value::list([sent(), 2.into()])));
    }

    #[test]
    fn null_and_unknown_are_never_the_same() {
        let mut after = value("abc", Value::UNKNOWN);
        keep_same(&schema().attributes, &Value::Null, &mut after);
        assert_eq!(after, value("abc", Value::UNKNOWN));
        keep_same(&schema().attributes, &value("ABC", "e".into()), &mut after);
        assert_eq!(after, value("ABC", Value::UNKNOWN));
    }
}
