//! A state lives in one realm: what was made in an emulator is never taken for something in the real clouds, nor the other way round. Every
//! resource refuses before it asks anybody.

use acceptance_tests::Scenario;
use acceptance_tests::suite::Suite;

use crate::paths::configuration;
use crate::setup::{CLUSTER, KEY, PERIMETER, S3, Setup, TEAMS, THREE_CLOUDS};
use crate::sign_in_aws::TO as TO_AWS;

const SAYS: &str = "made in the realm";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("realms::of_a_trust", || stays_in_its_realm(THREE_CLOUDS));
    suite.test("realms::of_members", || stays_in_its_realm(TEAMS));
    suite.test("realms::of_a_key", || stays_in_its_realm(KEY));
    suite.test("realms::of_a_cluster", || stays_in_its_realm(CLUSTER));
    suite.test("realms::of_a_perimeter", || stays_in_its_realm(PERIMETER));
    suite.test("realms::of_a_transfer", || stays_in_its_realm(S3));
    suite.test("realms::of_named_endpoints", of_named_endpoints);
}

/// What was made at endpoints that the provider block names stays with them.
fn of_named_endpoints() {
    let scenario = Scenario::new("realm");
    let origin = scenario.clouds().origin().to_owned();
    let endpoints = format!("  endpoints = {{ aws = {{ iam = \"{origin}\", sts = \"{origin}\" }} }}\n");
    scenario.write("main.tf", &configuration(&endpoints, TO_AWS)).unset("CROSSCLOUD_ENDPOINT");
    scenario.set("AWS_ACCESS_KEY_ID", "AKIAEMULATOROPERATOR");
    scenario.set("AWS_SECRET_ACCESS_KEY", "emulator-secret-access-key-of-the-operator");
    scenario.apply().succeeds().provider_behaved();
    assert_eq!(scenario.resource("crosscloud_trust.ci")["realm"], "custom:127.0.0.1");

    // Neither the real cloud, nor an emulator of everything, nor other endpoints.
    let elsewhere = endpoints.replace("127.0.0.1", "localhost");
    scenario.clouds().forget_requests();
    for (endpoints, emulator) in [("", None), (endpoints.as_str(), Some(origin.as_str())), (elsewhere.as_str(), None)] {
        scenario.write("main.tf", &configuration(endpoints, TO_AWS));
        match emulator {
            Some(origin) => scenario.set("CROSSCLOUD_ENDPOINT", origin),
            None => scenario.unset("CROSSCLOUD_ENDPOINT"),
        };
        refused(&scenario, "realm `custom:127.0.0.1`");
    }
    assert_eq!(scenario.clouds().requests().len(), 0, "nobody was asked");
    scenario.write("main.tf", &configuration(&endpoints, TO_AWS));
    scenario.is_settled();
    scenario.ends_clean();
}

fn stays_in_its_realm(setup: Setup) {
    let scenario = setup.world("realm");
    scenario.apply().succeeds().provider_behaved();

    // From the emulator to the real clouds, whose credentials nobody has here: none are looked for.
    scenario.unset("CROSSCLOUD_ENDPOINT");
    scenario.clouds().forget_requests();
    refused(&scenario, "realm `emulator`");
    scenario.set("CROSSCLOUD_ENDPOINT", scenario.clouds().origin());
    assert_eq!(scenario.clouds().requests().len(), 0, "nobody was asked");

    // From the real clouds to the emulator.
    let (emulator, real) = ("\"realm\": \"emulator\"", "\"realm\": \"real\"");
    becomes(&scenario, emulator, real);
    scenario.clouds().forget_requests();
    refused(&scenario, "realm `real`");
    assert_eq!(scenario.clouds().requests().len(), 0, "nobody was asked");

    becomes(&scenario, real, emulator);
    scenario.is_settled();
    scenario.ends_clean();
}

/// A look, a plan without one, and a destruction without one.
#[track_caller]
fn refused(scenario: &Scenario, realm: &str) {
    for options in [&[][..], &["-refresh=false"], &["-destroy", "-refresh=false"]] {
        scenario.plan_with(options).fails_with(SAYS).says(realm).provider_behaved();
    }
}

/// Rewrites the state, as nobody should.
#[track_caller]
fn becomes(scenario: &Scenario, from: &str, to: &str) {
    let file = scenario.folder().join("terraform.tfstate");
    let state = std::fs::read_to_string(&file).expect("there is a state");
    assert!(state.contains(from), "the state says {from}");
    std::fs::write(&file, state.replace(from, to)).expect("the state can be written");
}
