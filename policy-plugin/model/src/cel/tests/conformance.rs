//! What the vendors say of conditions, a row each: the statement, an expression that shows it, and what becomes of it.
//!
//! Rows on the language itself are put to an independent implementation as well. The others are about what Google adds, or sets limits to.

use std::collections::BTreeSet;

use super::super::{CONDITION_LIMIT, CelError, Expression, MAPPING_LIMIT};
use super::{answer, theirs};

/// What becomes of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    True,
    False,
    /// It fails, as it does for everybody: the condition denies.
    Fails,
    /// It is no expression.
    Refused,
    /// It cannot be said here: neither "admits" nor "denies".
    Undetermined,
}

use Outcome::{Fails, False, Refused, True, Undetermined};

// Sections of the language definition of CEL.
const SYNTAX: &str = "CEL, Language Definition: Syntax";
const NAMES: &str = "CEL, Language Definition: Name Resolution";
const NUMBERS: &str = "CEL, Language Definition: Numeric Values";
const TEXTS: &str = "CEL, Language Definition: String and Bytes Values";
const AGGREGATES: &str = "CEL, Language Definition: Aggregate Values";
const NULL: &str = "CEL, Language Definition: Booleans and Null";
const TYPES: &str = "CEL, Language Definition: Type Values";
const ERRORS: &str = "CEL, Language Definition: Runtime Errors";
const LOGIC: &str = "CEL, Language Definition: Logical Operators";
const MACROS: &str = "CEL, Language Definition: Macros";
const FIELDS: &str = "CEL, Language Definition: Field Selection";
const EQUALITY: &str = "CEL, Language Definition: Equality";
const ORDERING: &str = "CEL, Language Definition: Ordering";
const OVERFLOW: &str = "CEL, Language Definition: Overflow";
const PATTERNS: &str = "CEL, Language Definition: Regular Expressions";
const STANDARD: &str = "CEL, Language Definition: List of Standard Definitions";

/// The language, as the `cel` crate reads it, too.
const LANGUAGE: &[(&str, &str, Outcome)] = &[
    (SYNTAX, "1 + 2 * 3 == 7", True),
    (SYNTAX, "true && (1 == 1) || false", True),
    (SYNTAX, "(1 == 2 ? 'a' : 1 == 1 ? 'b' : 'c') == 'b'", True),
    (SYNTAX, "[1, 2, 3,] == [1, 2, 3]", True),
    (SYNTAX, "true // a comment", True),
    (SYNTAX, "!!true", True),
    (SYNTAX, "--1 == 1", True),
    (SYNTAX, "", Refused),
    (SYNTAX, "1 +", Refused),
    (SYNTAX, "(1", Refused),
    (SYNTAX, "assertion.", Refused),
    (SYNTAX, "assertion.sub ==", Refused),
    (SYNTAX, "a b", Refused),
    (SYNTAX, "1 2", Refused),
    (SYNTAX, "&& true", Refused),
    (SYNTAX, "[1 2]", Refused),
    (SYNTAX, "{1}", Refused),
    (SYNTAX, "f(,)", Refused),
    (SYNTAX, "f(1,)", Refused),
    (SYNTAX, "@", Refused),
    (SYNTAX, "x ? y", Refused),
    (SYNTAX, "if", Refused),
    (SYNTAX, "assertion.in", Refused),
    (NAMES, "undeclared == 1", Fails),
    (NUMBERS, "0x1F == 31 && 1e3 == 1000.0", True),
    (NUMBERS, "7 / 2 == 3 && 7 % 2 == 1 && -7 / 2 == -3", True),
    (NUMBERS, "-9223372036854775808 < 0", True),
    (NUMBERS, "99999999999999999999", Refused),
    (TEXTS, "r'\\d' == '\\\\d' && '\\u00e9' == 'é' && '''a'b''' == \"a'b\"", True),
    (TEXTS, "'\\x41\\101' == 'AA'", True),
    (TEXTS, "b'abc' == bytes('abc')", True),
    (TEXTS, "'open", Refused),
    (TEXTS, "'a\nb'", Refused),
    (TEXTS, "'\\q'", Refused),
    (AGGREGATES, "assertion.aud[1] == 'two'", True),
    (AGGREGATES, "{'a': 1}.a == 1 && 'a' in {'a': 1}", True),
    (AGGREGATES, "{'a': 1, 'a': 2} == {}", Fails),
    (NULL, "assertion.nothing == null", True),
    (TYPES, "type(assertion.sub) == string && type(1) == int && type([]) == list", True),
    (ERRORS, "assertion.aud[2] == 'two'", Fails),
    (ERRORS, "1 / 0 == 1", Fails),
    (ERRORS, "'a' + 1 == 'a1'", Fails),
    (LOGIC, "assertion.sub.startsWith('system:') && assertion.sub.endsWith(':backend')", True),
    (LOGIC, "assertion.missing == 'x' || true", True),
    (LOGIC, "true || assertion.missing == 'x'", True),
    (LOGIC, "assertion.missing == 'x' || false", Fails),
    (LOGIC, "assertion.missing == 'x' && false", False),
    (LOGIC, "assertion.missing == 'x' && true", Fails),
    (LOGIC, "assertion.flag && 'x'", Fails),
    (LOGIC, "'x' || true", True),
    (LOGIC, "!1", Fails),
    (MACROS, "has(assertion.sub)", True),
    (MACROS, "has(assertion.missing)", False),
    (MACROS, "!has(assertion.missing) && !(1 == 2)", True),
    (MACROS, "has(assertion.missing) ? assertion.missing == 'x' : assertion.flag", True),
    (MACROS, "assertion.aud.exists(a, a == 'one')", True),
    (MACROS, "assertion.aud.all(a, a.startsWith('t'))", False),
    (MACROS, "assertion.aud.exists_one(a, a == 'one')", True),
    (MACROS, "assertion.aud.filter(a, a != 'one') == ['two']", True),
    (MACROS, "assertion.aud.map(a, a + '!') == ['one!', 'two!']", True),
    (MACROS, "assertion.aud.map(a, a == 'one', a + '!') == ['one!']", True),
    (MACROS, "assertion.aud.exists(a, a.missing == 1)", Fails),
    (MACROS, "has(assertion)", Refused),
    (MACROS, "[1].map(1, 2)", Refused),
    (FIELDS, "assertion['kubernetes.io'].namespace == 'chat'", True),
    (FIELDS, "assertion['kubernetes.io']['serviceaccount'].name in ['backend', 'front']", True),
    (FIELDS, "assertion.missing == 'x'", Fails),
    (EQUALITY, "assertion.sub == 'system:serviceaccount:chat:backend'", True),
    (EQUALITY, "assertion['sub'] != \"x\"", True),
    (EQUALITY, "1 == 1.0 && 1u == 1", True),
    (EQUALITY, "'1' == 1", False),
    (EQUALITY, "'a' + 'b' == 'ab' && [1] + [2] == [1, 2]", True),
    (EQUALITY, "''.size() == 0 && 'abc' == 'ab' + 'c'", True),
    (ORDERING, "'b' > 'a' && 'B' < 'a' && false < true && 2 > 1.5", True),
    (ORDERING, "assertion.iat > 1600000000 && assertion.ratio < 1.0", True),
    (ORDERING, "1 < 'a'", Fails),
    (OVERFLOW, "9223372036854775807 + 1 == 0", Fails),
    (PATTERNS, "assertion.sub.matches('^system:serviceaccount:[a-z-]+:backend$')", True),
    (PATTERNS, "assertion.sub.matches('chat')", True),
    (STANDARD, "assertion.sub.contains(':chat:')", True),
    (STANDARD, "'two' in assertion.aud", True),
    (STANDARD, "'three' in assertion.aud", False),
    (STANDARD, "1 in {'a': 1}", False),
    (STANDARD, "size(assertion.sub) == 34 && size(assertion.aud) == 2 && 'é'.size() == 1", True),
    (STANDARD, "string(12) == '12' && int('12') == 12 && double('1.5') == 1.5 && uint(3) == 3u", True),
    (STANDARD, "int('x') == 1", Fails),
    (STANDARD, "string(true) == 'true'", True),
    (STANDARD, "dyn('a') == 'a'", True),
];

// What Google says of conditions and mappings.
const EXTRACT: &str = "Google Cloud, IAM, Attribute reference for IAM Conditions: extract()";
const AWS_MAPPING: &str =
    "Google Cloud, IAM API, WorkloadIdentityPoolProvider.attributeMapping: default mapping for AWS";
const MAPPING: &str = "Google Cloud, IAM, Workload Identity Federation: Attribute mappings";
const STRINGS: &str = "CEL, Extensions: Strings";
const CONDITION: &str = "Google Cloud, IAM API, WorkloadIdentityPoolProvider.attributeCondition";

/// What Google's dialect has besides, and what is beyond this evaluator.
const GOOGLE: &[(&str, &str, Outcome)] = &[
    (EXTRACT, "assertion.arn.extract('assumed-role/{role}/') == 'ml-training-role'", True),
    (EXTRACT, "assertion.arn.extract('assumed-role/{rest}') == 'ml-training-role/i-0abc'", True),
    (EXTRACT, "assertion.arn.extract('{start}assumed-role/') == 'arn:aws:sts::123456789012:'", True),
    (EXTRACT, "assertion.arn.extract('{all}') == assertion.arn", True),
    (EXTRACT, "assertion.arn.extract('assumed-role/{nothing}ml-training-role') == ''", True),
    (EXTRACT, "assertion.arn.extract('user/{name}/') == ''", True),
    (EXTRACT, "assertion.arn.extract('assumed-role/{role}?') == ''", True),
    (EXTRACT, "'a/b/c/d'.extract('/{first}/') == 'b'", True),
    (EXTRACT, "'x'.extract('no placeholder') == ''", Fails),
    (
        AWS_MAPPING,
        "assertion.arn.extract('{account_arn}assumed-role/') + 'assumed-role/' + assertion.arn.extract('assumed-role/{role_name}/') \
         == 'arn:aws:sts::123456789012:assumed-role/ml-training-role'",
        True,
    ),
    (MAPPING, "assertion.sub.split(':')[3] == 'backend'", True),
    (MAPPING, "['team', 'chat'].join('.') == 'team.chat'", True),
    (STRINGS, "'a/b/c'.split('/') == ['a', 'b', 'c']", True),
    (STRINGS, "'a/b/c'.split('/', 2) == ['a', 'b/c']", True),
    (STRINGS, "'a/b/c'.split('/', 0) == [] && 'a/b'.split('/', -1) == ['a', 'b']", True),
    (STRINGS, "'abc'.split('') == ['a', 'b', 'c']", True),
    (STRINGS, "['a', 'b'].join() == 'ab' && [].join('-') == ''", True),
    (STRINGS, "[1].join('-') == '1'", Fails),
    (STRINGS, "'ChAT'.lowerAscii() == 'chat' && 'é'.upperAscii() == 'é'", True),
    (CONDITION, "assertion.aud.size() == 2 && !has(assertion.missing)", True),
    // A function that Google may have and we do not know decides nothing.
    (STANDARD, "assertion.sub.frobnicate('x')", Undetermined),
    (STANDARD, "frobnicate(assertion.sub)", Undetermined),
    (STANDARD, "timestamp('2026-01-01T00:00:00Z') < timestamp('2027-01-01T00:00:00Z')", Undetermined),
    (STANDARD, "duration('60s') == duration('1m')", Undetermined),
    (STRINGS, "'abc'.charAt(1) == 'b'", Undetermined),
    (STRINGS, "'abc'.replace('b', 'x') == 'axc'", Undetermined),
    (STRINGS, "'abc'.substring(1) == 'bc'", Undetermined),
    (STRINGS, "' a '.trim() == 'a'", Undetermined),
    (PATTERNS, "assertion.sub.matches('\\\\p{Greek}')", Undetermined),
    (AGGREGATES, "{1: 2}[1] == 2", Undetermined),
    (LOGIC, "frobnicate(1) || assertion.missing == 'x'", Undetermined),
    (LOGIC, "assertion.missing == 'x' || frobnicate(1)", Undetermined),
    (LOGIC, "frobnicate(1) && true", Undetermined),
    // Unless the answer does not depend on it.
    (LOGIC, "frobnicate(1) || true", True),
    (LOGIC, "frobnicate(1) && false", False),
];

fn outcome(expression: &str) -> Outcome {
    match answer(expression) {
        Ok(super::Value::Bool(true)) => True,
        Ok(super::Value::Bool(false)) => False,
        Ok(other) => panic!("{expression} gives {other:?}; write it as a comparison"),
        Err(CelError::Failed(_)) => Fails,
        Err(CelError::Syntax { .. } | CelError::TooLong { .. }) => Refused,
        Err(CelError::Unsupported(_)) => Undetermined,
    }
}

#[test]
fn the_language_is_read_as_its_definition_says() {
    for (statement, expression, expected) in LANGUAGE {
        assert_eq!(outcome(expression), *expected, "{statement}: {expression}");
        let theirs = match theirs(expression) {
            Ok(Some(value)) if value == true => True,
            Ok(Some(value)) if value == false => False,
            Ok(Some(value)) => panic!("{expression} gives {value}; write it as a comparison"),
            Ok(None) => Fails,
            Err(_) => Refused,
        };
        assert_eq!(theirs, *expected, "{statement}: {expression}, as the other implementation reads it");
    }
}

#[test]
fn googles_dialect_is_read_as_documented() {
    for (statement, expression, expected) in GOOGLE {
        assert_eq!(outcome(expression), *expected, "{statement}: {expression}");
    }
}

#[test]
fn an_undetermined_answer_never_denies_and_a_failure_always_does() {
    for (statement, expression, expected) in LANGUAGE.iter().chain(GOOGLE) {
        if let Err(error) = answer(expression) {
            assert_eq!(error.denies(), *expected == Fails, "{statement}: {expression}");
        }
    }
}

#[test]
fn lengths_are_what_google_accepts() {
    let padded = |length: usize| format!("'{}' == ''", "x".repeat(length - "'' == ''".len()));
    for (statement, limit, parse) in [
        (CONDITION, CONDITION_LIMIT, Expression::parse as fn(&str) -> Result<Expression, CelError>),
        (MAPPING, MAPPING_LIMIT, Expression::parse_mapping),
    ] {
        assert!(parse(&padded(limit)).is_ok(), "{statement}: {limit} characters");
        let error = parse(&padded(limit + 1)).unwrap_err();
        assert_eq!(error, CelError::TooLong { actual: limit + 1, limit }, "{statement}");
        // Characters count, not bytes.
        assert!(parse(&padded(limit).replace('x', "é")).is_ok(), "{statement}: {limit} characters of two bytes");
    }
}

#[test]
fn every_statement_is_shown_once_at_least_and_no_row_twice() {
    let rows: Vec<_> = LANGUAGE.iter().chain(GOOGLE).collect();
    let shown: BTreeSet<&str> = rows.iter().map(|(statement, ..)| *statement).collect();
    for statement in [
        SYNTAX,
        NAMES,
        NUMBERS,
        TEXTS,
        AGGREGATES,
        NULL,
        TYPES,
        ERRORS,
        LOGIC,
        MACROS,
        FIELDS,
        EQUALITY,
        ORDERING,
        OVERFLOW,
        PATTERNS,
        STANDARD,
        EXTRACT,
        AWS_MAPPING,
        MAPPING,
        STRINGS,
        CONDITION,
    ] {
        assert!(shown.contains(statement), "{statement}");
    }
    let distinct: BTreeSet<&str> = rows.iter().map(|(_, expression, _)| *expression).collect();
    assert_eq!(distinct.len(), rows.len());
}
