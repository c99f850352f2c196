//! A call that is refused in the middle: what was made stays in the state, and the next apply goes on from there.

use acceptance_tests::emulator::Request;
use acceptance_tests::suite::Suite;
use acceptance_tests::{Fault, Scenario, story};

use crate::trust::applied;
use crate::update::identity;

pub(crate) fn add(suite: &mut Suite) {
    suite.test("interrupted::every_call_of_a_create_refused_once", every_call_of_a_create_refused_once);
    suite.test("interrupted::every_call_of_a_destroy_refused_once", every_call_of_a_destroy_refused_once);
}

fn every_call_of_a_create_refused_once() {
    let model = Scenario::new("model");
    model.example(story::EXAMPLE).plan();
    model.clouds().forget_requests();
    model.apply_plan().succeeds();
    let faults = refusals(&model.clouds().requests());
    assert!(faults.len() > 6, "an apply of the example makes more calls than that: {faults:?}");
    for fault in faults {
        goes_on_after(&fault);
    }
}

/// Applies with one call refused, then again without: no DELETE, every id kept, and settled.
#[track_caller]
fn goes_on_after(fault: &Fault) {
    let what = format!("{} {} (call {})", fault.method, fault.path, fault.nth);
    let scenario = Scenario::new("refused");
    scenario.example(story::EXAMPLE).plan().has_changes();
    scenario.clouds().inject(fault);
    scenario.apply_plan().fails().provider_behaved();
    scenario.clouds().end_faults();

    let made = made_so_far(&scenario);
    scenario.clouds().forget_requests();
    scenario.apply().succeeds().provider_behaved();
    let deletes: Vec<Request> =
        scenario.clouds().requests().into_iter().filter(|request| request.method == "DELETE").collect();
    assert!(deletes.is_empty(), "{what}: the next apply deletes nothing: {deletes:?}");
    let after = identity(&scenario);
    assert!(made.iter().all(|id| after.contains(id)), "{what}: the next apply keeps {made:?}, and has {after:?}");
    scenario.is_settled();
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Through?");
    assert!(answer.is_ok(), "{what}: {answer:?}");
    scenario.ends_clean();
}

fn every_call_of_a_destroy_refused_once() {
    let model = applied("model");
    model.clouds().forget_requests();
    model.destroy().succeeds();
    let writes: Vec<Request> = model.clouds().requests().into_iter().filter(Request::is_write).collect();
    for fault in refusals(&writes) {
        let scenario = applied("refused");
        scenario.clouds().inject(&fault);
        scenario.destroy().fails().provider_behaved();
        scenario.clouds().end_faults();
        scenario.ends_clean();
    }
}

/// One fault for each request, by its method, its path and which of its like it was.
fn refusals(requests: &[Request]) -> Vec<Fault> {
    let faults = requests.iter().enumerate().map(|(number, request)| {
        let alike = |earlier: &&Request| earlier.method == request.method && earlier.path.contains(&request.path);
        let nth = 1 + requests[..number].iter().filter(alike).count();
        Fault { method: request.method.clone(), path: request.path.clone(), nth, times: 1, status: 403 }
    });
    faults.collect()
}

/// The ids of the owned objects that a refused apply left behind.
fn made_so_far(scenario: &Scenario) -> Vec<String> {
    let pool = "/v1/projects/ml-prod-4711/locations/global/workloadIdentityPools/aks-chat";
    let account = "/v1/projects/ml-prod-4711/serviceAccounts/aks-chat@ml-prod-4711.iam.gserviceaccount.com";
    let field = |path: &str, name: &str| {
        let answer = scenario.clouds().try_by_hand("GET", path, None);
        answer.is_success().then(|| answer.body[name].to_string())
    };
    [field(pool, "name"), field(&format!("{pool}/providers/aks-chat"), "name"), field(account, "uniqueId")]
        .into_iter()
        .flatten()
        .collect()
}
