//! Graphs of transfers, from each cloud.

use super::*;
use crate::facts::{IdentityFacts, TransferAgent};
use crate::import::{Look, Seen};
use crate::object::gcp::TransferSource;

const SUBSCRIPTION: &str = "22222222-2222-4222-8222-222222222222";

fn transfer(from: TransferFrom) -> DataTransfer {
    DataTransfer {
        name: Text::of("training-data"),
        project: Text::of("ml-prod-4711"),
        job_id: None,
        from: Leaf::Known(from),
        to: Leaf::Known(TransferTo { bucket: Text::of("ml-training"), path: None }),
        schedule: None,
        run_once: Leaf::Known(true),
        disabled: Leaf::Known(false),
        labels: Leaf::Known(BTreeMap::new()),
    }
}

fn s3() -> TransferFrom {
    TransferFrom::S3(FromS3 {
        bucket: Text::of("acme-training"),
        path: Some(Text::of("2026/")),
        account_id: Some(Text::of("123456789012")),
        role_name: None,
        role_path: None,
        existing_role_arn: None,
    })
}

fn blob() -> TransferFrom {
    TransferFrom::AzureBlob(FromAzureBlob {
        storage_account_id: Text::of(format!(
            "/subscriptions/{SUBSCRIPTION}/resourceGroups/health/providers/Microsoft.Storage/storageAccounts/features"
        )),
        container: Text::of("anonymised"),
        path: None,
        owned: OwnedIdentity {
            subscription_id: Some(Text::of(SUBSCRIPTION)),
            resource_group: Some(Text::of("health")),
            location: Some(Text::of("westeurope")),
            name: None,
        },
        existing_identity: None,
    })
}

fn facts() -> Facts {
    let agent = TransferAgent {
        email: "project-471100000011@storage-transfer-service.iam.gserviceaccount.com".to_owned(),
        subject_id: "100000000000000000001".to_owned(),
    };
    Facts { transfer_agents: BTreeMap::from([("ml-prod-4711".to_owned(), agent)]), ..Facts::default() }
}

#[test]
fn the_aws_role_admits_exactly_the_agent_and_reads_exactly_the_folder() {
    let transfer = transfer(s3());
    assert_eq!(transfer.problems(), []);
    let graph = transfer.graph(&facts());
    let Object::Role(role) = &graph.nodes()["aws/role"].object else { panic!("not a role") };
    let trust: serde_json::Value = serde_json::from_str(role.trust_policy.known().unwrap()).unwrap();
    assert_eq!(trust["Statement"][0]["Condition"]["StringEquals"]["accounts.google.com:sub"], "100000000000000000001");
    let Object::RolePolicy(read) = &graph.nodes()["aws/role_policy/read"].object else { panic!("not a policy") };
    assert!(read.policy.known().unwrap().contains("arn:aws:s3:::acme-training/2026/*"));
    let job = &graph.nodes()["gcp/transfer_job"];
    assert_eq!(job.object.id(), Text::of("projects/ml-prod-4711/transferJobs/training-data"));
    assert!(
        job.after.contains("aws/role_policy/read") && job.after.contains("gcp/bucket_grant/roles/storage.objectViewer")
    );
    assert!(graph.nodes().values().all(|node| node.is_complete()));
    assert_eq!(transfer.role_arn(), Some(Text::of("arn:aws:iam::123456789012:role/training-data")));
}

#[test]
fn before_the_agent_is_known_ids_are_and_contents_are_not() {
    let graph = transfer(s3()).graph(&Facts::default());
    let role = &graph.nodes()["aws/role"];
    assert_eq!(role.object.id(), Text::of("arn:aws:iam::123456789012:role/training-data"));
    assert!(!role.is_complete());
    let want = graph.wants().first().unwrap();
    assert_eq!(want.after.as_deref(), Some("gcp/service_agent/storagetransfer.googleapis.com"));
}

#[test]
fn a_blob_container_is_read_by_an_identity_that_trusts_the_agent() {
    let transfer = transfer(blob());
    assert_eq!(transfer.problems(), []);
    let id = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/health/providers/Microsoft.ManagedIdentity/userAssignedIdentities/training-data"
    );
    let given = IdentityFacts { principal_id: "p".into(), client_id: "c".into(), tenant_id: "t".into() };
    let facts = Facts { identities: BTreeMap::from([(id, given)]), ..facts() };
    let graph = transfer.graph(&facts);
    assert!(graph.nodes().values().all(|node| node.is_complete()));
    let Object::TransferJob(job) = &graph.nodes()["gcp/transfer_job"].object else { panic!("not a job") };
    let TransferSource::AzureBlob { storage_account, client_id, .. } = &job.source else { panic!("not a container") };
    assert_eq!((storage_account, client_id), (&Text::of("features"), &Text::of("c")));
    let Object::FederatedCredential(credential) = &graph.nodes()["azure/federated_credential"].object else {
        panic!("not a credential")
    };
    assert_eq!(credential.issuer, Text::of("https://accounts.google.com"));
}

#[test]
fn another_schedule_is_the_same_job() {
    let daily = |time: &str| {
        let schedule = Schedule {
            start_date: Text::of("2026-12-01"),
            end_date: None,
            time_of_day: Some(Text::of(time)),
            repeat_interval: None,
        };
        DataTransfer { schedule: Some(Leaf::Known(schedule)), run_once: Leaf::Known(false), ..transfer(s3()) }
    };
    assert_eq!(daily("02:30").problems(), []);
    let job = |time: &str| daily(time).graph(&facts()).nodes()["gcp/transfer_job"].object.clone();
    assert_eq!(job("02:30").id(), job("03:30").id());
    assert_ne!(job("02:30"), job("03:30"));
}

#[test]
fn an_imported_transfer_is_the_transfer_that_was_made() {
    let identity = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/health/providers/Microsoft.ManagedIdentity/userAssignedIdentities/training-data"
    );
    let given = IdentityFacts { principal_id: "p".into(), client_id: "c".into(), tenant_id: "t".into() };
    let facts = Facts { identities: BTreeMap::from([(identity.clone(), given)]), ..facts() };
    let job = "projects/ml-prod-4711/transferJobs/training-data";
    for (from, other) in [(s3(), "arn:aws:iam::123456789012:role/training-data".to_owned()), (blob(), identity)] {
        let made = transfer(from);
        let graph = made.graph(&facts);
        let id = format!("{job};{other}");
        let mut seen = Seen::default();
        for look in DataTransfer::looks(&id).unwrap() {
            match look {
                Look::Object(key, wanted) => {
                    let object = graph.nodes()[&key].object.clone();
                    assert_eq!(object.id(), wanted.id());
                    seen.objects.insert(key, object);
                }
                _ => seen.listed.extend(
                    graph
                        .nodes()
                        .values()
                        .map(|it| it.object.clone())
                        .filter(|it| matches!(it, Object::RoleAssignment(_))),
                ),
            }
        }
        assert_eq!(DataTransfer::reconstruct(&id, &seen).as_ref(), Ok(&made));
        seen.objects.remove("gcp/transfer_run");
        let idle = DataTransfer { run_once: Leaf::Known(false), ..made };
        assert_eq!(DataTransfer::reconstruct(&id, &seen), Ok(idle));
    }
    for id in ["", job, "projects/p/transferJobs/j;role", "transferJobs/j;arn:aws:iam::123456789012:role/x"] {
        assert!(DataTransfer::looks(id).is_err(), "{id}");
    }
}

#[test]
fn a_job_can_have_a_name_of_its_own() {
    let renamed = DataTransfer { job_id: Some(Text::of("training-data-2")), ..transfer(s3()) };
    let graph = renamed.graph(&facts());
    let id = |key: &str| graph.nodes()[key].object.id();
    assert_eq!(id("gcp/transfer_job"), Text::of("projects/ml-prod-4711/transferJobs/training-data-2"));
    assert_eq!(id("gcp/transfer_run"), Text::of("projects/ml-prod-4711/transferJobs/training-data-2:run"));
    assert_eq!(id("aws/role"), Text::of("arn:aws:iam::123456789012:role/training-data"));
}

#[test]
fn one_run_is_an_object_of_its_own_and_a_job_that_stands_still_has_none() {
    let keys = |it: DataTransfer| it.graph(&facts()).nodes().contains_key("gcp/transfer_run");
    assert!(keys(transfer(s3())));
    assert!(!keys(DataTransfer { disabled: Leaf::Known(true), ..transfer(s3()) }));
    assert!(!keys(DataTransfer { run_once: Leaf::Known(false), ..transfer(s3()) }));
    let undecided = DataTransfer { run_once: Leaf::Unknown, ..transfer(s3()) };
    assert_eq!(undecided.graph(&facts()).hidden().iter().copied().collect::<Vec<_>>(), ["run_once"]);
}

#[test]
fn grants_on_the_bucket_belong_with_what_the_transfer_makes() {
    let below =
        |from| transfer(from).graph(&facts()).nodes()["gcp/bucket_grant/roles/storage.objectViewer"].below.clone();
    assert_eq!(below(s3()), ["aws/role".to_owned()].into());
    let TransferFrom::S3(made) = s3() else { panic!("not S3") };
    let arn = Some(Text::of("arn:aws:iam::123456789012:role/given"));
    assert!(below(TransferFrom::S3(FromS3 { account_id: None, existing_role_arn: arn, ..made })).is_empty());
}
