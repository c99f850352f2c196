//! Values on the wire.

use tfplugin_proto::tfplugin6 as wire;

use crate::codec::{CodecError, json, msgpack};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::types::Type;
use crate::value::Value;

/// Reads a value of type `ty`: MessagePack if there is any, JSON otherwise, and null where there is neither. `what`
/// names it in messages.
pub(super) fn decode(value: Option<wire::DynamicValue>, ty: &Type, what: &str) -> Result<Value, Diagnostics> {
    let value = value.unwrap_or_default();
    let decoded = if !value.msgpack.is_empty() {
        msgpack::decode(&value.msgpack, ty)
    } else if !value.json.is_empty() {
        json::decode(&value.json, ty)
    } else {
        Ok(Value::Null)
    };
    decoded.map_err(|error| {
        let detail = format!("The host sent a {what} that is not of the type in the provider's schema");
        told(&error, format!("Unreadable {what}"), &detail)
    })
}

/// Writes a value of type `ty`, always as MessagePack.
pub(super) fn encode(value: &Value, ty: &Type) -> Result<Option<wire::DynamicValue>, Diagnostics> {
    match msgpack::encode(value, ty) {
        Ok(bytes) => Ok(Some(wire::DynamicValue { msgpack: bytes.into(), ..Default::default() })),
        Err(error) => {
            let detail = "This is a bug in the provider: it made a value that is not of the type in its own schema";
            Err(told(&error, "The provider made an invalid value".to_owned(), detail))
        }
    }
}

fn told(error: &CodecError, summary: String, detail: &str) -> Diagnostics {
    Diagnostic::attribute_error(&error.path, summary, format!("{detail}: {}.", error.problem)).into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn ty() -> Type {
        Type::object([("name", Type::String)])
    }

    #[test]
    fn either_encoding_is_read_and_no_bytes_are_null() {
        let value = Value::object([("name", Value::string("n"))]);
        let encoded = encode(&value, &ty()).unwrap();
        assert_eq!(decode(encoded, &ty(), "state").unwrap(), value);
        let json = wire::DynamicValue { json: br#"{"name":"n"}"#.as_slice().into(), ..Default::default() };
        assert_eq!(decode(Some(json), &ty(), "state").unwrap(), value);
        assert_eq!(decode(None, &ty(), "state").unwrap(), Value::Null);
        assert_eq!(decode(Some(wire::DynamicValue::default()), &ty(), "state").unwrap(), Value::Null);
    }

    #[test]
    fn what_does_not_fit_is_told_without_the_value() {
        let json = wire::DynamicValue { json: br#"{"name":["secret"]}"#.as_slice().into(), ..Default::default() };
        let told = decode(Some(json), &ty(), "configuration").unwrap_err().to_string();
        assert!(told.contains("Unreadable configuration"), "{told}");
        assert!(told.contains("(at name)"), "{told}");
        assert!(!told.contains("secret"), "{told}");
        let garbage = wire::DynamicValue { msgpack: vec![0xc1].into(), ..Default::default() };
        assert!(decode(Some(garbage), &ty(), "configuration").is_err());
    }
}
