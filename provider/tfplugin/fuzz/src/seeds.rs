//! Valid inputs, from which damaged ones are made.

pub(crate) fn msgpack() -> Vec<Vec<u8>> {
    let seeds: [&[u8]; 16] = [
        b"\x00\x92\xc4\x08\"string\"\xa1a",
        b"\x00\x92\xc4\x27[\"object\",{\"a\":\"number\",\"b\":\"dynamic\"}]\x82\xa1a\xa30.1\xa1b\xc0",
        b"\x01\xc7\x09\x0c\x82\x01\xc2\x02\xa4pre-",
        b"\x01\xa5e\xcc\x81\xf0",
        b"\x02\xc7\x0e\x0c\x83\x01\xc2\x03\x92\x00\xc3\x04\x92\xa30.5\xc2",
        b"\x02\xcb\x3f\xb9\x99\x99\x99\x99\x99\x9a",
        b"\x02\xb712345678901234567890123",
        b"\x04\x94\x01\xff\xcd\x03\xe8\xa41e30",
        b"\x05\x93\xa1b\xa1a\xc7\x08\x0c\x82\x01\xc2\x02\xa3pre",
        b"\x06\x82\xa1a\x92\xc4\x06\"bool\"\xc3\xa1b\xc0",
        b"\x07\x93\xc3\x07\xc0",
        b"\x08\x82\xa4flag\xc2\xa6number\xcb\x3f\xe0\x00\x00\x00\x00\x00\x00",
        b"\x09\x92\x82\xa4flag\xc2\xa6number\x01\x82\xa4flag\xd4\x00\x00\xa6number\x02",
        b"\x0a\x91\x92\x81\xa1k\x01\x80",
        b"\x0b\x83\xa1a\xc0\xa2\xc3\xa9\x91\xa1x\xa1s\xd4\x00\x00",
        b"\x0d\x11[\"list\",\"string\"]\x91\xc7\x07\x0c\x82\x05\x01\x06\x02\xc0",
    ];
    seeds.map(<[u8]>::to_vec).to_vec()
}

pub(crate) fn json() -> Vec<Vec<u8>> {
    let seeds: [&str; 13] = [
        "\0{\"type\":[\"list\",\"number\"],\"value\":[1,2.5]}",
        "\0{\"value\":{\"a\":\"x\"},\"type\":[\"object\",{\"a\":\"string\"}]}",
        "\x01\"e\\u0301 \\ud83d\\ude00\"",
        "\x02-12345678901234567890.125e-3",
        "\x03\"true\"",
        "\x04[1,\"2\",null,3e5]",
        "\x05[\"b\",\"a\",\"b\"]",
        "\x06{\"k\":{\"type\":\"bool\",\"value\":true},\"l\":null}",
        "\x07[true,1,{\"type\":\"string\",\"value\":\"x\"}]",
        "\x08{\"flag\":false,\"number\":7,\"more\":[[]]}",
        "\x09[{\"flag\":false,\"number\":7},{\"number\":\"8\"}]",
        "\x0a[[{\"a\":1},{}],null]",
        "\x0d\x0e[\"set\",\"bool\"][true,false]",
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

pub(crate) fn types() -> Vec<Vec<u8>> {
    let seeds = [
        r#""dynamic""#,
        r#"["set",["map","number"]]"#,
        r#"["tuple",["bool",["list","string"]]]"#,
        r#"["object",{"a":"number","b":["tuple",[]]},["b"]]"#,
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

pub(crate) fn private() -> Vec<Vec<u8>> {
    vec![br#"{"a":[1,2.5,"x",null,true],"b":{"c":{}}}"#.to_vec()]
}

pub(crate) fn numbers() -> Vec<Vec<u8>> {
    let seeds =
        ["0", "-12.50", "1e30", "3.5e-12", "18446744073709551616", "+.5", "1.4142135623730951", "123456789012345678.5"];
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}

pub(crate) fn durations() -> Vec<Vec<u8>> {
    ["90s", "1h30m", "1.5m250ms", "0.001s"].map(|seed| seed.as_bytes().to_vec()).to_vec()
}

pub(crate) fn lines() -> Vec<Vec<u8>> {
    let certificate = "MIIBszCCAVmgAwIBAgIUYm9keQAAAAAAAAAAAAAAAAAAAAAwCgYIKoZIzj0EAwIwFDE";
    let lines = [
        "1|6|unix|/tmp/plugin123|grpc|".to_owned(),
        format!("1|6|tcp|127.0.0.1:10000|grpc|{certificate}|false\n"),
        "cannot listen on /run/x: no such directory".to_owned(),
    ];
    lines.map(String::into_bytes).to_vec()
}

pub(crate) fn environments() -> Vec<Vec<u8>> {
    let cookie = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";
    let pem =
        "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUYm9keQAAAAAAAAAAAAAAAAAAAAA=\n-----END CERTIFICATE-----\n";
    let environments = [
        format!("{cookie}\x005,6\x0010000\x0025000\0{pem}\0/run/plugins\0true"),
        format!("{cookie}\x006\0\0\0\0\0"),
        format!("\0x,6, 5\x009\x008\0{pem}{pem}"),
    ];
    environments.map(String::into_bytes).to_vec()
}

/// Parts of a call, each with its length before it.
fn parts(call: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut seed = vec![call];
    for part in parts {
        seed.push(u8::try_from(part.len()).expect("a seed has short parts"));
        seed.extend_from_slice(part);
    }
    seed
}

pub(crate) fn calls() -> Vec<Vec<u8>> {
    let thing = crate::calls::things();
    let encoded = thing.each_ref().map(Vec::as_slice);
    let [small, full, state, nothing] = encoded;
    let mut seeds = Vec::new();
    for call in 0..crate::calls::CALLS {
        seeds.push(parts(call, &[small, state, full, b"{}"]));
        seeds.push(parts(call, &[full, nothing, small, br#"{"k":1}"#]));
        seeds.push(parts(call, &[full, state, state, b""]));
        seeds.push(parts(call, &[br#"{"name":"x","size":3,"parts":[{"key":"k"}]}"#, b"\x01", b"thing_old", b""]));
        seeds.push(parts(call, &[b"some-id", b"1", b"example/thing", b""]));
    }
    seeds
}
