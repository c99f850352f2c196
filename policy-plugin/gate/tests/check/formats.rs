//! Each format says what its readers need, whatever stands in a plan.

use crosscloud_gate::format::Format;
use crosscloud_gate::{Gate, Options, Report, Sources};
use serde_json::{Value, json};

use crate::support::{create, judged, plan, provider};

/// Text that would mean something to every reader of a report.
const HOSTILE: &str = "p\"]]>\n::error::x <script>alert(1)</script> @octo `*_[a](http://b) | $x$ \u{1b}[31m";

fn report() -> Report {
    judged(&plan(&[
        provider("ci", json!(null)),
        create("google_kms_crypto_key.k", json!({"name": "k", "key_ring": "projects/p/locations/l/keyRings/r"})),
    ]))
}

/// Its address, its project and its role come from somebody who wishes nobody well.
fn hostile() -> Report {
    let member = json!({"project": HOSTILE, "role": HOSTILE, "member": "allUsers"});
    let mut change = create("google_project_iam_member.it", member);
    change["address"] = json!(format!("google_project_iam_member.it[\"{HOSTILE}\"]"));
    let report = judged(&plan(&[change, provider("ci", json!(null))]));
    assert!(report.findings.iter().any(|finding| finding.address.contains("<script>")), "{report:?}");
    report
}

fn sarif(report: &Report) -> Value {
    serde_json::from_str(&Format::Sarif.write(report, false)).unwrap()
}

#[test]
fn sarif_has_what_code_scanning_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let name = "google_iam_workload_identity_pool_provider";
    std::fs::create_dir_all(folder.path().join("modules/ci x")).unwrap();
    std::fs::write(folder.path().join("modules/ci x/main.tf"), format!("resource \"{name}\" \"ci\" {{\n}}\n")).unwrap();
    let mut change = provider("ci", json!(null));
    change["address"] = json!(format!("module.ci.{name}.ci"));
    change["module_address"] = json!("module.ci");
    let mut plan = plan(&[change]);
    plan["configuration"]["root_module"]["module_calls"]["ci"] = json!({"source": "./modules/ci x", "module": {}});
    let options = Options { sources: Some(Sources::in_folder(folder.path())), ..Options::default() };
    let report = Gate::load(options).unwrap().check(&plan.to_string()).unwrap();
    let log = sarif(&report);
    let run = &log["runs"][0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), report.findings.len());
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    for result in results {
        let place = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[place]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        let location = &result["locations"][0]["physicalLocation"];
        assert_eq!(location["artifactLocation"]["uri"], "modules/ci%20x/main.tf");
        assert_eq!(location["region"]["startLine"], 1);
        assert_eq!(result["partialFingerprints"]["crosscloudGate/v1"].as_str().unwrap().len(), 64);
    }
    assert_eq!(
        rules[0]["properties"]["security-severity"].as_str().map(|score| score.parse::<f64>().is_ok()),
        Some(true)
    );
    assert!(rules.iter().all(|rule| !rule["help"]["text"].as_str().unwrap().is_empty()));
}

#[test]
fn fingerprints_stay_when_lines_move_and_differ_when_anything_else_does() {
    let report = report();
    let mut moved = report.findings[0].clone();
    moved.message = "another message".to_owned();
    assert_eq!(moved.fingerprint(), report.findings[0].fingerprint());
    moved.path.push('x');
    assert_ne!(moved.fingerprint(), report.findings[0].fingerprint());
}

#[test]
fn sarif_keeps_to_what_code_scanning_takes() {
    let mut report = report();
    report.findings = std::iter::repeat_n(report.findings[0].clone(), 25_010).collect();
    let log = sarif(&report);
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(25_000));
    let told = log["runs"][0]["invocations"][0]["toolExecutionNotifications"][0]["message"]["text"].as_str().unwrap();
    assert!(told.starts_with("10 more findings"), "{told}");
}

#[test]
fn junit_is_xml_and_counts_its_cases() {
    for report in [report(), hostile(), judged(&plan(&[]))] {
        let text = Format::Junit.write(&report, false);
        let document = roxmltree::Document::parse(&text).unwrap();
        let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).unwrap();
        let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
        assert_eq!(suite.attribute("tests"), Some(cases.len().to_string().as_str()));
        let failed = cases.iter().filter(|case| case.children().any(|it| it.has_tag_name("failure"))).count();
        assert_eq!(suite.attribute("failures"), Some(failed.to_string().as_str()));
        assert_eq!(failed, report.summary.denying);
    }
}

#[test]
fn each_annotation_is_one_command() {
    for report in [report(), hostile()] {
        let text = Format::Github.write(&report, false);
        let (commands, rest): (Vec<&str>, Vec<&str>) = text.lines().partition(|line| line.starts_with("::"));
        assert_eq!(commands.len(), report.findings.len());
        assert!(commands.iter().all(|line| line.starts_with("::error title=") || line.starts_with("::warning title=")));
        assert_eq!(rest.len(), 1, "{text}");
        assert!(rest[0].starts_with("crosscloud-gate: denied"), "{text}");
    }
}

#[test]
fn annotations_that_would_be_dropped_are_counted() {
    let mut report = report();
    report.findings = std::iter::repeat_n(report.findings[0].clone(), 14).collect();
    let text = Format::Github.write(&report, false);
    assert_eq!(text.matches("::error ").count(), 10);
    assert!(text.contains("4 more findings"), "{text}");
}

#[test]
fn nothing_in_a_comment_means_anything() {
    let text = Format::Markdown.write(&hostile(), false);
    for part in ["<script", "@octo", "[a](", "http://", "**", "\u{1b}"] {
        assert!(!text.contains(part), "{part}: {text}");
    }
    assert!(text.contains("<details><summary><b>critical</b> <code>gcp"), "{text}");
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}

#[test]
fn a_comment_is_never_too_long() {
    let mut report = report();
    report.findings = std::iter::repeat_n(report.findings[0].clone(), 500).collect();
    report.findings[3].message = "@".repeat(100_000);
    let text = Format::Markdown.write(&report, false);
    assert!(text.chars().count() <= 65_536 && text.len() > 50_000, "{}", text.len());
    assert!(text.contains("more findings do not fit here"));
    assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
}
