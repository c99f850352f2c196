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
    /// What a poll answers at first.
    running: Value,
    /// What it answers in the end.
    ended: Value,
    ready_at: Millis,
}

impl Operations {
    /// Starts an operation and returns what the starting call answers.
    pub(crate) fn start(&mut self, name: String, response: Value, ready_at: Millis) -> Value {
        let ended = json!({ "name": name, "done": true, "response": response });
        self.begin(json!({ "name": name }), ended, ready_at)
    }

    /// Starts an operation that tells more than its name: `running` until it is ready, `ended` from then on. Both carry the name.
    pub(crate) fn begin(&mut self, running: Value, ended: Value, ready_at: Millis) -> Value {
        let name = running["name"].as_str().unwrap_or_default().to_owned();
        self.by_name.insert(name, Operation { running: running.clone(), ended, ready_at });
        running
    }

    /// Lets an operation end in an error. Answers whether there is one of that name.
    pub(crate) fn fail(&mut self, name: &str, error: Value) -> bool {
        let Some(operation) = self.by_name.get_mut(name) else { return false };
        if let Some(ended) = operation.ended.as_object_mut() {
            ended.remove("response");
            ended.insert(String::from("error"), error);
        }
        true
    }

    /// What a poll answers.
    pub(crate) fn poll(&self, name: &str, now: Millis) -> Option<Value> {
        let operation = self.by_name.get(name)?;
        Some(if now < operation.ready_at { operation.running.clone() } else { operation.ended.clone() })
    }
}
