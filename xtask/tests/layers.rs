//! The arrows between crates that must never be, held by a test on what Cargo says.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// `from` must not reach any of `to`, directly or through other crates of the workspace.
struct Forbidden {
    from: &'static str,
    to: &'static [&'static str],
    because: &'static str,
}

const CLOUD: &str = "crosscloud-cloud";
const TFPLUGIN: &str = "tfplugin";
const HARNESS: &str = "acceptance-tests";

/// Crates that do input or output, or could: a pure crate has none of them.
const EFFECTS: &[&str] =
    &["tokio", "reqwest", "hyper", "hyper-util", "axum", "tonic", "rustls", "tokio-rustls", "wasmtime", "tempfile"];

const FORBIDDEN: &[Forbidden] = &[
    Forbidden { from: TFPLUGIN, to: &[CLOUD], because: "the plugin SDK knows no cloud and is publishable alone" },
    Forbidden { from: CLOUD, to: &[TFPLUGIN, "tfplugin-proto"], because: "the cloud client knows no Terraform" },
    Forbidden {
        from: "crosscloud-compose",
        to: &[CLOUD, TFPLUGIN, "tfplugin-proto"],
        because: "the executor knows neither Terraform nor one cloud",
    },
    Forbidden {
        from: "crosscloud-trust",
        to: &[CLOUD, TFPLUGIN, "tfplugin-proto"],
        because: "the typed spec is pure; the provider and the gate both stand on it",
    },
    Forbidden {
        from: "crosscloud-gate",
        to: &[CLOUD, TFPLUGIN, "tfplugin-proto"],
        because: "the gate judges plan files and talks to no cloud",
    },
    Forbidden {
        from: "crosscloud-policy-host",
        to: &[CLOUD, TFPLUGIN, "tfplugin-proto", "crosscloud-trust"],
        because: "the host runs policies and knows nothing of what they judge",
    },
    Forbidden {
        from: "crosscloud-policy-resources",
        to: &[CLOUD, TFPLUGIN, "tfplugin-proto", "crosscloud-policy-host"],
        because: "reading planned resources is pure; the gate and the provider both stand on it",
    },
    Forbidden {
        from: "crosscloud-policy-picture",
        to: &[CLOUD, TFPLUGIN, "tfplugin-proto", "crosscloud-trust", "crosscloud-policy-host"],
        because: "a picture is made of a document and findings, whoever wrote and judged them",
    },
    Forbidden {
        from: "cloud-emulator",
        to: &[CLOUD, TFPLUGIN, "crosscloud-trust", "crosscloud-compose", "terraform-provider-crosscloud"],
        because: "the emulator is the cloud's side: sharing code with the provider would let both be wrong together",
    },
    Forbidden {
        from: "xtask",
        to: &[HARNESS, "terraform-provider-crosscloud", "cloud-emulator"],
        because: "the chores compile in seconds and reach everything else as a program",
    },
];

/// Crates that stay pure: no direct dependency does input or output.
const PURE: &[&str] = &[
    "crosscloud-policy-model",
    "crosscloud-trust",
    "crosscloud-policy-sdk",
    "crosscloud-policy-plugin",
    "crosscloud-policy-rego",
    "crosscloud-policy-resources",
    "crosscloud-policy-picture",
];

/// Only these may stand on the harness.
const MAY_USE_HARNESS: &[&str] = &[HARNESS];

#[test]
fn no_forbidden_arrow() {
    let graph = Graph::of_workspace();
    let mut complaints = Vec::new();
    for rule in FORBIDDEN {
        let reached = graph.reach(rule.from);
        for forbidden in rule.to.iter().filter(|to| reached.contains(**to)) {
            complaints.push(format!("{} reaches {forbidden}, but {}", rule.from, rule.because));
        }
    }
    for name in graph.members.keys().filter(|name| !MAY_USE_HARNESS.contains(&name.as_str())) {
        if graph.everything_of(name).contains(HARNESS) {
            complaints.push(format!("{name} depends on the acceptance tests"));
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn pure_crates_have_no_effects() {
    let graph = Graph::of_workspace();
    let mut complaints = Vec::new();
    for name in PURE {
        let mut crates = graph.reach(name);
        crates.insert((*name).to_owned());
        for member in crates {
            let direct = graph.members.get(&member).into_iter().flat_map(|member| &member.normal);
            complaints.extend(
                direct
                    .filter(|it| EFFECTS.contains(&it.as_str()))
                    .map(|it| format!("{name} is pure, but {member} uses {it}")),
            );
        }
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn rules_name_real_crates() {
    let graph = Graph::of_workspace();
    for name in FORBIDDEN.iter().map(|rule| rule.from).chain(PURE.iter().copied()) {
        assert!(graph.members.contains_key(name), "a layer rule names `{name}`, which is no member of the workspace");
    }
}

/// What the members of the workspace depend on.
struct Graph {
    members: BTreeMap<String, Member>,
}

#[derive(Default)]
struct Member {
    /// Compiled into the crate or its build script.
    normal: BTreeSet<String>,
    /// Compiled into its tests.
    tests: BTreeSet<String>,
}

impl Graph {
    fn of_workspace() -> Self {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")))
            .output()
            .expect("cargo metadata starts");
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let mut members = BTreeMap::new();
        for package in metadata["packages"].as_array().expect("metadata lists packages") {
            let mut member = Member::default();
            for dependency in package["dependencies"].as_array().into_iter().flatten() {
                let kind = if dependency["kind"] == "dev" { &mut member.tests } else { &mut member.normal };
                kind.insert(text(&dependency["name"]));
            }
            members.insert(text(&package["name"]), member);
        }
        Self { members }
    }

    /// Every crate that `from` is compiled with, as far as the workspace's own manifests tell.
    fn reach(&self, from: &str) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![from.to_owned()];
        while let Some(name) = waiting.pop() {
            for next in self.members.get(&name).into_iter().flat_map(|member| &member.normal) {
                if reached.insert(next.clone()) {
                    waiting.push(next.clone());
                }
            }
        }
        reached
    }

    fn everything_of(&self, name: &str) -> BTreeSet<String> {
        let mut all = self.reach(name);
        all.extend(self.members.get(name).into_iter().flat_map(|member| member.tests.clone()));
        all
    }
}
