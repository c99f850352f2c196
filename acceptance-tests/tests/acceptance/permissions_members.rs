//! `crosscloud_required_permissions` of a member: whoever adds one needs nothing that only the trust's owner needs.

use std::collections::BTreeSet;

use acceptance_tests::Scenario;
use acceptance_tests::attempt::attempt;
use acceptance_tests::suite::Suite;

use crate::permissions::{Required, asked};
use crate::platform::{self, KINDS, Kind, REQUIRES};

pub(crate) fn add(suite: &mut Suite) {
    for kind in KINDS {
        let name = format!("permissions_members::exactly_those_for_{}", kind.name());
        suite.test(&name, move || exactly_those(kind));
        let name = format!("permissions_members::any_missing_one_is_noticed_for_{}", kind.name());
        match kind {
            Kind::Account => suite.test(&name, move || any_missing_one(kind)),
            _ => suite.exhaustive(&name, move || any_missing_one(kind)),
        }
    }
}

fn exactly_those(kind: Kind) {
    let required = required(kind);
    let scenario = beside_its_trust(kind);
    scenario.clouds().operator_may(&required.plan);
    team(&scenario, &["plan", "-json", "-out", "tfplan", "-detailed-exitcode"]).has_changes();
    scenario.clouds().operator_may(&required.create);
    team(&scenario, &["apply", "-json", "-auto-approve"]).succeeds().provider_behaved();
    let answer = kind.asks(&scenario);
    assert!(answer.is_ok(), "{answer:?}");
    scenario.clouds().operator_may(&required.plan);
    team(&scenario, &["plan", "-json", "-detailed-exitcode"]).is_empty_plan();
    scenario.clouds().operator_may(&required.destroy);
    team(&scenario, &["destroy", "-json", "-auto-approve"]).succeeds().provider_behaved();
    assert!(kind.asks(&scenario).is_err(), "the member has gone");
    scenario.clouds().operator_may_everything();
    scenario.ends_clean();
}

fn any_missing_one(kind: Kind) {
    let required = required(kind).create;
    let scenario = beside_its_trust(kind);
    let mut complaints = Vec::new();
    for missing in &required {
        let outcome = attempt(|| {
            scenario.clouds().operator_may(&required.iter().filter(|it| *it != missing).cloned().collect());
            let applied = team(&scenario, &["apply", "-json", "-auto-approve"]).provider_behaved();
            // What a creation does without, the plan after it asks for.
            let refused = if applied.has_failed() { applied } else { team(&scenario, &["plan", "-json"]) };
            refused.fails_with(missing);
        });
        scenario.clouds().operator_may_everything();
        team(&scenario, &["destroy", "-json", "-auto-approve"]).succeeds().provider_behaved();
        complaints.extend(outcome.err().map(|why| format!("{missing}: {why}")));
    }
    eprintln!("{kind:?}: {} permissions", required.len());
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), required.len(), complaints.join("\n\n"));
    assert!(required.len() > 1, "an apply takes more than {required:?}");
    scenario.ends_clean();
}

/// What the data source names, without a look at any cloud.
#[track_caller]
fn required(kind: Kind) -> Required {
    let scenario = platform::world("asking");
    scenario.write(
        "main.tf",
        &format!(
            "{REQUIRES}\ndata \"crosscloud_required_permissions\" \"member\" {{\n  resource = \"crosscloud_trust_member\"\n  config = {{\n{}  }}\n}}\n\n\
             output \"required\" {{\n  value = {{ member = data.crosscloud_required_permissions.member }}\n}}\n",
            kind.arguments()
        ),
    );
    let required = asked(&scenario);
    let of_owners =
        ["workloadIdentityPools.create", "serviceAccounts.create", "userAssignedIdentities/write", "iam:CreateRole"];
    let all: BTreeSet<_> = required.create.union(&required.destroy).collect();
    assert!(
        !all.iter().any(|it| of_owners.iter().any(|of| it.ends_with(of))),
        "these are the trust's owner's: {all:?}"
    );
    required
}

/// A world with the trust, and the member's configuration in another state.
#[track_caller]
fn beside_its_trust(kind: Kind) -> Scenario {
    let scenario = platform::world("permitted");
    scenario.apply().succeeds().provider_behaved();
    scenario.write("team/main.tf", &format!("{REQUIRES}{}", kind.block("")));
    team(&scenario, &["init", "-no-color"]).succeeds();
    scenario
}

#[track_caller]
fn team(scenario: &Scenario, arguments: &[&str]) -> acceptance_tests::Outcome {
    scenario.run(&[&["-chdir=team"], arguments].concat())
}
