//! A call that is refused in the middle: what was made stays in the state, and the next apply goes on from there.

use acceptance_tests::attempt::attempt;
use acceptance_tests::emulator::{Moment, Request};
use acceptance_tests::suite::Suite;
use acceptance_tests::{Fault, story};

use crate::setup::{AWS_ROLE, CMEK, OPENAI, S3, Setup, VERTEX, goes_on, model, refusals};

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
    suite.exhaustive("interrupted::every_call_refused_once_on_the_way_from_aws", || every_call_of_a_create(AWS_ROLE));
    suite.exhaustive("interrupted::every_call_refused_once_for_a_transfer", || every_call_of_a_create(S3));
    suite.exhaustive("interrupted::a_transfer_created_before_destroyed", || every_call_of_a_create(S3.created_first()));
    suite.exhaustive("interrupted::every_call_of_a_destroy_of_a_transfer", || every_call_of_a_destroy(S3));
    suite.test("interrupted::a_refusal_says_what_is_missing", a_refusal_says_what_is_missing);
    suite.test("interrupted::what_a_successor_took_over_is_left_later", || later_deletion(false));
    suite.test("interrupted::what_a_killed_successor_took_over_is_left_later", || later_deletion(true));
    suite.test("interrupted::what_a_successor_that_nobody_knows_took_over_is_named", unknown_successor);
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

/// Of each cloud: the reason, the id of the request for its support, and the permission.
fn a_refusal_says_what_is_missing() {
    let refused = |setup: Setup, method: &str, path: &str, permission: &str| {
        let scenario = setup.world("refused");
        scenario.init().succeeds();
        let (method, path) = (method.to_owned(), path.to_owned());
        scenario.clouds().inject(&Fault { method, path, nth: 1, times: 1, status: 403 });
        let outcome = scenario.apply().fails_with(&format!("permission {permission} is missing"));
        outcome.says("(HTTP 403 ").says("request id ").provider_behaved();
    };
    refused(VERTEX, "POST", "/workloadIdentityPools/aks-chat/providers", "iam.workloadIdentityPoolProviders.create");
    let credential = "Microsoft.ManagedIdentity/userAssignedIdentities/federatedIdentityCredentials/write";
    refused(OPENAI, "PUT", "/federatedIdentityCredentials/", credential);
    refused(S3, "POST", "Action=CreateRole", "iam:CreateRole");
}

/// Whether a request only takes the mark of an unfinished attempt from an object, which nothing depends on.
fn is_finishing(request: &Request) -> bool {
    request.method == "PATCH"
}

/// Waits for the trust and fails, so that terraform keeps the trust's predecessor for a later run to delete.
const FAILING: &str = r#"
resource "terraform_data" "serial" { input = crosscloud_trust.chat.principal }

resource "terraform_data" "dependent" {
  input = crosscloud_trust.chat.principal
  lifecycle {
    precondition {
      condition     = terraform_data.serial.id == ""
      error_message = "Not yet."
    }
  }
}
"#;

/// Under create_before_destroy a predecessor can outlive the process that made its successor: it is then deleted by one that knows nothing of
/// the two. `killed`: that process was killed before it could finish the successor's objects.
fn later_deletion(killed: bool) {
    let setup = VERTEX.created_first();
    let (wanted, _) = model(setup);
    let scenario = setup.world("later");
    scenario.init().succeeds();
    let provider = "/workloadIdentityPools/aks-chat/providers".to_owned();
    scenario.clouds().inject(&Fault { method: "POST".to_owned(), path: provider, nth: 1, times: 1, status: 403 });
    scenario.apply().fails().provider_behaved();
    scenario.clouds().end_faults();
    let made = scenario.clouds().made();

    scenario.write("dependent.tf", FAILING);
    if killed {
        // The first change of the pool takes it over, the second one finishes it.
        scenario.clouds().hold("PATCH", "/workloadIdentityPools/aks-chat", 2, Moment::Before);
        scenario.apply_killed().expect("the provider was killed").fails();
    } else {
        scenario.apply().fails_with("Not yet.").provider_behaved();
    }
    std::fs::remove_file(scenario.folder().join("dependent.tf")).expect("the file can be removed");
    let state = std::fs::read_to_string(scenario.folder().join("terraform.tfstate")).expect("there is a state");
    assert!(state.contains("\"deposed\""), "the predecessor is still to be deleted: {state}");

    for (object, ids) in &made {
        assert_eq!(scenario.clouds().made().get(object), Some(ids), "{object} was taken over");
    }
    goes_on(&scenario, &wanted);
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Through?");
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}

/// A successor that was killed before Terraform heard of it has taken objects over: whoever destroys its predecessor hears which are left.
fn unknown_successor() {
    const POOL: &str = "/workloadIdentityPools/aks-chat";
    let scenario = VERTEX.created_first().world("unknown");
    scenario.init().succeeds();
    scenario.clouds().inject(&Fault {
        method: "POST".to_owned(),
        path: format!("{POOL}/providers"),
        nth: 1,
        times: 1,
        status: 403,
    });
    scenario.apply().fails().provider_behaved();
    scenario.clouds().end_faults();
    scenario.clouds().hold("PATCH", POOL, 1, Moment::After);
    scenario.apply_killed().expect("the provider was killed").fails();

    scenario.destroy().succeeds().warns("left to a later attempt").says(POOL);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
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
