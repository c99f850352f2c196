//! Drift of Azure's and AWS's objects, of keys and of transfers: seen, named by object, and put right in place.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, aws, story};
use serde_json::{Value, json};

use crate::setup::{CMEK, OPENAI, S3, Setup};

const IDENTITY: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-openai";
const VERSION: &str = "?api-version=2024-11-30";

pub(crate) fn add(suite: &mut Suite) {
    add_transfers(suite);
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
    suite.test("drift::a_deleted_transfer_job", || {
        transfer_repaired("gcp/transfer_job", "soft_deleted", |scenario| {
            let path = format!("/v1/transferJobs/training-data?projectId={}", story::PROJECT);
            scenario.clouds().by_hand("DELETE", &path, None);
        });
    });
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
