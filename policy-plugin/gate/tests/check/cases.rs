//! Tests of policies: plans beside what is to be found in them.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::program::{gate, text};
use crate::support::{create, plan, provider};

fn write(folder: &Path, name: &str, value: &Value) {
    let file = folder.join(name);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, value.to_string()).unwrap();
}

fn test(folder: &Path, more: &[&str]) -> Output {
    let folder = folder.display().to_string();
    gate(&[&["test", &folder], more].concat(), "")
}

fn public() -> Value {
    plan(&[create(
        "google_project_iam_member.it",
        json!({"project": "p", "role": "roles/viewer", "member": "allUsers"}),
    )])
}

#[test]
fn what_is_found_as_expected_passes() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "public/plan.json", &public());
    write(folder.path(), "public/expected.json", &json!({"denied": true, "findings": [{"rule": "gcp-member-public"}]}));
    write(folder.path(), "sound.plan.json", &plan(&[]));
    write(folder.path(), "sound.expected.json", &json!({"denied": false, "findings": []}));
    let output = test(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
    assert_eq!(text(&output.stdout), "ok      public\nok      sound\n2 passed, 0 failed\n");
}

#[test]
fn what_differs_is_shown_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "plan.json", &public());
    let wrong = json!({"denied": false, "findings": [{"rule": "gcp-member-public", "path": "role"}]});
    write(folder.path(), "expected.json", &wrong);
    let output = test(folder.path(), &[]);
    let shown = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    for line in [
        "FAILED  plan.json",
        "- anything role: gcp-member-public",
        "+ google_project_iam_member.it member: gcp-member-public",
        "- the plan is allowed",
        "+ the plan is denied",
        "0 passed, 1 failed",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
}

#[test]
fn waivers_of_a_case_count_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let waiver = json!({"rule": "gcp-member-public", "subject": "*", "owner": "ana", "reason": "a public page", "expires": "2999-12-31"});
    write(folder.path(), "a/plan.json", &public());
    write(folder.path(), "a/waivers.json", &json!({"waivers": [waiver]}));
    let expected = json!({"denied": false, "waivers": "waivers.json", "findings": [{"rule": "gcp-member-public", "waived": true}]});
    write(folder.path(), "a/expected.json", &expected);
    let output = test(folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stdout));
}

#[test]
fn expected_files_can_be_written_and_then_pass() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), "open/plan.json", &plan(&[provider("ci", json!(null))]));
    write(folder.path(), "public/plan.json", &public());
    let kept = json!({"findings": [{"rule": "gcp-member-public"}]});
    write(folder.path(), "public/expected.json", &kept);
    assert_eq!(test(folder.path(), &[]).status.code(), Some(2), "one of them is missing");
    let updated = test(folder.path(), &["--update"]);
    assert_eq!(updated.status.code(), Some(0));
    assert_eq!(text(&updated.stdout).lines().count(), 1, "what is as expected stays as it was written");
    assert_eq!(test(folder.path(), &[]).status.code(), Some(0));
}

#[test]
fn what_cannot_be_run_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let said = |output: Output| (output.status.code(), text(&output.stderr));
    let (code, error) = said(test(folder.path(), &[]));
    assert_eq!(code, Some(2));
    assert!(error.contains("no plan.json"), "{error}");
    write(folder.path(), "plan.json", &json!({}));
    write(folder.path(), "expected.json", &json!({"findings": []}));
    let (code, error) = said(test(folder.path(), &[]));
    assert_eq!(code, Some(2));
    assert!(error.contains("plan.json: the plan says no format_version"), "{error}");
    write(folder.path(), "plan.json", &plan(&[]));
    write(folder.path(), "expected.json", &json!({"findings": [], "finding": []}));
    assert_eq!(test(folder.path(), &[]).status.code(), Some(2), "a mistyped field would expect nothing");
}
