//! Validators: checks on configured values that need nothing but the value.
//!
//! A validator never sees null or unknown as its own value. Its messages never repeat the value, which may be a
//! secret; the host shows the line in question anyway.

use std::fmt;
use std::ops::RangeBounds;
use std::sync::Arc;

use super::Schema;
use super::attribute::{Attribute, AttributeKind};
use super::nested::{NestedType, Nesting};
use crate::diagnostic::Diagnostics;
use crate::path::Path;
use crate::value::{Number, Value};

type Check = dyn Fn(&Value, &Path) -> Diagnostics + Send + Sync;

/// A check on a known value.
#[derive(Clone)]
pub struct Validator {
    description: Arc<str>,
    check: Arc<Check>,
}

impl Validator {
    /// A check of one's own. `description` says what must hold, for documentation.
    pub fn new(
        description: impl Into<Arc<str>>,
        check: impl Fn(&Value, &Path) -> Diagnostics + Send + Sync + 'static,
    ) -> Self {
        Validator { description: description.into(), check: Arc::new(check) }
    }

    /// What must hold, such as "must be one of …".
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Checks a value. Null and unknown pass.
    pub fn check(&self, value: &Value, path: &Path) -> Diagnostics {
        if value.is_known() { (self.check)(value, path) } else { Diagnostics::new() }
    }

    /// A check whose only message is its description.
    fn holds(description: String, holds: impl Fn(&Value) -> bool + Send + Sync + 'static) -> Self {
        let description: Arc<str> = description.into();
        let requirement = Arc::clone(&description);
        Validator::new(description, move |value, path| {
            let mut diagnostics = Diagnostics::new();
            if !holds(value) {
                diagnostics.attribute_error(path, "Invalid attribute value", format!("`{path}` {requirement}."));
            }
            diagnostics
        })
    }
}

impl fmt::Debug for Validator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Validator").field(&self.description).finish()
    }
}

/// A string whose number of characters lies in `range`.
pub fn length(range: impl RangeBounds<usize> + Send + Sync + 'static) -> Validator {
    let description = format!("must have {} characters", range_text(&range));
    Validator::holds(description, move |value| value.as_str().is_some_and(|text| range.contains(&text.chars().count())))
}

/// A string that is not empty.
pub fn not_empty() -> Validator {
    Validator::holds("must not be empty".to_owned(), |value| value.as_str().is_some_and(|text| !text.is_empty()))
}

/// A string that consists only of characters that `allowed` accepts; `what` names them: "lower-case letters".
pub fn characters(what: &str, allowed: impl Fn(char) -> bool + Send + Sync + 'static) -> Validator {
    Validator::holds(format!("must consist of {what} only"), move |value| {
        value.as_str().is_some_and(|text| text.chars().all(&allowed))
    })
}

/// A string that `holds` accepts; `requirement` completes the sentence "the value …": "must be a valid email address".
pub fn string(requirement: &str, holds: impl Fn(&str) -> bool + Send + Sync + 'static) -> Validator {
    Validator::holds(requirement.to_owned(), move |value| value.as_str().is_some_and(&holds))
}

/// One of these strings.
pub fn one_of<const N: usize>(choices: [&'static str; N]) -> Validator {
    Validator::holds(format!("must be one of {}", names(&choices)), move |value| {
        value.as_str().is_some_and(|text| choices.contains(&text))
    })
}

/// None of these strings.
pub fn none_of<const N: usize>(choices: [&'static str; N]) -> Validator {
    Validator::holds(format!("must not be one of {}", names(&choices)), move |value| {
        value.as_str().is_some_and(|text| !choices.contains(&text))
    })
}

/// A string with this beginning.
pub fn starts_with(prefix: &'static str) -> Validator {
    Validator::holds(format!("must start with {prefix:?}"), move |value| {
        value.as_str().is_some_and(|text| text.starts_with(prefix))
    })
}

/// A number between two whole numbers, both included.
pub fn between(least: i64, greatest: i64) -> Validator {
    Validator::holds(format!("must be between {least} and {greatest}"), move |value| {
        value.as_number().is_some_and(|number| *number >= Number::from(least) && *number <= Number::from(greatest))
    })
}

/// A number that is `least` or greater.
pub fn at_least(least: i64) -> Validator {
    Validator::holds(format!("must be at least {least}"), move |value| {
        value.as_number().is_some_and(|number| *number >= Number::from(least))
    })
}

/// A number that is `greatest` or less.
pub fn at_most(greatest: i64) -> Validator {
    Validator::holds(format!("must be at most {greatest}"), move |value| {
        value.as_number().is_some_and(|number| *number <= Number::from(greatest))
    })
}

/// A number whose nearest float lies in `range`, such as `0.0..1.0`.
pub fn in_range(range: impl RangeBounds<f64> + fmt::Debug + Send + Sync + 'static) -> Validator {
    Validator::holds(format!("must lie in {range:?}"), move |value| {
        value.as_number().is_some_and(|number| range.contains(&number.to_f64()))
    })
}

/// A list, set, tuple or map whose number of elements lies in `range`.
pub fn size(range: impl RangeBounds<usize> + Send + Sync + 'static) -> Validator {
    let description = format!("must have {} elements", range_text(&range));
    Validator::holds(description, move |value| {
        let size = value.as_elements().map(<[Value]>::len).or_else(|| value.as_members().map(|members| members.len()));
        size.is_some_and(|size| range.contains(&size))
    })
}

/// A list or tuple no two known elements of which are equal.
pub fn unique() -> Validator {
    Validator::holds("must not have the same element twice".to_owned(), |value| {
        let known: Vec<&Value> =
            value.as_elements().unwrap_or_default().iter().filter(|element| element.is_wholly_known()).collect();
        known.iter().enumerate().all(|(index, element)| !known[..index].contains(element))
    })
}

/// A value that passes all of the validators.
pub fn all<const N: usize>(validators: [Validator; N]) -> Validator {
    let descriptions: Vec<&str> = validators.iter().map(Validator::description).collect();
    Validator::new(descriptions.join(", and "), move |value, path| {
        validators.iter().flat_map(|validator| validator.check(value, path)).collect()
    })
}

/// A list, set, tuple or map every known element of which passes `validator`.
pub fn each(validator: Validator) -> Validator {
    let description = format!("every element {}", validator.description());
    Validator::new(description, move |value, path| {
        let mut diagnostics = Diagnostics::new();
        match value.inner() {
            Value::List(elements) | Value::Tuple(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    diagnostics.extend(validator.check(element, &path.index(index)));
                }
            }
            Value::Set(elements) => {
                elements.iter().for_each(|element| diagnostics.extend(validator.check(element, path)));
            }
            Value::Map(members) => {
                for (key, element) in members.iter() {
                    diagnostics.extend(validator.check(element, &path.key(key.as_str())));
                }
            }
            _ => {}
        }
        diagnostics
    })
}

/// A map every key of which passes `validator`.
pub fn keys(validator: Validator) -> Validator {
    let description = format!("every key {}", validator.description());
    Validator::new(description, move |value, path| {
        let members = value.as_members().into_iter().flat_map(|members| members.iter());
        members.flat_map(|(key, _)| validator.check(&Value::from(key.as_str()), &path.key(key.as_str()))).collect()
    })
}

/// A value that passes at least one of the validators.
pub fn any<const N: usize>(validators: [Validator; N]) -> Validator {
    let descriptions: Vec<&str> = validators.iter().map(Validator::description).collect();
    let description = descriptions.join(", or ");
    let requirement = description.clone();
    Validator::new(description, move |value, path| {
        let mut diagnostics = Diagnostics::new();
        if !validators.iter().any(|validator| !validator.check(value, path).has_error()) {
            diagnostics.attribute_error(path, "Invalid attribute value", format!("`{path}` {requirement}."));
        }
        diagnostics
    })
}

/// An object of which exactly one of the named attributes is set.
pub fn exactly_one_of<const N: usize>(attributes: [&'static str; N]) -> Validator {
    among(attributes, format!("exactly one of {} must be set", names(&attributes)), |set, maybe| {
        set > 1 || (set == 0 && !maybe)
    })
}

/// An object of which at least one of the named attributes is set.
pub fn at_least_one_of<const N: usize>(attributes: [&'static str; N]) -> Validator {
    among(attributes, format!("at least one of {} must be set", names(&attributes)), |set, maybe| set == 0 && !maybe)
}

/// An object of which at most one of the named attributes is set.
pub fn conflicting<const N: usize>(attributes: [&'static str; N]) -> Validator {
    among(attributes, format!("at most one of {} may be set", names(&attributes)), |set, _| set > 1)
}

/// An object of which either all or none of the named attributes are set.
pub fn required_together<const N: usize>(attributes: [&'static str; N]) -> Validator {
    among(attributes, format!("either all or none of {} must be set", names(&attributes)), |set, maybe| {
        set > 0 && set < N && !maybe
    })
}

/// An object that sets all of `others` if it sets `attribute`.
pub fn requires<const N: usize>(attribute: &'static str, others: [&'static str; N]) -> Validator {
    Validator::new(format!("{attribute:?} requires {}", names(&others)), move |value, path| {
        let member = |name: &str| value.attribute(name).unwrap_or(&Value::Null);
        let missing: Vec<&str> = others.iter().copied().filter(|name| member(name).is_null()).collect();
        let mut diagnostics = Diagnostics::new();
        if member(attribute).is_known() && !missing.is_empty() {
            let at = path.attribute(attribute);
            let detail = format!("`{at}` may be set only together with {}.", names(&missing));
            diagnostics.attribute_error(&at, "Invalid combination of attributes", detail);
        }
        diagnostics
    })
}

/// Where an object sets `attribute`, which is stored in the state, a warning recommends `write_only`, which is not.
pub fn prefer_write_only(attribute: &'static str, write_only: &'static str) -> Validator {
    Validator::new(format!("prefer {write_only:?} to {attribute:?}"), move |value, path| {
        let mut diagnostics = Diagnostics::new();
        if value.attribute(attribute).is_some_and(Value::is_known) {
            let (at, better) = (path.attribute(attribute), path.attribute(write_only));
            let detail = format!("`{at}` is stored in the state. Set `{better}` instead: it is sent and never stored.");
            diagnostics.attribute_warning(&at, "A secret in the state", detail);
        }
        diagnostics
    })
}

/// Counts the named attributes that are set; `breached` also learns whether an unknown one may turn out to be.
fn among<const N: usize>(
    attributes: [&'static str; N],
    description: String,
    breached: impl Fn(usize, bool) -> bool + Send + Sync + 'static,
) -> Validator {
    let requirement = description.clone();
    Validator::new(description, move |value, path| {
        let member = |name: &&str| value.attribute(name).unwrap_or(&Value::Null);
        let set: Vec<&str> = attributes.iter().copied().filter(|name| member(name).is_known()).collect();
        let maybe = attributes.iter().any(|name| member(name).is_unknown());
        let mut diagnostics = Diagnostics::new();
        if breached(set.len(), maybe) {
            let found = if set.is_empty() { "None is set".to_owned() } else { format!("Set: {}", names(&set)) };
            let place = if path.is_root() { String::new() } else { format!("In `{path}`, ") };
            let at = set.get(1).map_or_else(|| path.clone(), |name| path.attribute(*name));
            diagnostics.attribute_error(
                &at,
                "Invalid combination of attributes",
                format!("{place}{requirement}. {found}."),
            );
        }
        diagnostics
    })
}

/// Runs all validators of a schema on a configuration.
pub(super) fn run(schema: &Schema, config: &Value) -> Diagnostics {
    let mut diagnostics = Diagnostics::new();
    let root = Path::root();
    for validator in &schema.validators {
        diagnostics.extend(validator.check(config, &root));
    }
    attributes(&schema.attributes, config, &root, &mut diagnostics);
    diagnostics
}

fn attributes(attributes: &[Attribute], object: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for attribute in attributes {
        let value = attribute.value_in(object);
        if !value.is_known() {
            continue;
        }
        let path = path.attribute(attribute.name.to_string());
        for validator in &attribute.validators {
            diagnostics.extend(validator.check(value, &path));
        }
        if let AttributeKind::Nested(nested) = &attribute.kind {
            objects(nested, value, &path, diagnostics);
        }
    }
}

fn objects(nested: &NestedType, value: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    match nested.nesting {
        Nesting::Single => attributes(&nested.attributes, value, path, diagnostics),
        Nesting::List => {
            for (index, element) in value.as_elements().unwrap_or_default().iter().enumerate() {
                attributes(&nested.attributes, element, &path.index(index), diagnostics);
            }
        }
        Nesting::Set => {
            for element in value.as_elements().unwrap_or_default() {
                let mut inside = Diagnostics::new();
                attributes(&nested.attributes, element, &Path::root(), &mut inside);
                // An element of a set has no address, so the message stands at the set; its text names the rest.
                diagnostics.extend(inside.into_iter().map(|diagnostic| diagnostic.at(path)));
            }
        }
        Nesting::Map => {
            for (key, element) in value.as_members().into_iter().flat_map(|members| members.iter()) {
                attributes(&nested.attributes, element, &path.key(key.as_str()), diagnostics);
            }
        }
    }
}

fn names(names: &[&str]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

fn range_text(range: &impl RangeBounds<usize>) -> String {
    use std::ops::Bound;
    let least = match range.start_bound() {
        Bound::Included(least) => Some(*least),
        Bound::Excluded(below) => Some(below + 1),
        Bound::Unbounded => None,
    };
    let greatest = match range.end_bound() {
        Bound::Included(greatest) => Some(*greatest),
        Bound::Excluded(above) => Some(above.saturating_sub(1)),
        Bound::Unbounded => None,
    };
    match (least, greatest) {
        (Some(least), Some(greatest)) if least == greatest => format!("exactly {least}"),
        (Some(least), Some(greatest)) => format!("{least} to {greatest}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(greatest)) => format!("at most {greatest}"),
        (None, None) => "any number of".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::Type;

    fn passes(validator: &Validator, value: impl Into<Value>) -> bool {
        !validator.check(&value.into(), &Path::root().attribute("a")).has_error()
    }

    #[test]
    fn string_validators_judge_known_strings_only() {
        let validator = length(2..=3);
        assert!(passes(&validator, "äöü"));
        assert!(!passes(&validator, "a"));
        assert!(passes(&validator, Value::Null) && passes(&validator, Value::UNKNOWN));
        assert!(passes(&one_of(["a", "b"]), "b") && !passes(&one_of(["a", "b"]), "c"));
        assert!(!passes(&characters("digits", |character| character.is_ascii_digit()), "1a"));
        assert!(!passes(&starts_with("https://"), "http://"));
        assert!(passes(&any([one_of(["*"]), length(10..)]), "*"));
        assert!(passes(&between(1, 5), 5) && !passes(&between(1, 5), 6));
        assert!(passes(&at_least(2), 2) && !passes(&at_least(2), 1));
        assert!(passes(&at_most(2), 2) && !passes(&at_most(2), 3));
        assert!(passes(&in_range(0.5..2.5), 2) && !passes(&in_range(0.5..2.0), 2));
    }

    #[test]
    fn collections_are_judged_by_size_and_uniqueness() {
        let letters = |letters: &str| Value::list(letters.chars().map(|letter| Value::from(letter.to_string())));
        assert!(passes(&size(1..=2), letters("ab")) && !passes(&size(1..=2), letters("")));
        assert!(!passes(&size(..2), Value::set([Value::from("a"), Value::from("b")])));
        assert!(passes(&size(1..), Value::map([("k", Value::Null)])));
        assert!(passes(&unique(), letters("abc")) && !passes(&unique(), letters("aba")));
        assert!(passes(&unique(), Value::list([Value::UNKNOWN, Value::UNKNOWN])));
        assert!(
            !passes(&all([size(1..), unique()]), letters("aa")) && passes(&all([size(1..), unique()]), letters("a"))
        );
    }

    #[test]
    fn one_attribute_may_require_others() {
        let requires = requires("a", ["b"]);
        let object = |a: Value, b: Value| Value::object([("a", a), ("b", b)]);
        assert!(passes(&requires, object(Value::Null, Value::Null)));
        assert!(passes(&requires, object("x".into(), Value::UNKNOWN)));
        assert!(!passes(&requires, object("x".into(), Value::Null)));
    }

    #[test]
    fn a_message_stands_at_the_element() {
        let validator = each(not_empty());
        let found =
            validator.check(&Value::list(["x".into(), "".into(), Value::UNKNOWN]), &Path::root().attribute("l"));
        let paths: Vec<String> =
            found.iter().filter_map(|diagnostic| diagnostic.path.as_ref().map(ToString::to_string)).collect();
        assert_eq!(paths, ["l[1]"]);
        let validator = keys(length(1..=2));
        let found =
            validator.check(&Value::map([("ab", Value::Null), ("abc", Value::Null)]), &Path::root().attribute("m"));
        let paths: Vec<String> =
            found.iter().filter_map(|diagnostic| diagnostic.path.as_ref().map(ToString::to_string)).collect();
        assert_eq!(paths, [r#"m["abc"]"#]);
    }

    #[test]
    fn combinations_wait_for_what_is_unknown() {
        let exactly = exactly_one_of(["a", "b"]);
        let object = |a: Value, b: Value| Value::object([("a", a), ("b", b)]);
        assert!(passes(&exactly, object("x".into(), Value::Null)));
        assert!(passes(&exactly, object(Value::Null, Value::UNKNOWN)));
        assert!(!passes(&exactly, object(Value::Null, Value::Null)));
        assert!(!passes(&exactly, object("x".into(), "y".into())));
        assert!(passes(&conflicting(["a", "b"]), object(Value::Null, Value::Null)));
        assert!(!passes(&required_together(["a", "b"]), object("x".into(), Value::Null)));
    }

    #[test]
    fn a_schema_validates_inside_nested_objects() {
        let inner = vec![Attribute::new("name", Type::String).validate(not_empty())];
        let schema = Schema::new(vec![
            Attribute::nested("m", Nesting::Map, inner.clone()),
            Attribute::nested("s", Nesting::Set, inner),
        ]);
        let bad = Value::object([("name", Value::from(""))]);
        let config = Value::object([("m", Value::map([("k", bad.clone())])), ("s", Value::set([bad]))]);
        let paths: Vec<String> = schema
            .validate(&config)
            .iter()
            .filter_map(|diagnostic| diagnostic.path.as_ref().map(ToString::to_string))
            .collect();
        assert_eq!(paths, ["m[\"k\"].name", "s"]);
    }
}
