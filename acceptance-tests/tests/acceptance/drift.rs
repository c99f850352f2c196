//! Drift: whatever someone changes behind terraform's back shows in the next plan by object, and the next apply puts it right.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};
use serde_json::{Value, json};

use crate::trust::applied;

const POOL: &str = "/v1/projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat";
const PROVIDER: &str = "/v1/projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat";
const ACCOUNT: &str = "/v1/projects/ml-prod-4711/serviceAccounts/aks-chat@ml-prod-4711.iam.gserviceaccount.com";
const PROJECT: &str = "/v1/projects/ml-prod-4711";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("drift::a_loosened_condition", || {
        repaired("condition", "gcp/provider", "changed", |scenario| {
            let body = json!({"attributeCondition": "true"});
            scenario.clouds().by_hand("PATCH", &format!("{PROVIDER}?updateMask=attributeCondition"), Some(&body));
        });
    });
    suite.test("drift::a_disabled_pool", || {
        repaired("disabled", "gcp/pool", "changed", |scenario| {
            scenario.clouds().by_hand(
                "PATCH",
                &format!("{POOL}?updateMask=disabled"),
                Some(&json!({"disabled": true})),
            );
        });
    });
    suite.test("drift::a_deleted_provider", || {
        repaired("provider", "gcp/provider", "soft_deleted", |scenario| {
            scenario.clouds().by_hand("DELETE", PROVIDER, None);
        });
    });
    suite.test("drift::a_deleted_pool", || {
        repaired("pool", "gcp/pool", "soft_deleted", |scenario| {
            scenario.clouds().by_hand("DELETE", POOL, None);
        });
    });
    suite.test("drift::a_deleted_service_account", || {
        repaired("account", "gcp/service_account", "missing", |scenario| {
            scenario.clouds().by_hand("DELETE", ACCOUNT, None);
        });
    });
    suite.test("drift::a_disabled_service_account", || {
        repaired("off", "gcp/service_account", "changed", |scenario| {
            scenario.clouds().by_hand("POST", &format!("{ACCOUNT}:disable"), Some(&json!({})));
        });
    });
    suite.test("drift::an_api_that_was_switched_off", || {
        repaired("api", "gcp/service/iamcredentials.googleapis.com", "missing", |scenario| {
            let path = format!("{PROJECT}/services/iamcredentials.googleapis.com:disable");
            scenario.clouds().by_hand("POST", &path, Some(&json!({})));
        });
    });
    suite.test("drift::a_log_that_was_switched_off", || {
        let scenario = Scenario::new("log");
        scenario.example(story::EXAMPLE);
        let roles = "roles = [\"roles/aiplatform.user\"]";
        scenario.edit("main.tf", roles, &format!("{roles}, audit_logs = true"));
        scenario.apply().succeeds().provider_behaved();
        let key = "gcp/audit_config/sts.googleapis.com/DATA_READ";
        repaired_in(&scenario, key, "missing", |scenario| {
            let mut policy = scenario.clouds().by_hand("POST", &format!("{PROJECT}:getIamPolicy"), None).body;
            if let Some(configs) = policy["auditConfigs"].as_array_mut() {
                configs.retain(|config: &Value| config["service"] != "sts.googleapis.com");
            }
            let body = json!({"policy": policy, "updateMask": "auditConfigs,etag"});
            scenario.clouds().by_hand("POST", &format!("{PROJECT}:setIamPolicy"), Some(&body));
        });
    });
    suite.test("drift::a_revoked_role", || {
        repaired("role", "gcp/project_grant/roles/aiplatform.user", "missing", |scenario| {
            revoke(scenario, PROJECT, "roles/aiplatform.user");
        });
    });
    suite.test("drift::a_revoked_binding", || {
        repaired("binding", "gcp/service_account_grant/roles/iam.workloadIdentityUser", "missing", |scenario| {
            revoke(scenario, ACCOUNT, "roles/iam.workloadIdentityUser");
        });
    });
}

/// Applies the example, lets someone meddle, and expects the plan to say what and the apply to repair it.
#[track_caller]
fn repaired(name: &str, key: &str, status: &str, meddle: impl FnOnce(&Scenario)) {
    repaired_in(&applied(name), key, status, meddle);
}

/// The same where the trust has been applied already.
#[track_caller]
fn repaired_in(scenario: &Scenario, key: &str, status: &str, meddle: impl FnOnce(&Scenario)) {
    meddle(scenario);
    scenario.plan().has_changes().provider_behaved();
    let plan = scenario.planned();
    let change = &plan["resource_changes"][0]["change"];
    assert_eq!(change["actions"], json!(["update"]), "drift is repaired in place");
    assert_eq!(change["before"]["objects"][key]["status"], status, "{}", change["before"]["objects"]);
    assert_eq!(change["after"]["objects"][key]["status"], "present", "{}", change["after"]["objects"]);

    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(scenario), story::PROJECT, "All well?");
    assert!(answer.is_ok(), "{answer:?}");
    let intruder = story::pod("intruder").ask(scenario.clouds(), &story::mounts(scenario), story::PROJECT, "Open?");
    assert!(intruder.is_err(), "a repaired trust lets nobody else in");
    scenario.ends_clean();
}

/// Takes every member from a role, as someone would by hand.
fn revoke(scenario: &Scenario, resource: &str, role: &str) {
    let mut policy = scenario.clouds().by_hand("POST", &format!("{resource}:getIamPolicy"), None).body;
    if let Some(bindings) = policy["bindings"].as_array_mut() {
        bindings.retain(|binding: &Value| binding["role"] != role);
    }
    scenario.clouds().by_hand("POST", &format!("{resource}:setIamPolicy"), Some(&json!({"policy": policy})));
}
