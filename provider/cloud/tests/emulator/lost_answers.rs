//! Every write of a life loses its connection once, before the cloud carried it out and after: nothing is made twice, and whose it is stays known.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cloud_emulator::seed::{aws as aws_seed, azure as azure_seed};
use crosscloud_cloud::gcp::{
    AuditLog, CryptoKeySpec, Grant, KeyRingName, Oidc, PerimeterName, PerimeterSpec, PolicyResource, PoolName,
    PoolSpec, ProviderSpec, ServiceAccountSpec,
};
use crosscloud_cloud::{
    Config, Context, Endpoints, Error, Granted, RetryPolicy, TokenSource, Transport, aws, azure, gcp,
};
use serde_json::{Value, json};

/// Runs a life once undisturbed, and then once for each of its writes and each moment at which the connection can break.
async fn disturb<F>(life: impl Fn(Transport) -> F)
where
    F: Future<Output = Result<(), Error>>,
{
    let (running, _) = super::emulator().await;
    let control = Control { origin: running.http.clone(), http: reqwest::Client::new() };
    life(transport(&running.http)).await.unwrap();
    let writes = control.writes().await;
    assert!(writes.len() > 5, "{writes:?}");
    for (nth, what) in writes {
        for moment in ["before", "after"] {
            control.post("reset", &json!({})).await;
            control.post("faults", &json!({"nth": nth, "action": {"drop": moment}})).await;
            if let Err(error) = life(transport(&running.http)).await {
                panic!("request {nth}, {what}, dropped {moment}: {error}");
            }
        }
    }
}

fn transport(origin: &str) -> Transport {
    let endpoints = Endpoints::emulator(origin).unwrap();
    let mut config = Config::new(endpoints, TokenSource::Emulator, "crosscloud-tests/1");
    config.retry = RetryPolicy { initial: Duration::from_millis(2), ..RetryPolicy::default() };
    Transport::new(config).unwrap()
}

struct Control {
    origin: String,
    http: reqwest::Client,
}

impl Control {
    async fn post(&self, what: &str, body: &Value) {
        let request = self.http.post(format!("{}/_emulator/{what}", self.origin)).body(body.to_string());
        let answer = request.header("content-type", "application/json").send().await.unwrap();
        assert!(answer.status().is_success(), "{what}: {answer:?}");
    }

    /// The writes so far, with their places among all requests. That reads are repeated is tested elsewhere.
    async fn writes(&self) -> Vec<(usize, String)> {
        let answer = self.http.get(format!("{}/_emulator/requests", self.origin)).send().await.unwrap();
        let all: Vec<Value> = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let line = |entry: &Value| format!("{} {}", entry["method"].as_str().unwrap(), entry["path"].as_str().unwrap());
        let reads = ["GET ", ":getIamPolicy", "Action=Get", "Action=List"];
        let writes = all.iter().map(line).enumerate().map(|(at, line)| (at + 1, line));
        writes.filter(|(_, line)| !reads.iter().any(|read| line.contains(read))).collect()
    }
}

fn ctx() -> Context {
    Context::new().with_timeout(Duration::from_secs(30))
}

#[tokio::test]
async fn on_azure() {
    disturb(|transport| async move {
        let client = azure::Client::new(transport, azure::Timing::emulator());
        let ctx = ctx();
        let name = azure::IdentityName::new(azure_seed::SUBSCRIPTION, "ml-prod", "vertex");
        let tags = BTreeMap::from([("crosscloud".to_owned(), "me".to_owned())]);
        let spec = azure::IdentitySpec { location: "westeurope".into(), tags };
        let identity = client.create_identity(&name, &spec, &ctx).await?;
        let credential = azure::FederatedCredentialSpec {
            issuer: "https://issuer.example.com/".into(),
            subject: Some("s".into()),
            audiences: vec!["api://AzureADTokenExchange".into()],
            claims_matching_expression: None,
        };
        client.create_federated_credential(&name.federated_credential("aks"), &credential, &ctx).await?;
        let scope = azure::CognitiveAccountName::new(azure_seed::SUBSCRIPTION, "ml-prod", "ml-openai").scope();
        let role = client.role_definition(&scope, "Cognitive Services OpenAI User", &ctx).await?.unwrap();
        let assignment = azure::RoleAssignmentSpec {
            role_definition_id: role.id,
            principal_id: identity.properties.principal_id,
            ..azure::RoleAssignmentSpec::default()
        };
        let guid = azure::RoleAssignmentName::new(scope, "0f0e0d0c-0b0a-8908-8706-050403020100");
        let assigned = client.assign_role(&guid, &assignment, &ctx).await?;
        assert!(!matches!(assigned, azure::Assigned::Found(_)), "it is ours: {assigned:?}");
        let cluster = azure::ClusterName::new(azure_seed::SUBSCRIPTION, "ml-prod", "ml-aks");
        let wanted = azure::WorkloadIdentity { oidc_issuer: true, webhook: Some(true) };
        client.enable_workload_identity(&cluster, &wanted, &ctx).await?;
        let application = azure::ApplicationSpec {
            display_name: "Vertex".into(),
            identifier_uris: vec!["api://example.onmicrosoft.com/vertex".into()],
            ..azure::ApplicationSpec::default()
        };
        let application = client.create_application(&application, &ctx).await?;
        client.create_service_principal(&application.app_id, &[], &ctx).await?;
        client.delete_application(&application.id, &ctx).await?;
        client.delete_role_assignment(&guid, &ctx).await?;
        client.delete_federated_credential(&name.federated_credential("aks"), &ctx).await?;
        client.delete_identity(&name, &ctx).await.map(drop)
    })
    .await;
}

#[tokio::test]
async fn on_aws() {
    disturb(|transport| async move {
        let client = aws::Client::new(transport, aws::Timing::emulator());
        let ctx = ctx();
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
            "Principal": {"AWS": format!("arn:aws:iam::{}:root", aws_seed::ACCOUNT)}}]});
        let tags = BTreeMap::from([("crosscloud".to_owned(), "me".to_owned())]);
        let spec = aws::RoleSpec { trust_policy: trust.to_string(), tags, ..aws::RoleSpec::default() };
        let role = client.create_role("transfer", &spec, &ctx).await?;
        let other = aws::RoleSpec { description: "d".into(), tags: BTreeMap::new(), ..spec };
        client.update_role(&role, &other, &ctx).await?;
        let read = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::models/*"}]});
        client.create_role_policy("transfer", "read", &read.to_string(), &ctx).await?;
        let managed = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";
        assert_eq!(client.attach_policy("transfer", managed, &ctx).await?, Granted::Granted, "it is ours");
        let url = "https://issuer.example.com";
        let arn = aws::OidcProviderArn::new("aws", aws_seed::ACCOUNT, url);
        let client_ids = BTreeSet::from(["sts".to_owned()]);
        let provider = aws::OidcProviderSpec { client_ids, ..aws::OidcProviderSpec::default() };
        client.create_oidc_provider(&arn, url, &provider, &ctx).await?;
        client.delete_oidc_provider(&arn, &ctx).await?;
        client.detach_policy("transfer", managed, &ctx).await?;
        client.delete_role_policy("transfer", "read", &ctx).await?;
        client.delete_role("transfer", &ctx).await.map(drop)
    })
    .await;
}

const PROJECT: &str = "ml-prod-4711";

#[tokio::test]
async fn on_google() {
    disturb(|transport| async move {
        let timing = gcp::Timing { gather: Duration::from_millis(1), ..gcp::Timing::emulator() };
        let client = gcp::Client::new(transport, timing);
        let ctx = ctx();
        let services =
            ["iam", "cloudkms", "aiplatform", "accesscontextmanager"].map(|it| format!("{it}.googleapis.com"));
        client.enable_services(PROJECT, &services, &ctx).await?;
        let pool = PoolName::new(PROJECT, "team-pool");
        client.create_pool(&pool, &PoolSpec::default(), &ctx).await?;
        let provider = ProviderSpec {
            attribute_mapping: BTreeMap::from([("google.subject".into(), "assertion.sub".into())]),
            oidc: Some(Oidc { issuer_uri: "https://issuer.example.com".into(), ..Oidc::default() }),
            ..ProviderSpec::default()
        };
        client.create_provider(&pool.provider("main"), &provider, &ctx).await?;
        let spec = ServiceAccountSpec::default();
        let account = client.create_service_account(PROJECT, "runner", &spec, &ctx).await?;
        let project = PolicyResource::Project(PROJECT.into());
        let grant = Grant::new("roles/viewer", format!("serviceAccount:{}", account.email));
        assert_eq!(client.policies().grant(&project, &grant, &ctx).await?, Granted::Granted, "it is ours");
        let log = AuditLog::new("iam.googleapis.com", "DATA_READ");
        assert_eq!(client.policies().audit(&project, &log, &ctx).await?, Granted::Granted, "it is ours");
        let key = KeyRingName::new(PROJECT, "europe-west4", "models").key("k");
        client.create_key_ring(&key.ring, &ctx).await?;
        client.create_crypto_key(&key, &CryptoKeySpec::default(), &ctx).await?;
        client.service_agent(PROJECT, "aiplatform.googleapis.com", &ctx).await?;
        let perimeter = PerimeterName::new("456700000022", "vertex");
        let spec = PerimeterSpec { title: "vertex".into(), ..PerimeterSpec::default() };
        client.create_perimeter(&perimeter, &spec, &ctx).await?;
        let named = PerimeterSpec { description: "d".into(), ..spec };
        client.update_perimeter(&perimeter, &named, &["description"], &ctx).await?;
        client.delete_perimeter(&perimeter, &ctx).await?;
        client.retire_crypto_key(&key, &ctx).await?;
        client.revive_crypto_key(&key, &CryptoKeySpec::default(), &ctx).await?;
        client.delete_provider(&pool.provider("main"), &ctx).await?;
        client.delete_pool(&pool, &ctx).await?;
        client.undelete_pool(&pool, &ctx).await.map(drop)
    })
    .await;
}
