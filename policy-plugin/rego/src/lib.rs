//! Asks policies that are written in Rego: an interpreter, compiled to a WASM component with no imports.
//!
//! The host hands the text over with every question, in the settings, so the interpreter is the same for all texts. Rego lives on undefined values,
//! which a policy must not: a text without findings, an error while it runs, or a finding that is none, is no answer, and no answer refuses.
//! It runs in the sandbox alone, so its tests are the host's, on the very component that judges.

#[cfg(target_arch = "wasm32")]
mod exports;
#[cfg(target_arch = "wasm32")]
mod policy;
#[cfg(target_arch = "wasm32")]
mod program;
