//! Gradual adoption: what was there already does not count, and what is new does.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{gate, gate_with, text};
use crate::support::{change, create, plan, provider};

fn public(name: &str, member: &str) -> Value {
    create(
        &format!("google_project_iam_member.{name}"),
        json!({"project": "p", "role": "roles/viewer", "member": member}),
    )
}

/// Runs a check with a baseline. Gives the exit code and the report.
fn check(baseline: &Path, more: &[&str], plan: &Value) -> (Option<i32>, Value) {
    let baseline = baseline.display().to_string();
    let arguments = [&["check", "--format", "json", "--baseline", &baseline], more, &["-"]].concat();
    let output = gate(&arguments, &plan.to_string());
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
fn only_what_is_new_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("baseline.json");
    let before = plan(&[provider("ci", json!(null)), public("old", "allUsers")]);
    assert_eq!(gate(&["check", "-"], &before.to_string()).status.code(), Some(1));
    assert_eq!(check(&file, &["--write-baseline"], &before).0, Some(0));
    let (code, report) = check(&file, &[], &before);
    assert_eq!((code, &report["summary"]["denied"]), (Some(0), &json!(false)));
    assert_eq!(report["summary"]["baseline"]["stale"], json!([]));
    assert!(report["findings"].as_array().unwrap().iter().all(|finding| finding["baseline"] == true), "{report:#}");

    let after = plan(&[provider("ci", json!(null)), public("old", "allUsers"), public("new", "allUsers")]);
    let (code, report) = check(&file, &[], &after);
    let denying: Vec<&Value> =
        report["findings"].as_array().unwrap().iter().filter(|it| it["denies"] == true).collect();
    assert_eq!((code, denying.len()), (Some(1), 1));
    assert_eq!(denying[0]["address"], "google_project_iam_member.new");
}

#[test]
fn more_of_the_same_and_graver_ones_are_new() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("baseline.json");
    let plan = plan(&[public("it", "allUsers")]);
    check(&file, &["--write-baseline"], &plan);
    let written: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let edited = |edit: fn(&mut Value)| {
        let mut baseline = written.clone();
        edit(&mut baseline["findings"][0]);
        fs::write(&file, baseline.to_string()).unwrap();
        check(&file, &[], &plan).0
    };
    assert_eq!(edited(|_| ()), Some(0));
    assert_eq!(edited(|entry| entry["count"] = json!(0)), Some(1));
    assert_eq!(edited(|entry| entry["severity"] = json!("low")), Some(1));
    assert_eq!(edited(|entry| entry["verdict"] = json!("undetermined")), Some(1));
    assert_eq!(edited(|entry| entry["path"] = json!("role")), Some(1));
}

#[test]
fn what_is_not_found_any_more_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("baseline.json");
    check(&file, &["--write-baseline"], &plan(&[public("it", "allUsers"), public("gone", "allUsers")]));
    // What the plan leaves as it is was not judged, so nobody can say whether it is still there.
    let left = change(
        "google_project_iam_member.it",
        &["no-op"],
        json!({"project": "p", "role": "roles/viewer", "member": "allUsers"}),
    );
    let (code, report) = check(&file, &[], &plan(&[left]));
    let stale = &report["summary"]["baseline"]["stale"];
    assert_eq!((code, stale.as_array().map(Vec::len)), (Some(0), Some(1)));
    assert_eq!(stale[0]["address"], "google_project_iam_member.gone");
}

#[test]
fn a_policy_file_does_not_let_findings_go() {
    let folder = tempfile::tempdir().unwrap();
    let (file, floor) = (folder.path().join("baseline.json"), folder.path().join("floor.json"));
    let plan = plan(&[public("it", "allUsers")]);
    fs::write(&floor, "{}").unwrap();
    let floor_path = floor.display().to_string();
    let with = ["--policy", &floor_path, "--write-baseline"];
    let (code, report) = check(&file, &with, &plan);
    assert_eq!((code, &report["summary"]["baseline"]["refused"]), (Some(1), &json!(1)));
    fs::write(&floor, json!({"waivable": ["gcp-member-public"]}).to_string()).unwrap();
    assert_eq!(check(&file, &with, &plan).0, Some(0));
}

#[test]
fn what_is_no_baseline_gives_no_verdict() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("baseline.json");
    let plan = plan(&[]);
    assert_eq!(check(&file, &[], &plan).0, Some(2));
    for contents in
        ["", "[]", "{}", "{\"schema_version\": 2, \"findings\": []}", "{\"schema_version\": 1, \"findings\": [{}]}"]
    {
        fs::write(&file, contents).unwrap();
        assert_eq!(check(&file, &[], &plan).0, Some(2), "{contents}");
    }
    assert_eq!(gate(&["check", "--write-baseline", "-"], "{}").status.code(), Some(2));
}

#[test]
fn reports_do_not_overwrite_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(&[public("it", "allUsers")]).to_string();
    let output = gate_with(folder.path(), &["check", "--out", "json=a", "--out", "sarif=a", "-"], plan.as_bytes());
    assert_eq!(output.status.code(), Some(2), "{}", text(&output.stderr));
    let all = [
        "check",
        "--out",
        "json=a",
        "--out",
        "sarif=b",
        "--out",
        "junit=c",
        "--out",
        "github=d",
        "--out",
        "markdown=e",
        "-",
    ];
    assert_eq!(gate_with(folder.path(), &all, plan.as_bytes()).status.code(), Some(1));
    for name in ["a", "b", "c", "d", "e"] {
        assert!(fs::metadata(folder.path().join(name)).unwrap().len() > 100, "{name}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 5);
}
