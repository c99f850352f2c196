//! The rows that guard and move data: keys, perimeters, transfers.

use std::time::{Duration, Instant};

use acceptance_tests::aws::{self, ACCOUNT};
use acceptance_tests::http;
use acceptance_tests::suite::Suite;
use acceptance_tests::{Emulator, Scenario, google, story};
use serde_json::json;

use crate::rows::{self, Row, Stage};
use crate::rows_google::is_usable;
use crate::setup::PERIMETER;

/// What is written instead of what, for a transfer on a schedule.
const SCHEDULED: (&str, &str) = ("run_once = true", "schedule = { start_date = \"2040-01-01\" }");

const TRANSFER: &str = "crosscloud_data_transfer.training";

/// The second transfer where there are two.
const MORE: &str = "crosscloud_data_transfer.more";

/// The import id of the key.
pub(crate) const KEY_ID: &str =
    "projects/ml-prod-4711/locations/europe-west4/keyRings/vertex-artifacts/cryptoKeys/vertex-artifacts";

/// The import id of the transfer from S3.
pub(crate) const S3_ID: &str =
    "projects/ml-prod-4711/transferJobs/training-data;arn:aws:iam::123456789012:role/training-data";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("rows::cmek_key", cmek_key);
    suite.test("rows::service_perimeter", service_perimeter);
    suite.test("rows::rules_of_a_perimeter_are_never_dropped", rules_of_a_perimeter);
    suite.test("rows::s3_to_gcs", s3_to_gcs);
    suite.test("rows::s3_to_gcs_on_a_schedule", s3_to_gcs_on_a_schedule);
    suite.test("rows::grants_of_two_transfers", grants_of_two_transfers);
    suite.test("rows::azure_blob_to_gcs", azure_blob_to_gcs);
}

const RESOURCE_GROUP: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod";

fn cmek_key() {
    let row = Row {
        example: "cmek-key",
        variant: &[],
        address: "crosscloud_cmek_key.artifacts",
        import: Some(KEY_ID),
        change: ("sensitivity = \"internal\"", "sensitivity = \"confidential\""),
    };
    row.goes(
        |_| (),
        |scenario, (), stage| {
            let name = scenario.output("key_name").as_str().unwrap_or_default().to_owned();
            let live = scenario.clouds().by_hand("GET", &format!("/v1/{name}"), None).body;
            assert_eq!(live["rotationPeriod"], "7776000s");
            let label = if stage == Stage::Applied { "internal" } else { "confidential" };
            assert_eq!(live["labels"]["sensitivity"], label);
            is_usable(scenario.clouds(), &name);
        },
    );
}

fn service_perimeter() {
    let row = Row {
        example: "service-perimeter",
        variant: &[],
        address: "crosscloud_service_perimeter.ml",
        import: Some("accessPolicies/456700000022/servicePerimeters/ml_prod"),
        change: ("dry_run       = true", "dry_run       = false"),
    };
    row.goes(PERIMETER.prepare, |scenario, (), stage| {
        let answer = story::pod("backend").ask(scenario.clouds(), &story::mounts(scenario), story::PROJECT, "Hello?");
        assert!(answer.is_ok(), "the pod that is admitted comes in: {answer:?}");
        // Whoever is not admitted is only written down at first.
        let buckets = format!("/storage/v1/b?project={}", story::PROJECT);
        let operator = scenario.clouds().try_by_hand("GET", &buckets, None);
        match stage {
            Stage::Applied => assert_eq!(operator.status, 200, "a dry run keeps nobody out: {}", operator.body),
            Stage::Changed => assert_eq!(operator.status, 403, "{}", operator.body),
        }
    });
}

/// Rules that `admit` does not speak of, as somebody has set them up elsewhere.
const RULES: &str = r#"
  ingress = [{
    title         = "Office"
    identities    = ["group:ml@example.com"]
    access_levels = ["*"]
    resources     = ["projects/471100000011"]
    operations    = [{ service = "storage.googleapis.com", methods = ["google.storage.objects.get"] }]
  }]
  egress = [{
    title              = "To the lake"
    identities         = ["serviceAccount:lake@ml-prod-4711.iam.gserviceaccount.com"]
    source_resources   = ["projects/471100000011"]
    resources          = ["projects/471100000011"]
    external_resources = ["s3://acme-lake"]
    roles              = ["roles/bigquery.dataViewer"]
  }]
  admit = {"#;

/// An import says every rule that is there, or refuses; it never leads to a plan that takes one away.
fn rules_of_a_perimeter() {
    const ADDRESS: &str = "crosscloud_service_perimeter.ml";
    const NAME: &str = "accessPolicies/456700000022/servicePerimeters/ml_prod";
    let scenario = Scenario::new("rules");
    scenario.example("scenarios/service-perimeter");
    scenario.edit("main.tf", "\n  admit = {", RULES);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let live = || scenario.clouds().by_hand("GET", &format!("/v1/{NAME}"), None).body;
    let made = live();
    assert_eq!(made["spec"]["egressPolicies"][0]["egressFrom"]["sourceRestriction"], "SOURCE_RESTRICTION_ENABLED");
    assert_eq!(made["spec"]["ingressPolicies"].as_array().map(Vec::len), Some(3), "{made}");
    rows::imports(&scenario, ADDRESS, NAME);
    assert_eq!(live(), made, "an import changes nothing");

    let mut foreign = made;
    foreign["spec"]["ingressPolicies"][2]["ingressFrom"]["sources"] = json!([{"pscEndpoint": {}}]);
    scenario.clouds().by_hand("PATCH", &format!("/v1/{NAME}?updateMask=spec"), Some(&foreign));
    scenario.run(&["state", "rm", ADDRESS]).succeeds();
    let import = scenario.run(&["import", "-no-color", ADDRESS, NAME]);
    import.fails_with("ingressPolicies[2].ingressFrom.sources.pscEndpoint").provider_behaved();
}

/// What the user has: a bucket on each side, and an object in the one on AWS.
fn buckets(clouds: &Emulator) {
    aws::bucket(clouds, "acme-training");
    aws::object(clouds, "acme-training", "features.csv", "1,2,3");
    google::bucket(clouds, "ml-training");
}

fn s3_to_gcs() {
    let row = Row {
        example: "s3-to-gcs",
        variant: &[],
        address: TRANSFER,
        import: Some(S3_ID),
        change: ("run_once = true", "run_once = true\n  labels   = { team = \"ml\" }"),
    };
    row.goes(buckets, |scenario, (), stage| {
        if stage == Stage::Applied {
            assert!(arrives(scenario, "features.csv"), "the job ran once and fetched the object");
            scenario.clouds().by_hand("DELETE", "/storage/v1/b/ml-training/o/features.csv", None);
        }
        nobody_else_assumes_the_role(scenario);
    });
}

fn s3_to_gcs_on_a_schedule() {
    let row = Row {
        example: "s3-to-gcs",
        variant: &[SCHEDULED],
        address: TRANSFER,
        import: Some(S3_ID),
        change: ("start_date = \"2040-01-01\"", "start_date = \"2040-01-01\", time_of_day = \"02:30\""),
    };
    row.goes(buckets, |scenario, (), stage| {
        let path = format!("/v1/transferJobs/training-data?projectId={}", story::PROJECT);
        let job = scenario.clouds().by_hand("GET", &path, None).body;
        assert_eq!(job["schedule"]["scheduleStartDate"], json!({"year": 2040, "month": 1, "day": 1}), "{job}");
        let hours = if stage == Stage::Applied { json!(null) } else { json!(2) };
        assert_eq!(job["schedule"]["startTimeOfDay"]["hours"], hours, "{job}");
        nobody_else_assumes_the_role(scenario);
    });
}

/// One agent of Google's runs every transfer of a project: its grants on a bucket go with the last transfer that needs them.
fn grants_of_two_transfers() {
    let mut scenario = Scenario::new("two");
    aws::bucket(scenario.clouds(), "acme-training");
    google::bucket(scenario.clouds(), "ml-training");
    scenario.begins_here();
    scenario.example("scenarios/s3-to-gcs");
    scenario.apply().succeeds().provider_behaved();
    let main = std::fs::read_to_string(scenario.folder().join("main.tf")).expect("the example has a main.tf");
    let start = main.find("resource ").expect("the example has a resource");
    let end = main.find("output ").expect("the example has outputs");
    let second = main[start..end].replace("\"training\"", "\"more\"").replace("training-data", "more-data");
    scenario.write("more.tf", &second);
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    let origin = |address: &str| {
        let objects = scenario.resource(address)["objects"].clone();
        objects["gcp/bucket_grant/roles/storage.objectViewer"]["origin"].clone()
    };
    assert_eq!([origin(TRANSFER), origin(MORE)], ["created", "found"]);
    // Nobody can tell any more which of the two has made them.
    rows::imports(&scenario, TRANSFER, S3_ID);
    rows::imports(&scenario, MORE, &S3_ID.replace("training-data", "more-data"));
    assert_eq!([origin(TRANSFER), origin(MORE)], ["found", "found"]);
    // With the first transfer gone they can only be for the second.
    std::fs::remove_file(scenario.folder().join("more.tf")).expect("the file can be removed");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    rows::imports(&scenario, TRANSFER, S3_ID);
    assert_eq!(origin(TRANSFER), "created");
    scenario.ends_clean();
}

/// A storage account with a container, and the bucket that its blobs go to.
pub(crate) fn container(clouds: &Emulator) {
    let account = format!("{RESOURCE_GROUP}/providers/Microsoft.Storage/storageAccounts/mlfeatures");
    let body = json!({"location": "westeurope", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}});
    clouds.by_hand("PUT", &format!("{account}?api-version=2024-01-01"), Some(&body));
    let container = format!("{account}/blobServices/default/containers/features?api-version=2024-01-01");
    let start = Instant::now();
    while !clouds.try_by_hand("PUT", &container, Some(&json!({}))).is_success() {
        assert!(start.elapsed() < Duration::from_secs(10), "the storage account comes about");
        std::thread::sleep(Duration::from_millis(50));
    }
    buckets(clouds);
}

fn azure_blob_to_gcs() {
    let row = Row {
        example: "azure-blob-to-gcs",
        variant: &[],
        address: "crosscloud_data_transfer.features",
        import: Some(concat!(
            "projects/ml-prod-4711/transferJobs/ml-features;/subscriptions/22222222-3333-4444-5555-666666666666",
            "/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/ml-features",
        )),
        change: ("run_once = true", "run_once = true\n  labels   = { team = \"ml\" }"),
    };
    row.goes(container, |scenario, (), _| {
        let path = format!("/v1/transferJobs/ml-features?projectId={}", story::PROJECT);
        let job = scenario.clouds().by_hand("GET", &path, None).body;
        let source = &job["transferSpec"]["azureBlobStorageDataSource"];
        assert!(source["federatedIdentityConfig"]["clientId"].is_string(), "{job}");
        assert!(source["azureCredentials"].is_null(), "no key is stored: {job}");
        // The run enters the identity with the agent's token and lists the container; without access it ends in an error.
        let run = format!("/v1/{}", job["latestOperationName"].as_str().unwrap_or_default());
        let start = Instant::now();
        let ended = loop {
            let run = scenario.clouds().by_hand("GET", &run, None).body;
            if run["done"] == true || start.elapsed() > Duration::from_secs(10) {
                break run;
            }
            std::thread::sleep(Duration::from_millis(50));
        };
        assert!(ended["done"] == true && ended["error"].is_null(), "{ended}");
        assert_eq!(ended["metadata"]["status"], "SUCCESS", "{ended}");
    });
}

/// Whether the object comes to the bucket within a while: a run takes its time.
fn arrives(scenario: &Scenario, object: &str) -> bool {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(10) {
        let listed = scenario.clouds().by_hand("GET", "/storage/v1/b/ml-training/o", None).body;
        if listed["items"].as_array().into_iter().flatten().any(|item| item["name"] == object) {
            return true;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    false
}

/// A token of Google for another subject than the transfer's agent must not become the role.
#[track_caller]
fn nobody_else_assumes_the_role(scenario: &Scenario) {
    let role = scenario.output("role_arn").as_str().unwrap_or_default().to_owned();
    assert_eq!(role, format!("arn:aws:iam::{ACCOUNT}:role/training-data"));
    let token = scenario.clouds().token(&json!({
        "issuer": "https://accounts.google.com",
        "subject": "109999999999999999999",
        "audience": "109999999999999999999",
    }));
    let form = http::form(&[
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", &role),
        ("RoleSessionName", "intruder"),
        ("WebIdentityToken", &token),
    ]);
    let headers = [("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    let answer = http::send_as_is("POST", &format!("{}/", scenario.clouds().origin()), &headers, form);
    assert_eq!(answer.status, 403, "{}", answer.body);
}
