//! The contract in Rust, generated from `policy.wit`.
//!
//! The canonical ABI passes raw pointers, so the generated code, and nothing else in this crate, is unsafe; it is also not ours to document.
#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]

wit_bindgen::generate!({
    path: "../../proto/policy.wit",
    world: "policy",
    pub_export_macro: true,
    export_macro_name: "export_component",
    default_bindings_module: "crosscloud_policy_sdk::bindings",
});
