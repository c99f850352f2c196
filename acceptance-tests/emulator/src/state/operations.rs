//! Long-running operations: answered undone, done at the first poll, or only after a lag that a fault asked for.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::clock::Millis;

/// The operations of one world, by full name.
#[derive(Debug, Default)]
pub(crate) struct Operations {
    by_name: BTreeMap<String, Operation>,
}

#[derive(Debug)]
struct Operation {
    response: Value,
    error: Option<Value>,
    ready_at: Millis,
}

impl Operations {
    /// Starts an operation and returns what the starting call answers.
    pub(crate) fn start(&mut self, name: String, response: Value, ready_at: Millis) -> Value {
        let answer = json!({ "name": name });
        self.by_name.insert(name, Operation { response, error: None, ready_at });
        answer
    }

    /// Lets an operation end in an error. Answers whether there is one of that name.
    pub(crate) fn fail(&mut self, name: &str, error: Value) -> bool {
        match self.by_name.get_mut(name) {
            Some(operation) => {
                operation.error = Some(error);
                true
            }
            None => false,
        }
    }

    /// What a poll answers.
    pub(crate) fn poll(&self, name: &str, now: Millis) -> Option<Value> {
        let operation = self.by_name.get(name)?;
        if now < operation.ready_at {
            return Some(json!({ "name": name }));
        }
        Some(match &operation.error {
            Some(error) => json!({ "name": name, "done": true, "error": error }),
            None => json!({ "name": name, "done": true, "response": operation.response }),
        })
    }
}
