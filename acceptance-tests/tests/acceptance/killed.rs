//! A provider that is killed: nobody hears of what it made, and the next apply recognises all of it.

use acceptance_tests::attempt::attempt;
use acceptance_tests::emulator::{Moment, Request};
use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};

use crate::setup::{AWS_ROLE, CMEK, OPENAI, S3, Setup, VERTEX, goes_on, model, refusals};
use crate::update::identity;

const BOTH: &[Moment] = &[Moment::Before, Moment::After];

pub(crate) fn add(suite: &mut Suite) {
    suite.test("killed::after_each_write_of_a_create", || sweep(VERTEX, Request::is_write, &[Moment::After]));
    suite.exhaustive("killed::at_every_call_of_a_create", || sweep(VERTEX, |_| true, BOTH));
    suite.exhaustive("killed::at_every_call_on_the_way_to_azure_openai", || sweep(OPENAI, |_| true, BOTH));
    suite.exhaustive("killed::at_every_write_with_keys", || sweep(CMEK, Request::is_write, BOTH));
    suite.exhaustive("killed::at_every_write_on_the_way_from_aws", || sweep(AWS_ROLE, Request::is_write, BOTH));
    suite.exhaustive("killed::at_every_write_of_a_transfer", || sweep(S3, Request::is_write, BOTH));
    suite.test("killed::without_an_owner_nothing_is_taken_over", without_an_owner_nothing_is_taken_over);
    suite.test("killed::another_owner_takes_nothing_over", another_owner_takes_nothing_over);
    suite.test("killed::two_states_of_one_owner_stay_apart", two_states_of_one_owner_stay_apart);
    suite.test("killed::a_pool_with_a_foreign_provider_is_not_taken_over", a_pool_with_a_foreign_provider);
    suite.test("killed::what_was_destroyed_comes_back", what_was_destroyed_comes_back);
}

fn owned(name: &str) -> Scenario {
    VERTEX.owned().world(name)
}

/// Kills the provider at each of these calls, then applies again.
fn sweep(setup: Setup, which: impl Fn(&Request) -> bool, moments: &[Moment]) {
    let setup = setup.owned();
    let (wanted, requests) = model(setup);
    let requests: Vec<Request> = requests.into_iter().filter(which).collect();
    let (mut kills, mut complaints) = (0, Vec::new());
    for fault in refusals(&requests) {
        for moment in moments {
            let outcome = attempt(|| {
                let scenario = setup.world("killed");
                scenario.init().succeeds();
                scenario.clouds().hold(&fault.method, &fault.path, fault.nth, *moment);
                kills += usize::from(scenario.apply_killed().is_some());
                goes_on(&scenario, &wanted);
                scenario.ends_clean();
            });
            let what = format!("{moment:?} {} {} (call {})", fault.method, fault.path, fault.nth);
            complaints.extend(outcome.err().map(|why| format!("{what}: {why}")));
        }
    }
    eprintln!("{}: killed {kills} times at {} calls", setup.example, requests.len());
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n\n"));
    assert!(kills >= requests.len() * moments.len() / 2, "only {kills} of {} calls were hit", requests.len());
}

/// Kills the provider after it has made the pool.
#[track_caller]
fn killed_behind_the_pool(name: &str) -> Scenario {
    let scenario = owned(name);
    scenario.init().succeeds();
    scenario.clouds().hold("POST", "/workloadIdentityPools/aks-chat/providers", 1, Moment::Before);
    scenario.apply_killed().expect("the provider was killed").fails();
    scenario
}

fn without_an_owner_nothing_is_taken_over() {
    let scenario = killed_behind_the_pool("nobody");
    scenario.unset("CROSSCLOUD_OWNER");
    scenario.apply().fails_with("exists already").says("owner").provider_behaved();
}

fn another_owner_takes_nothing_over() {
    let scenario = killed_behind_the_pool("stranger");
    scenario.set("CROSSCLOUD_OWNER", "team-b");
    scenario.apply().fails_with("exists already").provider_behaved();
}

fn two_states_of_one_owner_stay_apart() {
    let scenario = owned("twins");
    scenario.apply().succeeds().provider_behaved();
    let before = identity(&scenario);
    std::fs::rename(scenario.folder().join("terraform.tfstate"), scenario.folder().join("first.tfstate"))
        .expect("the state can be put aside");
    scenario.apply().fails_with("exists already").provider_behaved();
    std::fs::rename(scenario.folder().join("first.tfstate"), scenario.folder().join("terraform.tfstate"))
        .expect("the state can be put back");
    assert_eq!(identity(&scenario), before, "the first state's objects are untouched");
    scenario.is_settled();
    scenario.ends_clean();
}

fn a_pool_with_a_foreign_provider() {
    let scenario = killed_behind_the_pool("planted");
    let pool = "/v1/projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat";
    let planted = serde_json::json!({
        "attributeMapping": {"google.subject": "assertion.sub"},
        "oidc": {"issuerUri": "https://issuer.attacker.example"},
    });
    scenario.clouds().by_hand(
        "POST",
        &format!("{pool}/providers?workloadIdentityPoolProviderId=backdoor"),
        Some(&planted),
    );
    scenario.apply().fails_with("backdoor").provider_behaved();
}

fn what_was_destroyed_comes_back() {
    let scenario = owned("again");
    scenario.apply().succeeds().provider_behaved();
    scenario.destroy().succeeds().provider_behaved();
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Back?");
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}
