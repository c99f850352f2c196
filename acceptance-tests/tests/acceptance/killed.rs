//! A provider that is killed: nobody hears of what it made, and the next apply recognises all of it.

use acceptance_tests::attempt::attempt;
use acceptance_tests::emulator::{Moment, Request};
use acceptance_tests::suite::Suite;
use acceptance_tests::{Fault, Scenario, story};

use crate::interrupted::{made_so_far, refusals};
use crate::update::identity;

pub(crate) fn add(suite: &mut Suite) {
    suite.test("killed::after_each_write_of_a_create", || sweep(Request::is_write, &[Moment::After]));
    suite.exhaustive("killed::before_and_after_every_call_of_a_create", || {
        sweep(|_| true, &[Moment::Before, Moment::After]);
    });
    suite.test("killed::without_an_owner_nothing_is_taken_over", without_an_owner_nothing_is_taken_over);
    suite.test("killed::another_owner_takes_nothing_over", another_owner_takes_nothing_over);
    suite.test("killed::two_states_of_one_owner_stay_apart", two_states_of_one_owner_stay_apart);
    suite.test("killed::a_pool_with_a_foreign_provider_is_not_taken_over", a_pool_with_a_foreign_provider);
    suite.test("killed::what_was_destroyed_comes_back", what_was_destroyed_comes_back);
}

fn owned(name: &str) -> Scenario {
    let scenario = Scenario::new(name);
    scenario.example(story::EXAMPLE).set("CROSSCLOUD_OWNER", "team-a");
    scenario
}

fn sweep(which: impl Fn(&Request) -> bool, moments: &[Moment]) {
    let model = owned("model");
    model.apply().succeeds().provider_behaved();
    let requests: Vec<Request> = model.clouds().requests().into_iter().filter(which).collect();
    model.is_settled();
    let mut complaints = Vec::new();
    let mut kills = 0;
    for fault in refusals(&requests) {
        for moment in moments {
            let outcome = attempt(|| kills += usize::from(recovers(&fault, *moment)));
            let what = format!("{moment:?} {} {} (call {})", fault.method, fault.path, fault.nth);
            complaints.extend(outcome.err().map(|why| format!("{what}: {why}")));
        }
    }
    eprintln!("killed {kills} times at {} calls", requests.len());
    assert!(complaints.is_empty(), "{}:\n{}", complaints.len(), complaints.join("\n\n"));
    assert!(kills >= requests.len() * moments.len() / 2, "only {kills} of {} calls were hit", requests.len());
}

/// Kills the provider at this call, then applies again. Tells whether the call came at all.
#[track_caller]
fn recovers(fault: &Fault, moment: Moment) -> bool {
    let scenario = owned("killed");
    scenario.init().succeeds();
    scenario.clouds().hold(&fault.method, &fault.path, fault.nth, moment);
    let Some(outcome) = scenario.apply_killed() else { return false };
    let made = made_so_far(&scenario);
    scenario.clouds().forget_requests();
    // Where the reply had been given, nothing is left to be done.
    let complete = !outcome.has_failed();
    if !complete {
        scenario.apply().succeeds().provider_behaved();
    }
    let deletes: Vec<Request> =
        scenario.clouds().requests().into_iter().filter(|request| request.method == "DELETE").collect();
    assert!(deletes.is_empty(), "the next apply deletes nothing: {deletes:?}");
    let after = identity(&scenario);
    assert!(made.iter().all(|id| after.contains(id)), "the next apply keeps {made:?}, and has {after:?}");
    scenario.is_settled();
    scenario.ends_clean();
    true
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
