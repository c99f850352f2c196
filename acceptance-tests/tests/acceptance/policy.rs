//! The policy: what it refuses, when it speaks, and that a plan never goes through without it.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};

const ROLES: &str = "roles = [\"roles/aiplatform.user\"]";
/// SHA-256 of `NOT_A_COMPONENT`.
const SHA256: &str = "39024c986ea90a9be90212d23b6a6df368b4e6d53162126b0a6b004c58275313";
const NOT_A_COMPONENT: &str = "not a component\n";
/// The header of a core WebAssembly module, which is no component, and its SHA-256.
const CORE_MODULE: &[u8] = b"\0asm\x01\0\0\0";
const CORE_MODULE_SHA256: &str = "93a44bbb96c751218e4c00d479e4c14358122a389acca16205b1e4d0dc5f9476";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("policy::a_pool_wide_principal_is_refused", || {
        refused(
            "wide",
            "principals = [\"principalSet://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/*\"]",
            "to.gcp.principals",
        );
    });
    suite.test("policy::an_empty_condition_is_refused", || {
        refused("empty", "attribute_condition = \"\"", "to.gcp.attribute_condition");
    });
    suite.test("policy::a_hollow_condition_is_refused", || {
        refused("hollow", "attribute_condition = \"true\"", "to.gcp.attribute_condition");
    });
    suite.test("policy::a_prefix_condition_is_refused", || {
        refused(
            "prefix",
            "attribute_condition = \"assertion.sub.startsWith('system:serviceaccount:')\"",
            "to.gcp.attribute_condition",
        );
    });
    suite.test("policy::public_principals_are_refused", || {
        refused("public", "principals = [\"allUsers\"]", "to.gcp.principals");
    });
    suite.test("policy::validate_warns_only", validate_warns_only);
    suite.test("policy::a_value_learnt_at_apply_is_judged_before_the_first_call", judged_before_the_first_call);
    suite.test("policy::a_policy_that_cannot_be_loaded_fails_the_plan", broken_policies);
    suite.test("policy::levels_and_waivers_count_as_far_as_the_floor_lets_them", levels_waivers_and_floor);
    suite.test("policy::what_cannot_be_applied_is_refused", refused_choices);
}

/// The example with a loose argument: the plan fails at that argument and no cloud is asked to change anything.
#[track_caller]
fn refused(name: &str, argument: &str, path: &str) {
    let scenario = loose(name, argument);
    scenario.plan().fails().error_at(path, "").provider_behaved();
    scenario.apply().fails().error_at(path, "").provider_behaved();
    let writes: Vec<_> = scenario.clouds().requests().into_iter().filter(|request| request.is_write()).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

#[track_caller]
fn loose(name: &str, argument: &str) -> Scenario {
    let scenario = Scenario::new(name);
    scenario.example(story::EXAMPLE).edit("main.tf", ROLES, &format!("{ROLES}, {argument}"));
    scenario
}

fn validate_warns_only() {
    let scenario = loose("validate", "attribute_condition = \"\"");
    scenario.validate().succeeds().warns("attribute_condition").says("The plan decides");
}

fn judged_before_the_first_call() {
    let scenario = loose("late", "attribute_condition = terraform_data.late.output");
    scenario.write("late.tf", "resource \"terraform_data\" \"late\" {\n  input = \"true\"\n}\n");
    let plan = scenario.plan().has_changes().provider_behaved();
    plan.warns("to.gcp.attribute_condition: The attribute condition is not known yet");
    scenario.clouds().forget_requests();
    scenario.apply().fails().provider_behaved().error_at("to.gcp.attribute_condition", "`true` lets this token in: {");
    let writes: Vec<_> = scenario.clouds().requests().into_iter().filter(|request| request.is_write()).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

fn broken_policies() {
    let scenario = Scenario::new("broken");
    scenario.example(story::EXAMPLE).write("policy.wasm", NOT_A_COMPONENT);
    std::fs::write(scenario.folder().join("core.wasm"), CORE_MODULE)
        .expect("a file can be written in the working folder");
    let zeros = "0".repeat(64);
    let cases = [
        ("no-such-file.wasm", SHA256, "no-such-file.wasm"),
        ("policy.wasm", zeros.as_str(), SHA256),
        ("policy.wasm", SHA256, "policy.wasm"),
        ("core.wasm", CORE_MODULE_SHA256, "core.wasm"),
        ("policy.wasm", "abc", "sha256"),
    ];
    let mut before = "provider \"crosscloud\" {}".to_owned();
    for (path, sha256, says) in cases {
        let after = format!(
            "provider \"crosscloud\" {{\n  policy = {{\n    modules = [{{ path = \"${{path.module}}/{path}\", sha256 = \"{sha256}\" }}]\n  }}\n}}"
        );
        scenario.edit("main.tf", &before, &after);
        scenario.plan().fails_with(says).provider_behaved();
        before = after;
    }
    assert!(scenario.clouds().requests().iter().all(|request| !request.is_write()));
}

/// The rule that an empty condition breaks.
const MISSING: &str = "gcp-wif-condition-missing";

fn policy(body: &str) -> String {
    format!("provider \"crosscloud\" {{\n  policy = {{\n    {body}\n  }}\n}}")
}

fn waiver(expires: &str) -> String {
    format!(
        "waivers = [{{ rule = \"{MISSING}\", subject = \"crosscloud_trust/aks-chat\", owner = \"alice\", reason = \"until the audit\", expires = \"{expires}\" }}]"
    )
}

fn levels_waivers_and_floor() {
    let scenario = loose("choices", "attribute_condition = \"\"");
    let mut before = "provider \"crosscloud\" {}".to_owned();
    let mut choose = |body: &str| {
        let after = policy(body);
        scenario.edit("main.tf", &before, &after);
        before = after;
    };
    choose(&format!("rules = {{ \"{MISSING}\" = \"warn\" }}"));
    scenario.plan().succeeds().warns(MISSING);
    // What still warns of it is the validation, which runs before the provider is configured.
    choose(&waiver("2999-12-31"));
    scenario.plan().succeeds();
    choose(&waiver("2020-01-01"));
    scenario.plan().fails_with("alice").warns("x-waiver-expired");
    choose(&format!("{}\n    rules = {{ \"x-waiver-expired\" = \"deny\" }}", waiver("2020-01-01")));
    scenario.plan().fails_with("ran out on 2020-01-01").provider_behaved();

    choose(&waiver("2999-12-31"));
    scenario.write("floor.json", &format!("{{\"rules\": {{\"{MISSING}\": \"deny\"}}}}"));
    let floor = scenario.folder().join("floor.json").display().to_string();
    scenario.set("CROSSCLOUD_POLICY_FILE", &floor);
    scenario.plan().fails_with(MISSING).provider_behaved();
    choose(&format!("rules = {{ \"{MISSING}\" = \"off\" }}"));
    scenario.plan().fails_with(MISSING).provider_behaved();
    choose(&waiver("2999-12-31"));
    scenario.write("floor.json", &format!("{{\"waivable\": [\"{MISSING}\"]}}"));
    scenario.plan().has_changes().provider_behaved();
    scenario.write("floor.json", &format!("{{\"waivable\": [\"{MISSING}\"], \"max_waiver_days\": 30}}"));
    scenario.plan().fails_with("allows 30 days").provider_behaved();
    scenario.write("floor.json", "{ not json");
    scenario.plan().fails_with("CROSSCLOUD_POLICY_FILE").provider_behaved();
    scenario.set("CROSSCLOUD_POLICY_FILE", "no-such-file.json");
    scenario.plan().fails_with("no-such-file.json").provider_behaved();
}

fn refused_choices() {
    let scenario = Scenario::new("typos");
    scenario.example(story::EXAMPLE);
    let mut before = "provider \"crosscloud\" {}".to_owned();
    for (body, says) in [
        ("rules = { \"gcp-wif-condition-mising\" = \"warn\" }".to_owned(), MISSING),
        (format!("rules = {{ \"{MISSING}\" = \"ignore\" }}"), "`ignore`"),
        (waiver("next year"), "next year"),
        ("settings = jsonencode({ allowed_isuers = [] })".to_owned(), "allowed_isuers"),
        ("settings = \"none\"".to_owned(), "jsonencode"),
    ] {
        let after = policy(&body);
        scenario.edit("main.tf", &before, &after);
        scenario.plan().fails_with(says).provider_behaved();
        before = after;
    }
}
