//! Import: what exists comes under management as it is, and the next plan has nothing to do.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};

use crate::trust::applied;
use crate::update::identity;

const TRUST: &str = "crosscloud_trust.chat";
const POOL: &str = "projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat";
const EMAIL: &str = "aks-chat@ml-prod-4711.iam.gserviceaccount.com";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("import::what_was_applied_comes_back_as_it_was", what_was_applied_comes_back_as_it_was);
    suite.test("import::a_missing_part_is_made", a_missing_part_is_made);
    suite.test("import::an_import_block_does_the_same", an_import_block_does_the_same);
    suite.test("import::ids_that_are_none_are_explained", ids_that_are_none_are_explained);
}

fn id() -> String {
    format!("aks->gcp;{POOL}/providers/aks-chat;{EMAIL}")
}

/// A world in which the example was applied and its state lost.
#[track_caller]
fn forgotten(name: &str) -> Scenario {
    let scenario = applied(name);
    scenario.run(&["state", "rm", TRUST]).succeeds();
    scenario
}

fn what_was_applied_comes_back_as_it_was() {
    let scenario = applied("import");
    let before = (identity(&scenario), scenario.resource(TRUST));
    scenario.run(&["state", "rm", TRUST]).succeeds();
    scenario.clouds().forget_requests();
    scenario.run(&["import", "-no-color", TRUST, &id()]).succeeds();
    assert!(
        !scenario.clouds().requests().iter().any(acceptance_tests::emulator::Request::is_write),
        "an import only reads"
    );
    let after = scenario.resource(TRUST);
    for output in ["principal", "audience", "issuer", "subject", "service_account_email", "credential_config"] {
        assert_eq!(after[output], before.1[output], "{output}");
    }
    scenario.is_settled();
    assert_eq!(identity(&scenario), before.0);
    scenario.ends_clean();
}

fn a_missing_part_is_made() {
    let scenario = forgotten("partial");
    scenario.clouds().by_hand("DELETE", &format!("/v1/projects/ml-prod-4711/serviceAccounts/{EMAIL}"), None);
    scenario.run(&["import", "-no-color", TRUST, &id()]).succeeds();
    scenario.plan().has_changes();
    assert_eq!(scenario.planned_actions(TRUST), ["update"]);
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Through?");
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}

fn an_import_block_does_the_same() {
    let scenario = forgotten("block");
    scenario.write("import.tf", &format!("import {{\n  to = {TRUST}\n  id = \"{}\"\n}}\n", id()));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
}

fn ids_that_are_none_are_explained() {
    let scenario = Scenario::new("noid");
    scenario.example(story::EXAMPLE);
    let import = |id: &str| scenario.run(&["import", "-no-color", TRUST, id]);
    scenario.init().succeeds();
    import("aks-chat").fails_with("SOURCE->TARGET").provider_behaved();
    import("aks->gcp").fails_with("is missing").provider_behaved();
    import(&format!("aks->gcp;{POOL}")).fails_with("form is").provider_behaved();
    import(&id()).fails_with("no").provider_behaved();
}
