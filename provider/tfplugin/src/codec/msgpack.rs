//! The MessagePack form of values, as hosts write and read it.

mod read;
mod refine;
mod write;

pub use read::decode;
pub use write::encode;

/// The extension type of an unknown value about which something is known. Every other extension is plainly unknown.
const REFINED: i8 = 12;

/// The most bytes that a host accepts for what is known about an unknown value.
const MAX_REFINEMENT: usize = 1024;

/// The most bytes of a string's known beginning.
const MAX_PREFIX: usize = 256;

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;

    use super::*;
    use crate::path::Path;
    use crate::testing::{Unknowns, any_type, every_nesting, value_of};
    use crate::types::Type;
    use crate::value::{Number, Refinements, Text, Value};

    /// What Terraform 1.11.4 sends for the data source configuration `{ n = 0.1, f = 0.5, i = 1e3,
    /// big = 12345678901234567890123, d = { a = 1, b = [true, null] }, d2 = null, s = "pre-${uuid()}x", l = ["b", "a", "b"] }`
    /// where `d` and `d2` are dynamic and `l` is a set.
    const RECORDED: &[u8] = b"\x88\xa3big\xb712345678901234567890123\
        \xa1d\x92\xc4\x3a[\"object\",{\"a\":\"number\",\"b\":[\"tuple\",[\"bool\",\"dynamic\"]]}]\x82\xa1a\x01\xa1b\x92\xc3\xc0\
        \xa2d2\xc0\xa1f\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00\xa1i\xcd\x03\xe8\xa1l\x92\xa1a\xa1b\xa1n\xa30.1\
        \xa1s\xc7\x09\x0c\x82\x01\xc2\x02\xa4pre-";

    fn recorded_type() -> Type {
        Type::object([
            ("n", Type::Number),
            ("f", Type::Number),
            ("i", Type::Number),
            ("big", Type::Number),
            ("d", Type::Dynamic),
            ("d2", Type::Dynamic),
            ("s", Type::String),
            ("l", Type::set(Type::String)),
        ])
    }

    #[test]
    fn what_a_real_host_sends_is_read_and_written_alike() {
        let inner = Type::object([("a", Type::Number), ("b", Type::Tuple(vec![Type::Bool, Type::Dynamic]))]);
        let decimal = |text: &str| Value::Number(text.parse::<Number>().unwrap());
        let prefix = Refinements { string_prefix: Some(Text::from("pre-")), ..Refinements::not_null() };
        let expected = Value::object([
            ("n", decimal("0.1")),
            ("f", decimal("0.5")),
            ("i", decimal("1000")),
            ("big", decimal("12345678901234567890123")),
            (
                "d",
                Value::dynamic(
                    inner,
                    Value::object([("a", Value::from(1)), ("b", Value::Tuple(vec![Value::from(true), Value::Null]))]),
                ),
            ),
            ("d2", Value::Null),
            ("s", Value::Unknown(Some(Box::new(prefix)))),
            ("l", Value::set([Value::from("b"), Value::from("a")])),
        ]);
        assert_eq!(decode(RECORDED, &recorded_type()).unwrap(), expected);
        assert_eq!(encode(&expected, &recorded_type()).unwrap(), RECORDED);
    }

    #[test]
    fn numbers_travel_as_hosts_write_them() {
        let written = |text: &str| encode(&Value::Number(text.parse().unwrap()), &Type::Number).unwrap();
        assert_eq!(written("127"), [0x7f]);
        assert_eq!(written("-1"), [0xff]);
        assert_eq!(written("9223372036854775808"), b"\xb39223372036854775808");
        assert_eq!(written("0.5"), [0xcb, 0x3f, 0xe0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(written("0.1"), b"\xa30.1");
        assert_eq!(encode(&Value::Number(Number::INFINITY), &Type::Number).unwrap(), b"\xcb\x7f\xf0\0\0\0\0\0\0");
        let read = |bytes: &[u8]| decode(bytes, &Type::Number).unwrap();
        assert_eq!(read(b"\xcf\xff\xff\xff\xff\xff\xff\xff\xff"), Value::number(u64::MAX));
        assert_eq!(read(b"\xca\x3f\x00\x00\x00"), Value::Number("0.5".parse().unwrap()));
        assert!(decode(b"\xcb\x7f\xf8\0\0\0\0\0\0", &Type::Number).is_err());
    }

    #[test]
    fn every_extension_is_an_unknown_value() {
        for bytes in
            [&b"\xd4\0\0"[..], b"\xc7\0\0", b"\xd5\x07\x80\x01", b"\xd4\x0c\0", b"\xc7\0\x0c", b"\xc7\x02\x0c\x80\xff"]
        {
            assert_eq!(decode(bytes, &Type::String).unwrap(), Value::UNKNOWN, "{bytes:02x?}");
        }
        // A later host may know more than we do: {99: [1, {}], 1: false}, then bytes that mean nothing.
        let later = b"\xc7\x08\x0c\x82\x63\x92\x01\x80\x01\xc2\xff";
        assert_eq!(decode(later, &Type::String).unwrap(), Value::unknown_not_null());
        assert_eq!(encode(&Value::UNKNOWN, &Type::Dynamic).unwrap(), b"\xd4\0\0");
        assert_eq!(encode(&Value::unknown_not_null(), &Type::Dynamic).unwrap(), b"\xd4\0\0");
    }

    #[test]
    fn a_long_prefix_is_cut_between_characters() {
        let long = Refinements { string_prefix: Some(Text::from("ä".repeat(300))), ..Refinements::default() };
        let bytes = encode(&Value::Unknown(Some(Box::new(long))), &Type::String).unwrap();
        let Value::Unknown(Some(known)) = decode(&bytes, &Type::String).unwrap() else { panic!("refinements lost") };
        assert_eq!(known.string_prefix, Some(Text::from("ä".repeat(128))));
    }

    #[test]
    fn errors_name_the_place_and_not_the_value() {
        let ty = Type::object([("a", Type::map(Type::list(Type::Bool)))]);
        let value = Value::object([("a", Value::map([("k", Value::list([true.into(), "secret".into()]))]))]);
        let error = encode(&value, &ty).unwrap_err();
        assert_eq!(error.path, Path::root().attribute("a").key("k").index(1));
        assert_eq!(error.to_string(), "at a[\"k\"][1]: expected bool, found string");
        let error = decode(b"\x81\xa1a\x81\xa1k\x92\xc3\xa6secret", &ty).unwrap_err();
        assert_eq!(error.to_string(), "at a[\"k\"][1]: expected bool, found string");
    }

    #[test]
    fn objects_have_exactly_their_attributes() {
        let ty = Type::object([("a", Type::Bool), ("b", Type::Bool)]);
        assert!(decode(b"\x82\xa1b\xc3\xa1a\xc2", &ty).is_ok());
        for bytes in [
            &b"\x81\xa1a\xc3"[..],
            b"\x82\xa1a\xc3\xa1c\xc3",
            b"\x82\xa1a\xc3\xa1a\xc3",
            b"\x83\xa1a\xc3\xa1b\xc3\xa1c\xc3",
        ] {
            assert!(decode(bytes, &ty).is_err(), "{bytes:02x?}");
        }
        assert_eq!(decode(b"", &ty).unwrap(), Value::Null);
        assert!(decode(b"\xc0\xc0", &ty).is_err());
    }

    #[test]
    fn hostile_lengths_and_depths_are_refused() {
        let list = Type::list(Type::Dynamic);
        assert!(decode(b"\xdd\xff\xff\xff\xff\xc0", &list).is_err());
        assert!(decode(b"\xdf\xff\xff\xff\xff\xa1a\xc0", &Type::map(Type::Bool)).is_err());
        assert!(decode(b"\xdb\xff\xff\xff\xffa", &Type::String).is_err());
        assert!(decode(b"\xc9\xff\xff\xff\xff\x0ca", &Type::String).is_err());
        // A dynamic value of type dynamic, a hundred thousand times over.
        let nested = b"\x92\xc4\x09\"dynamic\"".repeat(100_000);
        assert!(decode(&nested, &Type::Dynamic).unwrap_err().problem.contains("levels deep"));
        // The same inside what is passed over in a refinement: it is only skipped.
        let mut payload = vec![0x82, 99];
        payload.extend(std::iter::repeat_n(0x91, 100_000));
        payload.extend(b"\xc0\x01\xc2");
        let mut bytes = vec![0xc9];
        bytes.extend(u32::try_from(payload.len()).unwrap().to_be_bytes());
        bytes.push(12);
        bytes.extend(payload);
        assert_eq!(decode(&bytes, &Type::String).unwrap(), Value::unknown_not_null());
    }

    fn typed_value() -> impl Strategy<Value = (Type, Value)> {
        any_type().prop_flat_map(|ty| value_of(&ty, Unknowns::Refined).prop_map(move |value| (ty.clone(), value)))
    }

    /// Both forms of a value: what goes out comes back, and nothing that is cut short is taken for a value.
    fn comes_back(ty: &Type, value: &Value) -> Result<(), TestCaseError> {
        let bytes = encode(value, ty).unwrap();
        prop_assert_eq!(&decode(&bytes, ty).unwrap(), value);
        prop_assert!(bytes.len() == 1 || decode(&bytes[..bytes.len() - 1], ty).is_err());
        if let Ok(json) = crate::codec::json::encode(value, ty) {
            prop_assert_eq!(&crate::codec::json::decode(&json, ty).unwrap(), value);
            prop_assert_eq!(&crate::codec::json::decode_lenient(&json, ty).unwrap(), value);
        }
        Ok(())
    }

    #[test]
    fn every_nesting_of_types_to_depth_five_reads_back() {
        let types = every_nesting(5);
        assert_eq!(types.len(), 4 * (1 + 5 + 25 + 125 + 625 + 3125));
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        for (index, ty) in types.into_iter().enumerate() {
            // Without unknowns, the value has a JSON form too.
            let unknowns = if index % 2 == 0 { Unknowns::None } else { Unknowns::Refined };
            let value = value_of(&ty, unknowns).new_tree(&mut runner).unwrap().current();
            comes_back(&ty, &value).unwrap_or_else(|error| panic!("{ty}: {value:?}: {error}"));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(30_000))]

        #[test]
        #[ignore = "thirty thousand values of types five levels deep"]
        fn many_deep_values_read_back(
            (ty, value) in typed_value()
        ) {
            comes_back(&ty, &value)?;
        }
    }

    proptest! {
        #[test]
        fn every_value_reads_back((ty, value) in typed_value()) {
            let bytes = encode(&value, &ty).unwrap();
            prop_assert_eq!(decode(&bytes, &ty).unwrap(), value);
        }

        #[test]
        fn a_value_cut_short_is_an_error((ty, value) in typed_value(), at in any::<prop::sample::Index>()) {
            let bytes = encode(&value, &ty).unwrap();
            let cut = at.index(bytes.len());
            prop_assert!(cut == 0 || decode(&bytes[..cut], &ty).is_err());
        }

        #[test]
        fn arbitrary_bytes_never_panic(ty in any_type(), bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(value) = decode(&bytes, &ty) {
                // Whatever was understood can be said again. A prefix may be shorter then, so only success is asked for.
                prop_assert!(encode(&value, &ty).is_ok());
            }
        }

        #[test]
        fn damaged_values_never_panic(
            (ty, value) in typed_value(),
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
        ) {
            let mut bytes = encode(&value, &ty).unwrap();
            for (at, byte) in damage {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(value) = decode(&bytes, &ty) {
                prop_assert!(encode(&value, &ty).is_ok());
            }
        }
    }
}
