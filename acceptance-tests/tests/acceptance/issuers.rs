//! One workload in three clouds at once, and a cluster that is replaced under it: both clusters get in during the move, and nobody waits.

use acceptance_tests::suite::Suite;
use acceptance_tests::workload::ask_azure_openai;
use acceptance_tests::{Emulator, Scenario, aws, google, story};
use serde_json::{Value, json};

use crate::rows::{Row, Stage};

const ADDRESS: &str = "crosscloud_trust.assistant";
const NEW: &str = "https://westeurope.oic.prod-aks.azure.com/11111111-2222-3333-4444-555555555555/aaaaaaaa-7777-8888-9999-000000000000/";
/// A cluster behind a firewall, as most name themselves.
const PRIVATE: &str = "https://kubernetes.default.svc.cluster.local";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("matrix::one_workload_in_three_clouds", one_workload_in_three_clouds);
    suite.test("matrix::a_cluster_is_replaced_without_an_outage", a_cluster_is_replaced_without_an_outage);
    suite.test("matrix::a_private_cluster_hands_over_its_keys", a_private_cluster_hands_over_its_keys);
    suite.test("matrix::two_trusts_share_an_oidc_provider", two_trusts_share_an_oidc_provider);
}

fn data(clouds: &Emulator) {
    aws::bucket(clouds, "ml-data");
    aws::object(clouds, "ml-data", "model.bin", "weights");
}

fn one_workload_in_three_clouds() {
    let row = Row {
        example: "aks-to-three-clouds",
        variant: &[],
        address: ADDRESS,
        import: Some(
            "aks->gcp+azure+aws;projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-assistant/providers/aks-assistant;aks-assistant@ml-prod-4711.iam.gserviceaccount.com;/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-assistant/federatedIdentityCredentials/aks-assistant;arn:aws:iam::123456789012:role/aks-assistant",
        ),
        change: ("team = \"chat\"", "team = \"assistants\""),
    };
    row.goes(data, |scenario, (), stage| {
        let trust = scenario.resource(ADDRESS);
        gets_in(scenario, &trust, story::ISSUER, "credential_config");
        stays_outside(scenario, &trust, NEW, "credential_config");
        let manifest = trust["kubernetes_manifest"].as_str().unwrap_or_default();
        for part in ["google-token", "azure.workload.identity/use", "AWS_WEB_IDENTITY_TOKEN_FILE", "sts.amazonaws.com"]
        {
            assert!(manifest.contains(part), "{part} is missing: {manifest}");
        }
        // Labels go wherever the clouds take them.
        let team = if stage == Stage::Applied { "chat" } else { "assistants" };
        let objects = scenario.clouds().objects_of("aws/role");
        assert_eq!(objects[0]["resource"]["tags"]["team"], team);
    });
}

fn a_cluster_is_replaced_without_an_outage() {
    let mut scenario = Scenario::new("issuers");
    data(scenario.clouds());
    scenario.begins_here();
    scenario.example("scenarios/aks-to-three-clouds");
    scenario.apply().succeeds().provider_behaved();
    let before = scenario.resource(ADDRESS);
    gets_in(&scenario, &before, story::ISSUER, "credential_config");
    stays_outside(&scenario, &before, NEW, "credential_config");

    let old = "issuer          = var.issuer";
    let green = format!("issuers         = {{ green = \"{NEW}\" }}");
    let both = format!("{old}\n      {green}");
    scenario.edit("main.tf", old, &both);
    scenario.plan().has_changes().provider_behaved();
    assert_eq!(scenario.planned_actions(ADDRESS), ["update"]);
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    let during = scenario.resource(ADDRESS);
    gets_in(&scenario, &during, story::ISSUER, "credential_config");
    gets_in(&scenario, &during, NEW, "green");
    assert_eq!(during["credential_config"], before["credential_config"], "running pods notice nothing");

    scenario.edit("main.tf", &both, &green);
    scenario.plan().has_changes().provider_behaved();
    assert_eq!(scenario.planned_actions(ADDRESS), ["update"]);
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    let after = scenario.resource(ADDRESS);
    gets_in(&scenario, &after, NEW, "green");
    assert_eq!(after["credential_configs"], during["credential_configs"], "the pods that moved notice nothing");
    stays_outside(&scenario, &before, story::ISSUER, "credential_config");
    stays_outside(&scenario, &after, story::ISSUER, "green");
    scenario.ends_clean();
}

/// The pod's answer of each cloud, with tokens of a cluster. The configuration for Google is the one of that name among `credential_configs`, or
/// the one that needs no name.
fn asks(scenario: &Scenario, trust: &Value, issuer: &str, config: &str) -> [Result<String, String>; 3] {
    let clouds = scenario.clouds();
    let text = |attribute: &str| trust[attribute].as_str().unwrap_or_default();
    let named = trust["credential_configs"][config].as_str();
    let config: Value = serde_json::from_str(named.unwrap_or(text("credential_config"))).expect("it is JSON");
    let google_audience = format!("https:{}", config["audience"].as_str().unwrap_or_default());
    let token = |audience: &str| {
        clouds.token(&json!({
            "issuer": issuer,
            "audience": audience,
            "workload": {"kind": "kubernetes", "namespace": "chat", "service_account": "backend"},
        }))
    };
    [
        google::ask(clouds, &config, &token(&google_audience), story::PROJECT, "Who are you?")
            .map_err(|refusal| refusal.to_string()),
        ask_azure_openai(clouds, text("client_id"), &token("api://AzureADTokenExchange"), "Who are you?")
            .map_err(|answer| answer.body.to_string()),
        aws::read(clouds, text("role_arn"), &token("sts.amazonaws.com"), "/ml-data/model.bin")
            .map_err(|answer| answer.body.to_string()),
    ]
}

#[track_caller]
fn gets_in(scenario: &Scenario, trust: &Value, issuer: &str, config: &str) {
    let answers = asks(scenario, trust, issuer, config);
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
}

#[track_caller]
fn stays_outside(scenario: &Scenario, trust: &Value, issuer: &str, config: &str) {
    let answers = asks(scenario, trust, issuer, config);
    assert!(answers.iter().all(Result::is_err), "{answers:?}");
}

fn a_private_cluster_hands_over_its_keys() {
    let scenario = Scenario::new("private");
    let pod = |account: &str, audience: &str| {
        scenario.clouds().token(&json!({
            "issuer": PRIVATE,
            "audience": audience,
            "workload": {"kind": "kubernetes", "namespace": "chat", "service_account": account},
        }))
    };
    let _ = pod("backend", "to have keys");
    let keys = scenario.clouds().published_keys(PRIVATE);
    scenario.clouds().hide_issuer(PRIVATE);
    scenario.write("main.tf", &format!(
        "terraform {{\n  required_providers {{\n    crosscloud = {{ source = \"crosscloud/crosscloud\" }}\n  }}\n}}\n\n\
         resource \"crosscloud_trust\" \"private\" {{\n  name = \"private-chat\"\n  \
         from = {{ kubernetes = {{ issuer = \"{PRIVATE}\", namespace = \"chat\", service_account = \"backend\", jwks = {} }} }}\n  \
         to   = {{ gcp = {{ project = \"ml-prod-4711\", roles = [\"roles/aiplatform.user\"] }} }}\n}}\n",
        Value::from(keys.to_string())
    ));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let trust = scenario.resource("crosscloud_trust.private");
    let text = |attribute: &str| trust[attribute].as_str().unwrap_or_default();
    let config: Value = serde_json::from_str(text("credential_config")).expect("it is JSON");
    let ask = |account: &str| {
        google::ask(scenario.clouds(), &config, &pod(account, text("audience")), story::PROJECT, "Hello?")
    };
    let answer = ask("backend");
    assert!(answer.is_ok(), "{answer:?}");
    assert!(ask("intruder").is_err(), "nobody else gets in");
    scenario.ends_clean();
}

/// An account holds one provider for an issuer: the second trust refers to the first one's, adds its audience, and takes only that away again.
fn two_trusts_share_an_oidc_provider() {
    let mut scenario = Scenario::new("shared");
    data(scenario.clouds());
    scenario.begins_here();
    let trust = |name: &str, subject: &str, more: &str| {
        format!(
            "resource \"crosscloud_trust\" \"{name}\" {{\n  name = \"shared-{name}\"\n  \
             from = {{ oidc = {{ issuer = \"https://id.example.com\", subject = \"{subject}\" }} }}\n  \
             to = {{ aws = {{ account_id = \"123456789012\", policy_arns = [\"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess\"]{more} }} }}\n}}\n"
        )
    };
    let header =
        "terraform {\n  required_providers {\n    crosscloud = { source = \"crosscloud/crosscloud\" }\n  }\n}\n";
    let first = trust("first", "billing", "");
    let taken = trust("second", "reports", ", audience = \"reports\"");
    let second = trust(
        "second",
        "reports",
        ", audience = \"reports\", existing = { oidc_provider = crosscloud_trust.first.oidc_provider_arn }",
    );
    scenario.write("main.tf", &format!("{header}{first}"));
    scenario.apply().succeeds().provider_behaved();
    // A provider that somebody has already is never taken silently, and the way in is said.
    scenario.write("second.tf", &taken);
    scenario.apply().fails_with("existing = { oidc_provider =").provider_behaved();
    scenario.write("second.tf", &second);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let read = |name: &str, subject: &str, audience: &str| {
        let token = json!({"issuer": "https://id.example.com", "subject": subject, "audience": audience});
        let role = scenario.resource(&format!("crosscloud_trust.{name}"))["role_arn"].clone();
        let role = role.as_str().unwrap_or_default();
        aws::read(scenario.clouds(), role, &scenario.clouds().token(&token), "/ml-data/model.bin")
    };
    for (name, subject, audience) in [("first", "billing", "sts.amazonaws.com"), ("second", "reports", "reports")] {
        let answer = read(name, subject, audience);
        assert!(answer.is_ok(), "{name}: {answer:?}");
    }
    assert!(read("first", "billing", "reports").is_err(), "the audience of the other trust opens nothing here");
    std::fs::remove_file(scenario.folder().join("second.tf")).expect("the second trust can be removed");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let answer = read("first", "billing", "sts.amazonaws.com");
    assert!(answer.is_ok(), "the provider stays with the trust that made it: {answer:?}");
    scenario.ends_clean();
}
