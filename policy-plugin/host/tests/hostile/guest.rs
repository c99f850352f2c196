//! Small modules written by hand: a harmless policy, in which any part can be replaced.

use crosscloud_policy_host::model::document::TrustDocument;
use crosscloud_policy_host::{Limits, Policy, PolicyError};
use serde_json::Value;

pub(crate) const CONTRACT: &str = include_str!("../../../../proto/policy.wit");

/// The version that the contract has.
pub(crate) const VERSION: &str = "1.0.0";

/// The parts of a module. `0` is a place full of zeros: an empty list, empty texts, "ok".
pub(crate) struct Guest<'a> {
    /// Whatever else the module has.
    pub(crate) extra: &'a str,
    /// Bodies of functions.
    pub(crate) metadata: &'a str,
    pub(crate) validate_settings: &'a str,
    pub(crate) evaluate: &'a str,
    /// Where the host's texts are put.
    pub(crate) realloc: &'a str,
    /// The contract that it says it keeps.
    pub(crate) contract: &'a str,
    pub(crate) version: &'a str,
}

impl Default for Guest<'_> {
    fn default() -> Self {
        Self {
            extra: "",
            metadata: "(i32.const 0)",
            validate_settings: "(i32.const 0)",
            evaluate: "(i32.const 0)",
            realloc: "(i32.const 65536)",
            contract: CONTRACT,
            version: VERSION,
        }
    }
}

impl Guest<'_> {
    /// The core module, as a compiler makes it.
    pub(crate) fn module(&self) -> Vec<u8> {
        let Self { extra, metadata, validate_settings, evaluate, realloc, contract, version } = self;
        let judge = format!("crosscloud:policy/judge@{version}");
        let text = format!(
            r#"(module
                {extra}
                (memory (export "memory") 2)
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {realloc})
                (func (export "{judge}#metadata") (result i32) {metadata})
                (func (export "{judge}#validate-settings") (param i32 i32) (result i32) {validate_settings})
                (func (export "{judge}#evaluate") (param i32 i32 i32 i32) (result i32) {evaluate})
            )"#
        );
        let mut module = wat::parse_str(text).unwrap();
        let mut resolve = wit_parser::Resolve::default();
        let package = resolve.push_str("policy.wit", contract).unwrap();
        let world = resolve.select_world(&[package], Some("policy")).unwrap();
        wit_component::embed_component_metadata(&mut module, &resolve, world, wit_component::StringEncoding::UTF8)
            .unwrap();
        module
    }

    /// The component around it.
    pub(crate) fn component(&self) -> Vec<u8> {
        wit_component::ComponentEncoder::default().module(&self.module()).unwrap().encode().unwrap()
    }

    pub(crate) fn load(&self) -> Result<Policy, PolicyError> {
        load(&self.module())
    }
}

/// A module whose `evaluate` has the given body.
pub(crate) fn guest(extra: &str, evaluate: &str) -> Vec<u8> {
    Guest { extra, evaluate, ..Guest::default() }.module()
}

pub(crate) fn load(bytes: &[u8]) -> Result<Policy, PolicyError> {
    Policy::from_bytes("guest", bytes, None, Limits::default())
}

pub(crate) fn ask(policy: &Policy) -> Result<usize, PolicyError> {
    policy.evaluate(&TrustDocument::default(), &Value::Null).map(|(findings, _)| findings.len())
}
