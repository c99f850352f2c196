//! The corpus: one guest for each thing that a module may do wrong. Each is refused by an error that names the module and says what it did, and
//! keeps the processor busy for less than a second.

use std::time::Duration;

use crosscloud_policy_host::PolicyError;

use crate::guest::{CONTRACT, Guest, ask, load};

/// A body of `evaluate` that answers with one finding, written after `prepare`; `0` stands for empty texts, and 4096 is where it lies.
fn one_finding(prepare: &str) -> String {
    format!(
        "{prepare} (i32.store (i32.const 4) (i32.const 4096)) (i32.store (i32.const 8) (i32.const 1)) (i32.const 0)"
    )
}

/// Writes a text into the memory, and its place into a field of the finding.
fn text_at(field: u32, bytes: &[u8]) -> String {
    let stores: String = bytes
        .iter()
        .enumerate()
        .map(|(index, byte)| format!("(i32.store8 (i32.const {}) (i32.const {byte})) ", 2048 + index))
        .collect();
    let (place, length) = (4096 + field, 4100 + field);
    format!(
        "{stores}(i32.store (i32.const {place}) (i32.const 2048)) (i32.store (i32.const {length}) (i32.const {}))",
        bytes.len()
    )
}

/// Where a finding has its message, and its witness behind the byte that says that there is one.
const MESSAGE: u32 = 28;
const WITNESS: u32 = 48;

fn corpus() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let evaluate = |body: &str| Guest { evaluate: body, ..Guest::default() }.module();
    let with = |extra: &str, body: &str| Guest { extra, evaluate: body, ..Guest::default() }.module();
    let witness = |json: &[u8]| {
        let says_so = "(i32.store8 (i32.const 4140) (i32.const 1))";
        evaluate(&one_finding(&format!("{says_so} {}", text_at(WITNESS, json))))
    };
    let whole = Guest::default().module();
    let mut flipped = whole.clone();
    flipped[4] ^= 1 << 3;
    let shapes = CONTRACT.replace("    message: string,\n", "    message: u64,\n");
    vec![
        ("an endless loop", evaluate("(loop (br 0)) (unreachable)"), "fuel|did not answer within"),
        (
            "a memory bomb",
            evaluate("(loop (br_if 0 (i32.ne (memory.grow (i32.const 64)) (i32.const -1)))) (unreachable)"),
            "bytes of memory that are allowed",
        ),
        (
            "deep recursion",
            with(
                "(func $deep (param i32) (result i32) (call $deep (i32.add (local.get 0) (i32.const 1))))",
                "(call $deep (i32.const 0))",
            ),
            "crashed: ",
        ),
        (
            "a giant output",
            evaluate(
                "(drop (memory.grow (i32.const 512))) (i32.store (i32.const 4) (i32.const 4096)) (i32.store (i32.const 8) (i32.const 300000)) (i32.const 0)",
            ),
            "answers with more than",
        ),
        ("invalid JSON", witness(b"{\"sub\":"), "a witness is no JSON object"),
        ("JSON of a wrong type", witness(b"[1, 2]"), "a witness is no JSON object"),
        ("a wrong type", evaluate(&one_finding("(i32.store8 (i32.const 4104) (i32.const 9))")), "answers nonsense"),
        (
            "types of another contract",
            Guest { contract: &shapes, ..Guest::default() }.module(),
            "in another shape|not a usable component",
        ),
        ("a trap", evaluate("(unreachable)"), "crashed: "),
        ("bad UTF-8", evaluate(&one_finding(&text_at(MESSAGE, b"caf\xe9"))), "answers nonsense"),
        (
            "an import",
            with(
                "(import \"wasi_snapshot_preview1\" \"fd_write\" (func (param i32 i32 i32 i32) (result i32)))",
                "(i32.const 0)",
            ),
            "wasi_snapshot_preview1#fd_write",
        ),
        ("a truncated module", whole[..whole.len() / 2].to_vec(), "not a usable component"),
        ("a flipped bit", flipped, "not a usable component"),
    ]
}

#[test]
fn each_is_refused_with_a_clear_error_within_a_second() {
    for (what, bytes, says) in corpus() {
        let started = worked();
        let answer = load(&bytes).and_then(|policy| ask(&policy));
        let took = worked() - started;
        let error: PolicyError = answer.expect_err(what);
        let text = error.to_string();
        assert!(text.contains("guest"), "{what}: {text}");
        assert!(says.split('|').any(|part| text.contains(part)), "{what}: {text}");
        assert!(took < Duration::from_secs(1), "{what} took {took:?}");
    }
}

/// Time that this thread has been on a processor, which a busy machine does not lengthen; zero where the system does not say.
fn worked() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(text.split(' ').next().and_then(|nanos| nanos.parse().ok()).unwrap_or_default())
}
