//! The contract in Rust, generated from `policy.wit`.
#![allow(missing_docs, unreachable_pub, clippy::all)]

wasmtime::component::bindgen!({ path: "../../proto/policy.wit", world: "policy" });

/// The export that only interpreters have.
pub mod interpreter {
    wasmtime::component::bindgen!({ path: "../../proto/policy.wit", world: "describer" });
}
