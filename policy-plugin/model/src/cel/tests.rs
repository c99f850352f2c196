//! Expressions against the vendors' documentation, an independent implementation, and hostile text.

mod conformance;

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::{CelError, Comparison, Expression, Operator, Value, Variables};

fn claims() -> serde_json::Value {
    json!({
        "sub": "system:serviceaccount:chat:backend",
        "aud": ["one", "two"],
        "iat": 1_700_000_000,
        "ratio": 0.5,
        "arn": "arn:aws:sts::123456789012:assumed-role/ml-training-role/i-0abc",
        "kubernetes.io": {"namespace": "chat", "serviceaccount": {"name": "backend"}},
        "flag": true,
        "nothing": null,
    })
}

fn variables() -> Variables {
    Variables::new().with("assertion", &claims())
}

fn answer(source: &str) -> Result<Value, CelError> {
    Expression::parse(source)?.evaluate(&variables())
}

/// The other implementation's answer: `Err` if it does not parse, `Ok(None)` if evaluation fails.
fn theirs(source: &str) -> Result<Option<serde_json::Value>, String> {
    let program = cel::Program::compile(source).map_err(|error| error.to_string())?;
    let mut context = cel::Context::default();
    context.add_variable("assertion", cel::to_value(claims()).unwrap()).unwrap();
    Ok(match program.execute(&context) {
        Ok(cel::Value::Bool(value)) => Some(json!(value)),
        Ok(cel::Value::String(value)) => Some(json!(*value)),
        Ok(cel::Value::Int(value)) => Some(json!(value)),
        Ok(other) => panic!("{source} gives {other:?}; write it as a comparison"),
        Err(_) => None,
    })
}

#[test]
fn hostile_expressions_stay_cheap() {
    let deep = [
        "(".repeat(2000),
        "[".repeat(2000),
        "!".repeat(4000) + "true",
        "-".repeat(4000) + "1",
        format!("assertion{}", ".a".repeat(2000)),
        format!("assertion{}", ".a()".repeat(1000)),
        format!("1{}", "+1".repeat(2000)),
        "true?1:".repeat(500) + "1",
        format!("{}true{}", "has(assertion.a)||(".repeat(150), ")".repeat(150)),
    ];
    for source in &deep {
        let _ = answer(source);
    }
    assert!(matches!(Expression::parse(&deep[0]), Err(CelError::Unsupported(_))));
    assert!(matches!(answer(&("!".repeat(4000) + "true")), Ok(Value::Bool(true))));

    let list = format!("[{}]", vec!["1"; 100].join(","));
    let product = format!("{list}.map(a, {list}.map(b, {list}.map(c, {list}.map(d, a))))");
    assert!(matches!(answer(&product), Err(CelError::Unsupported(_))));
    let doubling = "'0123456789abcdef'".to_owned() + &".split('').join('0123456789abcdef')".repeat(40);
    assert!(matches!(answer(&doubling), Err(CelError::Unsupported(_))));

    let long = format!("'{}' == ''", "x".repeat(super::CONDITION_LIMIT));
    assert_eq!(Expression::parse(&long).unwrap_err(), CelError::TooLong { actual: 4104, limit: 4096 });
    assert!(matches!(Expression::parse_mapping(&"x".repeat(2049)), Err(CelError::TooLong { limit: 2048, .. })));
    let wide = vec!["assertion.sub == 'system:serviceaccount:a:b'"; 80].join(" || ");
    assert_eq!(answer(&wide), Ok(Value::Bool(false)));
}

#[test]
fn conditions_must_be_boolean() {
    let expression = Expression::parse("assertion.sub").unwrap();
    assert!(expression.holds(&variables()).unwrap_err().denies());
}

#[test]
fn tells_what_it_mentions() {
    let expression = Expression::parse(
        "assertion.sub.startsWith('a') && google.subject in ['b'] && [1].all(x, x == 1 || assertion['a.b'].c == 'd')",
    )
    .unwrap();
    let references = expression.references();
    assert_eq!(references.variables, BTreeSet::from(["assertion".to_owned(), "google".to_owned()]));
    assert!(references.paths.contains(&vec!["assertion".to_owned(), "a.b".to_owned(), "c".to_owned()]));
    assert_eq!(references.functions, BTreeSet::from(["startsWith".to_owned()]));
    let comparisons = expression.comparisons();
    assert_eq!(comparisons.len(), 3);
    assert_eq!(
        comparisons[0],
        Comparison {
            operator: Operator::StartsWith,
            path: Some(vec!["assertion".to_owned(), "sub".to_owned()]),
            literal: "a".to_owned()
        }
    );
}

proptest! {
    #[test]
    fn no_text_panics(source in "[\\x20-\\x7e\\n]{0,80}") {
        let _ = answer(&source);
    }

    #[test]
    fn no_combination_of_tokens_panics(tokens in proptest::collection::vec(
        proptest::sample::select(vec![
            "assertion", ".sub", "['aud']", "(", ")", "[", "]", "{", "}", ",", "&&", "||", "!", "-", "+", "==", "in", "?", ":", "'a'",
            "1", "2u", "1.5", "true", "null", ".matches('a')", ".all(x,", ".map(x,", "x", "has(", ".size()", ".split('')", "b'x'",
        ]), 0..25)) {
        let _ = answer(&tokens.join(" "));
    }
}
