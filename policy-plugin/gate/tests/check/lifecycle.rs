//! Which resources of a plan are judged.

use crosscloud_gate::Options;
use serde_json::json;

use crate::support::{change, has, judged, judged_with, plan};

const ADDRESS: &str = "google_project_iam_member.ci";

fn member(actions: &[&str]) -> serde_json::Value {
    let after = if actions == ["delete"] {
        json!(null)
    } else {
        json!({"project": "p", "role": "roles/viewer", "member": "allUsers"})
    };
    change(ADDRESS, actions, after)
}

#[test]
fn what_the_plan_changes_is_judged() {
    for actions in [&["create"][..], &["update"], &["delete", "create"], &["create", "delete"]] {
        assert!(has(&judged(&plan(&[member(actions)])), "gcp-member-public", ADDRESS), "{actions:?}");
    }
}

#[test]
fn what_goes_away_or_stays_is_not() {
    for actions in [&["delete"][..], &["no-op"], &["forget"]] {
        let report = judged(&plan(&[member(actions)]));
        assert!(report.findings.is_empty(), "{actions:?}");
    }
    let all = Options { all: true, ..Options::default() };
    assert!(has(&judged_with(&plan(&[member(&["no-op"])]), all.clone()), "gcp-member-public", ADDRESS));
    assert!(judged_with(&plan(&[member(&["delete"])]), all).findings.is_empty());
}

#[test]
fn what_is_imported_is_judged_though_nothing_changes() {
    let mut imported = member(&["no-op"]);
    imported["change"]["importing"] = json!({"id": "p roles/viewer allUsers"});
    assert!(has(&judged(&plan(&[imported])), "gcp-member-public", ADDRESS));
}

#[test]
fn deposed_instances_and_data_are_passed_over() {
    let mut deposed = member(&["create"]);
    deposed["deposed"] = json!("12ab34cd");
    let data = change("data.google_project_iam_member.ci", &["read"], json!({"member": "allUsers"}));
    assert!(judged(&plan(&[deposed, data])).findings.is_empty());
}

#[test]
fn a_new_policy_on_a_role_that_stays_is_judged_and_nothing_else_of_the_role() {
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"},
    }]});
    let role = change("aws_iam_role.ci", &["no-op"], json!({"name": "ci", "assume_role_policy": trust.to_string()}));
    let attachment = change(
        "aws_iam_role_policy_attachment.admin[\"a\"]",
        &["create"],
        json!({"role": "ci", "policy_arn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    );
    let report = judged(&plan(&[role, attachment]));
    assert!(has(&report, "aws-role-admin-federated", "aws_iam_role_policy_attachment.admin[\"a\"]"), "{report:?}");
    assert!(report.findings.iter().all(|finding| finding.address.starts_with("aws_iam_role_policy_attachment")));
}
