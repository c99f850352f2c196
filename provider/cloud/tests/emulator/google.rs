//! Google Cloud.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::perimeters::{
    ApiOperation, Crossing, Destination, IngressPolicy, MethodSelector, PerimeterConfig, Source,
};
use crosscloud_cloud::gcp::transfers::{AwsS3Data, GcsData, TransferSpec};
use crosscloud_cloud::gcp::{
    AuditLog, Aws, Client, CryptoKeySpec, Grant, Granted, JobStatus, KeyRingName, PerimeterName, PerimeterSpec,
    PolicyResource, PoolName, PoolSpec, ProviderSpec, Revoked, ServiceAccountName, ServiceAccountSpec, Timing,
    TransferJobSpec,
};

use super::{ctx, emulator};

const PROJECT: &str = "ml-prod-4711";
const NUMBER: &str = "471100000011";

async fn client_with(services: &[&str]) -> (cloud_emulator::Running, Client) {
    let (running, transport) = emulator().await;
    let client = Client::new(transport, Timing::emulator());
    let services: Vec<_> = services.iter().map(|service| format!("{service}.googleapis.com")).collect();
    client.enable_services(PROJECT, &services, &ctx()).await.unwrap();
    (running, client)
}

#[tokio::test]
async fn an_aws_provider_is_switched_off_and_on_and_comes_back() {
    let (_running, client) = client_with(&["iam"]).await;
    let ctx = ctx();
    let pool = PoolName::new(PROJECT, "aws-pool");
    client.create_pool(&pool, &PoolSpec::default(), &ctx).await.unwrap();
    let name = pool.provider("aws-main");
    let spec = ProviderSpec { aws: Some(Aws { account_id: "123456789012".into() }), ..ProviderSpec::default() };
    let live = client.create_provider(&name, &spec, &ctx).await.unwrap();
    // Google fills the default mapping in.
    let spec = ProviderSpec { attribute_mapping: live.spec.attribute_mapping.clone(), ..spec };
    assert_eq!(spec.difference(&live.spec), Some(vec![]));
    let off = ProviderSpec { disabled: true, ..spec.clone() };
    let mask = off.difference(&live.spec).unwrap();
    assert_eq!(mask, ["disabled"]);
    assert!(client.update_provider(&name, &off, &mask, &ctx).await.unwrap().spec.disabled);
    let closed = PoolSpec { disabled: true, ..PoolSpec::default() };
    assert!(client.update_pool(&pool, &closed, &["disabled"], &ctx).await.unwrap().spec.disabled);
    assert!(client.delete_provider(&name, &ctx).await.unwrap() && !client.delete_provider(&name, &ctx).await.unwrap());
    assert!(client.delete_pool(&pool, &ctx).await.unwrap() && !client.delete_pool(&pool, &ctx).await.unwrap());
    assert!(client.undelete_pool(&pool, &ctx).await.unwrap().spec.disabled);
    assert!(client.undelete_provider(&name, &ctx).await.unwrap().spec.disabled);
}

#[tokio::test]
async fn a_service_account_is_disabled_deleted_and_comes_back_by_its_number() {
    let (_running, client) = client_with(&["iam"]).await;
    let ctx = ctx();
    let name = ServiceAccountName::of_id(PROJECT, "runner");
    let spec = ServiceAccountSpec::default();
    let made = client.create_service_account(PROJECT, "runner", &spec, &ctx).await.unwrap();
    client.set_service_account_enabled(&name, false, &ctx).await.unwrap();
    assert!(client.get_service_account(&name, &ctx).await.unwrap().unwrap().disabled);
    assert!(client.delete_service_account(&name, &ctx).await.unwrap());
    assert_eq!(client.get_service_account(&name, &ctx).await.unwrap(), None);
    let back = client.undelete_service_account(PROJECT, &made.unique_id, &ctx).await.unwrap();
    assert_eq!(back.email, made.email);
}

#[tokio::test]
async fn a_key_is_granted_to_the_agent_retired_and_revived() {
    let (_running, client) = client_with(&["cloudkms", "aiplatform"]).await;
    let ctx = ctx();
    let key = KeyRingName::new(PROJECT, "europe-west4", "models").key("restricted");
    assert_eq!(client.get_key_ring(&key.ring, &ctx).await.unwrap(), None);
    client.create_key_ring(&key.ring, &ctx).await.unwrap();
    assert!(matches!(client.create_key_ring(&key.ring, &ctx).await, Err(Error::AlreadyExists(_))));
    let spec = CryptoKeySpec {
        rotation_period: Some(Duration::from_secs(90 * 24 * 3_600)),
        labels: BTreeMap::from([("crosscloud".into(), "me".into())]),
        ..CryptoKeySpec::default()
    };
    client.create_crypto_key(&key, &spec, &ctx).await.unwrap();
    let live = client.get_crypto_key(&key, &ctx).await.unwrap().unwrap();
    assert!(spec.difference(&live.spec).is_empty() && !live.is_retired(), "{live:?}");
    let slower = CryptoKeySpec { rotation_period: Some(Duration::from_secs(180 * 24 * 3_600)), ..spec.clone() };
    let mask = slower.difference(&live.spec);
    let live = client.update_crypto_key(&key, &slower, &mask, &ctx).await.unwrap();
    assert!(slower.difference(&live.spec).is_empty(), "{live:?}");

    let agent = client.service_agent(PROJECT, "aiplatform.googleapis.com", &ctx).await.unwrap();
    assert!(agent.email.starts_with(&format!("service-{NUMBER}@")), "{agent:?}");
    let resource = PolicyResource::CryptoKey(key.to_string());
    let grant = Grant::new("roles/cloudkms.cryptoKeyEncrypterDecrypter", agent.member());
    assert_eq!(client.policies().grant(&resource, &grant, &ctx).await.unwrap(), Granted::Granted);
    assert!(client.policies().has(&resource, &grant, &ctx).await.unwrap());
    assert_eq!(client.policies().revoke(&resource, &grant, &ctx).await.unwrap(), Revoked::Revoked);

    assert!(!client.is_retired_name(&key, &ctx).await.unwrap());
    assert!(client.retire_crypto_key(&key, &ctx).await.unwrap());
    let live = client.get_crypto_key(&key, &ctx).await.unwrap().unwrap();
    assert!(live.is_retired() && live.spec.rotation_period.is_none(), "{live:?}");
    assert!(!client.retire_crypto_key(&key, &ctx).await.unwrap());
    let live = client.revive_crypto_key(&key, &spec, &ctx).await.unwrap();
    assert!(!live.is_retired() && spec.difference(&live.spec).is_empty(), "{live:?}");
}

#[tokio::test]
async fn audit_logs_are_switched_on_beside_grants() {
    let (_running, client) = client_with(&["sts"]).await;
    let ctx = ctx();
    let (store, project) = (client.policies(), PolicyResource::Project(PROJECT.into()));
    let log = AuditLog::new("sts.googleapis.com", "DATA_READ");
    let grant = Grant::new("roles/viewer", "user:dev@example.com");
    let (audited, granted) = tokio::join!(store.audit(&project, &log, &ctx), store.grant(&project, &grant, &ctx));
    assert_eq!((audited.unwrap(), granted.unwrap()), (Granted::Granted, Granted::Granted));
    assert_eq!(store.audit(&project, &log, &ctx).await.unwrap(), Granted::Found);
    assert_eq!(store.revoke(&project, &grant, &ctx).await.unwrap(), Revoked::Revoked);
    assert!(store.has_audit(&project, &log, &ctx).await.unwrap());
    assert_eq!(store.unaudit(&project, &log, &ctx).await.unwrap(), Revoked::Revoked);
    assert!(!store.has_audit(&project, &log, &ctx).await.unwrap());
}

fn perimeter() -> PerimeterSpec {
    let method = MethodSelector { method: "*".into(), ..MethodSelector::default() };
    let ingress = IngressPolicy {
        title: "token exchange".into(),
        ingress_from: Crossing {
            identity_type: "ANY_IDENTITY".into(),
            sources: vec![Source { access_level: "*".into(), ..Source::default() }],
            ..Crossing::default()
        },
        ingress_to: Destination {
            resources: BTreeSet::from([format!("projects/{NUMBER}")]),
            operations: vec![ApiOperation {
                service_name: "sts.googleapis.com".into(),
                method_selectors: vec![method],
            }],
            ..Destination::default()
        },
    };
    let status = PerimeterConfig {
        resources: BTreeSet::from([format!("projects/{NUMBER}")]),
        restricted_services: BTreeSet::from(["aiplatform.googleapis.com".into(), "sts.googleapis.com".into()]),
        ingress_policies: vec![ingress],
        ..PerimeterConfig::default()
    };
    PerimeterSpec { title: "vertex".into(), status, ..PerimeterSpec::default() }
}

#[tokio::test]
async fn a_perimeter_is_enforced_or_on_trial() {
    let (_running, client) = client_with(&["accesscontextmanager"]).await;
    let ctx = ctx();
    let policy = client.access_policy("123456789012", &ctx).await.unwrap().unwrap();
    let name = PerimeterName::new(&policy.name, "vertex");
    assert_eq!(client.get_perimeter(&name, &ctx).await.unwrap(), None);
    let spec = perimeter();
    let live = client.create_perimeter(&name, &spec, &ctx).await.unwrap();
    assert!(spec.difference(&live.spec).is_empty(), "{live:?}");
    assert!(matches!(client.create_perimeter(&name, &spec, &ctx).await, Err(Error::AlreadyExists(_))));
    let trial = PerimeterSpec {
        spec: spec.status.clone(),
        status: PerimeterConfig::default(),
        use_explicit_dry_run_spec: true,
        ..spec
    };
    let mask = trial.difference(&live.spec);
    client.update_perimeter(&name, &trial, &mask, &ctx).await.unwrap();
    let live = client.get_perimeter(&name, &ctx).await.unwrap().unwrap();
    assert!(trial.difference(&live.spec).is_empty(), "{live:?}");
    assert!(client.delete_perimeter(&name, &ctx).await.unwrap());
    assert!(!client.delete_perimeter(&name, &ctx).await.unwrap());
}

#[tokio::test]
async fn a_transfer_job_waits_for_its_grants() {
    let (running, client) = client_with(&["storagetransfer", "storage"]).await;
    let ctx = ctx();
    let body = serde_json::json!({"name": "models-in", "location": "EU"}).to_string();
    let made = reqwest::Client::new()
        .post(format!("{}/storage/v1/b?project={PROJECT}", running.http))
        .header("authorization", "Bearer emulator")
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await
        .unwrap();
    assert!(made.status().is_success(), "{made:?}");
    let agent = client.transfer_agent(PROJECT, &ctx).await.unwrap();
    let name = "transferJobs/copy-models";
    let transfer_spec = TransferSpec {
        aws_s3_data_source: Some(AwsS3Data {
            bucket_name: "models".into(),
            role_arn: "arn:aws:iam::123456789012:role/transfer".into(),
            ..AwsS3Data::default()
        }),
        gcs_data_sink: Some(GcsData { bucket_name: "models-in".into(), ..GcsData::default() }),
        ..TransferSpec::default()
    };
    let spec = TransferJobSpec { transfer_spec, ..TransferJobSpec::default() };
    let early = client.create_transfer_job(PROJECT, name, &spec, &ctx).await.unwrap_err();
    assert!(matches!(early, Error::FailedPrecondition(_)), "{early:?}");
    let bucket = PolicyResource::Bucket("models-in".into());
    for role in ["roles/storage.legacyBucketWriter", "roles/storage.objectAdmin"] {
        let grant = Grant::new(role, format!("serviceAccount:{}", agent.account_email));
        assert_eq!(client.policies().grant(&bucket, &grant, &ctx).await.unwrap(), Granted::Granted);
        assert_eq!(client.policies().grant(&bucket, &grant, &ctx).await.unwrap(), Granted::Found);
    }
    let live = client.create_transfer_job(PROJECT, name, &spec, &ctx).await.unwrap();
    assert!(spec.difference(&live.spec).is_empty(), "{live:?}");
    let off = TransferJobSpec { description: "d".into(), status: JobStatus::Disabled, ..spec.clone() };
    let live = client.update_transfer_job(PROJECT, name, &off, &off.difference(&live.spec), &ctx).await.unwrap();
    assert!(off.difference(&live.spec).is_empty(), "{live:?}");
    let live = client.update_transfer_job(PROJECT, name, &spec, &spec.difference(&live.spec), &ctx).await.unwrap();
    assert!(spec.difference(&live.spec).is_empty(), "{live:?}");
    let run = client.run_transfer_job(PROJECT, name, &ctx).await.unwrap();
    assert!(client.transfer_operation(&run, &ctx).await.unwrap().is_some(), "{run}");
    assert!(client.delete_transfer_job(PROJECT, name, &ctx).await.unwrap());
    assert!(!client.delete_transfer_job(PROJECT, name, &ctx).await.unwrap());
    assert!(client.get_transfer_job(PROJECT, name, &ctx).await.unwrap().unwrap().is_deleted());
}
