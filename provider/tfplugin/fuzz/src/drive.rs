//! Fuzzing without cargo-fuzz: `cargo run --release --bin drive -- msgpack 10000000 [SEED]`.
//!
//! Inputs grow from valid ones by damage that is the same for the same seed. What a decoder still understands joins the
//! inputs that are damaged further, so that the damage reaches deep. A panic ends the run and shows the input.

use std::process::ExitCode;
use std::time::Instant;

use tfplugin_fuzz::{check_json, check_msgpack, check_private, check_types};

/// Inputs that are kept to be damaged further.
const POOL: usize = 4096;
/// The longest input.
const LONGEST: usize = 512;
/// Bytes that mean much in MessagePack or JSON.
const TELLING: &[u8] = b"\x00\x01\x80\x81\x82\x90\x91\x92\xa0\xa1\xc0\xc2\xc3\xc4\xc7\xc9\xca\xcb\xcf\xd3\xd4\xd8\xd9\xdb\xdc\xdd\xde\xdf\xe0\xff\x0c\"[]{},:-.eE01+tfn\\u";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, count, seed @ ..] = arguments.as_slice() else {
        eprintln!("drive msgpack|json|types|private COUNT [SEED]");
        return ExitCode::FAILURE;
    };
    let (check, seeds): (fn(&[u8]) -> bool, Vec<Vec<u8>>) = match target.as_str() {
        "msgpack" => (check_msgpack, msgpack_seeds()),
        "json" => (check_json, json_seeds()),
        "types" => (check_types, type_seeds()),
        "private" => (check_private, vec![br#"{"a":[1,2.5,"x",null,true],"b":{"c":{}}}"#.to_vec()]),
        other => {
            eprintln!("there is no target {other}");
            return ExitCode::FAILURE;
        }
    };
    let count: u64 = count.parse().expect("COUNT is a number");
    let seed: u64 = seed.first().map_or(1, |seed| seed.parse().expect("SEED is a number"));
    drive(target, check, seeds, count, seed);
    ExitCode::SUCCESS
}

fn drive(target: &str, check: fn(&[u8]) -> bool, seeds: Vec<Vec<u8>>, count: u64, seed: u64) {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut pool = seeds.clone();
    let mut understood = 0_u64;
    let start = Instant::now();
    for _ in 0..count {
        let input = random.damaged(&pool);
        // The check is panic-safe: on a panic nothing of it is used any more.
        match std::panic::catch_unwind(|| check(&input)) {
            Ok(false) => {}
            Ok(true) => {
                understood += 1;
                if pool.len() < POOL {
                    pool.push(input);
                } else {
                    // The seeds themselves are never replaced.
                    let place = seeds.len() + random.below(POOL - seeds.len());
                    pool[place] = input;
                }
            }
            Err(panic) => {
                eprintln!("{target}, input {input:02x?}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{target}: {count} executions, seed {seed}, {understood} understood, no crash, {seconds:.0} s");
}

/// A xorshift generator: small, fast and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// One input of the pool, damaged one to four times.
    fn damaged(&mut self, pool: &[Vec<u8>]) -> Vec<u8> {
        let mut input = pool[self.below(pool.len())].clone();
        for _ in 0..=self.below(4) {
            self.damage(&mut input, pool);
        }
        input.truncate(LONGEST);
        input
    }

    fn damage(&mut self, input: &mut Vec<u8>, pool: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        match self.below(8) {
            0 if at < input.len() => input[at] = self.next() as u8,
            1 if at < input.len() => input[at] ^= 1 << self.below(8),
            2 if at < input.len() => input[at] = TELLING[self.below(TELLING.len())],
            3 => input.insert(at, TELLING[self.below(TELLING.len())]),
            4 if at < input.len() => drop(input.remove(at)),
            5 => {
                let end = at + self.below(input.len() - at + 1);
                let copied = input[at..end].to_vec();
                input.splice(at..at, copied);
            }
            6 => {
                let other = &pool[self.below(pool.len())];
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            7 if self.below(4) == 0 => input.truncate(at),
            _ => input.insert(at, self.next() as u8),
        }
    }
}

fn msgpack_seeds() -> Vec<Vec<u8>> {
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

fn json_seeds() -> Vec<Vec<u8>> {
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

fn type_seeds() -> Vec<Vec<u8>> {
    let seeds = [
        r#""dynamic""#,
        r#"["set",["map","number"]]"#,
        r#"["tuple",["bool",["list","string"]]]"#,
        r#"["object",{"a":"number","b":["tuple",[]]},["b"]]"#,
    ];
    seeds.map(|seed| seed.as_bytes().to_vec()).to_vec()
}
