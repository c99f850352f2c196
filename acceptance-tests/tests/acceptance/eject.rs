//! The ways out and in: what composites stand for is handed over to the official providers and comes back, and nothing in the clouds changes.

use std::collections::BTreeSet;
use std::process::{Command, Output};

use acceptance_tests::emulator::Request;
use acceptance_tests::matrix::CELLS;
use acceptance_tests::programs::Programs;
use acceptance_tests::suite::Suite;
use acceptance_tests::workload::SUBSCRIPTION;
use acceptance_tests::{Scenario, story};
use serde_json::{Value, json};

use crate::paths::configuration;
use crate::sign_in_aws;
use crate::trust::applied;

const TRUST: &str = "crosscloud_trust.chat";

/// Kinds of objects that the official providers have no resource for.
const WITHOUT_A_RESOURCE: [&str; 6] = [
    "serviceusage.googleapis.com/ServiceAgent",
    "storagetransfer.googleapis.com/TransferOperation",
    "Microsoft.ContainerService/managedClusters",
    "AWS::IAM::OIDCProviderClient",
    "AWS::IAM::OutboundWebIdentityFederation",
    "AWS::IAM::RoleTrustStatement",
];

const AUDIT_CONFIG: &str = "cloudresourcemanager.googleapis.com/AuditConfig";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("eject::out_and_back_in_without_a_change", out_and_back_in_without_a_change);
    suite.test("eject::a_role_of_aws_goes_out_and_comes_back_in", a_role_of_aws_goes_out_and_comes_back_in);
    suite.test(
        "eject::an_identity_of_azure_goes_out_and_comes_back_in",
        an_identity_of_azure_goes_out_and_comes_back_in,
    );
    suite.test("eject::modules_and_instances_have_names_of_their_own", modules_and_instances);
    suite.test("eject::what_is_no_state_is_refused", what_is_no_state_is_refused);
}

/// Ejects a state: every object that was made is handed over once, in the form that `terraform fmt` leaves alone. Answers with the text.
#[track_caller]
pub(crate) fn hands_over(scenario: &Scenario) -> String {
    hands_over_in(scenario, &[])
}

/// The same for the state that Terraform finds with these options.
#[track_caller]
pub(crate) fn hands_over_in(scenario: &Scenario, options: &[&str]) -> String {
    let state = scenario.run(&[options, &["show", "-json"]].concat()).succeeds().stdout().to_owned();
    scenario.write("state.json", &state);
    let output = eject(scenario, &["state.json"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "eject fails: {said}");
    let text = String::from_utf8(output.stdout).expect("HCL is UTF-8");
    std::fs::create_dir_all(scenario.folder().join("ejected")).expect("a folder can be made");
    scenario.write("ejected/main.tf", &text);
    scenario.run(&["fmt", "-check", "-diff", "-no-color", "ejected"]).succeeds();
    std::fs::remove_dir_all(scenario.folder().join("ejected")).expect("a folder can be removed");

    let state: Value = serde_json::from_str(&state).expect("a state is JSON");
    let resources = state["values"]["root_module"]["resources"].as_array().cloned().unwrap_or_default();
    let objects = resources.iter().filter_map(|it| it["values"]["objects"].as_object()).flatten();
    let made = objects.map(|(_, object)| object).filter(|object| {
        let kind = object["type"].as_str().unwrap_or_default();
        object["origin"] == "created" && !WITHOUT_A_RESOURCE.contains(&kind)
    });
    // The log types of a service are one resource of Google's.
    let (logs, others): (Vec<_>, Vec<_>) = made.partition(|object| object["type"] == AUDIT_CONFIG);
    let services: BTreeSet<_> = logs.iter().filter_map(|it| it["id"].as_str()?.rsplit_once(' ')).collect();
    let services: BTreeSet<_> = services.into_iter().map(|(service, _)| service).collect();
    assert_eq!(text.matches("\nimport {").count(), others.len() + services.len(), "{text}");
    let resources: Vec<_> = text.lines().filter(|line| line.starts_with("resource ")).collect();
    assert_eq!(resources.len(), text.matches("\nimport {").count(), "{text}");
    assert_eq!(resources.iter().collect::<BTreeSet<_>>().len(), resources.len(), "each has its own address: {text}");
    text
}

fn out_and_back_in_without_a_change() {
    let scenario = applied("eject");
    goes_and_comes_back(&scenario, TRUST, &official_state(), 5);
    let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(&scenario), story::PROJECT, "Still in?");
    assert!(answer.is_ok(), "{answer:?}");
    scenario.ends_clean();
}

fn a_role_of_aws_goes_out_and_comes_back_in() {
    let scenario = Scenario::new("eject-aws");
    scenario.write("main.tf", &configuration("", sign_in_aws::TO));
    scenario.apply().succeeds().provider_behaved();
    let official = official_role(&scenario);
    goes_and_comes_back(&scenario, "crosscloud_trust.ci", &official, 3);
    scenario.ends_clean();
}

fn an_identity_of_azure_goes_out_and_comes_back_in() {
    let scenario = Scenario::new("eject-azure");
    let cell = CELLS.iter().find(|cell| (cell.source, cell.target) == ("aks", "azure")).expect("the map has that cell");
    scenario.write("main.tf", &cell.configuration());
    scenario.apply().succeeds().provider_behaved();
    goes_and_comes_back(&scenario, "crosscloud_trust.cell", &official_identity(), 3);
    scenario.ends_clean();
}

/// Hands a composite over to the official providers and takes it back, without a single write.
#[track_caller]
pub(crate) fn goes_and_comes_back(scenario: &Scenario, address: &str, official: &Value, pieces: usize) {
    let made = scenario.clouds().made();
    let main = std::fs::read_to_string(scenario.folder().join("main.tf")).expect("there is a main.tf");
    let outputs = std::fs::read_to_string(scenario.folder().join("outputs.tf")).unwrap_or_default();

    let text = hands_over(scenario);
    let forgets = text.find("removed {").expect("the composite is forgotten");
    let (without, _) = main.split_once("\nresource ").expect("there is a resource");
    scenario.clouds().forget_requests();
    // The official providers' blocks are checked as far as it goes without these providers.
    scenario.write("main.tf", &format!("{without}\n{}", &text[forgets..]));
    scenario.write("outputs.tf", "");
    scenario.apply().succeeds().provider_behaved();
    assert_eq!(scenario.resource(address), Value::Null, "the composite is out of the state");
    assert_eq!(scenario.clouds().made(), made, "everything is there");

    // The state that the official providers would have, as far as it is looked at.
    scenario.write("official.json", &official.to_string());
    let adopted = command(scenario, &["adopt", "official.json"]);
    let adopted = String::from_utf8_lossy(&adopted.stdout).into_owned();
    assert_eq!(adopted.matches("destroy = false").count(), pieces, "every piece is let go of: {adopted}");
    let (kind, _) = address.split_once('.').expect("an address has a type and a name");
    let import = adopted.split("\nremoved").next().unwrap_or_default();
    let import = import.replace(&format!("{kind}.official"), address);
    scenario.write("main.tf", &format!("{main}\n{import}"));
    scenario.write("outputs.tf", &outputs);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    assert_eq!(scenario.clouds().made(), made, "everything is there");
    let writes: Vec<_> = scenario.clouds().requests().into_iter().filter(Request::is_write).collect();
    assert!(writes.is_empty(), "neither way writes anything: {writes:?}");
}

fn modules_and_instances() {
    let scenario = Scenario::new("instances");
    scenario.example(story::EXAMPLE);
    let main = std::fs::read_to_string(scenario.folder().join("main.tf")).expect("the example has a main.tf");
    let (head, resource) = main.split_once("\nresource ").expect("the example has a resource");
    let resource = resource.replacen("{\n", "{\n  for_each = toset([\"eu\", \"us\"])\n", 1);
    let resource = resource.replace("\"aks-chat\"", "\"aks-chat-${each.key}\"");
    scenario.write("main.tf", &format!("{head}\nresource {resource}"));
    scenario.write("outputs.tf", "");
    scenario.apply().succeeds().provider_behaved();
    let text = hands_over(&scenario);
    for label in ["chat_eu", "chat_us"] {
        let pool = format!("resource \"google_iam_workload_identity_pool\" \"{label}\"");
        assert!(text.contains(&pool), "{pool}\n{text}");
        assert!(text.contains(&format!("google_service_account.{label}.name")), "{text}");
    }
    assert_eq!(text.matches("removed {").count(), 1, "one block for all instances: {text}");
    // The state file itself tells the same.
    let pulled = scenario.run(&["state", "pull"]).succeeds().stdout().to_owned();
    scenario.write("pulled.json", &pulled);
    let output = eject(&scenario, &["pulled.json"]);
    assert_eq!(String::from_utf8_lossy(&output.stdout), text);
    scenario.ends_clean();
}

fn what_is_no_state_is_refused() {
    let scenario = Scenario::new("nostate");
    scenario.example(story::EXAMPLE);
    scenario.plan().has_changes();
    let plan = scenario.run(&["show", "-json", "tfplan"]).succeeds().stdout().to_owned();
    scenario.write("plan.json", &plan);
    scenario.write("empty.json", r#"{"format_version": "1.0"}"#);
    scenario.write("damaged.json", &plan[..plan.len() / 2]);
    for (arguments, said) in [
        (&["plan.json"][..], "this is a plan"),
        (&["main.tf"], "this is not JSON"),
        (&["damaged.json"], "this is not JSON"),
        (&["empty.json"], "holds no crosscloud resource"),
        (&["nowhere.json"], "cannot read nowhere.json"),
        (&[], "Usage: "),
    ] {
        let output = eject(&scenario, arguments);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(error.contains(said), "{arguments:?}: {error}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments:?}");
    }
    let nothing = command(&scenario, &["adopt", "empty.json"]);
    assert!(String::from_utf8_lossy(&nothing.stderr).contains("no provider of a workload identity pool"));
    let words: BTreeSet<_> = scenario.clouds().made().into_keys().collect();
    assert!(words.is_empty(), "nothing was made: {words:?}");
}

/// The example as `hashicorp/google` would hold it.
fn official_state() -> Value {
    let (project, pool, email) = ("ml-prod-4711", "aks-chat", "aks-chat@ml-prod-4711.iam.gserviceaccount.com");
    let member = format!(
        "principal://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/{pool}/subject/\
         system:serviceaccount:chat:backend"
    );
    let resource = |kind: &str, attributes: Value| json!({ "mode": "managed", "type": kind, "name": "chat", "instances": [{ "attributes": attributes }] });
    let in_pool = |more: Value| {
        let mut all = json!({ "project": project, "workload_identity_pool_id": pool });
        all.as_object_mut().into_iter().for_each(|all| all.extend(more.as_object().cloned().unwrap_or_default()));
        all
    };
    let oidc = json!([{ "issuer_uri": story::ISSUER }]);
    json!({ "version": 4, "resources": [
        resource("google_iam_workload_identity_pool", in_pool(json!({}))),
        resource(
            "google_iam_workload_identity_pool_provider",
            in_pool(json!({ "workload_identity_pool_provider_id": pool, "oidc": oidc })),
        ),
        resource("google_service_account", json!({ "email": email })),
        resource("google_service_account_iam_member", json!({
            "service_account_id": format!("projects/{project}/serviceAccounts/{email}"),
            "role": "roles/iam.workloadIdentityUser",
            "member": member,
        })),
        resource("google_project_iam_member", json!({
            "project": project, "role": "roles/aiplatform.user", "member": format!("serviceAccount:{email}"),
        })),
    ] })
}

/// The trust's role as `hashicorp/aws` would hold it.
fn official_role(scenario: &Scenario) -> Value {
    let role = scenario.clouds().objects_of("aws/role").remove(0);
    let (arn, url) = (&role["resource"]["arn"], "token.actions.githubusercontent.com");
    let name = arn.as_str().and_then(|arn| arn.rsplit('/').next()).expect("a role has an ARN");
    let provider = format!("arn:aws:iam::123456789012:oidc-provider/{url}");
    let trust = role["resource"]["assume_role_policy"].to_string();
    json!({ "version": 4, "resources": [
        official("aws_iam_role", json!({ "name": name, "arn": arn, "assume_role_policy": trust })),
        official("aws_iam_role_policy", json!({ "role": name, "name": "inline" })),
        official("aws_iam_openid_connect_provider", json!({ "arn": provider, "url": url })),
    ] })
}

/// The cell's identity as `hashicorp/azurerm` would hold it.
fn official_identity() -> Value {
    let id = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/map-trust"
    );
    let credential = json!({ "name": "map-trust", "parent_id": id, "issuer": story::ISSUER, "subject": "system:serviceaccount:chat:backend" });
    json!({ "version": 4, "resources": [
        official("azurerm_user_assigned_identity", json!({ "id": id, "principal_id": "p" })),
        official("azurerm_federated_identity_credential", credential),
        official("azurerm_role_assignment", json!({ "principal_id": "p" })),
    ] })
}

/// A resource of an official provider in a state.
pub(crate) fn official(kind: &str, attributes: Value) -> Value {
    json!({ "mode": "managed", "type": kind, "name": "official", "instances": [{ "attributes": attributes }] })
}

fn eject(scenario: &Scenario, arguments: &[&str]) -> Output {
    command(scenario, &[&["eject"], arguments].concat())
}

fn command(scenario: &Scenario, arguments: &[&str]) -> Output {
    let mut command = Command::new(&Programs::get().provider);
    scenario.isolated(&mut command);
    command.args(arguments).output().expect("the provider starts")
}
