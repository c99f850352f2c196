//! A call that is refused in the middle: what was made stays in the state, and the next apply goes on from there.

use acceptance_tests::attempt::attempt;
use acceptance_tests::emulator::Request;
use acceptance_tests::story;
use acceptance_tests::suite::Suite;

use crate::setup::{CMEK, OPENAI, Setup, VERTEX, goes_on, model, refusals};

pub(crate) fn add(suite: &mut Suite) {
    suite.test("interrupted::every_call_of_a_create_refused_once", || every_call_of_a_create(VERTEX));
    suite.test("interrupted::every_call_of_a_destroy_refused_once", || every_call_of_a_destroy(VERTEX));
    suite.exhaustive("interrupted::every_call_refused_once_on_the_way_to_azure_openai", || {
        every_call_of_a_create(OPENAI)
    });
    suite.exhaustive("interrupted::every_call_refused_once_with_keys", || every_call_of_a_create(CMEK));
    suite.exhaustive("interrupted::every_call_refused_once_and_created_before_destroyed", || {
        every_call_of_a_create(VERTEX.created_first());
    });
    suite.exhaustive("interrupted::openai_created_before_destroyed", || every_call_of_a_create(OPENAI.created_first()));
    suite.exhaustive("interrupted::every_call_of_a_destroy_with_keys", || every_call_of_a_destroy(CMEK));
}

fn every_call_of_a_create(setup: Setup) {
    let (wanted, requests) = model(setup);
    let faults = refusals(&requests);
    let (mut refused, mut complaints) = (0, Vec::new());
    for fault in &faults {
        let outcome = attempt(|| {
            let scenario = setup.world("refused");
            scenario.plan().has_changes();
            scenario.clouds().inject(fault);
            refused += usize::from(scenario.apply_plan().provider_behaved().has_failed());
            scenario.clouds().end_faults();
            goes_on(&scenario, &wanted);
            if setup.example == story::EXAMPLE {
                let mounts = story::mounts(&scenario);
                let answer = story::pod("backend").ask(scenario.clouds(), &mounts, story::PROJECT, "Through?");
                assert!(answer.is_ok(), "{answer:?}");
            }
            scenario.ends_clean();
        });
        complaints
            .extend(outcome.err().map(|why| format!("{} {} (call {}): {why}", fault.method, fault.path, fault.nth)));
    }
    eprintln!("{}: {refused} of {} refusals failed the apply", setup.example, faults.len());
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), faults.len(), complaints.join("\n\n"));
    // Reads that only wait for something to be seen may be refused without harm; the calls that make something may not.
    let writes = requests.iter().filter(|request| request.is_write() && !is_finishing(request)).count();
    assert!(
        refused >= writes && writes > 3,
        "{refused} of {} refusals failed the apply, of {writes} writes",
        faults.len()
    );
}

/// Whether a request only takes the mark of an unfinished attempt from an object, which nothing depends on.
fn is_finishing(request: &Request) -> bool {
    request.method == "PATCH"
}

fn every_call_of_a_destroy(setup: Setup) {
    let applied = |name: &str| {
        let scenario = setup.world(name);
        scenario.apply().succeeds().provider_behaved();
        scenario
    };
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
