//! What eject writes is known to the official providers: `terraform validate` says so where they are at hand, and their schemas do where only PyPI
//! is.

use acceptance_tests::Scenario;
use acceptance_tests::aws::Session;
use acceptance_tests::matrix::{CELLS, Outcome};
use acceptance_tests::suite::Suite;

use crate::eject::hands_over;
use crate::official_providers;
use crate::official_schemas::{self, Comparison, Schemas};
use crate::setup::{AZURE, CMEK, KEY, OPENAI, PERIMETER, S3, TEAMS, THREE_CLOUDS, VERTEX};

pub(crate) fn add(suite: &mut Suite) {
    let install = official_schemas::install;
    suite.exhaustive_with(install, "eject_schemas::every_cell_of_the_map", every_cell);
    suite.exhaustive_with(install, "eject_schemas::every_scenario", every_scenario);
    suite.exhaustive_with(install, "eject_schemas::what_is_not_known_is_noticed", what_is_not_known);
    let install = official_providers::install;
    suite.exhaustive_with(install, "eject_schemas::terraform_validates_all_of_it", terraform_validates_all_of_it);
}

fn every_cell() {
    let (schemas, mut comparison) = (Schemas::read(), Comparison::default());
    of_every_cell(|text| schemas.compare(text, &mut comparison));
    reports(&comparison);
}

fn every_scenario() {
    let (schemas, mut comparison) = (Schemas::read(), Comparison::default());
    of_every_scenario(|text| schemas.compare(text, &mut comparison));
    reports(&comparison);
}

fn terraform_validates_all_of_it() {
    let unknown = "resource \"google_service_account\" \"a\" {\n  nickname = \"a\"\n}\n";
    assert!(!official_providers::faults(unknown).is_empty(), "what no provider knows is noticed");
    let (mut seen, mut faults) = (0, Vec::new());
    let mut validate = |text: &str| {
        // The composite itself is none of theirs.
        let theirs = text.find("removed {").map_or(text, |forgets| &text[..forgets]);
        seen += 1;
        faults.extend(official_providers::faults(theirs));
    };
    of_every_cell(&mut validate);
    of_every_scenario(&mut validate);
    eprintln!("{seen} configurations validated");
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Ejects a trust of every cell that works.
fn of_every_cell(mut see: impl FnMut(&str)) {
    for cell in CELLS.iter().filter(|cell| matches!(cell.outcome, Outcome::Works { .. })) {
        let mut scenario = Scenario::new("schemas");
        if cell.source == "aws_role" {
            let _ = Session::of_new_role(scenario.clouds(), "ml-training-role", "i-0123456789abcdef0");
        }
        scenario.begins_here();
        scenario.write("main.tf", &cell.configuration());
        scenario.apply().succeeds().provider_behaved();
        see(&hands_over(&scenario));
        scenario.ends_clean();
    }
}

/// Ejects every scenario; a perimeter whether it is tried or enforced.
fn of_every_scenario(mut see: impl FnMut(&str)) {
    let all = [VERTEX, OPENAI, AZURE, PERIMETER, CMEK, KEY, S3, THREE_CLOUDS, TEAMS].map(|setup| (setup, false));
    for (setup, enforced) in all.into_iter().chain([(PERIMETER, true)]) {
        let scenario = setup.world("schemas");
        if enforced {
            scenario.edit("main.tf", "dry_run       = true", "dry_run       = false");
        }
        scenario.apply().succeeds().provider_behaved();
        see(&hands_over(&scenario));
        scenario.destroy().succeeds();
    }
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
