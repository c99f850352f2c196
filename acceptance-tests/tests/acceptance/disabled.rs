//! `disabled` means the same everywhere: nobody gets in for the time being, and what is there stays. The trusts' own switch is tried in every cell
//! of the map, and the members' with them.

use acceptance_tests::emulator::Request;
use acceptance_tests::suite::Suite;
use acceptance_tests::workload::arm;
use acceptance_tests::{Scenario, story};
use serde_json::{Value, json};

use crate::eject::hands_over;
use crate::rows;
use crate::rows_azure::CLUSTER as CLUSTER_ID;
use crate::rows_data::KEY_ID;
use crate::rows_google::is_usable;
use crate::setup::{CLUSTER, KEY, PERIMETER, Setup};

const PERIMETER_ID: &str = "accessPolicies/456700000022/servicePerimeters/ml_prod";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("disabled::no_service_may_use_a_key", no_service_may_use_a_key);
    suite.test("disabled::every_way_through_a_perimeter_is_shut", every_way_through_a_perimeter_is_shut);
    suite.test("disabled::a_dry_run_is_shut_in_the_dry_run", a_dry_run_is_shut_in_the_dry_run);
    suite.test("disabled::pods_that_start_get_no_token", pods_that_start_get_no_token);
    suite.test("disabled::a_cluster_stays_shut_when_it_is_forgotten", a_cluster_stays_shut_when_it_is_forgotten);
    suite.test("disabled::a_state_from_before_the_switch_is_open", a_state_from_before_the_switch_is_open);
}

fn no_service_may_use_a_key() {
    const ADDRESS: &str = "crosscloud_cmek_key.artifacts";
    let scenario = applied(KEY, "off-key");
    is_usable(scenario.clouds(), KEY_ID);
    let key = || scenario.clouds().by_hand("GET", &format!("/v1/{KEY_ID}"), None).body;
    let before = key();
    switch(&scenario, ADDRESS, "location = \"europe-west4\"");
    let refused = encrypts(&scenario);
    assert!(refused.contains("cloudkms.cryptoKeyVersions.useToEncrypt"), "Vertex AI's agent is locked out: {refused}");
    assert_eq!(key(), before, "the key stays as it is");
    let text = hands_over(&scenario);
    assert!(text.contains("google_kms_crypto_key") && !text.contains("iam_member"), "{text}");
    rows::imports(&scenario, ADDRESS, KEY_ID);
    switch_back(&scenario, ADDRESS, "location = \"europe-west4\"");
    is_usable(scenario.clouds(), KEY_ID);
    scenario.ends_clean();
}

/// What Vertex AI says of an endpoint that is to be encrypted with the key.
fn encrypts(scenario: &Scenario) -> String {
    let endpoint = json!({"displayName": "encrypted", "encryptionSpec": {"kmsKeyName": KEY_ID}});
    let path = format!("/v1/projects/{}/locations/europe-west4/endpoints", story::PROJECT);
    let answer = scenario.clouds().try_by_hand("POST", &path, Some(&endpoint));
    assert!(!answer.is_success(), "it is encrypted: {}", answer.body);
    answer.body.to_string()
}

fn every_way_through_a_perimeter_is_shut() {
    const ADDRESS: &str = "crosscloud_service_perimeter.ml";
    let scenario = PERIMETER.world("off-perimeter");
    scenario.edit("main.tf", "dry_run       = true", "dry_run       = false");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let ask = || story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Hello?");
    let answer = ask();
    assert!(answer.is_ok(), "{answer:?}");
    let open = perimeter(&scenario);
    switch(&scenario, ADDRESS, "dry_run       = false");
    assert!(ask().is_err(), "the pod that is admitted stays outside");
    let shut = perimeter(&scenario);
    assert_eq!(shut["status"]["ingressPolicies"], Value::Null, "{shut}");
    for guarded in ["resources", "restrictedServices"] {
        assert_eq!(shut["status"][guarded], open["status"][guarded], "{guarded}");
    }
    let text = hands_over(&scenario);
    assert!(text.contains("restricted_services") && !text.contains("ingress_policies"), "{text}");
    comes_back_without_a_write(&scenario, ADDRESS, PERIMETER_ID);
    switch_back(&scenario, ADDRESS, "dry_run       = false");
    let answer = ask();
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(perimeter(&scenario)["status"], open["status"], "every way is open again");
    scenario.ends_clean();
}

fn a_dry_run_is_shut_in_the_dry_run() {
    const ADDRESS: &str = "crosscloud_service_perimeter.ml";
    let scenario = applied(PERIMETER, "off-dry");
    let open = perimeter(&scenario);
    assert!(open["spec"]["ingressPolicies"].is_array(), "{open}");
    switch(&scenario, ADDRESS, "dry_run       = true");
    let shut = perimeter(&scenario);
    assert_eq!(
        (&shut["spec"]["ingressPolicies"], &shut["useExplicitDryRunSpec"]),
        (&Value::Null, &json!(true)),
        "{shut}"
    );
    assert_eq!(shut["spec"]["restrictedServices"], open["spec"]["restrictedServices"]);
    assert_eq!(shut["status"], open["status"], "nothing is enforced");
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Hello?");
    assert!(answer.is_ok(), "a dry run keeps nobody out: {answer:?}");
    let logs = scenario.clouds().by_hand("GET", "/_emulator/logs", None).body;
    assert!(logs.to_string().contains("policy_denied"), "what would be kept out is logged: {logs}");
    switch_back(&scenario, ADDRESS, "dry_run       = true");
    assert_eq!(perimeter(&scenario)["spec"], open["spec"]);
    scenario.ends_clean();
}

fn perimeter(scenario: &Scenario) -> Value {
    scenario.clouds().by_hand("GET", &format!("/v1/{PERIMETER_ID}"), None).body
}

fn pods_that_start_get_no_token() {
    const ADDRESS: &str = "crosscloud_aks_workload_identity.cluster";
    let scenario = applied(CLUSTER, "off-cluster");
    let before = cluster(&scenario);
    assert!(starts(&scenario));
    switch(&scenario, ADDRESS, "managedClusters/ml-aks\"");
    assert!(!starts(&scenario), "the webhook is off");
    let after = cluster(&scenario);
    for (name, value) in before.as_object().into_iter().flatten().filter(|(name, _)| *name != "securityProfile") {
        assert_eq!(after[name], *value, "{name} is left as it was");
    }
    assert!(hands_over(&scenario).contains("azure/cluster stays as it is"));
    comes_back_without_a_write(&scenario, ADDRESS, CLUSTER_ID);

    // Whoever switches the webhook on meanwhile finds it off again.
    let path = format!("{CLUSTER_ID}?api-version=2026-06-01");
    let mut body = scenario.clouds().by_hand("GET", &path, None).body;
    body["properties"]["securityProfile"]["workloadIdentity"]["enabled"] = json!(true);
    scenario.clouds().by_hand("PUT", &path, Some(&body));
    assert!(starts(&scenario));
    scenario.apply().succeeds().provider_behaved();
    assert!(!starts(&scenario));

    switch_back(&scenario, ADDRESS, "managedClusters/ml-aks\"");
    assert!(starts(&scenario));
    scenario.destroy().succeeds().provider_behaved();
}

fn a_cluster_stays_shut_when_it_is_forgotten() {
    let scenario = applied(CLUSTER, "off-forgotten");
    switch(&scenario, "crosscloud_aks_workload_identity.cluster", "managedClusters/ml-aks\"");
    let issuer = scenario.output("issuer");
    let before = cluster(&scenario);
    scenario.destroy().succeeds().provider_behaved();
    assert_eq!(cluster(&scenario), before, "a destroy changes nothing about the cluster");
    assert_eq!(before["oidcIssuerProfile"]["issuerURL"], issuer);
    assert_eq!(before["securityProfile"]["workloadIdentity"]["enabled"], false);
}

fn cluster(scenario: &Scenario) -> Value {
    let mut properties = arm(scenario.clouds(), CLUSTER_ID, "2026-06-01")["properties"].clone();
    properties.as_object_mut().map(|all| all.remove("provisioningState"));
    properties
}

/// Whether a pod that starts is given a token by the webhook.
fn starts(scenario: &Scenario) -> bool {
    let workload = json!({"kind": "kubernetes", "namespace": "chat", "service_account": "backend", "by_webhook": true});
    let order =
        json!({"issuer": scenario.output("issuer"), "audience": "api://AzureADTokenExchange", "workload": workload});
    scenario.clouds().try_by_hand("POST", "/_emulator/tokens", Some(&order)).is_success()
}

fn a_state_from_before_the_switch_is_open() {
    for setup in [KEY, PERIMETER, CLUSTER] {
        let scenario = applied(setup, "older");
        let state = scenario.run(&["state", "pull"]).succeeds().stdout().to_owned();
        let mut state: Value = serde_json::from_str(&state).expect("a state is JSON");
        for resource in state["resources"].as_array_mut().into_iter().flatten() {
            for instance in resource["instances"].as_array_mut().into_iter().flatten() {
                let attributes = instance["attributes"].as_object_mut().expect("an instance has attributes");
                assert_eq!(attributes.remove("disabled"), Some(Value::Null));
            }
        }
        state["serial"] = json!(state["serial"].as_u64().unwrap_or_default() + 1);
        scenario.write("older.json", &state.to_string());
        scenario.run(&["state", "push", "older.json"]).succeeds();
        scenario.is_settled();
        scenario.destroy().succeeds().provider_behaved();
    }
}

#[track_caller]
fn applied(setup: Setup, name: &str) -> Scenario {
    let scenario = setup.world(name);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario
}

/// Switches a resource off behind a line of its configuration: in place, without a deletion of anything but grants.
#[track_caller]
fn switch(scenario: &Scenario, address: &str, line: &str) {
    scenario.edit("main.tf", line, &off(line));
    changes_in_place(scenario, address);
}

#[track_caller]
fn switch_back(scenario: &Scenario, address: &str, line: &str) {
    scenario.edit("main.tf", &off(line), line);
    changes_in_place(scenario, address);
}

fn off(line: &str) -> String {
    format!("{line}\n  disabled = true")
}

#[track_caller]
fn changes_in_place(scenario: &Scenario, address: &str) {
    scenario.plan().has_changes().provider_behaved();
    assert_eq!(scenario.planned_actions(address), ["update"]);
    scenario.clouds().forget_requests();
    scenario.apply_plan().succeeds().provider_behaved();
    let gone: Vec<Request> = scenario.clouds().requests().into_iter().filter(|it| it.method == "DELETE").collect();
    assert!(gone.is_empty(), "what is there stays: {gone:?}");
    scenario.is_settled();
}

/// Loses the state and imports it. What an import cannot see is written into the state, and nothing into any cloud.
#[track_caller]
fn comes_back_without_a_write(scenario: &Scenario, address: &str, id: &str) {
    scenario.run(&["state", "rm", address]).succeeds();
    scenario.clouds().forget_requests();
    scenario.run(&["import", "-no-color", "-input=false", address, id]).succeeds().provider_behaved();
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let writes: Vec<Request> = scenario.clouds().requests().into_iter().filter(Request::is_write).collect();
    assert!(writes.is_empty(), "{writes:?}");
}
