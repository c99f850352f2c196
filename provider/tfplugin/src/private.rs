//! Private data: what a provider keeps beside a resource's state, never shown to the user.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::diagnostic::{Diagnostic, Diagnostics};

/// Private data as named JSON values.
///
/// The host stores it as bytes. It survives refresh, plan and apply, but not the loss of the state: what cannot be
/// found out again belongs into the state.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Private(BTreeMap<String, Json>);

impl Private {
    /// No private data.
    pub fn new() -> Self {
        Private::default()
    }

    /// Reads what the host stored. No bytes are no data.
    ///
    /// # Errors
    /// A diagnostic if the bytes are not ours.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Diagnostics> {
        if bytes.is_empty() {
            return Ok(Private::new());
        }
        serde_json::from_slice(bytes).map(Private).map_err(|error| {
            let detail = format!(
                "The private data stored with this resource was not written by this provider ({error}). \
                 Remove the resource from the state and import it again."
            );
            Diagnostic::error("Unreadable private data", detail).into()
        })
    }

    /// The bytes for the host to store. No data are no bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        if self.0.is_empty() {
            return Vec::new();
        }
        Json::Object(self.0.iter().map(|(key, value)| (key.clone(), value.clone())).collect()).to_string().into_bytes()
    }

    /// The value under a key; `None` if there is none.
    ///
    /// # Errors
    /// A diagnostic if there is a value of another shape.
    pub fn get<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Diagnostics> {
        let Some(value) = self.0.get(key) else { return Ok(None) };
        T::deserialize(value).map(Some).map_err(|error| {
            let detail = format!("The private data {key:?} stored with this resource has another shape: {error}.");
            Diagnostic::error("Unreadable private data", detail).into()
        })
    }

    /// Puts a value under a key.
    ///
    /// # Errors
    /// A diagnostic if the value has no JSON form.
    pub fn set(&mut self, key: impl Into<String>, value: &impl Serialize) -> Result<(), Diagnostics> {
        let key = key.into();
        let value = serde_json::to_value(value).map_err(|error| {
            Diagnostic::error("Private data cannot be stored", format!("{key:?} has no JSON form: {error}."))
        })?;
        self.0.insert(key, value);
        Ok(())
    }

    /// Forgets a key.
    pub fn remove(&mut self, key: &str) {
        self.0.remove(key);
    }

    /// Whether there is no data.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_the_round_trip() {
        let mut private = Private::new();
        private.set("keep", &vec!["a", "b"]).unwrap();
        let read = Private::from_bytes(&private.to_bytes()).unwrap();
        assert_eq!(read.get::<Vec<String>>("keep").unwrap(), Some(vec!["a".to_owned(), "b".to_owned()]));
        assert_eq!(read.get::<bool>("other").unwrap(), None);
        assert!(read.get::<bool>("keep").is_err());
    }

    #[test]
    fn foreign_bytes_are_told_not_trusted() {
        for bytes in [&b"\x80"[..], b"[]", b"null", b"{", b"\xff\xfe"] {
            assert!(Private::from_bytes(bytes).is_err(), "{bytes:?}");
        }
        assert!(Private::from_bytes(b"").unwrap().is_empty());
        assert!(Private::new().to_bytes().is_empty());
    }
}
