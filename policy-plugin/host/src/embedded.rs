//! The built-in policy: compiled ahead of time by the build script and part of this binary.

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

static MACHINE_CODE: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/policy.cwasm"));

/// Loads the machine code.
///
/// The one place of unsafe code in the project: loading machine code is as unsafe as running it. These bytes were made by this crate's
/// build script with the same compiler, are part of the binary and cannot be swapped without swapping the binary.
#[allow(unsafe_code)]
pub(crate) fn component(engine: &Engine) -> wasmtime::Result<Component> {
    // SAFETY: the bytes come unchanged from `Engine::precompile_component` of the same wasmtime; see above.
    unsafe { Component::deserialize(engine, MACHINE_CODE) }
}

/// SHA-256 of the component, which does not depend on the target.
pub(crate) fn digest() -> &'static str {
    env!("POLICY_DIGEST")
}

/// SHA-256 in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
