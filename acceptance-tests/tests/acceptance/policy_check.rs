//! The data source `crosscloud_policy_check`: what the policy says of things that somebody else set up.

use acceptance_tests::Scenario;
use acceptance_tests::aws;
use acceptance_tests::suite::Suite;
use serde_json::json;

const POOLS: &str = "/v1/projects/ml-prod-4711/locations/global/workloadIdentityPools";
const IDENTITY: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("policy_check::a_weak_provider_of_a_pool", weak_provider);
    suite.test("policy_check::an_open_role", open_role);
    suite.test("policy_check::a_loose_identity", loose_identity);
    suite.test("policy_check::what_is_not_there", not_there);
    suite.test("policy_check::levels_count", levels);
}

fn check(arguments: &str) -> String {
    format!(
        "terraform {{\n  required_providers {{\n    crosscloud = {{ source = \"crosscloud/crosscloud\" }}\n  }}\n}}\n\nprovider \"crosscloud\" {{}}\n\n\
         data \"crosscloud_policy_check\" \"it\" {{\n  {arguments}\n}}\n\noutput \"findings\" {{\n  value = data.crosscloud_policy_check.it.findings\n}}\n"
    )
}

/// The rules of the findings that an apply puts out.
#[track_caller]
fn rules(scenario: &Scenario) -> Vec<String> {
    let findings = scenario.output("findings");
    let all = findings.as_array().cloned().unwrap_or_default();
    all.iter().map(|finding| finding["rule"].as_str().unwrap_or_default().to_owned()).collect()
}

fn weak_provider() {
    let scenario = Scenario::new("weak");
    let clouds = scenario.clouds();
    let enable = "/v1/projects/ml-prod-4711/services/iam.googleapis.com:enable";
    clouds.by_hand("POST", enable, Some(&json!({})));
    clouds.by_hand("POST", &format!("{POOLS}?workloadIdentityPoolId=shared"), Some(&json!({})));
    let provider = json!({
        "attributeMapping": {"google.subject": "assertion.sub"},
        "attributeCondition": "assertion.repository_owner != ''",
        "oidc": {"issuerUri": "https://token.actions.githubusercontent.com"},
    });
    let path = format!("{POOLS}/shared/providers?workloadIdentityPoolProviderId=legacy");
    clouds.by_hand("POST", &path, Some(&provider));
    clouds.forget_requests();

    let pool = "google_pool = \"projects/ml-prod-4711/locations/global/workloadIdentityPools/shared\"";
    scenario.write("main.tf", &check(pool));
    scenario.apply().succeeds().provider_behaved();
    assert!(rules(&scenario).contains(&"gcp-wif-condition-tautology".to_owned()), "{:?}", rules(&scenario));
    let witness = scenario.output("findings")[0]["witness"].as_str().unwrap_or_default().to_owned();
    assert!(witness.contains("\"sub\""), "{witness}");
    scenario.write("main.tf", &check(&format!("{pool}\n  fail_on = \"high\"")));
    scenario.plan().fails_with("gcp-wif-condition-tautology").says("providers/legacy").provider_behaved();
    let one = "google_provider = \"//iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/shared/providers/legacy\"";
    scenario.write("main.tf", &check(&format!("{one}\n  fail_on = \"critical\"")));
    scenario.plan().fails_with("gcp-wif-condition-tautology").provider_behaved();
    let waiver = "provider \"crosscloud\" {\n  policy = {\n    waivers = [for rule in [\"gcp-wif-condition-tautology\", \"gcp-wif-condition-user-claim\"] : { rule = rule, subject = \"google_pool/*\", owner = \"alice\", reason = \"until it is moved\", expires = \"2999-12-31\" }]\n  }\n}";
    let waived = check(&format!("{pool}\n  fail_on = \"high\"")).replace("provider \"crosscloud\" {}", waiver);
    scenario.write("main.tf", &waived);
    scenario.plan().provider_behaved().never_says("gcp-wif-condition-tautology (critical)");
    let writes = clouds.requests().into_iter().filter(|request| request.is_write()).count();
    assert_eq!(writes, 0, "a check changes nothing");
}

fn open_role() {
    let scenario = Scenario::new("open");
    let anyone = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    ]});
    let role = [("RoleName", "deploy"), ("AssumeRolePolicyDocument", &anyone.to_string())];
    aws::by_hand(scenario.clouds(), "iam", "CreateRole", &role);
    for name in ["deploy", "arn:aws:iam::123456789012:role/deploy"] {
        scenario.write("main.tf", &check(&format!("aws_role = \"{name}\"")));
        scenario.apply().succeeds().provider_behaved();
        assert!(rules(&scenario).contains(&"aws-principal-star".to_owned()), "{:?}", rules(&scenario));
    }
    scenario.write("main.tf", &check("aws_role = \"deploy\"\n  fail_on = \"critical\""));
    scenario
        .plan()
        .fails_with("aws-principal-star")
        .says("role/deploy")
        .says("`*` lets this caller in: {")
        .provider_behaved();
}

fn loose_identity() {
    let scenario = Scenario::new("loose");
    let api = "?api-version=2024-11-30";
    scenario.clouds().by_hand("PUT", &format!("{IDENTITY}{api}"), Some(&json!({"location": "westeurope"})));
    let credential = json!({"properties": {
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": "repo:octo/app:pull_request",
        "audiences": ["api://AzureADTokenExchange"],
    }});
    scenario.clouds().by_hand(
        "PUT",
        &format!("{IDENTITY}/federatedIdentityCredentials/legacy{api}"),
        Some(&credential),
    );
    scenario.write("main.tf", &check(&format!("entra_identity = \"{IDENTITY}\"")));
    scenario.apply().succeeds().provider_behaved();
    assert!(rules(&scenario).contains(&"az-fic-pull-request".to_owned()), "{:?}", rules(&scenario));
}

fn not_there() {
    let scenario = Scenario::new("nothing");
    for (arguments, says) in [
        ("aws_role = \"nobody\"", "is not there"),
        ("google_pool = \"shared\"", "is not a resource name"),
        ("aws_role = \"x\"\n  google_pool = \"y\"", "exactly one of"),
        ("aws_role = \"x\"\n  fail_on = \"grave\"", "must be one of"),
    ] {
        scenario.write("main.tf", &check(arguments));
        scenario.plan().fails_with(says).provider_behaved();
    }
}

fn levels() {
    let scenario = Scenario::new("levels");
    let anyone = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    ]});
    let role = [("RoleName", "deploy"), ("AssumeRolePolicyDocument", &anyone.to_string())];
    aws::by_hand(scenario.clouds(), "iam", "CreateRole", &role);
    let choose = |level: &str, arguments: &str| {
        let block =
            format!("provider \"crosscloud\" {{\n  policy = {{ rules = {{ aws-principal-star = \"{level}\" }} }}\n}}");
        scenario.write("main.tf", &check(arguments).replace("provider \"crosscloud\" {}", &block));
    };
    let (all, some) = ("aws_role = \"deploy\"", "aws_role = \"deploy\"\n  fail_on = \"low\"");
    // Whoever names the rule says how seriously it is taken, with or without `fail_on`.
    choose("deny", all);
    scenario.plan().fails_with("aws-principal-star").provider_behaved();
    choose("warn", some);
    scenario.plan().has_changes().warns("aws-principal-star").provider_behaved();
    choose("off", some);
    scenario.plan().has_changes().never_says("Policy aws-principal-star").provider_behaved();
}
