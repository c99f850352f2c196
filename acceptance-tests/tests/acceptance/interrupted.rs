//! A call that is refused in the middle: what was made stays in the state, and the next apply goes on from there.

use acceptance_tests::attempt::attempt;
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
    let (mut refused, mut complaints) = (0, Vec::new());
    for fault in &faults {
        let outcome = attempt(|| refused += usize::from(goes_on_after(fault)));
        complaints
            .extend(outcome.err().map(|why| format!("{} {} (call {}): {why}", fault.method, fault.path, fault.nth)));
    }
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), faults.len(), complaints.join("\n\n"));
    // Reads that only wait for something to be seen may be refused without harm; the calls that make something may not.
    let writes = model.clouds().requests().iter().filter(|request| request.is_write()).count();
    assert!(
        refused >= writes && writes > 5,
        "{refused} of {} refusals failed the apply, of {writes} writes",
        faults.len()
    );
}

/// Applies with one call refused, then again without: no DELETE, every id kept, and settled. Tells whether the refusal
/// failed the first apply.
#[track_caller]
fn goes_on_after(fault: &Fault) -> bool {
    let scenario = Scenario::new("refused");
    scenario.example(story::EXAMPLE).plan().has_changes();
    scenario.clouds().inject(fault);
    let failed = scenario.apply_plan().provider_behaved().has_failed();
    scenario.clouds().end_faults();

    let made = made_so_far(&scenario);
    scenario.clouds().forget_requests();
    scenario.apply().succeeds().provider_behaved();
    let deletes: Vec<Request> =
        scenario.clouds().requests().into_iter().filter(|request| request.method == "DELETE").collect();
    assert!(deletes.is_empty(), "the next apply deletes nothing: {deletes:?}");
    let after = identity(&scenario);
    assert!(made.iter().all(|id| after.contains(id)), "the next apply keeps {made:?}, and has {after:?}");
    scenario.is_settled();
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Through?");
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
    failed
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
pub(crate) fn refusals(requests: &[Request]) -> Vec<Fault> {
    // An operation has another id each time.
    let path_of = |request: &Request| match request.path.find("/operations/") {
        Some(at) => request.path[..at + "/operations/".len()].to_owned(),
        None => request.path.clone(),
    };
    let faults = requests.iter().enumerate().map(|(number, request)| {
        let path = path_of(request);
        let alike = |earlier: &&Request| earlier.method == request.method && earlier.path.contains(&path);
        let nth = 1 + requests[..number].iter().filter(alike).count();
        Fault { method: request.method.clone(), path, nth, times: 1, status: 403 }
    });
    faults.collect()
}

/// The ids of the owned objects that a refused apply left behind.
pub(crate) fn made_so_far(scenario: &Scenario) -> Vec<String> {
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
