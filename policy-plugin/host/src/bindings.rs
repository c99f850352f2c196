//! The contract in Rust, generated from `policy.wit`.
#![allow(missing_docs, unreachable_pub, clippy::all)]

wasmtime::component::bindgen!({ path: "../../proto/policy.wit", world: "policy" });
