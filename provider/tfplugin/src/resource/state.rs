//! A stored state in the JSON form in which the host keeps it, of any version.

use serde::de::DeserializeOwned;

use crate::codec::json;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Model;
use crate::path::Path;
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// A stored state. Its shape is that of the version that wrote it.
#[derive(Clone)]
pub struct RawState(Vec<u8>);

impl RawState {
    /// The state as JSON bytes.
    pub fn new(json: Vec<u8>) -> Self {
        RawState(json)
    }

    /// The state as a value: unknown attributes are dropped, missing ones are null.
    ///
    /// # Errors
    /// A diagnostic if the JSON does not fit the type.
    pub fn decode(&self, ty: &Type) -> Result<Value, Diagnostics> {
        json::decode_lenient(&self.0, ty).map_err(|error| {
            Diagnostic::error("Unreadable state", format!("The stored state does not fit the schema: {error}.")).into()
        })
    }

    /// The state as a model, usually one that an older release had.
    ///
    /// # Errors
    /// A diagnostic if the JSON does not fit the model.
    pub fn model<M: Model>(&self) -> Result<M, Diagnostics> {
        M::decode(self.decode(&Schema::of::<M>().implied_type())?, &Path::root())
    }

    /// The state as any type that serde can read.
    ///
    /// # Errors
    /// A diagnostic if the JSON does not fit.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, Diagnostics> {
        serde_json::from_slice(&self.0).map_err(|error| {
            Diagnostic::error("Unreadable state", format!("The stored state is not as expected: {error}.")).into()
        })
    }
}

impl std::fmt::Debug for RawState {
    /// Never the state itself, which may hold secrets.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("RawState").field("bytes", &self.0.len()).finish()
    }
}
