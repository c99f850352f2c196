//! The rows whose target is Google: each workload gets an answer from Vertex AI, and its neighbours do not.

use acceptance_tests::aws::Session;
use acceptance_tests::suite::Suite;
use acceptance_tests::workload::{TENANT, job_token, machine_token};
use acceptance_tests::{Emulator, Hop, Scenario, google, story};
use serde_json::{Value, json};

use crate::rows::{self, Row};
use crate::trust::members;

const ROLES: &str = "roles = [\"roles/aiplatform.user\"]";
const MORE_ROLES: &str = "roles = [\"roles/aiplatform.user\", \"roles/storage.objectViewer\"]";
const EXISTING: &str = "vertex@ml-prod-4711.iam.gserviceaccount.com";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("rows::aws_role_to_vertex_ai", aws_role_to_vertex_ai);
    suite.test("rows::azure_identity_to_vertex_ai", azure_identity_to_vertex_ai);
    suite.test("rows::github_actions_to_google", github_actions_to_google);
    suite.test("rows::github_actions_of_a_whole_repository", github_actions_of_a_whole_repository);
    suite.test("rows::cmek", cmek);
    suite.test("rows::aks_to_vertex_ai_with_a_service_account_that_exists", with_a_service_account_that_exists);
    suite.test("rows::aks_to_vertex_ai_directly", directly);
    suite.test("rows::aks_to_vertex_ai_in_another_pool", in_another_pool);
}

#[track_caller]
pub(crate) fn gets_through(clouds: &Emulator, config: &Value, token: &str) {
    let answer = google::ask(clouds, config, token, story::PROJECT, "Who are you?");
    assert!(answer.is_ok(), "{answer:?}");
}

#[track_caller]
fn stays_outside(clouds: &Emulator, config: &Value, token: &str) {
    let refusal = google::ask(clouds, config, token, story::PROJECT, "May I?").expect_err("nobody else gets in");
    assert_eq!(refusal.hop, Hop::Exchange, "{refusal}");
}

/// The role of the examples, and another one of the same account.
fn aws_roles(clouds: &Emulator) -> (Session, Session) {
    let session = |role| Session::of_new_role(clouds, role, "i-0123456789abcdef0");
    (session("ml-training-role"), session("ml-training-role-2"))
}

#[track_caller]
fn only_the_role_gets_through(scenario: &Scenario, (role, other): &(Session, Session)) {
    let config = rows::json(scenario, "credential_config");
    gets_through(scenario.clouds(), &config, &role.subject_token(&config));
    stays_outside(scenario.clouds(), &config, &other.subject_token(&config));
}

fn aws_role_to_vertex_ai() {
    let row = Row {
        example: "aws-role-to-vertex-ai",
        variant: &[],
        address: "crosscloud_trust.training",
        import: Some(import_id::AWS),
        change: (ROLES, MORE_ROLES),
    };
    row.goes(aws_roles, |scenario, sessions, _| only_the_role_gets_through(scenario, sessions));
}

fn azure_identity_to_vertex_ai() {
    let row = Row {
        example: "azure-identity-to-vertex-ai",
        variant: &[],
        address: "crosscloud_trust.scoring",
        import: Some(import_id::AZURE),
        change: (ROLES, MORE_ROLES),
    };
    row.goes(
        |_| (),
        |scenario, (), _| {
            let config = rows::json(scenario, "credential_config");
            let token = machine_token(scenario.clouds(), &config);
            gets_through(scenario.clouds(), &config, &token);
            let other = scenario.clouds().token(&json!({
                "audience": format!("api://{TENANT}/azure-scoring"),
                "workload": {
                    "kind": "azure_managed_identity",
                    "tenant_id": TENANT,
                    "object_id": "99999999-0000-4000-8000-000000000001",
                    "client_id": "99999999-0000-4000-8000-000000000002",
                },
            }));
            stays_outside(scenario.clouds(), &config, &other);
        },
    );
}

fn github_actions_to_google() {
    let row = Row {
        example: "github-actions-to-google",
        variant: &[],
        address: "crosscloud_trust.deploy",
        import: Some(import_id::GITHUB),
        change: (ROLES, MORE_ROLES),
    };
    let job = json!({
        "kind": "github_actions",
        "owner": "octo-org",
        "owner_id": 1001,
        "repository": "app",
        "repository_id": 2001,
        "environment": "production",
    });
    row.goes(
        |_| (),
        |scenario, (), _| {
            let clouds = scenario.clouds();
            let config = rows::json(scenario, "credential_config");
            let with = |field: &str, value: Value| {
                let mut job = job.clone();
                job[field] = value;
                job_token(clouds, &config, &job)
            };
            // GitHub writes subjects in two forms, depending on the repository's age.
            for immutable in [false, true] {
                gets_through(clouds, &config, &with("immutable_subject", json!(immutable)));
            }
            stays_outside(clouds, &config, &with("environment", json!("staging")));
            stays_outside(clouds, &config, &with("repository", json!("other")));
            // Somebody took over the name: the ids are others.
            stays_outside(clouds, &config, &with("repository_id", json!(2002)));
            stays_outside(clouds, &config, &with("owner_id", json!(1002)));
        },
    );
}

/// Where a whole repository is trusted nothing in the clouds tells its name, so the import id does.
fn github_actions_of_a_whole_repository() {
    const ADDRESS: &str = "crosscloud_trust.deploy";
    let scenario = Scenario::new("repository");
    scenario.example("scenarios/github-actions-to-google");
    scenario.edit("main.tf", "      environment   = \"production\"\n", "");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    rows::imports(&scenario, ADDRESS, &format!("{};repo:octo-org/app", import_id::GITHUB));
    scenario.run(&["state", "rm", ADDRESS]).succeeds();
    let import = scenario.run(&["import", "-no-color", ADDRESS, import_id::GITHUB]);
    import.fails_with("add `;repo:OWNER/REPOSITORY`").provider_behaved();
}

fn cmek() {
    let row = Row {
        example: "cmek",
        variant: &[],
        address: "crosscloud_trust.health",
        import: Some(import_id::CMEK),
        change: ("location = \"europe-west4\"", "location = \"europe-west4\"\n        rotation_period = \"2592000s\""),
    };
    row.goes(aws_roles, |scenario, sessions, stage| {
        only_the_role_gets_through(scenario, sessions);
        let period = if stage == rows::Stage::Applied { "7776000s" } else { "2592000s" };
        let names = scenario.output("key_names");
        for (key, protection) in [("features", "SOFTWARE"), ("phi", "HSM")] {
            let name = names[key].as_str().expect("the key has a name");
            let live = scenario.clouds().by_hand("GET", &format!("/v1/{name}"), None).body;
            assert_eq!(live["rotationPeriod"], period);
            assert_eq!(live["versionTemplate"]["protectionLevel"], protection);
            is_usable(scenario.clouds(), name);
        }
    });
}

/// Vertex AI must be able to encrypt with the key, and only where the key is.
#[track_caller]
pub(crate) fn is_usable(clouds: &Emulator, key: &str) {
    let endpoint = json!({"displayName": "encrypted", "encryptionSpec": {"kmsKeyName": key}});
    let path = |location: &str| format!("/v1/projects/{}/locations/{location}/endpoints", story::PROJECT);
    let started = clouds.by_hand("POST", &path("europe-west4"), Some(&endpoint)).body;
    let operation = started["name"].as_str().expect("making an endpoint is an operation");
    let made = clouds.by_hand("GET", &format!("/v1/{operation}"), None).body["response"]["name"].clone();
    clouds.by_hand("DELETE", &format!("/v1/{}", made.as_str().expect("the endpoint was made")), None);
    let elsewhere = clouds.try_by_hand("POST", &path("us-central1"), Some(&endpoint));
    assert_eq!(elsewhere.status, 400, "a key serves its own location only: {}", elsewhere.body);
}

/// The demo's example, changed before it is applied.
fn variant(name: &str, prepare: impl FnOnce(&Emulator), changed: &str) -> Scenario {
    let mut scenario = Scenario::new(name);
    prepare(scenario.clouds());
    scenario.begins_here();
    scenario.example(story::EXAMPLE);
    scenario.edit("main.tf", ROLES, changed);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario
}

#[track_caller]
fn only_the_pod_gets_through(scenario: &Scenario) {
    let ask = |pod| story::pod(pod).ask(scenario.clouds(), &story::mounts(scenario), story::PROJECT, "Hello?");
    let answer = ask("backend");
    assert!(answer.is_ok(), "{answer:?}");
    assert_eq!(ask("intruder").expect_err("nobody else gets in").hop, Hop::Exchange);
}

fn with_a_service_account_that_exists() {
    let project = format!("/v1/projects/{}", story::PROJECT);
    let account = format!("{project}/serviceAccounts");
    let make = |clouds: &Emulator| {
        let enable = format!("/v1/projects/{}/services/iam.googleapis.com:enable", story::PROJECT);
        clouds.by_hand("POST", &enable, Some(&json!({})));
        clouds.by_hand("POST", &account, Some(&json!({"accountId": "vertex", "serviceAccount": {}})));
        let mut policy = clouds.by_hand("POST", &format!("{project}:getIamPolicy"), None).body;
        let grant = json!({"role": "roles/aiplatform.user", "members": [format!("serviceAccount:{EXISTING}")]});
        policy["bindings"].as_array_mut().expect("somebody owns the project").push(grant);
        clouds.by_hand("POST", &format!("{project}:setIamPolicy"), Some(&json!({"policy": policy})));
    };
    let existing = format!("{MORE_ROLES}, existing = {{ service_account = \"{EXISTING}\" }}");
    let scenario = variant("existing", make, &existing);
    only_the_pod_gets_through(&scenario);
    let objects = scenario.output("objects");
    assert_eq!(objects["gcp/service_account"]["origin"], "referenced");
    assert_eq!(objects["gcp/project_grant/roles/aiplatform.user"]["origin"], "found");
    let unique = |scenario: &Scenario| scenario.clouds().by_hand("GET", &format!("{account}/{EXISTING}"), None).body;
    let before = unique(&scenario);
    scenario.ends_clean();
    assert_eq!(unique(&scenario), before, "what exists is neither changed nor deleted");
    let policy = scenario.clouds().by_hand("POST", &format!("{project}:getIamPolicy"), None).body;
    assert_eq!(
        members(&policy, "roles/aiplatform.user"),
        [format!("serviceAccount:{EXISTING}")],
        "a found grant stays"
    );
}

fn directly() {
    let scenario = variant("direct", |_| (), &format!("{ROLES}, direct = true"));
    only_the_pod_gets_through(&scenario);
    let objects = scenario.output("objects");
    assert!(objects["gcp/service_account"].is_null(), "nobody is impersonated: {objects}");
    scenario.ends_clean();
}

/// A pool never moves: the trust is replaced, and what is wanted again stays.
fn in_another_pool() {
    let scenario = variant("moved", |_| (), ROLES);
    let account = format!("/v1/projects/{0}/serviceAccounts/aks-chat@{0}.iam.gserviceaccount.com", story::PROJECT);
    let unique = || scenario.clouds().by_hand("GET", &account, None).body["uniqueId"].clone();
    let before = unique();
    scenario.edit("main.tf", ROLES, &format!("{ROLES}, pool_id = \"aks-chat-2\""));
    scenario.plan().has_changes().provider_behaved();
    assert_eq!(scenario.planned_actions("crosscloud_trust.chat"), ["delete", "create"]);
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    only_the_pod_gets_through(&scenario);
    assert_eq!(unique(), before, "the service account is kept");
    scenario.ends_clean();
}

/// Import ids: the native ids of what each example makes.
pub(crate) mod import_id {
    pub(crate) const AWS: &str = "aws_role->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/aws-training/providers/aws-training;aws-training@ml-prod-4711.iam.gserviceaccount.com";
    pub(crate) const AZURE: &str = "azure_managed_identity->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/azure-scoring/providers/azure-scoring;azure-scoring@ml-prod-4711.iam.gserviceaccount.com;/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/azure-scoring;api://11111111-2222-3333-4444-555555555555/azure-scoring";
    pub(super) const GITHUB: &str = "github_actions->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/github-deploy/providers/github-deploy;github-deploy@ml-prod-4711.iam.gserviceaccount.com";
    pub(super) const CMEK: &str = "aws_role->gcp;projects/ml-prod-4711/locations/global/workloadIdentityPools/health-ml/providers/health-ml;health-ml@ml-prod-4711.iam.gserviceaccount.com;projects/ml-prod-4711/locations/europe-west4/keyRings/health-ml/cryptoKeys/features;projects/ml-prod-4711/locations/europe-west4/keyRings/health-ml/cryptoKeys/phi";
}
