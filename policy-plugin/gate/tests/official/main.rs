//! What the gate writes, held against schemas that others publish, and what the guide shows, run. The schemas, a validator and a reader of
//! YAML come from crates.io and PyPI, once; where they
//! cannot be fetched, every one of these tests is skipped and counted as skipped.
#![allow(clippy::unwrap_used)]

mod fetched;
mod integrations;

use std::process::ExitCode;
use std::sync::Arc;

use crosscloud_gate::format::Format;
use crosscloud_gate::{Baseline, Gate, Options, PolicyFiles, Report};
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value, json};

use fetched::Validator;

type Test = fn(&Validator) -> Result<(), Failed>;

const TESTS: [(&str, Test); 9] = [
    ("sarif_is_what_oasis_says", sarif),
    ("json_is_what_our_schema_says", json_report),
    ("schemas_refuse_what_is_wrong", wrong),
    ("the_github_action_decides", integrations::github_action),
    ("the_gitlab_job_decides", integrations::gitlab),
    ("the_atlantis_workflow_decides", integrations::atlantis),
    ("the_terragrunt_hook_decides", integrations::terragrunt),
    ("the_pre_commit_hooks_decide", integrations::pre_commit),
    ("the_commands_of_the_guide_run", integrations::commands),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    let validator = match Validator::fetch() {
        Ok(validator) => Some(Arc::new(validator)),
        Err(why) => {
            eprintln!("SKIPPED: nothing holds reports against the schema of SARIF, and no integration is run: {why}");
            None
        }
    };
    let trials = TESTS.into_iter().map(|(name, test)| {
        let validator = validator.clone();
        let skipped = validator.is_none();
        let run = move || validator.as_deref().map_or(Ok(()), test);
        Trial::test(name, run).with_ignored_flag(skipped)
    });
    // What could not be fetched stays skipped, also when the ignored tests are asked for.
    arguments.include_ignored = false;
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Reports with everything in them: lines, witnesses, waivers, a baseline, and nothing at all.
fn reports() -> Vec<Report> {
    let change = |address: &str, type_name: &str, after: Value| {
        json!({"address": address, "mode": "managed", "type": type_name, "name": "it",
            "change": {"actions": ["create"], "before": null, "after": after, "after_unknown": {}, "after_sensitive": {}}})
    };
    let member = json!({"project": "p", "role": "roles/owner", "member": "allUsers"});
    let provider = json!({"workload_identity_pool_id": "a", "workload_identity_pool_provider_id": "b", "project": "p",
        "attribute_mapping": {"google.subject": "assertion.sub"}, "oidc": [{"issuer_uri": "https://gitlab.com"}]});
    let pool_provider = "google_iam_workload_identity_pool_provider";
    let changes = [
        change("google_project_iam_member.it", "google_project_iam_member", member),
        change(&format!("module.a[\"x y\"].{pool_provider}.it"), pool_provider, provider),
    ];
    let plan = |changes: &[Value]| json!({"format_version": "1.2", "resource_changes": changes}).to_string();
    let folder = tempfile::tempdir().unwrap();
    let waivers = folder.path().join("waivers.json");
    let waiver = json!({"rule": "gcp-member-public", "subject": "*", "owner": "ana", "reason": "a page", "expires": "2999-12-31"});
    std::fs::write(&waivers, json!({"waivers": [waiver]}).to_string()).unwrap();
    let plain = Gate::load(Options::default()).unwrap();
    let found = plain.check(&plan(&changes)).unwrap();
    let files = PolicyFiles { policies: Vec::new(), waivers: Some(waivers) };
    let waived = Gate::load(Options { files, baseline: Some(Baseline::of(&found)), ..Options::default() }).unwrap();
    let mut placed = found.clone();
    for finding in &mut placed.findings {
        let file = "modules/a b/main.tf".to_owned();
        finding.source =
            Some(crosscloud_gate::report::Place { file, line: 3, text: "  member = \"allUsers\"".to_owned() });
    }
    vec![found, placed, waived.check(&plan(&changes[..1])).unwrap(), plain.check(&plan(&[])).unwrap()]
}

fn sarif(validator: &Validator) -> Result<(), Failed> {
    for report in reports() {
        validator.accepts(&validator.sarif, &Format::Sarif.write(&report, false))?;
    }
    Ok(())
}

fn json_report(validator: &Validator) -> Result<(), Failed> {
    let schema = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/report.json");
    for report in reports() {
        validator.accepts(&schema, &Format::Json.write(&report, false))?;
    }
    Ok(())
}

/// A validator that takes everything would prove nothing.
fn wrong(validator: &Validator) -> Result<(), Failed> {
    let text = Format::Sarif.write(&reports()[0], false);
    for (from, to) in [
        ("\"2.1.0\"", "\"2.0.0\""),
        ("\"level\": \"error\"", "\"level\": \"grave\""),
        ("\"startLine\": 1", "\"startLine\": 0"),
    ] {
        let broken = text.replace(from, to);
        if broken == text || validator.accepts(&validator.sarif, &broken).is_ok() {
            return Err(format!("{to} is accepted").into());
        }
    }
    Ok(())
}
