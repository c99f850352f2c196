//! Semantic equality: a value that only looks different from the one before is not a change.

use crate::schema::{Attribute, AttributeKind, NestedType, Nesting};
use crate::value::Value;

/// Puts the value from before into every place of `after` where the attribute's `same` says that nothing has changed.
///
/// Elements of sets have no counterpart before, so what is inside a set is left alone.
pub(crate) fn keep_same(attributes: &[Attribute], before: &Value, after: &mut Value) {
    let Value::Object(members) = after else { return };
    for attribute in attributes {
        let Some(after) = members.get_mut(&attribute.name).filter(|after| after.is_known()) else { continue };
        let Some(before) = before.attribute(&attribute.name).filter(|before| before.is_known()) else { continue };
        if let Some(same) = attribute.same
            && before.is_wholly_known()
            && after.is_wholly_known()
            && same(before, after)
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
    fn null_and_unknown_are_never_the_same() {
        let mut after = value("abc", Value::UNKNOWN);
        keep_same(&schema().attributes, &Value::Null, &mut after);
        assert_eq!(after, value("abc", Value::UNKNOWN));
        keep_same(&schema().attributes, &value("ABC", "e".into()), &mut after);
        assert_eq!(after, value("ABC", Value::UNKNOWN));
    }
}
