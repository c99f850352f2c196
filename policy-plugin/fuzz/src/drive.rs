//! Fuzzing without cargo-fuzz: `cargo run --release --bin drive -- conditions 10000000 [SEED]`.
//!
//! Inputs grow from valid ones by damage that is the same for the same seed. What is still understood joins the inputs that are damaged
//! further, so that the damage reaches deep. A panic ends the run and shows the input.

use std::process::ExitCode;
use std::time::Instant;

use crosscloud_policy_fuzz::{conditions, documents, expressions, trust_policies, verdicts};
use crosscloud_policy_plugin::rules;

/// Inputs that are kept to be damaged further.
const KEPT: usize = 4096;

/// A target: what is checked, what the inputs grow from, the pieces of its language, and the longest input.
struct Target {
    name: &'static str,
    check: fn(&[u8]) -> bool,
    seeds: Vec<Vec<u8>>,
    pieces: &'static [&'static str],
    longest: usize,
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let targets = targets();
    let (Some(target), Some(count)) = (
        arguments.first().and_then(|name| targets.iter().find(|target| target.name == name)),
        arguments.get(1).and_then(|count| count.parse().ok()),
    ) else {
        let names: Vec<&str> = targets.iter().map(|target| target.name).collect();
        eprintln!("drive {} COUNT [SEED]", names.join("|"));
        return ExitCode::FAILURE;
    };
    let seed = arguments.get(2).and_then(|seed| seed.parse().ok()).unwrap_or(1);
    drive(target, count, seed)
}

fn drive(target: &Target, count: u64, seed: u64) -> ExitCode {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut inputs = target.seeds.clone();
    let mut understood = 0_u64;
    let start = Instant::now();
    for _ in 0..count {
        let input = random.damaged(&inputs, target);
        // Nothing of the check is used any more after a panic.
        match std::panic::catch_unwind(|| (target.check)(&input)) {
            Ok(false) => {}
            Ok(true) => {
                understood += 1;
                if inputs.len() < KEPT {
                    inputs.push(input);
                } else {
                    // The seeds themselves are never replaced.
                    let place = target.seeds.len() + random.below(KEPT - target.seeds.len());
                    inputs[place] = input;
                }
            }
            Err(_) => {
                eprintln!("{}: input {:?}", target.name, String::from_utf8_lossy(&input));
                return ExitCode::FAILURE;
            }
        }
    }
    let seconds = start.elapsed().as_secs();
    println!("{}: {count} executions, seed {seed}, {understood} understood, no crash, {seconds} s", target.name);
    ExitCode::SUCCESS
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

    /// One input, damaged one to four times.
    fn damaged(&mut self, inputs: &[Vec<u8>], target: &Target) -> Vec<u8> {
        let mut input = inputs[self.below(inputs.len())].clone();
        for _ in 0..=self.below(4) {
            self.damage(&mut input, inputs, target.pieces);
        }
        input.truncate(target.longest);
        input
    }

    fn damage(&mut self, input: &mut Vec<u8>, inputs: &[Vec<u8>], pieces: &[&str]) {
        let at = self.below(input.len() + 1);
        match self.below(10) {
            0 if at < input.len() => input[at] = self.next() as u8,
            1 if at < input.len() => input[at] ^= 1 << self.below(8),
            2 if at < input.len() => drop(input.remove(at)),
            3 => {
                let end = at + self.below(input.len() - at + 1).min(64);
                let copied = input[at..end].to_vec();
                input.splice(at..at, copied);
            }
            4 => {
                let other = &inputs[self.below(inputs.len())];
                let from = self.below(other.len() + 1);
                let end = from + self.below(other.len() - from + 1).min(64);
                input.splice(at..at, other[from..end].iter().copied());
            }
            5 => {
                let end = at + self.below(input.len() - at + 1).min(16);
                input.splice(at..end, std::iter::empty());
            }
            6 if self.below(4) == 0 => input.truncate(at),
            // A piece in the place of another is what keeps an input in its language.
            _ => {
                let piece = pieces[self.below(pieces.len())];
                let end = if self.below(2) == 0 { at } else { (at + piece.len()).min(input.len()) };
                input.splice(at..end, piece.bytes());
            }
        }
    }
}

const JSON: &[&str] =
    &["{", "}", "[", "]", ":", ",", "\"", "null", "true", "0", "-1", "1e9", "\\u0000", "\"a\":", "[]", "{}", "é"];

const CEL: &[&str] = &[
    "assertion",
    ".sub",
    "['aud']",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    "&&",
    "||",
    "!",
    "-",
    "+",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    ">=",
    " in ",
    "?",
    ":",
    "'a'",
    "1",
    "2u",
    "1.5",
    "true",
    "null",
    ".matches('^a+$')",
    ".all(x,",
    ".map(x,",
    ".exists_one(x,",
    "x",
    "has(",
    ".size()",
    ".split('/')",
    ".join(',')",
    ".extract('a{b}c')",
    "b'x'",
    "r'\\d'",
    "string(",
    "int(",
    "type(",
    "9223372036854775807",
    ".startsWith('repo:')",
    "google.subject",
    "attribute.x",
    "\\u00e9",
    ".lowerAscii()",
];

const POLICY: &[&str] = &[
    "\"Version\":\"2012-10-17\",",
    "\"Statement\":",
    "{",
    "}",
    "[",
    "]",
    ",",
    "\"Effect\":\"Allow\"",
    "\"Effect\":\"Deny\"",
    "\"Principal\":",
    "\"NotPrincipal\":",
    "\"*\"",
    "{\"AWS\":\"*\"}",
    "\"Action\":",
    "\"NotAction\":",
    "\"sts:*\"",
    "\"Condition\":",
    "\"StringLike\":",
    "\"ForAnyValue:StringEquals\":",
    "\"ForAllValues:StringNotLikeIfExists\":",
    "\"Null\":",
    "\"IpAddress\":",
    "\"DateLessThan\":",
    "\"NumericEquals\":",
    "\"ArnLike\":",
    "\"aws:SourceIp\":",
    "\"aws:PrincipalArn\":",
    "${aws:PrincipalAccount}",
    "${x, 'y'}",
    "?",
    "*",
    "\"203.0.113.0/24\"",
    "\"2026-01-01T00:00:00Z\"",
    "true",
    "7",
    "null",
    "arn:aws:iam::1:root",
];

const FLEXIBLE: &[&str] = &[
    "claims",
    "['sub']",
    "[",
    "]",
    "'",
    " eq ",
    " matches ",
    " and ",
    "'repo:octo/*'",
    "*",
    "?",
    "é",
    " ",
    "job_workflow_ref",
];

fn targets() -> Vec<Target> {
    let documents_of_rules: Vec<Vec<u8>> = rules::all()
        .iter()
        .flat_map(|rule| rule.examples)
        .filter_map(|example| serde_json::to_vec(&example.document().ok()?).ok())
        .collect();
    let choice = |first: u8, text: &[u8]| [&[first], text].concat();
    let mut decoded: Vec<Vec<u8>> = documents_of_rules.iter().step_by(7).map(|text| choice(0, text)).collect();
    for (first, text) in [
        (
            1,
            r#"{"rules":{"a":"deny"},"waivable":["b"],"max_waiver_days":9,"modules":[{"path":"p","sha256":"00"}],"settings":{"x":1}}"#,
        ),
        (
            2,
            r#"{"rules":{"a":"off"},"waivers":[{"rule":"a","subject":"s*","owner":"o","reason":"r","expires":"2026-12-31"}]}"#,
        ),
        (3, r#"{"shared_issuer_hosts":["a"],"allowed_issuers":["https://a/*"],"max_session_duration":7200}"#),
        (
            4,
            r#"{"rule":"a","severity":"low","verdict":"violation","pointer":"/a","path":"","message":"m","remediation":"r","witness":{"a":1.5}}"#,
        ),
    ] {
        decoded.push(choice(first, text.as_bytes()));
    }
    let conditions_of_rules = rules::all().iter().flat_map(|rule| rule.examples).filter_map(|example| {
        let document = example.document().ok()?;
        Some(document.providers.first()?.attribute_condition.clone()?.into_bytes())
    });
    let policies_of_rules = rules::all().iter().flat_map(|rule| rule.examples).filter_map(|example| {
        let document = example.document().ok()?;
        Some(document.aws_roles.first()?.assume_role_policy.to_string().into_bytes())
    });
    let expressions_of_rules = rules::all().iter().flat_map(|rule| rule.examples).filter_map(|example| {
        let document = example.document().ok()?;
        Some(document.federated_credentials.first()?.claims_matching_expression.clone()?.into_bytes())
    });
    vec![
        Target { name: "documents", check: documents, seeds: decoded, pieces: JSON, longest: 4096 },
        Target {
            name: "conditions",
            check: conditions,
            seeds: conditions_of_rules.collect(),
            pieces: CEL,
            longest: 512,
        },
        Target {
            name: "trust_policies",
            check: trust_policies,
            seeds: policies_of_rules.collect(),
            pieces: POLICY,
            longest: 1024,
        },
        Target {
            name: "expressions",
            check: expressions,
            seeds: expressions_of_rules.collect(),
            pieces: FLEXIBLE,
            longest: 256,
        },
        Target { name: "verdicts", check: verdicts, seeds: documents_of_rules, pieces: JSON, longest: 8192 },
    ]
}
