//! Generators for property tests: random types, and random values of a type.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::prelude::*;

use crate::types::Type;
use crate::value::{Bound, Number, Refinements, Text, Value};

/// Types that nest up to five levels.
pub(crate) fn any_type() -> BoxedStrategy<Type> {
    let leaf = prop_oneof![
        3 => Just(Type::String),
        3 => Just(Type::Number),
        2 => Just(Type::Bool),
        1 => Just(Type::Dynamic),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            inner.clone().prop_map(Type::list),
            inner.clone().prop_map(Type::set),
            inner.clone().prop_map(Type::map),
            vec(inner.clone(), 0..4).prop_map(Type::Tuple),
            btree_map(name(), inner, 0..4).prop_map(Type::object),
        ]
    })
    .boxed()
}

/// Every way in which kinds of types nest up to `depth` levels: each kind around each, around each primitive and dynamic.
pub(crate) fn every_nesting(depth: u32) -> Vec<Type> {
    let leaves = vec![Type::String, Type::Number, Type::Bool, Type::Dynamic];
    let wraps: [fn(Type) -> Type; 5] = [
        Type::list,
        Type::set,
        Type::map,
        |inner| Type::Tuple(vec![Type::Bool, inner]),
        |inner| Type::object([("a", inner), ("b", Type::String)]),
    ];
    let mut level = leaves.clone();
    let mut all = leaves;
    for _ in 0..depth {
        level = level.iter().flat_map(|inner| wraps.map(|wrap| wrap(inner.clone()))).collect();
        all.extend(level.iter().cloned());
    }
    all
}

/// How unknown a generated value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unknowns {
    /// Not at all.
    None,
    /// In every place, with what is known about them.
    Refined,
}

/// Values of a type.
pub(crate) fn value_of(ty: &Type, unknowns: Unknowns) -> BoxedStrategy<Value> {
    let known = known_value_of(ty, unknowns);
    match unknowns {
        Unknowns::None => prop_oneof![1 => Just(Value::Null), 6 => known].boxed(),
        Unknowns::Refined => prop_oneof![1 => Just(Value::Null), 1 => unknown_of(ty), 6 => known].boxed(),
    }
}

/// Known values of a type. What is inside may be null or unknown.
pub(crate) fn known_value_of(ty: &Type, unknowns: Unknowns) -> BoxedStrategy<Value> {
    match ty {
        Type::String => text().prop_map(Value::String).boxed(),
        Type::Number => number().prop_map(Value::Number).boxed(),
        Type::Bool => any::<bool>().prop_map(Value::Bool).boxed(),
        Type::List(element) => vec(value_of(element, unknowns), 0..4).prop_map(Value::List).boxed(),
        Type::Set(element) => vec(value_of(element, unknowns), 0..4).prop_map(Value::set).boxed(),
        Type::Map(element) => vec((text(), value_of(element, unknowns)), 0..4).prop_map(Value::map).boxed(),
        Type::Tuple(types) => {
            types.iter().map(|ty| value_of(ty, unknowns)).collect::<Vec<_>>().prop_map(Value::Tuple).boxed()
        }
        Type::Object(object) => {
            let names: Vec<Text> = object.attributes.keys().cloned().collect();
            let values: Vec<_> = object.attributes.values().map(|ty| value_of(ty, unknowns)).collect();
            values.prop_map(move |values| Value::object(names.iter().cloned().zip(values))).boxed()
        }
        Type::Dynamic => prop_oneof![Just(Type::String), Just(Type::list(Type::Number)), any_type_shallow()]
            .prop_flat_map(move |ty| value_of(&ty, unknowns).prop_map(move |value| Value::dynamic(ty.clone(), value)))
            .boxed(),
    }
}

/// Strings, also ones that are not in normalisation form C before they become a `Text`.
pub(crate) fn text() -> BoxedStrategy<Text> {
    let character = prop_oneof![
        4 => proptest::char::range('a', 'z'),
        1 => Just('\u{301}'),
        1 => any::<char>(),
    ];
    vec(character, 0..8).prop_map(|characters| Text::from(characters.into_iter().collect::<String>())).boxed()
}

/// Numbers of every representation.
pub(crate) fn number() -> BoxedStrategy<Number> {
    prop_oneof![
        any::<i64>().prop_map(Number::from),
        any::<u64>().prop_map(Number::from),
        (-100i64..100).prop_map(Number::from),
        any::<f64>().prop_filter_map("NaN", |float| Number::from_f64_exact(float).ok()),
        any::<f64>().prop_filter_map("NaN", |float| Number::from_f64(float).ok()),
        (any::<i128>(), -40i32..40)
            .prop_filter_map("too long", |(digits, exponent)| { format!("{digits}e{exponent}").parse().ok() }),
    ]
    .boxed()
}

/// Names of attributes.
pub(crate) fn name() -> BoxedStrategy<String> {
    vec(proptest::char::range('a', 'e'), 1..3).prop_map(|name| name.into_iter().collect()).boxed()
}

/// Different names of attributes.
pub(crate) fn names(most: usize) -> BoxedStrategy<Vec<String>> {
    btree_set(name(), 1..=most).prop_map(|names| names.into_iter().collect()).boxed()
}

fn any_type_shallow() -> BoxedStrategy<Type> {
    prop_oneof![
        Just(Type::Dynamic),
        Just(Type::Tuple(vec![Type::Bool, Type::Dynamic])),
        Just(Type::object([("a", Type::Number), ("b", Type::set(Type::String))])),
    ]
    .boxed()
}

/// Unknown values of a type, with what can be known about one of it.
fn unknown_of(ty: &Type) -> BoxedStrategy<Value> {
    if *ty == Type::Dynamic {
        return Just(Value::UNKNOWN).boxed();
    }
    let null = proptest::option::of(any::<bool>());
    let prefix = match ty {
        Type::String => proptest::option::of(text()).boxed(),
        _ => Just(None).boxed(),
    };
    let bound = || match ty {
        Type::Number => {
            proptest::option::of((number(), any::<bool>()).prop_map(|(number, inclusive)| Bound { number, inclusive }))
                .boxed()
        }
        _ => Just(None).boxed(),
    };
    let length = || match ty {
        Type::List(_) | Type::Set(_) | Type::Map(_) => proptest::option::of(0u64..1000).boxed(),
        _ => Just(None).boxed(),
    };
    (null, prefix, bound(), bound(), length(), length())
        .prop_map(|(null, string_prefix, number_lower, number_upper, length_lower, length_upper)| {
            let known = Refinements { null, string_prefix, number_lower, number_upper, length_lower, length_upper };
            if known.is_empty() { Value::UNKNOWN } else { Value::Unknown(Some(Box::new(known))) }
        })
        .boxed()
}
