//! Waivers and levels of rules.

use crosscloud_gate::report::WaiverState;
use crosscloud_gate::{Options, PolicyFiles, Report, check};
use serde_json::{Value, json};

use crate::support::{has, judged_with, plan, provider};

fn with(choices: Value) -> Report {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("waivers.json");
    std::fs::write(&path, choices.to_string()).unwrap();
    let files = PolicyFiles { policies: Vec::new(), waivers: Some(path) };
    let mut open = provider("ci", json!(null));
    open["address"] = json!("module.team.google_iam_workload_identity_pool_provider.ci");
    judged_with(&plan(&[open]), Options { files, ..Options::default() })
}

fn waiver(subject: &str, expires: &str) -> Value {
    json!({"waivers": [{"rule": "gcp-wif-condition-missing", "subject": subject, "owner": "ana", "reason": "moving", "expires": expires}]})
}

#[test]
fn a_waiver_covers_addresses_by_pattern() {
    let report = with(waiver("module.team.*", "2999-12-31"));
    let finding = report.findings.iter().find(|finding| finding.rule == "gcp-wif-condition-missing").unwrap();
    assert_eq!(finding.waived.as_ref().map(|waived| waived.owner.as_str()), Some("ana"));
    assert!(!finding.denies);
    assert_eq!(report.summary.waivers[0].state, WaiverState::Used);
}

#[test]
fn waivers_that_run_out_or_cover_nothing_are_findings() {
    let unused = with(waiver("module.other.*", "2999-12-31"));
    assert!(has(&unused, "x-waiver-unused", "module.other.*") && unused.is_denied());
    let expired = with(waiver("module.team.*", "2020-01-01"));
    assert!(has(&expired, "x-waiver-expired", "module.team.*") && expired.is_denied());
    assert_eq!(expired.summary.waivers[0].state, WaiverState::Expired);
}

#[test]
fn rules_that_are_switched_off_are_listed() {
    let report = with(json!({"rules": {"gcp-wif-condition-missing": "off"}}));
    assert_eq!(report.summary.switched_off, ["gcp-wif-condition-missing"]);
    assert!(!report.findings.iter().any(|finding| finding.rule == "gcp-wif-condition-missing"));
}

#[test]
fn a_policy_file_is_a_floor() {
    let folder = tempfile::tempdir().unwrap();
    let (floor, waivers) = (folder.path().join("floor.json"), folder.path().join("waivers.json"));
    std::fs::write(&floor, "{}").unwrap();
    std::fs::write(&waivers, json!({"rules": {"gcp-wif-condition-missing": "off"}}).to_string()).unwrap();
    let files = PolicyFiles { policies: vec![floor], waivers: Some(waivers) };
    let report =
        judged_with(&plan(&[provider("ci", json!(null))]), Options { files: files.clone(), ..Options::default() });
    assert!(report.findings.iter().any(|finding| finding.rule == "gcp-wif-condition-missing" && finding.denies));
    let lenient =
        Options { files, fail_on: crosscloud_policy_model::finding::Severity::Critical, ..Options::default() };
    assert!(judged_with(&plan(&[provider("ci", json!("true"))]), lenient).is_denied());
}

#[test]
fn providers_without_a_policy_are_listed() {
    let mut plan = plan(&[]);
    plan["configuration"]["provider_config"] = json!({
        "crosscloud": {"name": "crosscloud", "full_name": "registry.terraform.io/crosscloud/crosscloud", "expressions": {"policy": {}}},
        "crosscloud.eu": {"name": "crosscloud", "alias": "eu"},
        "google": {"name": "google"},
    });
    assert_eq!(
        check(&plan.to_string(), Options::default()).unwrap().summary.providers_without_policy,
        ["crosscloud.eu"]
    );
}
