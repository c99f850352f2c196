//! Expressions against an independent implementation, Google's documentation, and hostile text.

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

/// Expressions whose value or failure the `cel` crate, an independent implementation, must agree with.
const AGREED: &[&str] = &[
    "true",
    "1 + 2 * 3 == 7",
    "assertion.sub == 'system:serviceaccount:chat:backend'",
    "assertion['sub'] != \"x\"",
    "assertion.sub.startsWith('system:') && assertion.sub.endsWith(':backend')",
    "assertion.sub.contains(':chat:')",
    "assertion.sub.matches('^system:serviceaccount:[a-z-]+:backend$')",
    "assertion.sub.matches('chat')",
    "assertion['kubernetes.io'].namespace == 'chat'",
    "assertion['kubernetes.io']['serviceaccount'].name in ['backend', 'front']",
    "'two' in assertion.aud",
    "'three' in assertion.aud",
    "assertion.aud[1] == 'two'",
    "assertion.aud[2] == 'two'",
    "assertion.missing == 'x'",
    "assertion.missing == 'x' || true",
    "true || assertion.missing == 'x'",
    "assertion.missing == 'x' || false",
    "assertion.missing == 'x' && false",
    "assertion.missing == 'x' && true",
    "has(assertion.sub)",
    "has(assertion.missing)",
    "!has(assertion.missing) && !(1 == 2)",
    "has(assertion.missing) ? assertion.missing == 'x' : assertion.flag",
    "assertion.aud.exists(a, a == 'one')",
    "assertion.aud.all(a, a.startsWith('t'))",
    "assertion.aud.exists_one(a, a == 'one')",
    "assertion.aud.filter(a, a != 'one') == ['two']",
    "assertion.aud.map(a, a + '!') == ['one!', 'two!']",
    "assertion.aud.map(a, a == 'one', a + '!') == ['one!']",
    "assertion.aud.exists(a, a.missing == 1)",
    "size(assertion.sub) == 34 && size(assertion.aud) == 2 && 'é'.size() == 1",
    "type(assertion.sub) == string && type(1) == int && type([]) == list",
    "assertion.iat > 1600000000 && assertion.ratio < 1.0",
    "1 == 1.0 && 1u == 1 && 2 > 1.5",
    "'1' == 1",
    "'a' + 'b' == 'ab' && [1] + [2] == [1, 2]",
    "'a' + 1 == 'a1'",
    "7 / 2 == 3 && 7 % 2 == 1 && -7 / 2 == -3",
    "1 / 0 == 1",
    "9223372036854775807 + 1 == 0",
    "-9223372036854775808 < 0",
    "0x1F == 31 && 1e3 == 1000.0",
    "string(12) == '12' && int('12') == 12 && double('1.5') == 1.5 && uint(3) == 3u",
    "int('x') == 1",
    "string(true) == 'true'",
    "b'abc' == bytes('abc')",
    "r'\\d' == '\\\\d' && '\\u00e9' == 'é' && '''a'b''' == \"a'b\"",
    "'\\x41\\101' == 'AA'",
    "{'a': 1}.a == 1 && 'a' in {'a': 1}",
    "{'a': 1, 'a': 2} == {}",
    "assertion.nothing == null",
    "1 in {'a': 1}",
    "!!true",
    "--1 == 1",
    "!1",
    "'b' > 'a' && 'B' < 'a' && false < true",
    "1 < 'a'",
    "true && (1 == 1) || false",
    "1 == 2 ? 'a' : 1 == 1 ? 'b' : 'c'",
    "[1, 2, 3,] == [1, 2, 3]",
    "true // a comment",
    "assertion.flag && 'x'",
    "'x' || true",
    "undeclared == 1",
    "dyn('a') == 'a'",
    "''.size() == 0 && 'abc' == 'ab' + 'c'",
];

/// Text that neither takes.
const REFUSED: &[&str] = &[
    "",
    "1 +",
    "(1",
    "assertion.",
    "assertion.sub ==",
    "'open",
    "a b",
    "1 2",
    "&& true",
    "[1 2]",
    "{1}",
    "f(,)",
    "@",
    "'a\nb'",
    "has(assertion)",
    "[1].map(1, 2)",
    "'\\q'",
    "99999999999999999999",
    "if",
    "assertion.in",
    "x ? y",
    "f(1,)",
];

#[test]
fn agrees_with_an_independent_implementation() {
    for source in AGREED {
        let ours = answer(source);
        assert!(!matches!(ours, Err(CelError::Unsupported(_) | CelError::Syntax { .. })), "{source}: {ours:?}");
        let theirs = theirs(source).unwrap_or_else(|error| panic!("{source}: {error}"));
        assert_eq!(ours.ok().map(|value| value.to_json()), theirs, "{source}");
    }
    for source in REFUSED {
        assert!(matches!(Expression::parse(source), Err(CelError::Syntax { .. })), "{source}");
        assert!(theirs(source).is_err(), "{source}");
    }
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

/// Google's own functions, from its documentation and its default mapping for AWS.
#[test]
fn google_functions() {
    for source in [
        "assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') \
         == 'arn:aws:sts::123456789012:assumed-role/ml-training-role'",
        "'a/b/c'.split('/') == ['a', 'b', 'c']",
        "'a/b/c'.split('/', 2) == ['a', 'b/c']",
        "'a/b'.split('/')[0] == 'a'",
        "'abc'.split('') == ['a', 'b', 'c']",
        "['a', 'b'].join('-') == 'a-b' && ['a', 'b'].join() == 'ab'",
        "'ChAT'.lowerAscii() == 'chat' && 'é'.upperAscii() == 'é'",
        "'x'.extract('y{z}') == ''",
    ] {
        assert_eq!(answer(source), Ok(Value::Bool(true)), "{source}");
    }
}

#[test]
fn what_we_do_not_know_is_not_a_denial() {
    for source in [
        "assertion.sub.frobnicate('x')",
        "frobnicate(assertion.sub)",
        "assertion.sub.matches('\\\\p{Greek}')",
        "timestamp('2026-01-01T00:00:00Z') < timestamp('2027-01-01T00:00:00Z')",
        "frobnicate(1) || assertion.missing == 'x'",
        "assertion.missing == 'x' || frobnicate(1)",
        "frobnicate(1) && true",
        "{1: 2}[1] == 2",
    ] {
        let error = answer(source).unwrap_err();
        assert!(matches!(error, CelError::Unsupported(_)), "{source}: {error}");
        assert!(!error.denies());
    }
    assert_eq!(answer("frobnicate(1) || true"), Ok(Value::Bool(true)));
    assert_eq!(answer("frobnicate(1) && false"), Ok(Value::Bool(false)));
    assert!(answer("assertion.missing == 'x'").unwrap_err().denies());
    assert!(answer("assertion.sub.startsWith(1)").unwrap_err().denies());
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
