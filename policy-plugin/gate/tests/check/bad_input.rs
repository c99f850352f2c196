//! What is no plan gets one clear sentence and never a verdict.

use crosscloud_gate::{Options, check};

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
