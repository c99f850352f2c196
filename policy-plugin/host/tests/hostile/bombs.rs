//! Modules that use up something: in every function that the host calls, in every kind of thing that it makes.

use std::time::Duration;

use crosscloud_policy_host::model::document::TrustDocument;
use crosscloud_policy_host::{Limits, Policy, PolicyError};
use serde_json::Value;

use crate::guest::{CONTRACT, Guest, VERSION, ask, guest, load};

const LOOP: &str = "(loop (br 0)) (unreachable)";

/// Ended by the limits, and by nothing else.
#[track_caller]
fn is_ended<T: std::fmt::Debug>(answer: Result<T, PolicyError>) {
    assert!(matches!(answer, Err(PolicyError::OutOfFuel { .. } | PolicyError::TimedOut { .. })), "{answer:?}");
}

#[test]
fn no_function_may_loop() {
    is_ended(Guest { metadata: LOOP, ..Guest::default() }.load().unwrap().metadata());
    is_ended(Guest { validate_settings: LOOP, ..Guest::default() }.load().unwrap().validate_settings(&Value::Null));
    is_ended(ask(&Guest { evaluate: LOOP, ..Guest::default() }.load().unwrap()));
    // The host asks for room for the document and the settings.
    is_ended(ask(&Guest { realloc: LOOP, ..Guest::default() }.load().unwrap()));
    // What runs when an instance is made runs while the module is loaded.
    is_ended(Guest { extra: "(func $loop (loop (br 0))) (start $loop)", ..Guest::default() }.load());
    // What cleans up behind an answer runs after it.
    let cleanup =
        format!(r#"(func (export "cabi_post_crosscloud:policy/judge@{VERSION}#metadata") (param i32) (loop (br 0)))"#);
    is_ended(Guest { extra: &cleanup, ..Guest::default() }.load().unwrap().metadata());
}

#[test]
fn nor_say_too_much() {
    let rules = "(drop (memory.grow (i32.const 512))) (i32.store (i32.const 16) (i32.const 4096)) \
        (i32.store (i32.const 20) (i32.const 300000)) (i32.const 0)";
    let answer = Guest { metadata: rules, ..Guest::default() }.load().unwrap().metadata();
    assert!(matches!(answer, Err(PolicyError::OutputTooLarge { .. })), "{answer:?}");
    let name = "(drop (memory.grow (i32.const 512))) (memory.fill (i32.const 131072) (i32.const 97) (i32.const 9000000)) \
        (i32.store (i32.const 0) (i32.const 131072)) (i32.store (i32.const 4) (i32.const 9000000)) (i32.const 0)";
    let answer = Guest { metadata: name, ..Guest::default() }.load().unwrap().metadata();
    assert!(matches!(answer, Err(PolicyError::OutputTooLarge { .. })), "{answer:?}");
    // A thousand objections to the settings, all of them the same long text.
    let mut problems = String::from(
        "(drop (memory.grow (i32.const 16))) (memory.fill (i32.const 131072) (i32.const 97) (i32.const 900000))",
    );
    for problem in 0..1000 {
        let at = 4096 + problem * 8;
        problems.push_str(&format!(
            "(i32.store (i32.const {at}) (i32.const 131072)) (i32.store (i32.const {}) (i32.const 900000))",
            at + 4
        ));
    }
    problems.push_str(
        "(i32.store8 (i32.const 0) (i32.const 1)) (i32.store (i32.const 4) (i32.const 4096)) (i32.store (i32.const 8) (i32.const 1000)) (i32.const 0)",
    );
    let policy = Guest { validate_settings: &problems, ..Guest::default() }.load().unwrap();
    let answer = policy.validate_settings(&Value::Null);
    assert!(matches!(answer, Err(PolicyError::OutputTooLarge { .. })), "{answer:?}");
}

#[test]
fn tables_count_as_memory() {
    let born = load(&guest("(table 100000000 funcref)", "(i32.const 0)"));
    assert!(matches!(born, Err(PolicyError::OutOfMemory { .. })), "{born:?}");
    let grows =
        "(loop (br_if 0 (i32.ne (table.grow (ref.null func) (i32.const 100000)) (i32.const -1)))) (unreachable)";
    let answer = ask(&load(&guest("(table 0 funcref)", grows)).unwrap());
    assert!(matches!(answer, Err(PolicyError::OutOfMemory { .. })), "{answer:?}");
}

#[test]
fn so_do_all_memories_of_a_component() {
    // Each is within the limit, and all together are not.
    let memories: String = (0..3).map(|_| "(core module (memory 400)) ").collect();
    let instances: String = (0..3).map(|index| format!("(core instance (instantiate {index})) ")).collect();
    is_refused(&format!("(component {memories}{instances})"));
    let crowd: String = (0..1000).map(|_| "(core instance (instantiate 0)) ").collect();
    is_refused(&format!("(component (core module (memory 1)) {crowd})"));
}

#[test]
fn types_that_explode_are_refused() {
    let mut doubling = String::from("(type $t0 (tuple u8 u8)) ");
    for level in 1..64 {
        doubling.push_str(&format!("(type $t{level} (tuple $t{} $t{})) ", level - 1, level - 1));
    }
    is_refused(&format!("(component {doubling})"));
    let mut deep = String::from("(type $t0 (list u8)) ");
    for level in 1..20_000 {
        deep.push_str(&format!("(type $t{level} (list $t{})) ", level - 1));
    }
    is_refused(&format!("(component {deep})"));
    let nested = format!("(component {} {})", "(component ".repeat(500), ")".repeat(500));
    is_refused(&nested);
}

#[track_caller]
fn is_refused(component: &str) {
    // A text that is too much for its own reader harms nobody.
    if let Ok(bytes) = wat::parse_str(component) {
        let answer = load(&bytes);
        assert!(answer.is_err(), "{answer:?}");
    }
}

#[test]
fn the_next_question_is_answered_as_before() {
    let harmless = Guest::default().load().unwrap();
    let judge = |policy: &Policy| policy.evaluate(&TrustDocument::default(), &Value::Null).unwrap();
    let before = judge(&harmless);
    let grow = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (unreachable)";
    let recursion = "(func $deep (param i32) (result i32) (call $deep (i32.add (local.get 0) (i32.const 1))))";
    for (extra, evaluate) in [("", LOOP), ("", grow), ("", "(unreachable)"), (recursion, "(call $deep (i32.const 0))")]
    {
        // Time enough that the clock ends nothing on a busy machine.
        let limits = Limits { time: Duration::from_secs(120), ..Limits::default() };
        let hostile = Policy::from_bytes("guest", &guest(extra, evaluate), None, limits).unwrap();
        let first = ask(&hostile).unwrap_err().to_string();
        assert_eq!(judge(&harmless), before, "the same findings for the same fuel");
        assert_eq!(ask(&hostile).unwrap_err().to_string(), first, "the same end every time");
    }
}

#[test]
fn not_a_number_is_one_number() {
    // Machines differ in the bits of a NaN; a policy must not see that.
    let bits = "(i32.reinterpret_f32 (f32.div (f32.const 0) (f32.const 0)))";
    let evaluate = format!("(if (i32.ne {bits} (i32.const 0x7fc00000)) (then (unreachable))) (i32.const 0)");
    assert_eq!(ask(&load(&guest("", &evaluate)).unwrap()).unwrap(), 0);
}

#[test]
fn both_versions_of_the_contract_are_named() {
    for version in ["2.0.0", "1.1.0", "0.9.0"] {
        let contract = CONTRACT.replace("crosscloud:policy@1.0.0", &format!("crosscloud:policy@{version}"));
        let error = Guest { contract: &contract, version, ..Guest::default() }.load().unwrap_err().to_string();
        assert!(error.contains(&format!("crosscloud:policy/judge@{version}")), "{error}");
        assert!(error.contains(&format!("crosscloud:policy/judge@{VERSION}")), "{error}");
    }
}

#[test]
fn the_guide_says_what_the_limits_are() {
    let guide = include_str!("../../../../docs/guides/policies.md");
    let Limits { fuel, memory, time, output, findings, module } = Limits::default();
    for (limit, unit) in [
        (thousands(fuel), "units of fuel"),
        (thousands(memory as u64), "bytes"),
        (time.as_secs().to_string(), "second"),
        (thousands(output as u64), "bytes"),
        (thousands(findings as u64), "findings"),
        (thousands(module as u64), "bytes"),
    ] {
        assert!(guide.contains(&format!("{limit} {unit}")), "{limit} {unit}");
    }
}

/// A number with commas, as the guide writes it.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
