//! What one apply of the example makes, what it puts out, and who gets through.

use std::sync::atomic::AtomicBool;

use acceptance_tests::suite::Suite;
use acceptance_tests::{Hop, Scenario, story};
use serde_json::json;

const TRUST: &str = "crosscloud_trust.chat";
const POOL: &str = "/v1/projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat";
const EMAIL: &str = "aks-chat@ml-prod-4711.iam.gserviceaccount.com";
const PROVIDER_NAME: &str =
    "iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("trust::the_story_of_the_demo", the_story_of_the_demo);
    suite.test("trust::the_clouds_hold_what_the_trust_says", the_clouds_hold_what_the_trust_says);
    suite.test("trust::outputs_are_known_after_apply", outputs_are_known_after_apply);
    suite.test("trust::only_the_named_pod_gets_through", only_the_named_pod_gets_through);
    suite.test("trust::every_plan_warns_of_the_emulator", every_plan_warns_of_the_emulator);
    suite.test("trust::an_object_that_exists_is_refused", an_object_that_exists_is_refused);
    suite.test("trust::what_was_there_before_stays", what_was_there_before_stays);
    suite.test("trust::no_secret_is_kept", no_secret_is_kept);
}

/// A world in which the example has been applied.
#[track_caller]
pub(crate) fn applied(name: &str) -> Scenario {
    let scenario = Scenario::new(name);
    scenario.example(story::EXAMPLE);
    scenario.apply().succeeds().provider_behaved();
    scenario
}

fn the_story_of_the_demo() {
    let mut told = Vec::new();
    let told_to_the_end = story::tell(&mut told, &AtomicBool::new(false));
    assert!(told_to_the_end.is_ok(), "{}", String::from_utf8_lossy(&told));
}

fn the_clouds_hold_what_the_trust_says() {
    let scenario = applied("clouds");
    let clouds = scenario.clouds();
    let get = |path: &str| clouds.by_hand("GET", path, None).body;

    assert_eq!(get(POOL)["state"], "ACTIVE");
    let provider = get(&format!("{POOL}/providers/aks-chat"));
    assert_eq!(provider["oidc"]["issuerUri"], story::ISSUER);
    let audiences = provider["oidc"]["allowedAudiences"].as_array().map_or(0, Vec::len);
    assert_eq!(audiences, 0, "without a list, Google takes the provider's own resource name only");
    assert_eq!(provider["attributeMapping"]["google.subject"], "assertion.sub");
    assert_eq!(provider["attributeCondition"], "assertion.sub == 'system:serviceaccount:chat:backend'");

    let account = format!("/v1/projects/ml-prod-4711/serviceAccounts/{EMAIL}");
    assert_eq!(get(&account)["email"], EMAIL);
    let on_account = clouds.by_hand("POST", &format!("{account}:getIamPolicy"), None).body;
    let principal = scenario.output("principal");
    assert_eq!(members(&on_account, "roles/iam.workloadIdentityUser"), [principal.as_str().unwrap_or_default()]);
    let on_project = clouds.by_hand("POST", "/v1/projects/ml-prod-4711:getIamPolicy", None).body;
    assert_eq!(members(&on_project, "roles/aiplatform.user"), [format!("serviceAccount:{EMAIL}")]);

    for service in ["iam", "sts", "iamcredentials", "aiplatform"] {
        let path = format!("/v1/projects/ml-prod-4711/services/{service}.googleapis.com");
        assert_eq!(get(&path)["state"], "ENABLED", "{service} is switched on");
    }
    scenario.is_settled();
    scenario.ends_clean();
}

fn outputs_are_known_after_apply() {
    let scenario = Scenario::new("outputs");
    scenario.example(story::EXAMPLE);
    scenario.plan().has_changes();
    assert_eq!(scenario.planned_actions(TRUST), ["create"]);
    let planned = scenario.planned()["planned_values"]["root_module"]["resources"][0]["values"].clone();
    assert!(planned["objects"].is_object(), "the objects are known when planned: {planned}");
    scenario.apply_plan().succeeds().provider_behaved();

    let trust = scenario.resource(TRUST);
    let text = |name: &str| trust[name].as_str().unwrap_or_default().to_owned();
    assert_eq!(text("issuer"), story::ISSUER);
    assert_eq!(text("subject"), "system:serviceaccount:chat:backend");
    assert_eq!(text("audience"), format!("https://{PROVIDER_NAME}"));
    assert_eq!(
        text("principal"),
        "principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/subject/system:serviceaccount:chat:backend"
    );
    assert_eq!(text("service_account_email"), EMAIL);
    assert_eq!(trust["environment"]["GOOGLE_CLOUD_PROJECT"], story::PROJECT);
    let config: serde_json::Value = serde_json::from_str(&text("credential_config")).unwrap_or_default();
    assert_eq!(config["type"], "external_account");
    assert_eq!(config["audience"], format!("//{PROVIDER_NAME}"));

    let objects = trust["objects"].as_object().cloned().unwrap_or_default();
    let pool = &objects["gcp/pool"];
    assert_eq!((pool["origin"].as_str(), pool["status"].as_str()), (Some("created"), Some("present")));
    assert!(objects.values().all(|object| object["status"] == "present"), "{objects:?}");
    // Whether a grant or an API was there before is learnt while applying; everything else is as it was planned.
    for (key, object) in &objects {
        for field in ["type", "id", "status"] {
            assert_eq!(planned["objects"][key][field], object[field], "{field} of {key}");
        }
    }
}

fn only_the_named_pod_gets_through() {
    let scenario = applied("pods");
    let mounts = story::mounts(&scenario);
    let ask = |pod: &acceptance_tests::Pod| pod.ask(scenario.clouds(), &mounts, story::PROJECT, "Who are you?");

    assert!(ask(&story::pod("backend")).is_ok());
    let mut twin = story::pod("backend");
    for (namespace, account) in
        [("chat", "backend2"), ("chat", "intruder"), ("chat-dev", "backend"), ("default", "default")]
    {
        twin.namespace = namespace.to_owned();
        twin.service_account = account.to_owned();
        let refusal = ask(&twin).expect_err("only chat/backend is named");
        assert_eq!(refusal.hop, Hop::Exchange, "{namespace}/{account}: {refusal}");
    }
    let mut elsewhere = story::pod("backend");
    elsewhere.issuer = story::ISSUER.replace("66666666", "77777777");
    let refusal = ask(&elsewhere).expect_err("another cluster has another issuer");
    assert_eq!(refusal.hop, Hop::Exchange, "{refusal}");
}

fn every_plan_warns_of_the_emulator() {
    let scenario = applied("warning");
    scenario.plan().warns("CROSSCLOUD_ENDPOINT");
}

fn an_object_that_exists_is_refused() {
    let scenario = Scenario::new("exists");
    scenario.example(story::EXAMPLE);
    scenario.clouds().by_hand("POST", "/v1/projects/ml-prod-4711/services/iam.googleapis.com:enable", Some(&json!({})));
    let body = json!({"accountId": "aks-chat", "serviceAccount": {"displayName": "someone else's"}});
    scenario.clouds().by_hand("POST", "/v1/projects/ml-prod-4711/serviceAccounts", Some(&body));
    let reference = format!("existing = {{ service_account = \"{EMAIL}\" }}");
    scenario.apply().fails_with("aks-chat").says(&reference).provider_behaved();
    scenario.destroy().succeeds();
    let account = scenario.clouds().by_hand("GET", &format!("/v1/projects/ml-prod-4711/serviceAccounts/{EMAIL}"), None);
    assert_eq!(
        account.body["displayName"], "someone else's",
        "what the trust did not make is neither changed nor deleted"
    );
}

fn what_was_there_before_stays() {
    let scenario = Scenario::new("found");
    scenario.example(story::EXAMPLE);
    let service = "/v1/projects/ml-prod-4711/services/aiplatform.googleapis.com";
    scenario.clouds().by_hand("POST", &format!("{service}:enable"), Some(&json!({})));
    scenario.apply().succeeds();
    let objects = scenario.output("objects");
    assert_eq!(objects["gcp/service/aiplatform.googleapis.com"]["origin"], "found", "{objects}");
    scenario.destroy().succeeds();
    assert_eq!(scenario.clouds().by_hand("GET", service, None).body["state"], "ENABLED");
}

fn no_secret_is_kept() {
    let scenario = Scenario::new("secret");
    scenario.example(story::EXAMPLE).set("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.very-secret").set("TF_LOG", "trace");
    let applied = scenario.apply().succeeds();
    let state = std::fs::read_to_string(scenario.folder().join("terraform.tfstate")).unwrap_or_default();
    assert!(state.contains("aks-chat"), "the state is where it is looked for");
    assert!(!state.contains("very-secret"));
    // Terraform's own log prints no environment, so what shows up here would be the provider's.
    applied.never_says("very-secret");
}

/// The members of a role in a policy.
pub(crate) fn members(policy: &serde_json::Value, role: &str) -> Vec<String> {
    let bindings = policy["bindings"].as_array().into_iter().flatten().filter(|binding| binding["role"] == role);
    let members = bindings.flat_map(|binding| binding["members"].as_array().into_iter().flatten());
    members.filter_map(|member| member.as_str().map(str::to_owned)).collect()
}
