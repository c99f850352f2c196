//! Drift of Azure's and AWS's objects, of keys and of transfers: seen, named by object, and put right in place.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Emulator, Scenario, aws, story};
use serde_json::{Value, json};

use crate::rows;
use crate::rows_data::S3_ID;
use crate::setup::{AZURE, CMEK, OPENAI, PERIMETER, S3, Setup, THREE_CLOUDS};

const IDENTITY: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-openai";
const VERSION: &str = "?api-version=2024-11-30";

pub(crate) fn add(suite: &mut Suite) {
    add_transfers(suite);
    add_directory(suite);
    add_perimeters(suite);
    add_oidc_providers(suite);
    suite.test("drift::a_cluster_without_its_webhook", || {
        let address = "crosscloud_aks_workload_identity.cluster";
        repaired(
            OPENAI,
            address,
            |key| key == "azure/cluster",
            "changed",
            |scenario, id| {
                let path = format!("{id}?api-version=2026-06-01");
                let mut cluster = scenario.clouds().by_hand("GET", &path, None).body;
                cluster["properties"]["securityProfile"]["workloadIdentity"]["enabled"] = json!(false);
                scenario.clouds().by_hand("PUT", &path, Some(&cluster));
            },
        );
    });
    suite.test("drift::a_key_that_its_agent_may_not_use", || {
        let is_grant = |key: &str| key.starts_with("gcp/crypto_key_grant/");
        repaired(CMEK, "crosscloud_trust.health", is_grant, "missing", |scenario, id| {
            let key = id.split("cryptoKeys/").nth(1).and_then(|rest| rest.split([' ', '/']).next()).unwrap_or_default();
            let ring = "/v1/projects/ml-prod-4711/locations/europe-west4/keyRings/health-ml/cryptoKeys";
            let policy = scenario.clouds().by_hand("GET", &format!("{ring}/{key}:getIamPolicy"), None).body;
            let body = json!({"policy": {"bindings": [], "etag": policy["etag"]}});
            scenario.clouds().by_hand("POST", &format!("{ring}/{key}:setIamPolicy"), Some(&body));
        });
    });
    suite.test("drift::a_retagged_identity", || {
        repaired(
            OPENAI,
            "crosscloud_trust.chat",
            |key| key == "azure/identity",
            "changed",
            |scenario, _| {
                let tags = json!({"tags": {"owner": "somebody"}});
                scenario.clouds().by_hand("PATCH", &format!("{IDENTITY}{VERSION}"), Some(&tags));
            },
        );
    });
    suite.test("drift::a_credential_for_somebody_else", || {
        repaired(OPENAI, "crosscloud_trust.chat", is_credential, "changed", |scenario, id| {
            let path = format!("{id}{VERSION}");
            let mut credential = scenario.clouds().by_hand("GET", &path, None).body;
            credential["properties"]["subject"] = json!("system:serviceaccount:chat:intruder");
            let body = json!({"properties": credential["properties"]});
            scenario.clouds().by_hand("PUT", &path, Some(&body));
        });
    });
    suite.test("drift::a_deleted_credential", || {
        repaired(OPENAI, "crosscloud_trust.chat", is_credential, "missing", |scenario, id| {
            scenario.clouds().by_hand("DELETE", &format!("{id}{VERSION}"), None);
        });
    });
    suite.test("drift::a_deleted_role_assignment", || {
        let is_assignment = |key: &str| key.starts_with("azure/role_assignment");
        repaired(OPENAI, "crosscloud_trust.chat", is_assignment, "missing", |scenario, id| {
            scenario.clouds().by_hand("DELETE", &format!("{id}?api-version=2022-04-01"), None);
        });
    });
    suite.test("drift::a_deleted_identity", || {
        repaired(
            OPENAI,
            "crosscloud_trust.chat",
            |key| key == "azure/identity",
            "missing",
            |scenario, _| {
                scenario.clouds().by_hand("DELETE", &format!("{IDENTITY}{VERSION}"), None);
            },
        );
    });
    suite.test("drift::a_key_that_rotates_too_rarely", || {
        repaired(CMEK, "crosscloud_trust.health", is_key, "changed", |scenario, id| {
            let slow = json!({"rotationPeriod": "31536000s", "nextRotationTime": "2030-01-01T00:00:00Z"});
            scenario.clouds().by_hand(
                "PATCH",
                &format!("/v1/{id}?updateMask=rotationPeriod,nextRotationTime"),
                Some(&slow),
            );
        });
    });
    suite.test("drift::a_key_that_was_destroyed", || {
        repaired(CMEK, "crosscloud_trust.health", is_key, "soft_deleted", |scenario, id| {
            let versions = scenario.clouds().by_hand("GET", &format!("/v1/{id}/cryptoKeyVersions"), None).body;
            for version in versions["cryptoKeyVersions"].as_array().into_iter().flatten() {
                let name = version["name"].as_str().unwrap_or_default();
                scenario.clouds().by_hand("POST", &format!("/v1/{name}:destroy"), Some(&json!({})));
            }
        });
    });
}

/// What somebody does to the application that stands for an audience.
fn add_directory(suite: &mut Suite) {
    const ADDRESS: &str = "crosscloud_trust.scoring";
    let of = |wanted: &'static str| move |key: &str| key == wanted;
    suite.test("drift::a_renamed_application", move || {
        repaired(AZURE, ADDRESS, of("azure/application"), "changed", |scenario, _| {
            let renamed = json!({"displayName": "mine"});
            scenario.clouds().by_hand("PATCH", &application(scenario).0, Some(&renamed));
        });
    });
    suite.test("drift::a_deleted_application", move || {
        repaired(AZURE, ADDRESS, of("azure/application"), "soft_deleted", |scenario, _| {
            scenario.clouds().by_hand("DELETE", &application(scenario).0, None);
        });
    });
    suite.test("drift::a_deleted_service_principal", move || {
        repaired(AZURE, ADDRESS, of("azure/service_principal"), "missing", |scenario, _| {
            let filter = format!("appId%20eq%20'{}'", application(scenario).1);
            let id = first(scenario, "servicePrincipals", &filter)["id"].clone();
            let path = format!("/v1.0/servicePrincipals/{}", id.as_str().unwrap_or_default());
            scenario.clouds().by_hand("DELETE", &path, None);
        });
    });
}

/// The path of the application, and its client id.
fn application(scenario: &Scenario) -> (String, String) {
    let found = first(scenario, "applications", "displayName%20eq%20'azure-scoring'");
    let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
    (format!("/v1.0/applications/{}", text("id")), text("appId"))
}

/// The first object of the directory that a filter lets through.
fn first(scenario: &Scenario, collection: &str, filter: &str) -> Value {
    scenario.clouds().by_hand("GET", &format!("/v1.0/{collection}?$filter={filter}"), None).body["value"][0].clone()
}

/// What somebody does to a perimeter.
fn add_perimeters(suite: &mut Suite) {
    const ADDRESS: &str = "crosscloud_service_perimeter.ml";
    const NAME: &str = "/v1/accessPolicies/456700000022/servicePerimeters/ml_prod";
    suite.test("drift::a_widened_perimeter", || {
        repaired(
            PERIMETER,
            ADDRESS,
            |key| key == "gcp/perimeter",
            "changed",
            |scenario, _| {
                let mut perimeter = scenario.clouds().by_hand("GET", NAME, None).body;
                perimeter["spec"]["restrictedServices"] = json!(["aiplatform.googleapis.com"]);
                scenario.clouds().by_hand("PATCH", &format!("{NAME}?updateMask=spec"), Some(&perimeter));
            },
        );
    });
    // It is all that the resource has, so the resource is gone with it.
    suite.test("drift::a_deleted_perimeter", || {
        let scenario = PERIMETER.world("gone");
        scenario.apply().succeeds().provider_behaved();
        scenario.clouds().by_hand("DELETE", NAME, None);
        scenario.plan().has_changes().provider_behaved();
        assert_eq!(scenario.planned_actions(ADDRESS), ["create"]);
        scenario.apply_plan().succeeds().provider_behaved();
        scenario.is_settled();
        scenario.ends_clean();
    });
}

/// What somebody does to the role that Google's agent assumes, and to what the agent runs.
fn add_transfers(suite: &mut Suite) {
    let everybody = || {
        let statement = json!({
            "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{}:root", aws::ACCOUNT)}, "Action": "sts:AssumeRole",
        });
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    let everything = || {
        let statement = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*"});
        json!({"Version": "2012-10-17", "Statement": [statement]}).to_string()
    };
    suite.test("drift::a_role_that_others_can_assume", move || {
        transfer_repaired("aws/role", "changed", |scenario| {
            iam(scenario, "UpdateAssumeRolePolicy", &[("PolicyDocument", &everybody())]);
        });
    });
    suite.test("drift::a_retagged_role", || {
        transfer_repaired("aws/role", "changed", |scenario| {
            iam(scenario, "TagRole", &[("Tags.member.1.Key", "owner"), ("Tags.member.1.Value", "somebody")]);
        });
    });
    suite.test("drift::a_role_that_reads_everything", move || {
        transfer_repaired("aws/role_policy/read", "changed", |scenario| {
            iam(scenario, "PutRolePolicy", &[("PolicyName", "read"), ("PolicyDocument", &everything())]);
        });
    });
    suite.test("drift::a_deleted_role_policy", || {
        transfer_repaired("aws/role_policy/read", "missing", |scenario| {
            iam(scenario, "DeleteRolePolicy", &[("PolicyName", "read")]);
        });
    });
    suite.test("drift::a_deleted_role", || {
        transfer_repaired("aws/role", "missing", |scenario| {
            iam(scenario, "DeleteRolePolicy", &[("PolicyName", "read")]);
            iam(scenario, "DeleteRole", &[]);
        });
    });
    suite.test("drift::a_deleted_transfer_job", a_deleted_transfer_job);
    suite.test("drift::a_bucket_that_the_agent_may_not_write", || {
        transfer_repaired("gcp/bucket_grant/roles/storage.legacyBucketWriter", "missing", |scenario| {
            let mut policy = scenario.clouds().by_hand("GET", "/storage/v1/b/ml-training/iam", None).body;
            if let Some(bindings) = policy["bindings"].as_array_mut() {
                bindings.retain(|binding: &Value| binding["role"] != "roles/storage.legacyBucketWriter");
            }
            scenario.clouds().by_hand("PUT", "/storage/v1/b/ml-training/iam", Some(&policy));
        });
    });
}

/// Google never brings a deleted job back and keeps its name: the plan says so, and another name for the job puts it right.
fn a_deleted_transfer_job() {
    const ADDRESS: &str = "crosscloud_data_transfer.training";
    let scenario = S3.world("drift");
    scenario.apply().succeeds().provider_behaved();
    let path = |job: &str| format!("/v1/transferJobs/{job}?projectId={}", story::PROJECT);
    scenario.clouds().by_hand("DELETE", &path("training-data"), None);
    scenario.plan().has_changes().warns("does not come back").provider_behaved();
    let change = scenario.planned()["resource_changes"][0]["change"].clone();
    assert_eq!(change["before"]["objects"]["gcp/transfer_job"]["status"], "soft_deleted", "{change}");
    scenario.apply_plan().fails_with("set `job_id` to another name").provider_behaved();

    let before = scenario.resource(ADDRESS)["role_arn"].clone();
    scenario.edit("main.tf", "run_once = true", "run_once = true\n  job_id   = \"training-data-2\"");
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    assert_eq!(scenario.resource(ADDRESS)["role_arn"], before, "the role is kept");
    assert_eq!(scenario.clouds().by_hand("GET", &path("training-data-2"), None).body["status"], "ENABLED");
    let id = S3_ID.replace("transferJobs/training-data", "transferJobs/training-data-2");
    rows::imports(&scenario, ADDRESS, &id);
    scenario.clouds().by_hand("DELETE", &path("training-data-2"), None);
    scenario.ends_clean();
}

/// What somebody does to the provider that tells AWS whose tokens count.
fn add_oidc_providers(suite: &mut Suite) {
    suite.test("drift::a_retagged_oidc_provider", || {
        provider_repaired("aws/oidc_provider", "changed", |clouds, arn| {
            let tag = [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", "somebody")];
            let pairs = [&[("OpenIDConnectProviderArn", arn)], tag.as_slice()].concat();
            aws::by_hand(clouds, "iam", "TagOpenIDConnectProvider", &pairs);
        });
    });
    suite.test("drift::an_oidc_provider_without_the_audience", || {
        provider_repaired("aws/oidc_provider_client", "missing", |clouds, arn| {
            let pairs = [("OpenIDConnectProviderArn", arn), ("ClientID", "sts.amazonaws.com")];
            aws::by_hand(clouds, "iam", "RemoveClientIDFromOpenIDConnectProvider", &pairs);
        });
    });
    suite.test("drift::a_deleted_oidc_provider", || {
        provider_repaired("aws/oidc_provider", "missing", |clouds, arn| {
            let pairs = [("OpenIDConnectProviderArn", arn)];
            aws::by_hand(clouds, "iam", "DeleteOpenIDConnectProvider", &pairs);
        });
    });
}

#[track_caller]
fn provider_repaired(wanted: &str, status: &str, meddle: impl FnOnce(&Emulator, &str)) {
    repaired(
        THREE_CLOUDS,
        "crosscloud_trust.assistant",
        |key| key == wanted,
        status,
        |scenario, _| {
            let objects = &scenario.resource("crosscloud_trust.assistant")["objects"];
            meddle(scenario.clouds(), objects["aws/oidc_provider"]["id"].as_str().unwrap_or_default());
        },
    );
}

#[track_caller]
fn transfer_repaired(wanted: &str, status: &str, meddle: impl FnOnce(&Scenario)) {
    repaired(S3, "crosscloud_data_transfer.training", |key| key == wanted, status, |scenario, _| meddle(scenario));
}

/// Does something to the role as the operator.
#[track_caller]
fn iam(scenario: &Scenario, action: &str, pairs: &[(&str, &str)]) {
    aws::by_hand(scenario.clouds(), "iam", action, &[&[("RoleName", "training-data")], pairs].concat());
}

fn is_credential(key: &str) -> bool {
    key.starts_with("azure/federated_credential")
}

fn is_key(key: &str) -> bool {
    key.starts_with("gcp/crypto_key/")
}

/// Applies the set-up, lets someone meddle with the first object of this kind, and expects the plan to name it and the apply to repair it.
#[track_caller]
fn repaired(
    setup: Setup,
    address: &str,
    kind: impl Fn(&str) -> bool,
    status: &str,
    meddle: impl FnOnce(&Scenario, &str),
) {
    let scenario = setup.world("drift");
    scenario.apply().succeeds().provider_behaved();
    let objects = scenario.resource(address)["objects"].as_object().cloned().unwrap_or_default();
    let (key, object) = objects.iter().find(|(key, _)| kind(key)).expect("the trust has such an object");
    meddle(&scenario, object["id"].as_str().unwrap_or_default());

    scenario.plan().has_changes().provider_behaved();
    let plan = scenario.planned();
    let changes: Vec<&Value> = plan["resource_changes"].as_array().into_iter().flatten().collect();
    let change = changes.iter().find(|change| change["address"] == address).expect("the plan mentions the trust");
    let change = &change["change"];
    assert_eq!(change["actions"], json!(["update"]), "drift is repaired in place");
    assert_eq!(change["before"]["objects"][key]["status"], status, "{}", change["before"]["objects"]);

    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    let after = scenario.resource(address)["objects"].as_object().cloned().unwrap_or_default();
    assert!(after.values().all(|object| object["status"] == "present"), "{after:?}");
    scenario.ends_clean();
}
