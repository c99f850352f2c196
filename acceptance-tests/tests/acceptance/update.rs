//! Changes in place: what can be changed without a new pool, provider or account is, and everything else keeps its id.

use acceptance_tests::emulator::Moment;
use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};

use crate::setup::{CMEK, OPENAI};
use crate::trust::{applied, members};

const TRUST: &str = "crosscloud_trust.chat";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("update::roles_change_in_place", roles_change_in_place);
    suite.test("update::the_namespace_changes_in_place", the_namespace_changes_in_place);
    suite.test("update::a_trust_is_switched_off_and_on_in_place", a_trust_is_switched_off_and_on_in_place);
    suite.test("update::a_creation_ends_at_its_timeout_and_goes_on_later", a_creation_ends_at_its_timeout);
    suite.test("update::an_identity_moves_to_another_region_by_being_made_anew", an_identity_moves);
    suite.test("update::a_key_whose_protection_is_fixed_is_left_alone", a_key_whose_protection_is_fixed);
    suite.test("update::audit_logs_are_switched_on_and_others_stay", audit_logs);
    suite.test("update::after_destroy_the_name_is_taken_for_a_while", after_destroy_the_name_is_taken_for_a_while);
    suite.test("update::what_was_deleted_comes_back_where_the_user_says_so", what_was_deleted_comes_back);
}

fn roles_change_in_place() {
    let scenario = applied("roles");
    let before = identity(&scenario);
    scenario.edit(
        "main.tf",
        "[\"roles/aiplatform.user\"]",
        "[\"roles/aiplatform.user\", \"roles/storage.objectViewer\"]",
    );
    changes_in_place(&scenario, &before);
    assert_eq!(granted(&scenario, "roles/storage.objectViewer").len(), 1);

    scenario.edit("main.tf", "\"roles/aiplatform.user\", ", "");
    changes_in_place(&scenario, &before);
    assert!(granted(&scenario, "roles/aiplatform.user").is_empty(), "a role that is no longer wanted is taken back");
    scenario.ends_clean();
}

fn the_namespace_changes_in_place() {
    let scenario = applied("namespace");
    let before = identity(&scenario);
    scenario.edit("main.tf", "namespace = \"chat\"", "namespace = \"talk\"");
    changes_in_place(&scenario, &before);
    let mut pod = story::pod("backend");
    let mounts = story::mounts(&scenario);
    assert!(pod.ask(scenario.clouds(), &mounts, story::PROJECT, "Still me?").is_err(), "the old namespace is out");
    pod.namespace = "talk".to_owned();
    let answer = pod.ask(scenario.clouds(), &mounts, story::PROJECT, "And now?");
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}

fn a_trust_is_switched_off_and_on_in_place() {
    let scenario = applied("disabled");
    let before = identity(&scenario);
    let ask = || story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Still me?");
    scenario.edit("main.tf", "name = \"aks-chat\"", "name = \"aks-chat\"\n  disabled = true");
    changes_in_place(&scenario, &before);
    assert!(ask().is_err(), "nobody gets in while it is off");
    scenario.edit("main.tf", "disabled = true", "disabled = false");
    changes_in_place(&scenario, &before);
    let answer = ask();
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}

fn a_creation_ends_at_its_timeout() {
    let scenario = Scenario::new("timeout");
    scenario.example(story::EXAMPLE);
    scenario.edit("main.tf", "name = \"aks-chat\"", "name = \"aks-chat\"\n  timeouts = { create = \"8s\" }");
    scenario.init().succeeds();
    scenario.clouds().hold("POST", ".iam.gserviceaccount.com:setIamPolicy", 1, Moment::Before);
    scenario.apply().fails_with("no answer within").provider_behaved();
    scenario.clouds().end_faults();
    let made = scenario.clouds().made();
    assert!(!made.is_empty(), "what was made in time is kept");
    scenario.edit("main.tf", "create = \"8s\"", "create = \"20m\"");
    scenario.apply().succeeds().provider_behaved();
    let after = scenario.clouds().made();
    assert!(made.iter().all(|(object, ids)| after.get(object) == Some(ids)), "{made:?} stays in {after:?}");
    scenario.is_settled();
    scenario.ends_clean();
}

fn an_identity_moves() {
    let scenario = OPENAI.world("region");
    scenario.apply().succeeds().provider_behaved();
    scenario.edit("main.tf", "\"westeurope\"", "\"northeurope\"");
    scenario.plan().has_changes();
    assert_eq!(scenario.planned_actions("crosscloud_trust.chat"), ["delete", "create"]);
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    let identity = scenario.resource("crosscloud_trust.chat")["objects"]["azure/identity"]["id"].clone();
    let path = format!("{}?api-version=2024-11-30", identity.as_str().unwrap_or_default());
    assert_eq!(scenario.clouds().by_hand("GET", &path, None).body["location"], "northeurope");
    scenario.ends_clean();
}

fn a_key_whose_protection_is_fixed() {
    let scenario = CMEK.world("protection");
    scenario.apply().succeeds().provider_behaved();
    scenario.edit("main.tf", "\"HSM\"", "\"SOFTWARE\"");
    scenario.plan().error_at("to.gcp.encryption", "can never be used for another key").provider_behaved();
    scenario.edit("main.tf", "\"SOFTWARE\"", "\"HSM\"");
    scenario.is_settled();
    scenario.ends_clean();
}

fn audit_logs() {
    let scenario = applied("audit");
    let before = identity(&scenario);
    let logs = || {
        let policy = scenario.clouds().by_hand("POST", "/v1/projects/ml-prod-4711:getIamPolicy", None).body;
        let mut services: Vec<String> = policy["auditConfigs"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|config| config["service"].as_str().map(str::to_owned))
            .collect();
        services.sort_unstable();
        services
    };
    let mut policy = scenario.clouds().by_hand("POST", "/v1/projects/ml-prod-4711:getIamPolicy", None).body;
    policy["auditConfigs"] = serde_json::json!([
        {"service": "bigquery.googleapis.com", "auditLogConfigs": [{"logType": "DATA_READ"}]},
    ]);
    let body = serde_json::json!({"policy": policy, "updateMask": "auditConfigs,etag"});
    scenario.clouds().by_hand("POST", "/v1/projects/ml-prod-4711:setIamPolicy", Some(&body));

    let roles = "roles = [\"roles/aiplatform.user\"]";
    scenario.edit("main.tf", roles, &format!("{roles}, audit_logs = true"));
    changes_in_place(&scenario, &before);
    let on = logs();
    for service in ["sts", "iamcredentials", "aiplatform", "bigquery"] {
        assert!(on.contains(&format!("{service}.googleapis.com")), "{service} in {on:?}");
    }
    scenario.edit("main.tf", ", audit_logs = true", "");
    changes_in_place(&scenario, &before);
    assert_eq!(logs(), ["bigquery.googleapis.com"], "what others log stays");
    scenario.ends_clean();
}

fn after_destroy_the_name_is_taken_for_a_while() {
    let scenario = applied("again");
    scenario.destroy().succeeds();
    // Google keeps a deleted pool's name for thirty days: the user hears it, and which argument takes another.
    scenario.apply().fails_with("30 days").provider_behaved();
    let roles = "roles = [\"roles/aiplatform.user\"]";
    scenario.edit("main.tf", roles, &format!("{roles}, pool_id = \"aks-chat-2\""));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Back again?");
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}

/// With what lies in it, which may be anybody's: the pool stays disabled then.
fn what_was_deleted_comes_back() {
    const POOL: &str = "/v1/projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat";
    let scenario = applied("undelete");
    scenario.destroy().succeeds();
    let roles = "roles = [\"roles/aiplatform.user\"]";
    scenario.edit("main.tf", roles, &format!("{roles}, undelete = true"));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let ask = || story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Back?");
    let answer = ask();
    assert!(answer.is_ok(), "{answer:?}");
    scenario.destroy().succeeds();

    let clouds = scenario.clouds();
    clouds.by_hand("POST", &format!("{POOL}:undelete"), Some(&serde_json::json!({})));
    let planted = serde_json::json!({
        "attributeMapping": {"google.subject": "assertion.sub"},
        "oidc": {"issuerUri": "https://issuer.attacker.example"},
    });
    clouds.by_hand("POST", &format!("{POOL}/providers?workloadIdentityPoolProviderId=backdoor"), Some(&planted));
    clouds.by_hand("DELETE", POOL, None);
    scenario.apply().fails_with("backdoor").says("left disabled").provider_behaved();
    assert_eq!(clouds.by_hand("GET", POOL, None).body["disabled"], true);
}

/// Plans an update, applies it, and finds every id as it was and nothing deleted that has an id.
#[track_caller]
fn changes_in_place(scenario: &Scenario, before: &[String]) {
    scenario.plan().has_changes();
    assert_eq!(scenario.planned_actions(TRUST), ["update"]);
    scenario.clouds().forget_requests();
    scenario.apply_plan().succeeds().provider_behaved();
    let deletes: Vec<_> =
        scenario.clouds().requests().into_iter().filter(|request| request.method == "DELETE").collect();
    assert!(deletes.is_empty(), "an update in place deletes nothing: {deletes:?}");
    assert_eq!(identity(scenario), before, "every id is kept");
    scenario.is_settled();
}

/// What tells a pool, provider or account from a later one of the same name.
pub(crate) fn identity(scenario: &Scenario) -> Vec<String> {
    let pool = "/v1/projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat";
    let account = "/v1/projects/ml-prod-4711/serviceAccounts/aks-chat@ml-prod-4711.iam.gserviceaccount.com";
    let field = |path: &str, name: &str| scenario.clouds().by_hand("GET", path, None).body[name].to_string();
    vec![field(pool, "name"), field(&format!("{pool}/providers/aks-chat"), "name"), field(account, "uniqueId")]
}

fn granted(scenario: &Scenario, role: &str) -> Vec<String> {
    let policy = scenario.clouds().by_hand("POST", "/v1/projects/ml-prod-4711:getIamPolicy", None).body;
    members(&policy, role)
}
