//! What must work without credentials, without clouds and without configuring the provider.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};
use serde_json::Value;

pub(crate) fn add(suite: &mut Suite) {
    suite.test("offline::validate_needs_no_credentials", validate_needs_no_credentials);
    suite.test("offline::the_schema_needs_no_credentials", the_schema_needs_no_credentials);
    suite.test("offline::terraform_test_mocks_the_provider", terraform_test_mocks_the_provider);
    suite.test("offline::every_example_is_valid_and_formatted", every_example_is_valid_and_formatted);
}

fn validate_needs_no_credentials() {
    let scenario = Scenario::new("validate");
    scenario.example(story::EXAMPLE).unset("CROSSCLOUD_ENDPOINT");
    scenario.validate().succeeds();
    assert!(scenario.clouds().requests().is_empty());
}

fn the_schema_needs_no_credentials() {
    let scenario = Scenario::new("schema");
    scenario.example(story::EXAMPLE).unset("CROSSCLOUD_ENDPOINT").init().succeeds();
    let printed = scenario.run(&["providers", "schema", "-json"]).succeeds();
    let schemas: Value = serde_json::from_str(printed.stdout()).expect("terraform prints JSON when it is asked to");
    let providers = schemas["provider_schemas"].as_object().cloned().unwrap_or_default();
    let provider = providers.values().next().cloned().unwrap_or_default();
    let trust = &provider["resource_schemas"]["crosscloud_trust"]["block"]["attributes"];
    assert_eq!(trust["name"]["required"], true, "{trust}");
    for computed in ["principal", "audience", "credential_config", "kubernetes_manifest", "objects"] {
        assert_eq!(trust[computed]["computed"], true, "{computed}");
    }
    // Every attribute is documented: the registry's pages come from here.
    let bare = undocumented("crosscloud_trust", &provider["resource_schemas"]["crosscloud_trust"]["block"]);
    assert!(bare.is_empty(), "no description: {bare:?}");
    let bare = undocumented("provider", &provider["provider"]["block"]);
    assert!(bare.is_empty(), "no description: {bare:?}");
}

/// The attributes below a block that have no description.
fn undocumented(at: &str, block: &Value) -> Vec<String> {
    let attributes = block["attributes"].as_object().into_iter().flatten();
    let bare = attributes.flat_map(|(name, attribute)| {
        let here = format!("{at}.{name}");
        let mut bare = undocumented(&here, &attribute["nested_type"]);
        if attribute["description"].as_str().is_none_or(str::is_empty) {
            bare.push(here);
        }
        bare
    });
    bare.collect()
}

fn terraform_test_mocks_the_provider() {
    let scenario = Scenario::new("mock");
    if !scenario.terraform().is_at_least(1, 7) {
        return;
    }
    scenario.example(story::EXAMPLE).unset("CROSSCLOUD_ENDPOINT").write(
        "tests/trust.tftest.hcl",
        r#"mock_provider "crosscloud" {}

run "plan" {
  command = plan
  assert {
    condition     = crosscloud_trust.chat.from.aks.namespace == "chat"
    error_message = "the namespace is planned"
  }
}

run "apply" {
  assert {
    condition     = length(crosscloud_trust.chat.principal) > 0
    error_message = "the mock fills computed values"
  }
}
"#,
    );
    scenario.init().succeeds();
    scenario.run(&["test", "-no-color"]).succeeds().says("2 passed, 0 failed");
    assert!(scenario.clouds().requests().is_empty());
}

fn every_example_is_valid_and_formatted() {
    // The registry shows a resource's example without the block that names the provider.
    for examples in [&["provider"][..], &["provider", "resources/crosscloud_trust"], &[story::EXAMPLE]] {
        let scenario = Scenario::new("example");
        scenario.unset("CROSSCLOUD_ENDPOINT");
        for example in examples {
            scenario.example(example);
        }
        scenario.run(&["fmt", "-check", "-recursive"]).succeeds();
        scenario.validate().succeeds();
    }
}
