//! Modules that mean harm, or are broken: each is refused with an error that says why, and none harms the next question.
#![allow(clippy::unwrap_used)]

use std::time::{Duration, Instant};

use crosscloud_policy_host::{Limits, Policy, PolicyError};
use serde_json::Value;

#[path = "hostile/bombs.rs"]
mod bombs;
#[path = "hostile/corpus.rs"]
mod corpus;
#[path = "hostile/guest.rs"]
mod guest;

use guest::{CONTRACT, Guest, ask, guest, load};

#[test]
fn a_harmless_guest_answers() {
    let policy = load(&guest("", "(i32.const 0)")).unwrap();
    assert_eq!(ask(&policy).unwrap(), 0);
    assert_eq!(policy.metadata().unwrap().rules, []);
    policy.validate_settings(&Value::Null).unwrap();
}

#[test]
fn an_endless_loop_runs_out_of_fuel() {
    // Time enough that fuel decides on a busy machine, too.
    let limits = Limits { time: Duration::from_secs(120), ..Limits::default() };
    let policy = Policy::from_bytes("guest", &guest("", "(loop (br 0)) (unreachable)"), None, limits).unwrap();
    assert!(matches!(ask(&policy), Err(PolicyError::OutOfFuel { .. })));
    let policy = load(&guest("", "(loop (br 0)) (unreachable)")).unwrap();
    assert!(matches!(ask(&policy), Err(PolicyError::OutOfFuel { .. } | PolicyError::TimedOut { .. })));
}

#[test]
fn an_endless_loop_runs_out_of_time() {
    let limits = Limits { fuel: u64::MAX / 2, time: Duration::from_millis(100), ..Limits::default() };
    let policy = Policy::from_bytes("guest", &guest("", "(loop (br 0)) (unreachable)"), None, limits).unwrap();
    let started = Instant::now();
    assert!(matches!(ask(&policy), Err(PolicyError::TimedOut { .. })));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn a_memory_bomb_is_stopped() {
    let grow = "(loop (br_if 0 (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (unreachable)";
    assert!(matches!(ask(&load(&guest("", grow)).unwrap()), Err(PolicyError::OutOfMemory { .. })));
    let huge = guest("", "(i32.const 0)");
    let tight = Limits { memory: 1 << 16, ..Limits::default() };
    assert!(matches!(Policy::from_bytes("guest", &huge, None, tight), Err(PolicyError::OutOfMemory { .. })));
}

#[test]
fn crashes_are_errors() {
    assert!(matches!(ask(&load(&guest("", "(unreachable)")).unwrap()), Err(PolicyError::Trapped { .. })));
    let recursion = "(func $deep (param i32) (result i32) (call $deep (i32.add (local.get 0) (i32.const 1))))";
    let policy = load(&guest(recursion, "(call $deep (i32.const 0))")).unwrap();
    assert!(matches!(ask(&policy), Err(PolicyError::Trapped { .. } | PolicyError::OutOfFuel { .. })));
    let wild = load(&guest("", "(i32.load (i32.const -4))")).unwrap();
    assert!(matches!(ask(&wild), Err(PolicyError::Trapped { .. })));
}

/// Answers with a list of `count` findings that lie at 4096, after `prepare`.
fn listing(prepare: &str, count: i32) -> Vec<u8> {
    let body = format!(
        "{prepare} (i32.store (i32.const 4) (i32.const 4096)) (i32.store (i32.const 8) (i32.const {count})) (i32.const 0)"
    );
    guest("", &body)
}

#[test]
fn giant_answers_are_cut_off() {
    let many = listing("(drop (memory.grow (i32.const 512)))", 300_000);
    assert!(matches!(ask(&load(&many).unwrap()), Err(PolicyError::OutputTooLarge { .. })));
    // Two hundred findings that all claim the same long text.
    let mut claims = String::from("(drop (memory.grow (i32.const 16)))");
    claims.push_str("(memory.fill (i32.const 131072) (i32.const 97) (i32.const 900000))");
    for finding in 0..200 {
        let at = 4096 + finding * 60;
        claims.push_str(&format!(
            "(i32.store (i32.const {at}) (i32.const 131072)) (i32.store (i32.const {}) (i32.const 900000))",
            at + 4
        ));
    }
    let answer = ask(&load(&listing(&claims, 200)).unwrap());
    assert!(matches!(answer, Err(PolicyError::OutputTooLarge { .. })), "{answer:?}");
    let beyond = listing("", 300_000);
    assert!(matches!(
        ask(&load(&beyond).unwrap()),
        Err(PolicyError::BadOutput { .. } | PolicyError::OutputTooLarge { .. })
    ));
}

#[test]
fn nonsense_is_refused() {
    let one = |prepare: &str| ask(&load(&listing(prepare, 1)).unwrap());
    assert_eq!(one("").unwrap(), 1);
    let text = |first: i32| {
        one(&format!(
            "(i32.store8 (i32.const 2048) (i32.const {first})) (i32.store (i32.const 4096) (i32.const 2048)) (i32.store (i32.const 4100) (i32.const 1))"
        ))
    };
    assert!(matches!(text(0xff), Err(PolicyError::BadOutput { .. })), "text that is not UTF-8");
    assert!(matches!(text(0x1b), Err(PolicyError::BadOutput { .. })), "a terminal's control character");
    assert_eq!(text(0x61).unwrap(), 1);
    assert!(
        matches!(one("(i32.store8 (i32.const 4104) (i32.const 9))"), Err(PolicyError::BadOutput { .. })),
        "a severity that does not exist"
    );
    let verdict = guest("", "(i32.store8 (i32.const 0) (i32.const 7)) (i32.const 0)");
    assert!(
        matches!(ask(&load(&verdict).unwrap()), Err(PolicyError::BadOutput { .. })),
        "neither findings nor an error"
    );
    let misplaced = guest("", "(i32.const -8)");
    assert!(
        matches!(ask(&load(&misplaced).unwrap()), Err(PolicyError::BadOutput { .. })),
        "an answer outside of the memory"
    );
    let objection = guest("", "(i32.store8 (i32.const 0) (i32.const 1)) (i32.const 0)");
    assert!(matches!(ask(&load(&objection).unwrap()), Err(PolicyError::Document { .. })));
}

#[test]
fn imports_are_refused() {
    let core =
        guest(r#"(import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))"#, "(i32.const 0)");
    let Err(PolicyError::Imports { imports, .. }) = load(&core) else { panic!("a core module with an import loads") };
    assert_eq!(imports, ["wasi_snapshot_preview1#random_get"]);
    let component = wat::parse_str(r#"(component (import "wasi:cli/environment@0.2.0" (instance)))"#).unwrap();
    let Err(PolicyError::Imports { imports, .. }) = load(&component) else {
        panic!("a component with an import loads")
    };
    assert_eq!(imports, ["wasi:cli/environment@0.2.0"]);
}

#[test]
fn other_contracts_are_refused() {
    for version in ["2.0.0", "1.1.0", "0.9.0"] {
        let contract = CONTRACT.replace("crosscloud:policy@1.0.0", &format!("crosscloud:policy@{version}"));
        let error = Guest { contract: &contract, version, ..Guest::default() }.load().unwrap_err();
        assert!(matches!(&error, PolicyError::ContractVersion { found, .. } if found.ends_with(version)), "{error}");
    }
    let empty = wat::parse_str("(component)").unwrap();
    assert!(matches!(load(&empty), Err(PolicyError::ContractVersion { .. })));
    let contract = CONTRACT.replace("    path: string,\n", "");
    let other = Guest { contract: &contract, ..Guest::default() }.load();
    assert!(matches!(other, Err(PolicyError::ContractVersion { .. })));
}

#[test]
fn broken_files_are_refused() {
    for whole in [Guest::default().module(), Guest::default().component()] {
        for length in (0..whole.len()).step_by(whole.len() / 40) {
            assert!(load(&whole[..length]).is_err(), "{length} bytes of {}", whole.len());
        }
        // Every bit of the beginning, where the structure is, and bits all over the rest.
        let beginning = 60 * 8;
        for bit in (0..beginning).chain((beginning..whole.len() * 8).step_by(61)) {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            // Some flips only change a constant; what loads must still be safe to ask.
            if let Ok(policy) = load(&flipped) {
                let _ = ask(&policy);
            }
        }
    }
    assert!(matches!(load(b"(component)"), Err(PolicyError::NotAComponent { .. })));
}

#[test]
fn pins_and_sizes_hold() {
    let bytes = guest("", "(i32.const 0)");
    let limits = Limits::default();
    let digest = load(&bytes).unwrap().digest().to_owned();
    assert!(Policy::from_bytes("guest", &bytes, Some(&digest.to_uppercase()), limits).is_ok());
    let other = Policy::from_bytes("guest", &bytes, Some(&"0".repeat(64)), limits);
    assert!(matches!(other, Err(PolicyError::DigestMismatch { actual, .. }) if actual == digest));
    let small = Limits { module: 10, ..limits };
    assert!(matches!(Policy::from_bytes("guest", &bytes, None, small), Err(PolicyError::TooLarge { .. })));
}
