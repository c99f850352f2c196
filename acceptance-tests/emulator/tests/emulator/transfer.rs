//! Storage Transfer: jobs, their runs, and who lets Google's agent in.

use std::collections::BTreeMap;

use cloud_emulator::{Options, Seed};
use reqwest::Method;
use serde_json::{Value, json};

use crate::aws::{ACCOUNT, assume};
use crate::client::{Cloud, PROJECT};

const JOBS: &str = "/v1/transferJobs";

/// An emulator with a sink that the agent may write; the second value is the agent's subject.
async fn with_sink() -> (Cloud, String) {
    let mut seed = Seed::default();
    let objects = [("in/a.csv", "1,2"), ("in/b.csv", "3,4,5"), ("other", "x")];
    let objects = objects.map(|(key, text)| (key.to_owned(), text.to_owned()));
    let bucket = json!({ "name": "source-bucket", "region": "eu-central-1", "objects": BTreeMap::from(objects) });
    seed.aws.accounts[0].buckets.push(serde_json::from_value(bucket).unwrap());
    let cloud = Cloud::with(Options { seed, ..Options::default() }).await;
    for api in ["storage", "storagetransfer"] {
        cloud.enable(api).await;
    }
    cloud.post(&format!("/storage/v1/b?project={PROJECT}"), json!({ "name": "ml-landing" })).await.ok();
    let agent = cloud.get(&format!("/v1/googleServiceAccounts/{PROJECT}")).await.ok();
    let email = agent["accountEmail"].as_str().unwrap();
    assert!(email.ends_with("@storage-transfer-service.iam.gserviceaccount.com"), "{email}");
    for role in ["roles/storage.legacyBucketReader", "roles/storage.objectUser"] {
        cloud.grant_bucket("ml-landing", role, &format!("serviceAccount:{email}")).await;
    }
    (cloud, agent["subjectId"].as_str().unwrap().to_owned())
}

fn job() -> Value {
    json!({
        "name": "transferJobs/nightly",
        "projectId": PROJECT,
        "status": "ENABLED",
        "description": "nightly",
        "transferSpec": {
            "gcsDataSource": { "bucketName": "ml-source" },
            "gcsDataSink": { "bucketName": "ml-landing", "path": "in/" },
        },
    })
}

fn changed(change: impl FnOnce(&mut Value)) -> Value {
    let mut job = job();
    change(&mut job);
    job
}

async fn run(cloud: &Cloud) -> Value {
    let started = cloud.post(&format!("{JOBS}/nightly:run"), json!({ "projectId": PROJECT })).await.ok();
    assert_eq!(started["metadata"]["status"], "IN_PROGRESS", "{started}");
    cloud.get(&format!("/v1/{}", started["name"].as_str().unwrap())).await.ok()
}

#[tokio::test]
async fn a_job_is_made_changed_run_and_deleted() {
    let (cloud, _) = with_sink().await;
    let made = cloud.post(JOBS, job()).await.ok();
    assert_eq!((&made["name"], &made["status"]), (&json!("transferJobs/nightly"), &json!("ENABLED")));
    assert_eq!(cloud.post(JOBS, job()).await.refused().0, 409);
    let path = format!("{JOBS}/nightly?projectId={PROJECT}");
    assert_eq!(cloud.get(&path).await.ok()["description"], "nightly");
    assert_eq!(cloud.get(&format!("{JOBS}/nightly")).await.refused().0, 400);

    let failed = run(&cloud).await;
    assert_eq!((&failed["metadata"]["status"], &failed["error"]["code"]), (&json!("FAILED"), &json!(5)), "{failed}");
    cloud.post(&format!("/storage/v1/b?project={PROJECT}"), json!({ "name": "ml-source" })).await.ok();
    let failed = run(&cloud).await;
    assert_eq!(failed["metadata"]["errorBreakdowns"][0]["errorCode"], "PERMISSION_DENIED", "{failed}");
    let email = cloud.get(&format!("/v1/googleServiceAccounts/{PROJECT}")).await.ok()["accountEmail"].clone();
    let member = format!("serviceAccount:{}", email.as_str().unwrap());
    for role in ["roles/storage.legacyBucketReader", "roles/storage.objectViewer"] {
        cloud.grant_bucket("ml-source", role, &member).await;
    }
    assert_eq!(run(&cloud).await["metadata"]["status"], "SUCCESS");
    let filter =
        format!("?filter=%7B%22projectId%22:%22{PROJECT}%22,%22jobNames%22:%5B%22transferJobs/nightly%22%5D%7D");
    let runs = cloud.get(&format!("/v1/transferOperations{filter}")).await.ok();
    assert_eq!(runs["operations"].as_array().unwrap().len(), 3);
    assert_eq!(cloud.get(&path).await.ok()["latestOperationName"], runs["operations"][0]["name"]);

    let patch = |mask: &str, job: Value| json!({ "projectId": PROJECT, "transferJob": job, "updateTransferJobFieldMask": mask });
    let patched = cloud
        .patch(
            &path.replace(&format!("?projectId={PROJECT}"), ""),
            patch("description,status", json!({ "description": "paused", "status": "DISABLED" })),
        )
        .await
        .ok();
    assert_eq!((&patched["description"], &patched["status"]), (&json!("paused"), &json!("DISABLED")));
    for (mask, body) in [
        ("schedule", json!({ "schedule": {} })),
        ("serviceAccount", json!({ "serviceAccount": "a@b.c" })),
        ("transferSpec.gcsDataSink", json!({})),
        ("transferSpec", json!({ "transferSpec": {} })),
        ("nothing", json!({})),
    ] {
        assert_eq!(cloud.patch(&format!("{JOBS}/nightly"), patch(mask, body)).await.refused().0, 400, "{mask}");
    }
    let off = cloud.post(&format!("{JOBS}/nightly:run"), json!({ "projectId": PROJECT })).await;
    assert_eq!(off.refused().1, "FAILED_PRECONDITION");
    cloud.delete(&path).await.ok();
    assert_eq!(cloud.get(&path).await.ok()["status"], "DELETED");
    assert_eq!(
        cloud.objects("gcp/transfer_job").await,
        [format!("projects/{PROJECT}/transferJobs/nightly soft_deleted")]
    );
    let listed = cloud.get(&format!("{JOBS}{filter}")).await.ok();
    assert_eq!(listed["transferJobs"][0]["status"], "DELETED");
    // Nothing brings it back, and nobody else gets its name.
    let enable = patch("status", json!({ "status": "ENABLED" }));
    let (status, reason, message) = cloud.patch(&format!("{JOBS}/nightly"), enable).await.refused();
    assert_eq!((status, reason.as_str()), (400, "FAILED_PRECONDITION"), "{message}");
    assert_eq!(cloud.post(JOBS, job()).await.refused().0, 409);
}

#[tokio::test]
async fn what_is_no_job_is_refused() {
    let (cloud, _) = with_sink().await;
    let s3 = |source: Value| {
        changed(|job| {
            job["transferSpec"] = json!({ "awsS3DataSource": source, "gcsDataSink": { "bucketName": "ml-landing" } })
        })
    };
    let azure = |source: Value| {
        changed(|job| {
            job["transferSpec"] =
                json!({ "azureBlobStorageDataSource": source, "gcsDataSink": { "bucketName": "ml-landing" } })
        })
    };
    let role = "arn:aws:iam::123456789012:role/transfer";
    for wrong in [
        changed(|job| job["status"] = json!("DELETED")),
        changed(|job| job["name"] = json!("nightly")),
        changed(|job| job["name"] = json!("transferJobs/OPI1")),
        changed(|job| job["name"] = json!("transferJobs/a-")),
        changed(|job| job["projectId"] = json!("")),
        changed(|job| job["transferSpec"]["gcsDataSink"]["path"] = json!("in")),
        changed(|job| job["transferSpec"]["gcsDataSink"]["path"] = json!("/in/")),
        changed(|job| job["transferSpec"]["gcsDataSink"]["bucketName"] = json!("no-such-bucket")),
        changed(|job| job["transferSpec"]["gcsDataSource"] = Value::Null),
        changed(|job| job["description"] = json!("x".repeat(1025))),
        changed(|job| job["schedule"] = json!({ "repeatInterval": "86400s" })),
        changed(|job| {
            job["transferSpec"]["transferOptions"] =
                json!({ "deleteObjectsUniqueInSink": true, "deleteObjectsFromSourceAfterTransfer": true })
        }),
        changed(|job| job["jobSchedule"] = json!({})),
        s3(json!({ "roleArn": role })),
        s3(json!({ "bucketName": "b", "roleArn": "arn:aws:iam::1:role/x" })),
        s3(json!({ "bucketName": "b", "roleArn": role, "credentialsSecret": "projects/1/secrets/s" })),
        azure(json!({ "storageAccount": "acc", "container": "c" })),
        azure(
            json!({ "storageAccount": "Not-Valid", "container": "c", "federatedIdentityConfig": { "clientId": "c", "tenantId": "t" } }),
        ),
        azure(json!({ "storageAccount": "acc", "container": "c", "federatedIdentityConfig": { "clientId": "c" } })),
    ] {
        let (status, _, message) = cloud.post(JOBS, wrong.clone()).await.refused();
        assert_eq!(status, 400, "{message}: {wrong}");
    }
    assert!(cloud.objects("gcp/transfer_job").await.is_empty());
}

#[tokio::test]
async fn a_schedule_starts_runs_by_itself() {
    let (cloud, _) = with_sink().await;
    let date = json!({ "year": 2020, "month": 1, "day": 1 });
    cloud.post(JOBS, changed(|job| job["schedule"] = json!({ "scheduleStartDate": date }))).await.ok();
    let filter = format!("?filter=%7B%22projectId%22:%22{PROJECT}%22%7D");
    let runs = async || {
        let listed = cloud.get(&format!("/v1/transferOperations{filter}")).await.ok();
        listed["operations"].as_array().map_or(0, Vec::len)
    };
    assert_eq!((runs().await, runs().await), (1, 1));
    cloud.post("/_emulator/clock", json!({ "advance_seconds": 86400 })).await.ok();
    assert_eq!(runs().await, 2);
}

#[tokio::test]
async fn a_role_that_trusts_the_agents_subject_lets_it_fetch() {
    let (cloud, subject) = with_sink().await;
    let role = format!("arn:aws:iam::{ACCOUNT}:role/transfer");
    let s3 = json!({ "bucketName": "source-bucket", "roleArn": role, "path": "in/" });
    cloud
        .post(
            JOBS,
            changed(|job| {
                job["transferSpec"] = json!({ "awsS3DataSource": s3, "gcsDataSink": { "bucketName": "ml-landing" } })
            }),
        )
        .await
        .ok();
    let error = async || run(&cloud).await["error"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(error().await.starts_with("s3://source-bucket: AccessDenied"));
    let federated = json!({ "Federated": "accounts.google.com" });
    let trust = |subject: &str| {
        assume(
            federated.clone(),
            "sts:AssumeRoleWithWebIdentity",
            json!({ "StringEquals": { "accounts.google.com:sub": subject } }),
        )
    };
    cloud.role("transfer", trust("100000000000000000000")).await;
    assert!(error().await.starts_with("s3://source-bucket: AccessDenied"));
    let policy = json!({ "Version": "2012-10-17", "Statement": trust(&subject) }).to_string();
    cloud.iam("UpdateAssumeRolePolicy", &[("RoleName", "transfer"), ("PolicyDocument", &policy)]).await;
    let message = error().await;
    assert!(message.contains("s3:ListBucket"), "{message}");
    let read = json!({ "Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"],
        "Resource": ["arn:aws:s3:::source-bucket", "arn:aws:s3:::source-bucket/*"],
    }})
    .to_string();
    cloud.iam("PutRolePolicy", &[("RoleName", "transfer"), ("PolicyName", "read"), ("PolicyDocument", &read)]).await;
    let done = run(&cloud).await["metadata"].clone();
    assert_eq!((&done["status"], &done["counters"]["objectsCopiedToSink"]), (&json!("SUCCESS"), &json!("2")), "{done}");
    let copied = cloud.get("/storage/v1/b/ml-landing/o").await.ok();
    assert_eq!(copied["items"][0]["name"], "a.csv");
    assert_eq!(run(&cloud).await["metadata"]["counters"]["objectsFromSourceSkippedBySync"], "2");
}

#[tokio::test]
async fn an_azure_identity_that_trusts_the_agents_subject_lets_it_fetch() {
    let (cloud, subject) = with_sink().await;
    let group = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers";
    let put = async |path: &str, version: &str, body: Value| {
        let path = format!("{path}?api-version={version}");
        let answer = cloud.send(Method::PUT, &path, Some("operator"), Some(body)).await;
        assert!(answer.status < 300, "{path}: {}", answer.body);
        answer.body
    };
    let identity = format!("{group}/Microsoft.ManagedIdentity/userAssignedIdentities/transfer");
    let made = put(&identity, "2024-11-30", json!({ "location": "westeurope" })).await;
    let client = made["properties"]["clientId"].as_str().unwrap();
    let source = json!({
        "storageAccount": "mlsource", "container": "raw",
        "federatedIdentityConfig": { "clientId": client, "tenantId": "11111111-2222-3333-4444-555555555555" },
    });
    let spec = json!({ "azureBlobStorageDataSource": source, "gcsDataSink": { "bucketName": "ml-landing" } });
    cloud.post(JOBS, changed(|job| job["transferSpec"] = spec)).await.ok();
    let message = async || run(&cloud).await["error"]["message"].as_str().unwrap_or_default().to_owned();
    assert!(message().await.contains("AADSTS"), "{}", message().await);
    let credential = json!({ "properties": {
        "issuer": "https://accounts.google.com", "subject": subject, "audiences": ["api://AzureADTokenExchange"],
    }});
    put(&format!("{identity}/federatedIdentityCredentials/google"), "2024-11-30", credential).await;
    assert!(message().await.contains("mlsource does not exist"), "{}", message().await);
    let account = format!("{group}/Microsoft.Storage/storageAccounts/mlsource");
    let storage = json!({ "location": "westeurope", "kind": "StorageV2", "sku": { "name": "Standard_LRS" } });
    put(&account, "2024-01-01", storage).await;
    put(&format!("{account}/blobServices/default/containers/raw"), "2024-01-01", json!({})).await;
    assert!(message().await.contains("not authorized"), "{}", message().await);
    let reader = "/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1";
    let assignment = json!({ "properties": {
        "roleDefinitionId": format!("/subscriptions/22222222-3333-4444-5555-666666666666{reader}"),
        "principalId": made["properties"]["principalId"], "principalType": "ServicePrincipal",
    }});
    let id = "/providers/Microsoft.Authorization/roleAssignments/0b1f6471-1bf0-4dda-aec3-111122223333";
    put(&format!("{account}{id}"), "2022-04-01", assignment).await;
    assert_eq!(message().await, "");
}
