//! Encoding and decoding 1 MiB, against reading and writing the same bytes item by item without making values.

use rmp::Marker;
use rmp::decode::RmpRead;
use tfplugin::codec::{json, msgpack};
use tfplugin::{Type, Value};

use crate::timing::{fastest, once, report};

const ROUNDS: usize = 301;

/// The list of servers, networks and labels that a large state is made of.
fn inventory() -> (Type, Value) {
    let ty = Type::list(Type::object([
        ("address", Type::String),
        ("cores", Type::Number),
        ("description", Type::String),
        ("disk_size", Type::Number),
        ("enabled", Type::Bool),
        ("id", Type::String),
        ("labels", Type::map(Type::String)),
        ("name", Type::String),
        ("networks", Type::set(Type::String)),
        ("parent", Type::String),
        ("price", Type::Number),
        ("zone", Type::String),
    ]));
    let server = |index: i64| {
        Value::object([
            ("address", Value::from(format!("10.{}.{}.{}", index / 65_536, index / 256 % 256, index % 256))),
            ("cores", Value::from(index % 64)),
            (
                "description",
                Value::from(format!("The server with number {index}, which serves as an example of many.")),
            ),
            ("disk_size", Value::from(index * 1_000_003)),
            ("enabled", Value::from(index % 3 == 0)),
            ("id", Value::from(format!("projects/example/zones/europe-west1-b/instances/{index:016x}"))),
            ("labels", Value::map([("owner", Value::from("platform")), ("stage", Value::from("production"))])),
            ("name", Value::from(format!("server-{index:06}"))),
            ("networks", Value::set([Value::from("backend"), Value::from(format!("subnet-{}", index % 40))])),
            ("parent", Value::Null),
            ("price", Value::number(tfplugin::Number::from_f64_exact(index as f64 / 8.0).unwrap())),
            ("zone", Value::from("europe-west1-b")),
        ])
    };
    let mut servers = Vec::new();
    let mut size = 0;
    while size < 1 << 20 {
        let next = server(i64::try_from(servers.len()).unwrap());
        size += msgpack::encode(&Value::list([next.clone()]), &ty).unwrap().len() - 1;
        servers.push(next);
    }
    (ty, Value::List(servers))
}

pub(crate) fn measure() {
    let (ty, value) = inventory();
    let bytes = msgpack::encode(&value, &ty).unwrap();
    let text = json::encode(&value, &ty).unwrap();
    assert_eq!(msgpack::decode(&bytes, &ty).unwrap(), value);
    let mut copy = Vec::new();
    walk(&mut &bytes[..], Some(&mut copy));
    assert_eq!(copy, bytes, "the walk writes what it reads");

    let mut times: [Vec<_>; 6] = Default::default();
    for _ in 0..ROUNDS {
        times[0].push(once(|| msgpack::decode(&bytes, &ty).unwrap()));
        times[1].push(once(|| msgpack::encode(&value, &ty).unwrap()));
        times[2].push(once(|| walk(&mut &bytes[..], None)));
        times[3].push(once(|| {
            let mut copy = Vec::new();
            walk(&mut &bytes[..], Some(&mut copy));
            copy
        }));
        times[4].push(once(|| json::decode(&text, &ty).unwrap()));
        times[5].push(once(|| json::encode(&value, &ty).unwrap()));
    }
    let [decode, encode, read, walk, json_decode, json_encode] =
        times.map(fastest).map(|time| time.as_secs_f64() * 1e3);
    let size = bytes.len() as f64 / f64::from(1 << 20);
    report("msgpack value", &format!("{size:.2} MiB"), "");
    report("  decode, dropping the value included", &format!("{decode:.2} ms"), "");
    report("  encode", &format!("{encode:.2} ms"), "");
    report("  plain walk, reading only", &format!("{read:.2} ms"), "");
    report("  plain walk, reading and writing", &format!("{walk:.2} ms"), "");
    report("  codec against reading and writing", &format!("{:.2} x", (decode + encode) / walk), "aim: 3 x");
    report("  codec against reading alone", &format!("{:.2} x", (decode + encode) / read), "");
    report("json value", &format!("{:.2} MiB", text.len() as f64 / f64::from(1 << 20)), "");
    report("  decode", &format!("{json_decode:.2} ms"), "");
    report("  encode", &format!("{json_encode:.2} ms"), "");
}

/// Reads one item of any kind with everything below it, and writes it again if there is somewhere to write to.
fn walk(bytes: &mut &[u8], mut out: Option<&mut Vec<u8>>) {
    let marker = rmp::decode::read_marker(bytes).unwrap();
    match marker {
        Marker::Null => out.into_iter().for_each(|out| rmp::encode::write_nil(out).unwrap()),
        Marker::True => out.into_iter().for_each(|out| rmp::encode::write_bool(out, true).unwrap()),
        Marker::False => out.into_iter().for_each(|out| rmp::encode::write_bool(out, false).unwrap()),
        Marker::FixPos(value) => integer(i64::from(value), out),
        Marker::FixNeg(value) => integer(i64::from(value), out),
        Marker::U8 => integer(bytes.read_data_u8().unwrap().into(), out),
        Marker::U16 => integer(bytes.read_data_u16().unwrap().into(), out),
        Marker::U32 => integer(bytes.read_data_u32().unwrap().into(), out),
        Marker::I64 | Marker::U64 => integer(bytes.read_data_i64().unwrap(), out),
        Marker::F64 => {
            let float = std::hint::black_box(bytes.read_data_f64().unwrap());
            out.into_iter().for_each(|out| rmp::encode::write_f64(out, float).unwrap());
        }
        Marker::FixStr(length) => text(bytes, length.into(), out),
        Marker::Str8 => {
            let length = bytes.read_data_u8().unwrap();
            text(bytes, length.into(), out);
        }
        Marker::FixArray(_) | Marker::Array16 => {
            let length = match marker {
                Marker::FixArray(length) => length.into(),
                _ => bytes.read_data_u16().unwrap(),
            };
            if let Some(out) = &mut out {
                rmp::encode::write_array_len(out, length.into()).unwrap();
            }
            for _ in 0..length {
                walk(bytes, out.as_deref_mut());
            }
        }
        Marker::FixMap(length) => {
            if let Some(out) = &mut out {
                rmp::encode::write_map_len(out, length.into()).unwrap();
            }
            for _ in 0..length * 2 {
                walk(bytes, out.as_deref_mut());
            }
        }
        other => panic!("{other:?} does not occur in the value"),
    }
}

fn integer(value: i64, out: Option<&mut Vec<u8>>) {
    let value = std::hint::black_box(value);
    if let Some(out) = out {
        rmp::encode::write_sint(out, value).unwrap();
    }
}

fn text(bytes: &mut &[u8], length: usize, out: Option<&mut Vec<u8>>) {
    let (text, rest) = bytes.split_at(length);
    *bytes = rest;
    let text = std::hint::black_box(std::str::from_utf8(text).unwrap());
    out.into_iter().for_each(|out| rmp::encode::write_str(out, text).unwrap());
}
