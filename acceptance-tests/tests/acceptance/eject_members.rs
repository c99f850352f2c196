//! Members of a trust are handed over: in the state of their trust and in another one, without a single write.

use acceptance_tests::Scenario;
use acceptance_tests::emulator::Request;
use acceptance_tests::suite::Suite;
use serde_json::Value;

use crate::eject::{hands_over, hands_over_in};
use crate::platform::{self, KINDS, Kind, REQUIRES, TRUST};

pub(crate) fn add(suite: &mut Suite) {
    suite.test("eject_members::of_every_kind_with_their_trust", of_every_kind_with_their_trust);
    suite.test("eject_members::of_every_kind_from_another_state", of_every_kind_from_another_state);
    suite.test("eject_members::of_a_cluster_that_is_looked_up", of_a_cluster_that_is_looked_up);
}

fn of_every_kind_with_their_trust() {
    let scenario = platform::world("members-out");
    let members: String = KINDS.map(|kind| kind.block("  depends_on = [crosscloud_trust.platform]\n")).concat();
    let main = format!("{REQUIRES}\n{}{members}", platform::trust());
    scenario.write("main.tf", &main);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    all_get_in(&scenario);

    let made = scenario.clouds().made();
    let text = hands_over(&scenario);
    for resource in [
        "\"google_service_account_iam_member\" \"account_iam_workloadidentityuser\"",
        "\"google_project_iam_member\" \"roles_aiplatform_user\"",
        "\"azurerm_federated_identity_credential\" \"azure\"",
    ] {
        assert!(text.contains(&format!("resource {resource} {{")), "{resource} is missing: {text}");
    }
    // What the role's resource says is what the role has, so that adopting it changes nothing.
    let (_, policy) = text.split_once("assume_role_policy = ").expect("the role has a trust policy");
    let policy = evaluated(&scenario, policy.split_once("\n  })\n").expect("a document ends").0, "\n  })");
    assert_eq!(policy, platform::live_trust_policy(&scenario), "{text}");
    assert!(policy.to_string().contains("reports:aws"), "the member is in it: {policy}");

    lets_go(&scenario, &[], &text);
    assert_eq!(scenario.clouds().made(), made, "everything stands");
    all_get_in(&scenario);

    scenario.write("main.tf", &main);
    imports(&scenario, &[], TRUST, &platform::trust_id());
    for kind in KINDS {
        imports(&scenario, &[], &kind.address(), &kind.import_id());
    }
    scenario.is_settled();
    assert_nothing_was_written(&scenario);
    scenario.ends_clean();
}

fn of_every_kind_from_another_state() {
    let scenario = platform::world("members-away");
    scenario.apply().succeeds().provider_behaved();
    let team = ["-chdir=team"];
    let main = format!("{REQUIRES}{}", KINDS.map(|kind| kind.block("")).concat());
    scenario.write("team/main.tf", &main);
    scenario.run(&["-chdir=team", "init", "-no-color"]).succeeds();
    scenario.run(&["-chdir=team", "apply", "-json", "-auto-approve"]).succeeds().provider_behaved();
    all_get_in(&scenario);

    let made = scenario.clouds().made();
    let text = hands_over_in(&scenario, &team);
    let role = "arn:aws:iam::123456789012:role/aks-platform";
    assert!(text.contains(&format!("aws/role_statement stays in the trust policy of {role}")), "{text}");
    // What the comment says is what stands there.
    let said: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    let statement = evaluated(&scenario, &format!("jsonencode({}", said.join("\n")), ")");
    let live = platform::live_trust_policy(&scenario);
    assert_eq!(live["Statement"].as_array().and_then(|all| all.last()), Some(&statement), "{text}");
    lets_go(&scenario, &team, &text);

    // The trust's own state does not see the members, and says so.
    let of_trust = hands_over(&scenario);
    assert!(of_trust.contains("# aws/role admits members."), "{of_trust}");
    assert!(!of_trust.contains("reports:aws"), "{of_trust}");
    assert_eq!(scenario.clouds().made(), made, "everything stands");
    all_get_in(&scenario);

    scenario.write("team/main.tf", &main);
    for kind in KINDS {
        imports(&scenario, &team, &kind.address(), &kind.import_id());
    }
    scenario.run(&["-chdir=team", "plan", "-json", "-detailed-exitcode"]).is_empty_plan();
    assert_nothing_was_written(&scenario);
    scenario.run(&["-chdir=team", "destroy", "-json", "-auto-approve"]).succeeds().provider_behaved();
    for kind in KINDS {
        assert!(kind.asks(&scenario).is_err(), "{kind:?} is out");
    }
    scenario.ends_clean();
}

/// The issuer of a member's cluster is looked up, and a state tells it by itself.
fn of_a_cluster_that_is_looked_up() {
    const CLUSTER: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ContainerService/managedClusters/ml-aks";
    let scenario = Scenario::new("members-cluster");
    scenario.example("scenarios/aks-workload-identity");
    let cluster = std::fs::read_to_string(scenario.folder().join("main.tf")).expect("the example has a main.tf");
    scenario.apply().succeeds().provider_behaved();
    let issuer = scenario.output("issuer").as_str().unwrap_or_default().to_owned();
    let by_id = |text: String| {
        let written = format!("issuer = \"{}\"", acceptance_tests::story::ISSUER);
        text.replace(&written, &format!("cluster_id = \"{CLUSTER}\""))
    };
    let members =
        [Kind::Azure, Kind::Aws].map(|kind| by_id(kind.block("  depends_on = [crosscloud_trust.platform]\n")));
    scenario.write("main.tf", &format!("{cluster}\n{}{}", by_id(platform::trust()), members.concat()));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let text = hands_over(&scenario);
    assert!(text.contains(&format!("issuer              = \"{issuer}\"")), "{text}");
    assert!(text.contains("system:serviceaccount:reports:aws"), "{text}");
    scenario.destroy().succeeds().provider_behaved();
}

/// Every workload gets an answer. Writes count anew from here on.
#[track_caller]
fn all_get_in(scenario: &Scenario) {
    for kind in KINDS {
        let answer = kind.asks(scenario);
        assert!(answer.is_ok(), "{kind:?} stays outside: {answer:?}");
    }
    scenario.clouds().forget_requests();
}

/// Applies only what forgets the composites.
#[track_caller]
fn lets_go(scenario: &Scenario, place: &[&str], text: &str) {
    let forgets = text.find("removed {").expect("the composites are forgotten");
    scenario.clouds().forget_requests();
    let folder = place.first().map_or("", |it| it.trim_start_matches("-chdir="));
    scenario.write(format!("{folder}/main.tf").trim_start_matches('/'), &format!("{REQUIRES}\n{}", &text[forgets..]));
    scenario.run(&[place, &["apply", "-json", "-auto-approve"]].concat()).succeeds().provider_behaved();
    let left = scenario.run(&[place, &["state", "list"]].concat()).succeeds();
    assert_eq!(left.stdout().trim(), "", "nothing is left in the state");
    assert_nothing_was_written(scenario);
}

#[track_caller]
fn imports(scenario: &Scenario, place: &[&str], address: &str, id: &str) {
    let import = ["import", "-no-color", "-input=false", address, id];
    scenario.run(&[place, &import].concat()).succeeds().provider_behaved();
}

#[track_caller]
fn assert_nothing_was_written(scenario: &Scenario) {
    let writes: Vec<_> = scenario.clouds().requests().into_iter().filter(Request::is_write).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

/// What an expression in Terraform's language is as JSON.
#[track_caller]
fn evaluated(scenario: &Scenario, expression: &str, end: &str) -> Value {
    let expression = format!("{expression}{end}");
    scenario.write("evaluated/main.tf", &format!("output \"it\" {{\n  value = {expression}\n}}\n"));
    scenario.run(&["-chdir=evaluated", "apply", "-no-color", "-auto-approve"]).succeeds();
    let shown = scenario.run(&["-chdir=evaluated", "output", "-raw", "it"]).succeeds();
    serde_json::from_str(shown.stdout()).unwrap_or_else(|error| panic!("{error}: {}", shown.stdout()))
}
