//! Reads credential files. What is wrong with one is told without quoting it.

use std::path::Path;

use serde_json::Value;
use zeroize::Zeroizing;

use super::SignInError;
use crate::secret::Secret;

/// Longer files hold no credentials.
const LIMIT: u64 = 1024 * 1024;

/// Reads a text file while the provider is configured.
pub(super) fn read(origin: &str, path: &str) -> Result<Secret, SignInError> {
    let bytes = bytes(origin, path)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unreadable(origin, path, "it is not text"))?;
    // Editors on Windows begin files with a mark that no parser of JSON takes.
    let text = Secret::new(text.trim_start_matches('\u{feff}'));
    if text.is_empty() { Err(unreadable(origin, path, "it is empty")) } else { Ok(text) }
}

/// Reads a file that need not be text.
pub(super) fn bytes(origin: &str, path: &str) -> Result<Zeroizing<Vec<u8>>, SignInError> {
    let unreadable = |problem: &str| unreadable(origin, path, problem);
    let about = std::fs::metadata(path).map_err(|error| unreadable(&error.to_string()))?;
    if about.is_dir() {
        return Err(unreadable("it is a folder"));
    }
    if about.len() > LIMIT {
        return Err(unreadable("it is larger than any credential"));
    }
    let bytes = std::fs::read(Path::new(path)).map_err(|error| unreadable(&error.to_string()))?;
    if bytes.is_empty() { Err(unreadable("it is empty")) } else { Ok(Zeroizing::new(bytes)) }
}

fn unreadable(origin: &str, path: &str, problem: &str) -> SignInError {
    SignInError::Unreadable { origin: origin.to_owned(), path: path.to_owned(), problem: problem.to_owned() }
}

/// A JSON object and where it came from.
#[derive(Clone, Debug)]
pub(super) struct Object {
    origin: String,
    value: Value,
}

impl Object {
    /// Parses a JSON object.
    pub(super) fn parse(origin: &str, text: &Secret) -> Result<Self, SignInError> {
        let object = |value| Self { origin: origin.to_owned(), value };
        match serde_json::from_str(text.expose()) {
            Ok(value @ Value::Object(_)) => Ok(object(value)),
            Ok(_) => Err(object(Value::Null).malformed("it is JSON, but not an object")),
            Err(error) => {
                let place = format!("line {}, column {}", error.line(), error.column());
                Err(object(Value::Null).malformed(&format!("it is not JSON ({place})")))
            }
        }
    }

    /// A text that must be there.
    pub(super) fn text(&self, name: &str) -> Result<&str, SignInError> {
        match self.optional(name)? {
            Some(text) => Ok(text),
            None => Err(self.malformed(&format!("it has no `{name}`"))),
        }
    }

    /// A text that may be missing.
    pub(super) fn optional(&self, name: &str) -> Result<Option<&str>, SignInError> {
        match &self.value[name] {
            Value::Null => Ok(None),
            Value::String(text) if text.trim().is_empty() => Ok(None),
            Value::String(text) => Ok(Some(text)),
            _ => Err(self.malformed(&format!("its `{name}` is not a text"))),
        }
    }

    /// An object within it; none where there is none.
    pub(super) fn inner(&self, name: &str) -> Result<Option<Self>, SignInError> {
        match &self.value[name] {
            Value::Null => Ok(None),
            value @ Value::Object(_) => Ok(Some(Self { origin: self.origin.clone(), value: value.clone() })),
            _ => Err(self.malformed(&format!("its `{name}` is not an object"))),
        }
    }

    /// What stands under a name.
    pub(super) fn get(&self, name: &str) -> &Value {
        &self.value[name]
    }

    /// Where it came from.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// What to say of it when it cannot be used.
    pub(super) fn malformed(&self, problem: &str) -> SignInError {
        SignInError::Malformed { origin: self.origin.clone(), problem: problem.to_owned() }
    }
}
