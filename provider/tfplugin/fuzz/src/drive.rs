//! Fuzzing without cargo-fuzz: `cargo run --release --bin drive -- msgpack 10000000 [SEED]`.
//!
//! Inputs grow from valid ones by damage that is the same for the same seed. What a decoder still understands joins the
//! inputs that are damaged further, so that the damage reaches deep. A panic ends the run and shows the input.

use std::process::ExitCode;
use std::time::Instant;

use tfplugin_fuzz::TARGETS;

/// Inputs that are kept to be damaged further.
const POOL: usize = 4096;
/// The longest input.
const LONGEST: usize = 512;
/// Bytes that mean much in MessagePack or JSON.
const TELLING: &[u8] = b"\x00\x01\x80\x81\x82\x90\x91\x92\xa0\xa1\xc0\xc2\xc3\xc4\xc7\xc9\xca\xcb\xcf\xd3\xd4\xd8\xd9\xdb\xdc\xdd\xde\xdf\xe0\xff\x0c\"[]{},:-.eE01+tfn\\u";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
    let [name, count, seed @ ..] = arguments.as_slice() else {
        eprintln!("drive {} COUNT [SEED]", names.join("|"));
        return ExitCode::FAILURE;
    };
    let Some(target) = TARGETS.iter().find(|target| target.name == name) else {
        eprintln!("there is no target {name}, only {}", names.join(", "));
        return ExitCode::FAILURE;
    };
    let count: u64 = count.parse().expect("COUNT is a number");
    let seed: u64 = seed.first().map_or(1, |seed| seed.parse().expect("SEED is a number"));
    drive(name, target.check, (target.seeds)(), count, seed);
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
