//! Google's own command line, unmodified, sees in the emulator what terraform made.

use std::process::Command;

use acceptance_tests::suite::{Needs, Suite};
use acceptance_tests::{Scenario, story};
use serde_json::Value;

use crate::trust::applied;

pub(crate) fn add(suite: &mut Suite) {
    suite.test_with(Needs::Gcloud, "gcloud::describes_what_terraform_made", describes_what_terraform_made);
}

fn describes_what_terraform_made() {
    let scenario = applied("gcloud");
    let at = ["--location=global", "--format=json"];
    let pool = gcloud(&scenario, &[&["iam", "workload-identity-pools", "describe", "aks-chat"][..], &at].concat());
    assert_eq!(pool["name"], "projects/471100000011/locations/global/workloadIdentityPools/aks-chat");
    assert_eq!(pool["state"], "ACTIVE");

    let describe = ["iam", "workload-identity-pools", "providers", "describe", "aks-chat"];
    let provider = gcloud(&scenario, &[&describe[..], &["--workload-identity-pool=aks-chat"], &at].concat());
    assert_eq!(provider["oidc"]["issuerUri"], story::ISSUER);
    assert_eq!(provider["attributeCondition"], "assertion.sub == 'system:serviceaccount:chat:backend'");

    let account = scenario.output("service_account_email");
    let account = account.as_str().unwrap_or_default();
    let policy = gcloud(&scenario, &["iam", "service-accounts", "get-iam-policy", account, "--format=json"]);
    assert_eq!(policy["bindings"][0]["role"], "roles/iam.workloadIdentityUser");
    assert_eq!(policy["bindings"][0]["members"][0], scenario.output("principal"));
}

#[track_caller]
fn gcloud(scenario: &Scenario, arguments: &[&str]) -> Value {
    let mut command = Command::new("gcloud");
    scenario.isolated(&mut command);
    command.envs(scenario.environment_for_gcloud()).args(arguments);
    let output = command.output().expect("gcloud starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "gcloud {}: {said}", arguments.join(" "));
    serde_json::from_slice(&output.stdout).expect("gcloud prints JSON when it is asked to")
}
