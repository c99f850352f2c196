//! What is no plan gets one clear sentence and never a verdict.

use std::path::Path;

use crosscloud_gate::{Options, check};

use crate::program::{gate, gate_with, text};
use crate::support::{create, plan, provider};

#[test]
fn each_mistake_is_named() {
    let good = plan(&[provider("ci", serde_json::json!(null))]).to_string();
    let state =
        r#"{"version": 4, "terraform_version": "1.11.4", "serial": 3, "lineage": "a", "outputs": {}, "resources": []}"#;
    let shown_state = r#"{"format_version": "1.0", "terraform_version": "1.11.4", "values": {"root_module": {}}}"#;
    for (text, expected) in [
        (good[..good.len() / 2].to_owned(), "ends in the middle"),
        (format!("{good}\n{good}"), "more than one document"),
        (good.replace("\"1.2\"", "\"2.0\""), "the format 2.0"),
        (good.replace("\"1.2\"", "\"one\""), "the format one"),
        ("{}".to_owned(), "no format_version"),
        (state.to_owned(), "this is a state"),
        (shown_state.to_owned(), "this is a state"),
        (
            "{\"@level\":\"info\",\"@message\":\"x\"}\n{\"@level\":\"info\"}".to_owned(),
            "the log of `terraform plan -json`",
        ),
        (good.replace("\"resource_changes\":[", "\"resource_changes\":[7,"), "another form"),
        (good.replace("\"format_version\"", "\"errored\":true,\"format_version\""), "planning failed"),
        (good.replace("\"actions\"", "\"acts\""), "google_iam_workload_identity_pool_provider.ci"),
        (good.replace("\"1.2\",", "\"1.2\" "), "no JSON"),
    ] {
        let error = check(&text, Options::default()).expect_err(expected).to_string();
        assert!(error.contains(expected), "{expected}: {error}");
        assert!(!error.contains('\n') && error.len() < 200, "{error}");
    }
}

#[test]
fn values_that_stand_where_others_should_are_not_shown() {
    let mut plan = plan(&[create("google_project_iam_member.ci", serde_json::json!({}))]);
    plan["resource_changes"][0]["change"]["actions"] = serde_json::json!("hunter2");
    let error = check(&plan.to_string(), Options::default()).expect_err("the form is wrong").to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn a_plan_without_changes_is_allowed() {
    let report = check(r#"{"format_version": "1.9", "planned_values": {}}"#, Options::default()).unwrap();
    assert!(!report.is_denied() && report.findings.is_empty());
}

/// Each of them through the program, on standard input and as a file: exit code 2, one sentence, and nothing on standard output.
#[test]
fn the_program_refuses_what_is_no_plan() {
    let good = plan(&[provider("ci", serde_json::json!(null))]).to_string();
    let wide = format!("{{\"a\": [{}[]]}}", "[],".repeat(1 << 20));
    let deep = [b"{\"a\": ".as_slice(), &[b'['; 127], &[b']'; 127], b"}"].concat();
    let cases: [(&[u8], &str); 14] = [
        (b"", "the plan is empty"),
        (b"No changes. Your infrastructure matches the configuration.\n", "no JSON object"),
        (b"terraform {\n  required_version = \">= 1.9\"\n}\n", "Terraform configuration"),
        (b"PK\x03\x04\x14\x00\x08\x00tfplan", "binary plan file"),
        (&good.replace("\"1.2\"", "\"2.0\"").into_bytes(), "the format 2.0"),
        (&good.as_bytes()[..good.len() - 9], "ends in the middle"),
        (&[b"{\"a\": ".as_slice(), &vec![b'['; 4096]].concat(), "levels deep"),
        (&deep, "levels deep"),
        (wide.as_bytes(), "no format_version"),
        (br#"{"version": 4, "serial": 1, "lineage": "x", "resources": []}"#, "this is a state"),
        (br#"{"format_version": "1.0", "values": {"root_module": {}}}"#, "this is a state"),
        (&[good.as_bytes(), b"\n", good.as_bytes()].concat(), "more than one document"),
        (
            &good.clone().into_bytes().iter().map(|it| if *it == b'p' { 0xff } else { *it }).collect::<Vec<u8>>(),
            "UTF-8",
        ),
        (b"\xff\xfe{\0\"\0", "UTF-8"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (input, says) in cases {
        let file = folder.path().join("plan.json");
        std::fs::write(&file, input).unwrap();
        for output in
            [gate_with(Path::new("."), &["check", "-"], input), gate(&["check", &file.display().to_string()], "")]
        {
            let error = text(&output.stderr);
            assert_eq!(output.status.code(), Some(2), "{says}: {error}");
            assert!(
                error.starts_with("error: ") && error.contains(says) && error.lines().count() == 1,
                "{says}: {error}"
            );
            assert!(error.len() < 250 && output.stdout.is_empty(), "{error}");
        }
    }
}

/// A gibibyte of arrays, one in the other, beside each other, and both: made up while it is read, in memory that does not grow with it.
#[test]
#[ignore = "half a gibibyte is read, twice"]
#[cfg(target_os = "linux")]
fn a_gibibyte_is_refused_in_bounded_memory() {
    use std::io::Write;
    use std::process::{Command, Stdio};

    const GIBIBYTE: usize = 1 << 30;
    let cases = [("[", "levels deep", 64), ("[],", "larger than", 900), ("[[[[[]]]]],", "larger than", 900)];
    for (part, says, mebibytes) in cases {
        let mut child = Command::new(env!("CARGO_BIN_EXE_crosscloud-gate"))
            .args(["check", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let status = format!("/proc/{}/status", child.id());
        let mut input = child.stdin.take().unwrap();
        let chunk = part.repeat((1 << 20) / part.len());
        let (mut sent, mut peak) = (0, 0);
        input.write_all(b"{\"a\": [").unwrap();
        while sent < GIBIBYTE && input.write_all(chunk.as_bytes()).is_ok() {
            sent += chunk.len();
            let told = std::fs::read_to_string(&status).unwrap_or_default();
            let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or_default().to_owned();
            peak = peak.max(line.trim().trim_end_matches(" kB").parse::<usize>().unwrap_or_default());
        }
        drop(input);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
        assert!(peak < mebibytes << 10, "{part} takes {peak} kB");
        assert!(sent < GIBIBYTE, "it was read to its end");
    }
}
