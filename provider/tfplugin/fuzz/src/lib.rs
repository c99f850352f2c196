//! What must hold for every input of a decoder, whoever makes the inputs up: libFuzzer or the driver beside it.
//!
//! Each check panics where something does not hold, and says whether the input was understood at all.

use tfplugin::codec::{conforms, json, msgpack};
use tfplugin::{Private, Type};

/// The MessagePack decoder: never panics, and whatever it understands fits its type and survives being written again.
pub fn check_msgpack(input: &[u8]) -> bool {
    let Some((ty, bytes)) = typed(input) else { return false };
    let Ok(value) = msgpack::decode(bytes, &ty) else { return false };
    assert_eq!(conforms(&value, &ty), Ok(()));
    let written = msgpack::encode(&value, &ty).expect("what was read can be written");
    let again = msgpack::decode(&written, &ty).expect("what was written can be read");
    // A long prefix is shortened, and what does not belong to the type is left out; everything else must be the same.
    assert!(again.eq_ignoring_refinements(&value), "{value:?} became {again:?}");
    let stable = msgpack::encode(&again, &ty).expect("what was read can be written");
    assert_eq!(msgpack::decode(&stable, &ty).as_ref(), Ok(&again));
    true
}

/// The JSON decoders: never panic, the lenient one reads whatever the strict one reads, and all survive being written.
pub fn check_json(input: &[u8]) -> bool {
    let Some((ty, bytes)) = typed(input) else { return false };
    let strict = json::decode(bytes, &ty);
    let Ok(value) = json::decode_lenient(bytes, &ty) else {
        assert!(strict.is_err(), "only the strict decoder reads it");
        return false;
    };
    assert!(strict.is_err() || strict == Ok(value.clone()), "{strict:?} is not {value:?}");
    assert_eq!(conforms(&value, &ty), Ok(()));
    let written = json::encode(&value, &ty).expect("what was read can be written");
    assert_eq!(json::decode(&written, &ty).as_ref(), Ok(&value));
    true
}

/// The reader of type JSON: never panics, and what it reads keeps its meaning.
pub fn check_types(bytes: &[u8]) -> bool {
    let Ok(ty) = Type::from_json_bytes(bytes) else { return false };
    let again = Type::from_json_bytes(&ty.to_json_bytes()).expect("what was written can be read");
    assert_eq!(again, ty);
    assert!(!ty.to_string().is_empty());
    let _ = ty.contains_dynamic();
    true
}

/// Private data as a host hands them back: never panic, and keep what they hold.
pub fn check_private(bytes: &[u8]) -> bool {
    let Ok(private) = Private::from_bytes(bytes) else { return false };
    let again = Private::from_bytes(&private.to_bytes()).expect("what was written can be read");
    assert_eq!(again, private);
    true
}

/// Splits an input into the type to decode as and the bytes to decode. The first byte chooses among types that cover
/// every kind of value; one choice lets the input bring its own type as JSON, with the length in the byte after.
fn typed(input: &[u8]) -> Option<(Type, &[u8])> {
    let (choice, rest) = input.split_first()?;
    let number_and_flag = || Type::object([("flag", Type::Bool), ("number", Type::Number)]);
    let ty = match choice % 14 {
        0 => Type::Dynamic,
        1 => Type::String,
        2 => Type::Number,
        3 => Type::Bool,
        4 => Type::list(Type::Number),
        5 => Type::set(Type::String),
        6 => Type::map(Type::Dynamic),
        7 => Type::Tuple(vec![Type::Bool, Type::Number, Type::Dynamic]),
        8 => number_and_flag(),
        9 => Type::set(number_and_flag()),
        10 => Type::list(Type::set(Type::map(Type::Number))),
        11 => Type::object([("a", Type::Dynamic), ("e\u{301}", Type::list(Type::String)), ("s", Type::String)]),
        12 => Type::set(Type::Dynamic),
        _ => {
            let (length, rest) = rest.split_first()?;
            let (json, bytes) = rest.split_at_checked(usize::from(*length))?;
            return Some((Type::from_json_bytes(json).ok()?, bytes));
        }
    };
    Some((ty, rest))
}
