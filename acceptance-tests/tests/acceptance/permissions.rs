//! `crosscloud_required_permissions`: with exactly what it names a configuration can be planned, applied and destroyed, and with any of it
//! missing it cannot.

use std::collections::BTreeSet;

use acceptance_tests::attempt::attempt;
use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};
use serde_json::Value;

use crate::setup::{
    AWS_ROLE, AZURE, BLOB, CLUSTER, CMEK, GITHUB, KEY, OPENAI, PERIMETER, S3, Setup, THREE_CLOUDS, VERTEX,
};

pub(crate) fn add(suite: &mut Suite) {
    suite.test("permissions::exactly_those_for_vertex_ai", || exactly_those(VERTEX));
    suite.test("permissions::exactly_those_of_an_owner", || exactly_those(VERTEX.owned()));
    suite.test("permissions::exactly_those_for_keys", || exactly_those(CMEK));
    suite.test("permissions::exactly_those_for_azure_openai", || exactly_those(OPENAI));
    suite.test("permissions::exactly_those_for_an_aws_role", || exactly_those(AWS_ROLE));
    suite.test("permissions::exactly_those_for_an_azure_identity", || exactly_those(AZURE));
    suite.test("permissions::exactly_those_for_a_transfer", || exactly_those(S3));
    suite.test("permissions::exactly_those_for_a_transfer_from_azure", || exactly_those(BLOB));
    suite.test("permissions::exactly_those_for_a_workflow", || exactly_those(GITHUB));
    suite.test("permissions::exactly_those_for_a_key_by_itself", || exactly_those(KEY));
    suite.test("permissions::exactly_those_for_a_perimeter", || exactly_those(PERIMETER));
    suite.test("permissions::exactly_those_for_a_cluster", || exactly_those(CLUSTER));
    suite.test("permissions::exactly_those_for_three_clouds", || exactly_those(THREE_CLOUDS));
    for (name, setup, line) in [
        ("trusts", VERTEX, "name = \"aks-chat\""),
        ("trusts_on_azure", OPENAI, "name = \"aks-openai\""),
        ("keys", KEY, "location = \"europe-west4\""),
        ("perimeters", PERIMETER, "dry_run       = true"),
        ("clusters", CLUSTER, "managedClusters/ml-aks\""),
    ] {
        let name = format!("permissions::exactly_those_for_switching_{name}");
        suite.test(&name, move || exactly_those_for_switching(setup, line));
    }
    suite.test("permissions::any_missing_one_is_noticed", || any_missing_one(VERTEX));
    suite.exhaustive("permissions::any_missing_one_is_noticed_with_keys", || any_missing_one(CMEK));
    suite.exhaustive("permissions::any_missing_one_is_noticed_for_azure_openai", || any_missing_one(OPENAI));
    suite.exhaustive("permissions::any_missing_one_is_noticed_for_an_aws_role", || any_missing_one(AWS_ROLE));
    suite.exhaustive("permissions::any_missing_one_is_noticed_for_an_azure_identity", || any_missing_one(AZURE));
    suite.exhaustive("permissions::any_missing_one_is_noticed_for_a_transfer", || any_missing_one(S3));
    suite.exhaustive("permissions::any_missing_one_is_noticed_for_a_perimeter", || any_missing_one(PERIMETER));
    suite.exhaustive("permissions::any_missing_one_is_noticed_in_three_clouds", || any_missing_one(THREE_CLOUDS));
    suite.test("permissions::a_typo_is_told_at_the_configuration", a_typo);
    suite.test("permissions::roles_are_ready_to_be_made", roles_are_ready);
}

/// What the data source names for every resource of an example: for `plan`, `create`, `update` and `destroy`.
pub(crate) struct Required {
    pub(crate) plan: BTreeSet<String>,
    pub(crate) create: BTreeSet<String>,
    pub(crate) update: BTreeSet<String>,
    pub(crate) destroy: BTreeSet<String>,
}

fn exactly_those(setup: Setup) {
    applies_with(&required(setup), &setup.world("permitted"));
}

/// Plans, applies and destroys a configuration with exactly these permissions.
#[track_caller]
pub(crate) fn applies_with(required: &Required, scenario: &Scenario) {
    scenario.clouds().operator_may(&required.plan);
    scenario.plan().has_changes();
    scenario.clouds().operator_may(&required.create);
    scenario.apply().succeeds().provider_behaved();
    scenario.clouds().operator_may(&required.plan);
    scenario.is_settled();
    scenario.clouds().operator_may(&required.destroy);
    scenario.ends_clean();
}

/// A change in place that takes away and brings back whatever lets somebody in. `line` is one of the resource's own.
fn exactly_those_for_switching(setup: Setup, line: &str) {
    let required = required(setup);
    let scenario = setup.world("switched");
    scenario.apply().succeeds().provider_behaved();
    scenario.clouds().operator_may(&required.update);
    let off = format!("{line}\n  disabled = true");
    for (from, to) in [(line, off.as_str()), (&off, line)] {
        scenario.edit("main.tf", from, to);
        scenario.apply().succeeds().provider_behaved();
        scenario.is_settled();
    }
    scenario.clouds().operator_may_everything();
    scenario.destroy().succeeds().provider_behaved();
}

fn any_missing_one(setup: Setup) {
    let required = required(setup).create;
    let mut complaints = Vec::new();
    for missing in &required {
        let outcome = attempt(|| {
            refused_without(missing, &required, &setup.world("missing"));
        });
        complaints.extend(outcome.err().map(|why| format!("{missing}: {why}")));
    }
    eprintln!("{}: {} permissions", setup.example, required.len());
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), required.len(), complaints.join("\n\n"));
    assert!(required.len() > 5, "an apply takes more than {required:?}");
}

/// Applies a configuration with all of these permissions but one, which is noticed.
#[track_caller]
pub(crate) fn refused_without(missing: &str, required: &BTreeSet<String>, scenario: &Scenario) {
    scenario.clouds().operator_may(&required.iter().filter(|it| *it != missing).cloned().collect());
    // What a creation does without, the plan after it asks for.
    let applied = scenario.apply().provider_behaved();
    let refused = if applied.has_failed() { applied } else { scenario.plan().provider_behaved() };
    refused.fails_with(missing);
    scenario.clouds().operator_may_everything();
    scenario.ends_clean();
}

fn a_typo() {
    let scenario = asking(VERTEX);
    scenario.edit("main.tf", "namespace", "namespaze");
    scenario.plan().error_at("config", "there is no attribute `namespaze` here").provider_behaved();
    scenario.edit("main.tf", "namespaze", "namespace");
    scenario.edit("main.tf", "\"crosscloud_trust\"", "\"crosscloud_trusts\"");
    scenario.plan().error_at("resource", "is none of crosscloud_trust").provider_behaved();
}

fn roles_are_ready() {
    let scenario = asking(OPENAI);
    scenario.apply().succeeds().provider_behaved();
    let roles = &scenario.output("required")["chat"]["roles"];
    assert!(roles["gcp"].is_null() && roles["aws"].is_null(), "{roles}");
    let azure: Value = serde_json::from_str(roles["azure"].as_str().unwrap_or_default()).expect("a role is JSON");
    assert_eq!(azure["AssignableScopes"], serde_json::json!(["/subscriptions/22222222-3333-4444-5555-666666666666"]));
    let actions = azure["Actions"].as_array().expect("a role has actions");
    assert!(actions.contains(&"Microsoft.Authorization/roleAssignments/write".into()), "{actions:?}");
    assert!(!azure.to_string().contains('*'), "no wildcard: {azure}");
}

fn required(setup: Setup) -> Required {
    asked(&asking(setup))
}

/// What the data sources of a configuration name, without a look at any cloud.
#[track_caller]
pub(crate) fn asked(scenario: &Scenario) -> Required {
    scenario.clouds().operator_may(&BTreeSet::new());
    scenario.clouds().forget_requests();
    scenario.apply().succeeds().provider_behaved();
    assert_eq!(scenario.clouds().requests().len(), 0, "nothing is sent to find out");
    let output = scenario.output("required");
    let of = |what: &str| {
        let resources = output.as_object().into_iter().flat_map(|all| all.values());
        let sets = resources.flat_map(|it| it[what].as_object().into_iter().flat_map(|by_cloud| by_cloud.values()));
        sets.flat_map(|set| set.as_array().cloned().unwrap_or_default())
            .filter_map(|name| name.as_str().map(str::to_owned))
            .collect()
    };
    Required { plan: of("plan"), create: of("create"), update: of("update"), destroy: of("destroy") }
}

/// The example with a question in the place of every resource.
fn asking(setup: Setup) -> Scenario {
    let scenario = setup.world("asking");
    let main = std::fs::read_to_string(scenario.folder().join("main.tf")).expect("an example has a main.tf");
    // What another resource tells is not known to a question.
    let main = main.replace("crosscloud_aks_workload_identity.cluster.issuer", &format!("\"{}\"", story::ISSUER));
    let main = main.replace("crosscloud_trust.chat.principal", "\"user:ml@example.com\"");
    let main =
        main.replace("${crosscloud_trust.chat.service_account_email}", "chat@ml-prod-4711.iam.gserviceaccount.com");
    let head = main.split("\noutput ").next().unwrap_or_default();
    let mut asked = String::new();
    let mut names = Vec::new();
    let mut pieces = head.split("\nresource \"");
    asked.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let (kind, rest) = piece.split_once("\" \"").expect("a resource has a type");
        let (name, rest) = rest.split_once("\" {").expect("a resource has a name");
        let end = rest.find("\n}").expect("a resource ends");
        let body = &rest[..end];
        asked.push_str(&format!(
            "\ndata \"crosscloud_required_permissions\" \"{name}\" {{\n  resource = \"{kind}\"\n  config = {{{body}\n  }}\n}}\n"
        ));
        names.push(name);
    }
    let values: Vec<String> =
        names.iter().map(|name| format!("{name} = data.crosscloud_required_permissions.{name}")).collect();
    asked.push_str(&format!("\noutput \"required\" {{\n  value = {{ {} }}\n}}\n", values.join(", ")));
    scenario.write("main.tf", &asked);
    let _ = std::fs::remove_file(scenario.folder().join("outputs.tf"));
    scenario.init().succeeds();
    scenario
}
