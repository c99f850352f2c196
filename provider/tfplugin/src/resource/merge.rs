//! Going through a model and back without losing anything that the model cannot hold.

use crate::value::Value;

/// The value `after`, but with `original` in every place where `after` still says what `before` said.
///
/// `before` is `original` read into a model and written again: it lacks what the model's types cannot hold, such as what
/// is known about an unknown or the last digits of a number. What a handler did not touch must come back as it came.
pub(super) fn keep_untouched(original: &Value, before: &Value, after: Value) -> Value {
    if *before == after {
        return original.clone();
    }
    match (original, before, after) {
        (Value::Object(original), Value::Object(before), Value::Object(after)) => {
            Value::Object(members(original, before, after))
        }
        (Value::Map(original), Value::Map(before), Value::Map(after)) => Value::Map(members(original, before, after)),
        (Value::List(original), Value::List(before), Value::List(after)) if original.len() == before.len() => {
            let mut pairs = original.iter().zip(before);
            let elements = after.into_iter().map(|after| match pairs.next() {
                Some((original, before)) => keep_untouched(original, before, after),
                None => after,
            });
            Value::List(elements.collect())
        }
        (_, _, after) => after,
    }
}

fn members(
    original: &crate::value::ValueMap,
    before: &crate::value::ValueMap,
    after: crate::value::ValueMap,
) -> crate::value::ValueMap {
    after
        .into_iter()
        .enumerate()
        .map(|(rank, (key, after))| match [original, before].map(|map| map.get_near(rank, &key)) {
            [Some(original), Some(before)] => {
                let kept = keep_untouched(original, before, after);
                (key, kept)
            }
            _ => (key, after),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_touched_changes() {
        let object = |a: Value, b: Value| Value::object([("a", a), ("b", b)]);
        let original = object(Value::unknown_not_null(), Value::list(["1".into(), Value::unknown_not_null()]));
        let before = object(Value::UNKNOWN, Value::list(["1".into(), Value::UNKNOWN]));
        let after = object(Value::UNKNOWN, Value::list(["2".into(), Value::UNKNOWN, "3".into()]));
        let expected =
            object(Value::unknown_not_null(), Value::list(["2".into(), Value::unknown_not_null(), "3".into()]));
        assert_eq!(keep_untouched(&original, &before, after), expected);
    }
}
