//! Policies of one's own: from the template and from the examples, built, pinned, and asked while terraform plans.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use acceptance_tests::programs::Programs;
use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};
use crosscloud_gate::PolicyFiles;
use crosscloud_gate::cases::Cases;
use serde_json::json;

const ROLES: &str = "roles = [\"roles/aiplatform.user\"]";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("authors::a_policy_from_the_template_fails_a_plan", from_the_template);
    suite.test("authors::the_house_rules_are_kept", house_rules);
    suite.test("authors::a_policy_in_rego_fails_a_plan", rego);
    suite.test("authors::several_modules_judge_together", several);
    suite.test("authors::a_module_that_changes_after_the_plan_is_refused", changed_after_the_plan);
}

fn from_the_template() {
    let scenario = Scenario::new("template");
    let folder = scenario.folder().with_file_name("acme-rules");
    xtask(&["policy", "new", "acme-rules", &folder.display().to_string()]);
    passes_its_tests(&folder);
    let (module, sha256) = built(&folder);
    fs::copy(&module, scenario.folder().join("acme_rules.wasm")).expect("the module can be copied");

    let pinned = |sha256: &str| {
        format!(
            "provider \"crosscloud\" {{\n  policy = {{\n    modules = [{{ path = \"${{path.module}}/acme_rules.wasm\", sha256 = \"{sha256}\" }}]\n  }}\n}}"
        )
    };
    scenario.example(story::EXAMPLE).edit("main.tf", "provider \"crosscloud\" {}", &pinned(&sha256));
    scenario.plan().has_changes().provider_behaved();
    scenario.edit("main.tf", ROLES, "roles = [\"roles/aiplatform.admin\"]");
    scenario.plan().fails().error_at("to.gcp.roles", "acme-rules-no-admin").provider_behaved();
    let other = "0".repeat(64);
    scenario.edit("main.tf", &pinned(&sha256), &pinned(&other));
    scenario.plan().fails_with(&sha256).says(&other).provider_behaved();
    assert!(scenario.clouds().requests().iter().all(|request| !request.is_write()));
}

fn house_rules() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies/house-rules");
    passes_its_tests(&example);
    let (module, sha256) = built(&example);
    passes_its_plans(&example.join("plans"), &module, &sha256);
    let scenario = Scenario::new("house-rules");
    scenario.example("policies/house-rules").set("TF_VAR_house_rules_sha256", &sha256);
    fs::copy(&module, scenario.folder().join("house_rules.wasm")).expect("the module can be copied");
    scenario.apply().succeeds();
    scenario.is_settled();
    scenario.ends_clean();

    scenario.edit("main.tf", ROLES, "roles = [\"roles/aiplatform.admin\"]");
    scenario.plan().fails().error_at("to.gcp.roles", "house-role").provider_behaved();
    scenario.edit("main.tf", "roles = [\"roles/aiplatform.admin\"]", ROLES);
    scenario.edit("main.tf", "issuer          = \"https://westeurope", "issuer          = \"https://eastus");
    scenario.plan().fails().error_at("from.aks.issuer", "house-issuer").provider_behaved();
    scenario.edit("main.tf", "issuer          = \"https://eastus", "issuer          = \"https://westeurope");
    scenario.edit("main.tf", "name = \"ml-chat\"", "name = \"acme-chat\"");
    scenario.plan().succeeds().warns("house-name").provider_behaved();
    // The policy checks its settings itself, and says everything that is wrong with them.
    scenario.edit("main.tf", "teams   = [\"ml-\", \"web-\"]", "teams   = [\"ml\"]");
    scenario.plan().fails_with("should end in").provider_behaved();
}

/// The example of a policy in Rego, with its text beside it.
fn rego_example(name: &str) -> Scenario {
    let scenario = Scenario::new(name);
    scenario.example("policies/rego");
    let text = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies/rego/house_rules.rego");
    fs::copy(text, scenario.folder().join("house_rules.rego")).expect("the policy can be copied");
    scenario
}

fn rego() {
    let scenario = rego_example("rego");
    scenario.apply().succeeds();
    scenario.is_settled();
    scenario.ends_clean();

    scenario.edit(
        "main.tf",
        "ml-prod-4711\", roles = [\"roles/aiplatform.user\"]",
        "ml-prod-4711\", roles = [\"roles/storage.objectViewer\"]",
    );
    scenario.plan().fails().error_at("to.gcp.roles", "house-role").provider_behaved();
    // Its rules are known by name, as those of any policy are.
    scenario.edit("main.tf", "modules = [{", "rules = { house-role = \"warn\" }\n    modules = [{");
    scenario.plan().succeeds().warns("house-role").provider_behaved();
    // The text is pinned: a policy that finds nothing any more does not take its place.
    scenario.edit("house_rules.rego", "not grant.role in settings.roles", "grant.role in settings.roles");
    scenario.plan().fails_with("is pinned").provider_behaved();
}

/// A policy of somebody else: clusters stay in one region.
const REGIONS: &str = r#"package regions

import rego.v1

rules := [{"id": "acme-region", "severity": "high", "summary": "Clusters stay in one region."}]

findings contains finding if {
	some index, provider in input.providers
	not startswith(provider.source.issuer, "https://westeurope.")
	finding := {
		"rule": "acme-region",
		"pointer": sprintf("/providers/%d/source/issuer", [index]),
		"message": "The cluster is in another region.",
		"remediation": "Use one in westeurope.",
	}
}
"#;

fn several() {
    let (module, sha256) = built(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/policies/house-rules"));
    let scenario = rego_example("several");
    fs::copy(&module, scenario.folder().join("house_rules.wasm")).expect("the module can be copied");
    scenario.write("regions.rego", REGIONS);
    let settings = "issuers = [\"https://westeurope.oic.prod-aks.azure.com/*\"], roles = [\"roles/aiplatform.user\"], teams = [\"ml-\"]";
    let more = format!(
        "modules = [{{ path = \"${{path.root}}/regions.rego\" }}, {{\n      path = \"${{path.root}}/house_rules.wasm\"\n      sha256 = \"{sha256}\"\n      settings = jsonencode({{ {settings} }})\n    }}, {{"
    );
    scenario.edit("main.tf", "modules = [{", &more);
    scenario.plan().has_changes().provider_behaved();
    // Each says what it finds, beside the others.
    scenario.edit("main.tf", "issuer          = \"https://westeurope", "issuer          = \"https://eastus");
    let both = scenario.plan().fails().provider_behaved();
    both.error_at("from.aks.issuer", "acme-region").error_at("from.aks.issuer", "house-issuer");
    scenario.edit("main.tf", "issuer          = \"https://eastus", "issuer          = \"https://westeurope");
    // Without one of them there is no verdict.
    scenario.edit("regions.rego", "findings contains finding if {", "findings contains finding if ((");
    scenario.plan().fails_with("regions.rego").provider_behaved();
    assert!(scenario.clouds().requests().iter().all(|request| !request.is_write()));
}

fn changed_after_the_plan() {
    let scenario = rego_example("changed");
    scenario.plan().has_changes().provider_behaved();
    scenario.edit("house_rules.rego", "not grant.role in settings.roles", "grant.role == settings.roles");
    scenario.apply_plan().fails_with("is pinned").says("house_rules.rego").provider_behaved();
    assert!(scenario.clouds().requests().iter().all(|request| !request.is_write()));
    scenario.edit("house_rules.rego", "grant.role == settings.roles", "not grant.role in settings.roles");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
}

/// Runs the policy's own tests, as its author does.
#[track_caller]
fn passes_its_tests(folder: &Path) {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    run(cargo.args(["test", "--quiet"]).current_dir(folder));
}

/// Runs the tests of a policy on plans, as `crosscloud-gate test` does.
#[track_caller]
fn passes_its_plans(folder: &Path, module: &Path, sha256: &str) {
    let settings = json!({
        "issuers": ["https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/*"],
        "roles": ["roles/aiplatform.user"],
        "teams": ["ml-", "web-"],
    });
    let policy = module.with_file_name("house-rules-policy.json");
    let modules = json!({"modules": [{"path": module, "sha256": sha256, "settings": settings}]});
    fs::write(&policy, modules.to_string()).expect("a file can be written beside the module");
    let files = PolicyFiles { policies: vec![policy], waivers: None };
    let outcomes = Cases::find(folder, files).and_then(|cases| cases.run()).expect("the tests can be run");
    let told: String = outcomes.iter().map(ToString::to_string).collect();
    assert!(outcomes.len() > 1 && outcomes.iter().all(crosscloud_gate::cases::Outcome::passed), "{told}");
}

/// Builds a policy with the project's own chore. Gives the module and its digest.
#[track_caller]
fn built(folder: &Path) -> (PathBuf, String) {
    let printed = xtask(&["policy", "build", &folder.display().to_string()]);
    let value = |name: &str| {
        let line = printed.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix("= \""));
        line.and_then(|line| line.strip_suffix('"')).map(str::to_owned).expect("the chore prints path and digest")
    };
    (value("path").into(), value("sha256"))
}

#[track_caller]
fn xtask(arguments: &[&str]) -> String {
    run(Command::new(&Programs::get().xtask).args(arguments))
}

/// Runs a command in the target folder that all policies share. Gives what it printed.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.env("CARGO_TARGET_DIR", Programs::policies()).output().expect("the command starts");
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{command:?}:\n{printed}{}", String::from_utf8_lossy(&output.stderr));
    printed
}
