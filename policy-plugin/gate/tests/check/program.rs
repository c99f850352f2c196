//! The program itself: exit codes, formats, files.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::support::{create, plan, provider};

pub(crate) fn gate(arguments: &[&str], input: &str) -> Output {
    gate_with(Path::new("."), arguments, input.as_bytes())
}

/// The same in a folder, and with input that need not be text.
pub(crate) fn gate_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_crosscloud-gate"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("CROSSCLOUD_POLICY_FILE")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that refuses its arguments does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn exit_codes_tell_verdicts() {
    let open = plan(&[provider("ci", json!(null))]).to_string();
    let denied = gate(&["check", "-"], &open);
    assert_eq!(denied.status.code(), Some(1));
    let shown = text(&denied.stdout);
    for part in [
        "google_iam_workload_identity_pool_provider.ci",
        "critical",
        "gcp-wif-condition-missing",
        "gets in:",
        "instead:",
        "denied:",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    assert!(!shown.contains('\u{1b}'), "colours only for a terminal");
    let allowed = gate(&["check", "-"], &plan(&[]).to_string());
    assert_eq!((allowed.status.code(), text(&allowed.stdout).contains("allowed")), (Some(0), true));
    let broken = gate(&["check", "-"], "resource \"a\" \"b\" {}");
    assert_eq!(broken.status.code(), Some(2));
    assert!(text(&broken.stderr).starts_with("error: this is Terraform configuration") && broken.stdout.is_empty());
    assert_eq!(gate(&["check"], "").status.code(), Some(2));
    assert_eq!(gate(&["check", "nowhere.json"], "").status.code(), Some(2));
    assert_eq!(gate(&["check", "--policy", "nowhere.wasm", "-"], &open).status.code(), Some(2));
}

#[test]
fn levels_of_the_command_line_decide() {
    let medium = plan(&[create(
        "google_kms_crypto_key.k",
        json!({"name": "k", "key_ring": "projects/p/locations/l/keyRings/r"}),
    )])
    .to_string();
    assert_eq!(gate(&["check", "-"], &medium).status.code(), Some(0));
    assert_eq!(gate(&["check", "--fail-on", "medium", "-"], &medium).status.code(), Some(1));
    let mut waiting = provider("ci", json!(null));
    waiting["change"]["after_unknown"] = json!({"attribute_condition": true});
    let waiting = plan(&[waiting]).to_string();
    assert_eq!(gate(&["check", "-"], &waiting).status.code(), Some(1));
    assert_eq!(gate(&["check", "--on-undetermined", "warn", "-"], &waiting).status.code(), Some(0));
}

#[test]
fn several_formats_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    let out = format!("json={}", file.display());
    let output = gate(&["check", "--out", &out, "-"], &plan(&[provider("ci", json!(null))]).to_string());
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(report["schema_version"], 1);
    assert_eq!(report["findings"][0]["severity"], "critical");
    assert!(text(&output.stdout).contains("denied"));
    assert_eq!(gate(&["check", "--out", "nothing=x", "-"], "").status.code(), Some(2));
}

#[test]
fn findings_show_the_line_that_they_are_about() {
    let folder = tempfile::tempdir().unwrap();
    let name = "google_iam_workload_identity_pool_provider";
    std::fs::write(
        folder.path().join("main.tf"),
        format!("# ci\nresource \"{name}\" \"ci\" {{\n  attribute_condition = \"true\"\n}}\n"),
    )
    .unwrap();
    let source = folder.path().to_str().unwrap();
    let output = gate(&["check", "--source", source, "-"], &plan(&[provider("ci", json!("true"))]).to_string());
    let shown = text(&output.stdout);
    assert!(shown.contains("main.tf:3 | attribute_condition = \"true\""), "{shown}");
}

#[test]
fn rules_are_listed_and_explained() {
    let list = text(&gate(&["rules"], "").stdout);
    assert!(list.contains("gcp-member-pool-star") && list.contains("x-waiver-unused"), "{list}");
    let explained = text(&gate(&["explain", "gcp-kms-rotation"], "").stdout);
    assert!(explained.contains("Severity: medium") && explained.contains("Refused: never; a year."), "{explained}");
    assert_eq!(gate(&["explain", "no-such-rule"], "").status.code(), Some(2));
}

#[test]
fn a_binary_plan_is_turned_into_json_by_terraform() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("terraform");
    let json = folder.path().join("plan.json");
    std::fs::write(&json, plan(&[provider("ci", json!(null))]).to_string()).unwrap();
    if cfg!(unix) {
        std::fs::write(
            &program,
            format!("#!/bin/sh\n[ \"$1 $2 $3\" = \"show -json tfplan\" ] && cat {}\n", json.display()),
        )
        .unwrap();
        executable(&program);
        let output = Command::new(env!("CARGO_BIN_EXE_crosscloud-gate"))
            .args(["check", "--plan", "tfplan"])
            .env("TF_CLI_PATH", &program)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    }
}

#[cfg(unix)]
fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn executable(_: &Path) {}
