//! The export that only an interpreter has: what a text says it is.
//!
//! The canonical ABI passes raw pointers, so the generated code, and nothing else in this crate, is unsafe.
#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::all)]

use crate::program::Program;

wit_bindgen::generate!({ path: "../../proto/policy.wit", world: "describer" });

struct Interpreter;

impl exports::crosscloud::policy::source::Guest for Interpreter {
    fn describe(source: String) -> Result<String, Vec<String>> {
        let metadata =
            Program::read(&source).and_then(|mut program| program.metadata()).map_err(|problem| vec![problem])?;
        serde_json::to_string(&metadata).map_err(|error| vec![error.to_string()])
    }
}

export!(Interpreter);
