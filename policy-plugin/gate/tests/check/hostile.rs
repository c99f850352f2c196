//! Plans that somebody has meddled with: whatever stands in them, there is a report or one sentence, the same each time, and never a panic.
//!
//! The mutations follow from a seed, so a failure can be had again. `GATE_FUZZ_ROUNDS` asks for more rounds than a test run takes.

use std::io;

use crosscloud_gate::{Gate, Options, input};
use serde_json::json;

use crate::support::{change, create, plan, provider, unknown};

/// Rounds of every test run.
const ROUNDS: u64 = 1_500;

/// Texts that mean something to the reader.
const WORDS: &[&str] = &[
    "null",
    "true",
    "[]",
    "{}",
    "\"\"",
    "[{}]",
    "[[",
    "\"after\"",
    "\"after_unknown\"",
    "\"address\"",
    "module.a[\"x.y\"].",
    "\\u0000",
    "\u{feff}",
    "1e999",
    "-0",
    "\"no-op\"",
    "\"delete\"",
    "allUsers",
    "assertion.sub",
    "data.",
    "\"references\"",
    "\"format_version\":\"1.0\",",
];

#[test]
fn meddled_plans_are_read_or_refused() {
    let rounds = std::env::var("GATE_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(ROUNDS);
    let gate = Gate::load(Options::default()).unwrap();
    let seeds = seeds();
    let mut read = 0;
    for round in 0..rounds {
        let mut random = Random(round.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        let mut bytes = seeds[random.below(seeds.len())].clone().into_bytes();
        for _ in 0..=random.below(4) {
            meddle(&mut bytes, &mut random);
        }
        let Ok(text) = input::from_reader(io::Cursor::new(bytes)) else { continue };
        match gate.check(&text) {
            Ok(report) => {
                read += 1;
                assert_eq!(gate.check(&text).ok(), Some(report), "round {round}");
            }
            Err(error) => {
                let told = error.to_string();
                assert!(!told.contains('\n') && told.len() < 400, "round {round}: {told}");
            }
        }
    }
    assert!(read > rounds / 20, "only {read} of {rounds} plans were understood, so little was tried");
}

fn seeds() -> Vec<String> {
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/gitlab.com"}, "Action": "sts:AssumeRoleWithWebIdentity"}]});
    let aws = [
        create("aws_iam_role.a", json!({"name": "a", "assume_role_policy": trust.to_string()})),
        create(
            "aws_iam_role_policy_attachment.b[0]",
            json!({"role": "a", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ),
        unknown(create("aws_iam_role.c", json!({"name": "c"})), json!({"assume_role_policy": true})),
        change(
            "data.aws_iam_policy_document.d",
            &["read"],
            json!({"statement": [{"actions": ["*"], "principals": [{"type": "*", "identifiers": ["*"]}]}]}),
        ),
    ];
    let google = [
        provider("ci", json!("assertion.sub == 'a'")),
        create(
            "google_project_iam_binding.m",
            json!({"project": "p", "role": "roles/owner", "members": ["allUsers", null]}),
        ),
    ];
    let ours = [create(
        "crosscloud_trust.t",
        json!({"name": "t", "from": {"aks": {"issuer": "https://westeurope.oic.prod-aks.azure.com/t/c/", "namespace": "n", "service_account": "s"}},
            "to": {"gcp": {"project": "p", "roles": ["roles/aiplatform.user"]}}}),
    )];
    let mut narrowed = plan(&aws);
    narrowed["configuration"]["root_module"]["resources"] = json!([{"address": "aws_iam_role.c",
        "expressions": {"assume_role_policy": {"references": ["data.aws_iam_policy_document.d.json", "module.x.y", "var.z"]}}}]);
    [narrowed, plan(&google), plan(&ours)].iter().map(ToString::to_string).collect()
}

/// Changes one place.
fn meddle(bytes: &mut Vec<u8>, random: &mut Random) {
    let place = random.below(bytes.len().max(1)).min(bytes.len());
    let end = (place + random.below(12)).min(bytes.len());
    match random.below(6) {
        0 => drop(bytes.drain(place..end)),
        1 => drop(bytes.splice(place..end, WORDS[random.below(WORDS.len())].bytes())),
        2 => {
            let copy = bytes[place..end].to_vec();
            let other = random.below(bytes.len().max(1)).min(bytes.len());
            drop(bytes.splice(other..other, copy));
        }
        3 => bytes.truncate(place),
        // A value for another value, which mostly leaves a plan that can be read.
        _ => replace_value(bytes, random),
    }
}

fn replace_value(bytes: &mut Vec<u8>, random: &mut Random) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let starts: Vec<usize> = text.match_indices("\":\"").map(|(at, _)| at + 3).collect();
    let Some(start) = starts.get(random.below(starts.len().max(1))).copied() else { return };
    let length = text[start..].find('"').unwrap_or_default();
    let letters = [
        "",
        "*",
        "a",
        "\\u0007",
        "assertion.sub",
        "roles/owner",
        "principalSet://x",
        "https://gitlab.com",
        "1.5",
        "create",
    ];
    drop(bytes.splice(start..start + length, letters[random.below(letters.len())].bytes()));
}

/// Numbers that look random and follow from a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap_or_default() % limit.max(1)
    }
}
