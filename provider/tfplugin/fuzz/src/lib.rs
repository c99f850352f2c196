//! What must hold for every input of a decoder, whoever makes the inputs up: libFuzzer or the driver beside it.
//!
//! Each check panics where something does not hold, and says whether the input was understood at all.

mod calls;
mod seeds;

pub use calls::{check_calls, check_lifecycle};

use tfplugin::codec::{conforms, json, msgpack};
use tfplugin::fuzzing;
use tfplugin::host::Handshake;
use tfplugin::timeouts::parse_duration;
use tfplugin::{Number, Private, Type};

/// One decoder of outside input.
pub struct Target {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What must hold for every input; says whether the input was understood.
    pub check: fn(&[u8]) -> bool,
    /// Valid inputs to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
}

/// Every decoder of outside input.
pub const TARGETS: &[Target] = &[
    Target { name: "msgpack", check: check_msgpack, seeds: seeds::msgpack },
    Target { name: "json", check: check_json, seeds: seeds::json },
    Target { name: "types", check: check_types, seeds: seeds::types },
    Target { name: "private", check: check_private, seeds: seeds::private },
    Target { name: "numbers", check: check_numbers, seeds: seeds::numbers },
    Target { name: "durations", check: check_durations, seeds: seeds::durations },
    Target { name: "lines", check: check_lines, seeds: seeds::lines },
    Target { name: "environment", check: check_environment, seeds: seeds::environments },
    Target { name: "calls", check: check_calls, seeds: seeds::calls },
    Target { name: "lifecycle", check: check_lifecycle, seeds: seeds::calls },
];

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

/// The reader of decimal numbers: never panics, and what it reads can be written down, compared and read again.
pub fn check_numbers(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Ok(number) = text.parse::<Number>() else { return false };
    let again: Number = number.to_string().parse().expect("what was written can be read");
    assert_eq!(again, number);
    assert_eq!(again.cmp(&number), std::cmp::Ordering::Equal);
    assert!(number.same_when_stored(&again));
    if let Some(float) = number.to_f64_exact() {
        assert_eq!(Number::from_f64_exact(float).as_ref(), Ok(&number));
    }
    let nearest = number.to_f64();
    if let Ok(exact) = Number::from_f64_exact(nearest) {
        let shortest = Number::from_f64(nearest).expect("it is a number");
        assert!(exact.same_when_stored(&shortest) && shortest.to_f64() == nearest);
    }
    true
}

/// The reader of durations: never panics, and a duration takes some time.
pub fn check_durations(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let Some(duration) = parse_duration(text) else { return false };
    assert!(!duration.is_zero());
    true
}

/// Both sides of the handshake line: reading never panics, and what is written is read.
pub fn check_lines(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let (location, rest) = text.split_once('\0').unwrap_or((&text, ""));
    fuzzing::check_lines(location, Some(rest.as_bytes()), &text);
    fuzzing::check_lines(location, None, rest);
    Handshake::parse(&text).is_some()
}

/// The variables that a host sets, its certificate among them: never panics, and makes sense.
pub fn check_environment(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let values: Vec<&str> = text.split('\0').collect();
    let names = [
        "TF_PLUGIN_MAGIC_COOKIE",
        "PLUGIN_PROTOCOL_VERSIONS",
        "PLUGIN_MIN_PORT",
        "PLUGIN_MAX_PORT",
        "PLUGIN_CLIENT_CERT",
        "PLUGIN_UNIX_SOCKET_DIR",
        "PLUGIN_MULTIPLEX_GRPC",
    ];
    fuzzing::check_environment(|name| {
        let position = names.iter().position(|candidate| *candidate == name)?;
        values.get(position).map(|value| (*value).to_owned())
    })
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
