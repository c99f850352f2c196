//! What eject writes is known to the official providers: `terraform validate` as far as it goes where their registry is out of reach.

use acceptance_tests::Scenario;
use acceptance_tests::aws::Session;
use acceptance_tests::matrix::{CELLS, Outcome};
use acceptance_tests::suite::Suite;

use crate::eject::hands_over;
use crate::official_schemas::{self, Comparison, Schemas};
use crate::setup::{AZURE, CMEK, KEY, OPENAI, PERIMETER, S3, THREE_CLOUDS, VERTEX};

pub(crate) fn add(suite: &mut Suite) {
    let install = official_schemas::install;
    suite.exhaustive_with(install, "eject_schemas::every_cell_of_the_map", every_cell);
    suite.exhaustive_with(install, "eject_schemas::every_scenario", every_scenario);
    suite.exhaustive_with(install, "eject_schemas::what_is_not_known_is_noticed", what_is_not_known);
}

fn every_cell() {
    let (schemas, mut comparison) = (Schemas::read(), Comparison::default());
    for cell in CELLS.iter().filter(|cell| matches!(cell.outcome, Outcome::Works { .. })) {
        let mut scenario = Scenario::new("schemas");
        if cell.source == "aws_role" {
            let _ = Session::of_new_role(scenario.clouds(), "ml-training-role", "i-0123456789abcdef0");
        }
        scenario.begins_here();
        scenario.write("main.tf", &cell.configuration());
        scenario.apply().succeeds().provider_behaved();
        schemas.compare(&hands_over(&scenario), &mut comparison);
        scenario.ends_clean();
    }
    reports(&comparison);
}

fn every_scenario() {
    let (schemas, mut comparison) = (Schemas::read(), Comparison::default());
    for setup in [VERTEX, OPENAI, AZURE, PERIMETER, CMEK, KEY, S3, THREE_CLOUDS] {
        let scenario = setup.world("schemas");
        scenario.apply().succeeds().provider_behaved();
        schemas.compare(&hands_over(&scenario), &mut comparison);
        scenario.destroy().succeeds();
    }
    reports(&comparison);
}

fn what_is_not_known() {
    let mut comparison = Comparison::default();
    let configuration = "resource \"google_service_account\" \"a\" {\n  email = \"a\"\n  create {\n  }\n}\n\n\
                         resource \"google_service_acount\" \"b\" {\n}\n\n\
                         resource \"google_iam_workload_identity_pool_provider\" \"c\" {\n  workload_identity_pool_id          = \"p\"\n  \
                         workload_identity_pool_provider_id = \"c\"\n  oidc                               = \"i\"\n}\n";
    Schemas::read().compare(configuration, &mut comparison);
    let faults: Vec<_> = comparison.faults.iter().map(String::as_str).collect();
    let expected = [
        "google_service_account has no create",
        "google_service_account has no email",
        "google_service_account lacks account_id",
        "google_service_acount is unknown",
        "oidc in google_iam_workload_identity_pool_provider is a block",
    ];
    assert_eq!(faults, expected);
}

#[track_caller]
fn reports(comparison: &Comparison) {
    let Comparison { types, resources, arguments, blocks, faults } = comparison;
    eprintln!("{resources} resources of {} types, {arguments} arguments, {blocks} blocks", types.len());
    assert!(faults.is_empty(), "{faults:#?}");
    assert!(*resources > 0);
}
