//! Values exactly as a real Terraform sends them: recorded once, decoded and encoded again byte for byte ever since.
//!
//! `tests/golden/vectors.json` holds expressions, their types and what Terraform made of them. To add a vector, add its
//! `type` and `expression` and run `TFPLUGIN_RECORD=1 cargo test -p tfplugin --test integration golden`.

mod recorder;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tfplugin::codec::{json, msgpack};
use tfplugin::{Type, Value};

use crate::support::{on_path, skipped};
use recorder::Recorder;

/// One expression and what Terraform sends for it.
#[derive(Clone, Debug, Deserialize, Serialize, PartialEq)]
pub(crate) struct Vector {
    /// The type of the attribute, in its JSON form.
    #[serde(rename = "type")]
    ty: serde_json::Value,
    /// Whether the attribute is declared with nested attributes instead of a type.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    nested: bool,
    /// What a user writes.
    expression: String,
    /// The configuration on the wire, in hexadecimal.
    #[serde(default)]
    msgpack: String,
    /// The attributes as Terraform stores them in its state, where nothing is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
}

impl Vector {
    /// The type of the attribute.
    fn value_type(&self) -> Type {
        Type::from_json(&self.ty).unwrap()
    }

    /// The type of the whole configuration.
    fn config_type(&self) -> Type {
        Type::object([("case", Type::Number), ("value", self.value_type())])
    }

    fn bytes(&self) -> Vec<u8> {
        let digits = self.msgpack.as_bytes().chunks(2);
        digits.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
    }

    fn decode(&self) -> Value {
        msgpack::decode(&self.bytes(), &self.config_type()).unwrap_or_else(|error| panic!("{self:?}: {error}"))
    }
}

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden/vectors.json")
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(&std::fs::read_to_string(file()).unwrap()).unwrap()
}

/// Whether a type has sets whose order on the wire is the host's own: it orders primitives, and hashes the rest.
fn has_hashed_sets(ty: &Type, value: &Value) -> bool {
    match (ty, value) {
        (Type::Set(element), Value::Set(elements)) => {
            let ordered = matches!(**element, Type::String | Type::Number | Type::Bool);
            elements.len() > 1 && !ordered
        }
        (Type::List(element), value) => {
            value.as_elements().into_iter().flatten().any(|it| has_hashed_sets(element, it))
        }
        (Type::Map(element), value) => {
            value.as_members().into_iter().flat_map(|it| it.values()).any(|it| has_hashed_sets(element, it))
        }
        (Type::Tuple(types), Value::Tuple(elements)) => {
            types.iter().zip(elements).any(|(ty, value)| has_hashed_sets(ty, value))
        }
        (Type::Object(object), value) => {
            object.attributes.iter().any(|(name, ty)| value.attribute(name).is_some_and(|it| has_hashed_sets(ty, it)))
        }
        (Type::Dynamic, Value::Dynamic(dynamic)) => has_hashed_sets(&dynamic.ty, &dynamic.value),
        _ => false,
    }
}

#[test]
fn recorded_values_are_read_and_written_alike() {
    let vectors = vectors();
    assert!(vectors.len() > 90, "only {} vectors", vectors.len());
    let mut hashed = 0;
    for vector in &vectors {
        let (ty, value) = (vector.config_type(), vector.decode());
        let written = msgpack::encode(&value, &ty).unwrap();
        if has_hashed_sets(&ty, &value) {
            hashed += 1;
            assert_eq!(written.len(), vector.bytes().len(), "{vector:?}");
            assert_eq!(msgpack::decode(&written, &ty).unwrap(), value, "{vector:?}");
        } else {
            assert_eq!(written, vector.bytes(), "{vector:?}\n{value:?}");
        }
    }
    assert!(hashed * 10 < vectors.len(), "too many vectors have no order: {hashed}");
}

#[test]
fn a_stored_state_is_the_value_that_was_sent() {
    let (mut compared, mut rounded) = (0, 0);
    for vector in vectors() {
        let Some(state) = &vector.state else { continue };
        let (ty, value) = (vector.config_type(), vector.decode());
        let stored = json::decode(state.as_bytes(), &ty).unwrap();
        assert!(value.same_when_stored(&stored), "{vector:?}: {stored:?}");
        assert_eq!(json::decode_lenient(state.as_bytes(), &ty).as_ref(), Ok(&stored), "{vector:?}");
        rounded += usize::from(stored != value);
        let written = json::encode(&value, &ty).unwrap();
        assert_eq!(json::decode(&written, &ty).as_ref(), Ok(&value), "{vector:?}");
        compared += 1;
    }
    assert!(compared > 50, "only {compared} states");
    assert!((1..5).contains(&rounded), "{rounded} floats are stored as another number");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_terraform_still_sends_what_is_recorded() {
    let Some(host) = on_path("terraform") else { return skipped("terraform is not on PATH") };
    let recorded = vectors();
    let fresh = Recorder::new(host, &recorded).record().await;
    if std::env::var_os("TFPLUGIN_RECORD").is_some() {
        let lines: Vec<String> = fresh.iter().map(|vector| serde_json::to_string(vector).unwrap()).collect();
        std::fs::write(file(), format!("[\n{}\n]\n", lines.join(",\n"))).unwrap();
        return;
    }
    for (recorded, fresh) in recorded.iter().zip(&fresh) {
        assert_eq!(recorded, fresh);
    }
}
