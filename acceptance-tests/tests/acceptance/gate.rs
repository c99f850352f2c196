//! The gate on plans of the real terraform: of our own resources it says what the provider says of them.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use acceptance_tests::diagnostic::Diagnostic;
use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};
use crosscloud_gate::report::{Scope, Verdict};
use crosscloud_gate::{Gate, Options};
use serde_json::Value;

const ROLES: &str = "roles = [\"roles/aiplatform.user\"]";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("gate::says_what_the_provider_says_of_a_loose_trust", || {
        same("loose", story::EXAMPLE, &[
            "attribute_condition = \"\"",
            "attribute_condition = \"assertion.sub.startsWith('system:serviceaccount:')\"",
            "principals = [\"principalSet://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/*\"]",
            "principals = [\"allUsers\"], attribute_condition = \"true\"",
            "attribute_mapping = { \"google.subject\" = \"assertion.email\" }",
            "allowed_audiences = [\"sts.amazonaws.com\"]",
            "encryption = { location = \"europe-west4\", rotation_period = \"31536000s\" }",
        ]);
    });
    suite.test("gate::says_what_the_provider_says_of_a_github_trust", || {
        same(
            "github",
            "scenarios/github-actions-to-google",
            &[
                "attribute_condition = \"assertion.repository_owner_id == '1001'\"",
                "attribute_condition = \"assertion.repository == 'octo-org/app'\"",
            ],
        );
    });
    suite.test("gate::says_what_the_provider_says_of_what_is_not_known_yet", || {
        same(
            "late",
            story::EXAMPLE,
            &["attribute_condition = terraform_data.late.output", "principals = [terraform_data.late.output]"],
        );
    });
    suite.test("gate::says_what_the_provider_says_of_every_example", || {
        for example in examples() {
            let scenario = Scenario::new(&example);
            scenario.example(&format!("scenarios/{example}"));
            let planned = scenario.plan().succeeds();
            assert_eq!(of_gate(&scenario.planned()), warnings(planned.diagnostics()), "{example}");
        }
    });
}

/// The names of all scenarios.
fn examples() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/scenarios");
    let entries = fs::read_dir(folder).expect("the examples are there").flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}

/// With each of these arguments more in the target, gate and provider find the same. Every rule only warns, so that there is a plan to judge.
#[track_caller]
fn same(name: &str, example: &str, arguments: &[&str]) {
    let scenario = Scenario::new(name);
    let levels: String = trust_rules().iter().map(|rule| format!("      \"{rule}\" = \"warn\"\n")).collect();
    let warning = format!("provider \"crosscloud\" {{\n  policy = {{\n    rules = {{\n{levels}    }}\n  }}\n}}");
    scenario.example(example).edit("main.tf", "provider \"crosscloud\" {}", &warning);
    scenario.write("late.tf", "resource \"terraform_data\" \"late\" {\n  input = \"true\"\n}\n");
    let mut before = ROLES.to_owned();
    for argument in arguments {
        let after = format!("{ROLES}, {argument}");
        scenario.edit("main.tf", &before, &after);
        before = after;
        let planned = scenario.plan().succeeds().provider_behaved();
        let provider = warnings(planned.diagnostics());
        assert!(!provider.is_empty(), "the provider has nothing against {argument}");
        assert_eq!(of_gate(&scenario.planned()), provider, "{argument}");
    }
}

/// A rule, whether it is undecided, and what it says of which attribute.
type Said = (String, bool, String);

/// What the provider's policy said while planning. What the validation before it said, the plan says as it counts.
fn warnings(diagnostics: &[Diagnostic]) -> BTreeSet<Said> {
    let planned = diagnostics.iter().filter(|diagnostic| !diagnostic.detail.contains("The plan decides"));
    let said = planned.filter_map(|diagnostic| {
        let (rule, rest) = diagnostic.summary.strip_prefix("Policy ")?.split_once(" (")?;
        let message = diagnostic.detail.lines().next().unwrap_or_default().to_owned();
        Some((rule.to_owned(), rest.ends_with(") cannot be decided"), message))
    });
    said.collect()
}

/// What the gate says of the same plan, as far as single trusts are concerned.
#[track_caller]
fn of_gate(plan: &Value) -> BTreeSet<Said> {
    let report = crosscloud_gate::check(&plan.to_string(), Options::default()).expect("the plan can be judged");
    let rules = trust_rules();
    let found = report.findings.into_iter().filter(|finding| rules.contains(&finding.rule));
    let said = found.map(|finding| {
        // The provider writes out a path only where the lines that Terraform shows do not say it.
        let nested = Some(&finding.path).filter(|path| path.contains('.'));
        let message = nested.map_or_else(|| finding.message.clone(), |path| format!("{path}: {}", finding.message));
        (finding.rule, finding.verdict == Verdict::Undetermined, message)
    });
    said.collect()
}

/// Rules on single trusts, which are asked in both.
#[track_caller]
fn trust_rules() -> BTreeSet<String> {
    let gate = Gate::load(Options::default()).expect("the built-in policy loads");
    let rules = gate.rules().into_iter().map(|(_, rule)| rule);
    rules.filter(|rule| rule.scope == Scope::Trust).map(|rule| rule.id).collect()
}
