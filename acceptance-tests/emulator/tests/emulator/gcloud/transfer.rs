//! `gcloud storage` and `gcloud transfer`: a bucket, and a job that fetches from S3 with a role and no key.

use super::{Gcloud, by_hand};
use crate::client::NUMBER;

#[tokio::test(flavor = "multi_thread")]
async fn gcloud_sets_up_a_transfer() {
    if let Some(cloud) = by_hand(commands).await {
        let jobs = cloud.objects("gcp/transfer_job").await;
        assert_eq!(jobs, ["projects/ml-prod-4711/transferJobs/nightly soft_deleted"]);
    }
}

fn commands(gcloud: &Gcloud) {
    gcloud.run(&["services", "enable", "storage.googleapis.com", "storagetransfer.googleapis.com"]);
    let bucket = ["gs://ml-landing", "--location=europe-west4", "--uniform-bucket-level-access"];
    gcloud.run(&[&["storage", "buckets", "create"], bucket.as_slice()].concat());
    let shown = gcloud.run(&["storage", "buckets", "describe", "gs://ml-landing"]);
    assert_eq!(shown["location"], "EUROPE-WEST4", "{shown}");
    gcloud.run(&["beta", "services", "identity", "create", "--service=storagetransfer.googleapis.com"]);
    let agent = format!("--member=serviceAccount:project-{NUMBER}@storage-transfer-service.iam.gserviceaccount.com");
    let bind = ["storage", "buckets", "add-iam-policy-binding", "gs://ml-landing", &agent];
    gcloud.run(&[bind.as_slice(), &["--role=roles/storage.legacyBucketWriter"]].concat());

    let role = r#"{"roleArn": "arn:aws:iam::123456789012:role/transfer"}"#;
    let role = format!("--source-creds-file={}", gcloud.file("role.json", role));
    let job = ["transfer", "jobs", "create", "s3://source-bucket", "gs://ml-landing", "--name=transferJobs/nightly"];
    gcloud.run(&[job.as_slice(), &[&role, "--schedule-repeats-every=1d"]].concat());
    let shown = gcloud.run(&["transfer", "jobs", "describe", "nightly"]);
    let source = &shown["transferSpec"]["awsS3DataSource"];
    assert_eq!(source["roleArn"], "arn:aws:iam::123456789012:role/transfer", "{shown}");
    assert_eq!(shown["schedule"]["repeatInterval"], "86400s", "{shown}");
    gcloud.run(&["transfer", "jobs", "update", "nightly", "--status=disabled"]);
    assert_eq!(gcloud.run(&["transfer", "jobs", "list"])[0]["status"], "DISABLED");
    gcloud.run(&["transfer", "jobs", "delete", "nightly"]);
}
