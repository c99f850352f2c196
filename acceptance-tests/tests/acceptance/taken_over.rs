//! What people set up with the unmodified command lines of the three vendors, by the documents' own commands where those are right: terraform
//! imports it, and every object stays the one that was made.

use acceptance_tests::aws::{ACCOUNT, Session};
use acceptance_tests::suite::{Needs, Suite};
use acceptance_tests::workload::{SUBSCRIPTION, TENANT, machine_token};
use acceptance_tests::{Scenario, story};
use serde_json::json;

use crate::command_line::{aws, az, az_login, gcloud, install_az};
use crate::rows;
use crate::rows_azure::{self, CLUSTER};
use crate::rows_data::{KEY_ID, S3_ID};
use crate::rows_google::{gets_through, import_id, is_usable};
use crate::setup::is_deletion;

/// Where Google keeps the pools.
const POOLS: &str = "iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools";

pub(crate) fn add(suite: &mut Suite) {
    let both = &[Needs::Aws, Needs::Gcloud];
    suite.test_with(both, "taken_over::a_role_of_aws_on_its_way_to_vertex_ai", role_of_aws);
    suite.test_with(both, "taken_over::a_transfer_from_s3", transfer_from_s3);
    suite.test_with(&[Needs::Gcloud], "taken_over::a_key_for_vertex_ai", key_for_vertex_ai);
    suite.exhaustive_with(install_az, "taken_over::a_pod_on_its_way_to_azure_openai", pod_to_azure_openai);
    suite.exhaustive_with(install_az, "taken_over::an_azure_identity_on_its_way_to_vertex_ai", azure_to_vertex_ai);
}

/// The second document's first pattern. The binding names what the provider's default mapping really yields, and nothing of the role's trust
/// policy is about Google.
fn role_of_aws() {
    let mut scenario = Scenario::new("role");
    let statement = json!({
        "Effect": "Allow", "Principal": {"AWS": format!("arn:aws:iam::{ACCOUNT}:root")}, "Action": "sts:AssumeRole",
    });
    let trust = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
    let role = ["iam", "create-role", "--role-name", "ml-training-role", "--assume-role-policy-document", &trust];
    aws(&scenario, &role);
    let session = Session::of_role(scenario.clouds(), "ml-training-role", "job");
    scenario.begins_here();

    pool(&scenario, "aws-training");
    let account = format!("--account-id={ACCOUNT}");
    let (create, place) = (["iam", "workload-identity-pools", "providers", "create-aws"], "--location=global");
    gcloud(
        &scenario,
        &[&create[..], &["aws-training", place, "--workload-identity-pool=aws-training", &account]].concat(),
    );
    let member = format!(
        "principalSet://{POOLS}/aws-training/attribute.aws_role/arn:aws:sts::{ACCOUNT}:assumed-role/ml-training-role"
    );
    account_for(&scenario, "aws-training", &member);

    scenario.example("scenarios/aws-role-to-vertex-ai");
    taken_over(&scenario, &[("crosscloud_trust.training", import_id::AWS)]);
    let config = rows::json(&scenario, "credential_config");
    gets_through(scenario.clouds(), &config, &session.subject_token(&config));
    scenario.ends_clean();
}

/// A role that Google's transfer agent assumes by its numeric id, and the job that it runs.
fn transfer_from_s3() {
    let mut scenario = Scenario::new("transfer");
    aws(&scenario, &["s3api", "create-bucket", "--bucket", "acme-training"]);
    gcloud(&scenario, &["services", "enable", "storage.googleapis.com", "storagetransfer.googleapis.com"]);
    gcloud(&scenario, &["storage", "buckets", "create", "gs://ml-training", "--location=europe-west4"]);
    scenario.begins_here();

    // No command of gcloud's shows the agent's id.
    let path = format!("/v1/googleServiceAccounts/{}", story::PROJECT);
    let agent = scenario.clouds().by_hand("GET", &path, None).body;
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": "accounts.google.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"accounts.google.com:sub": agent["subjectId"]}},
    }]});
    let read = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": ["s3:GetBucketLocation", "s3:ListBucket", "s3:GetObject"],
        "Resource": ["arn:aws:s3:::acme-training", "arn:aws:s3:::acme-training/*"],
    }]});
    let (trust, read, role) = (trust.to_string(), read.to_string(), ["--role-name", "training-data"]);
    let made = aws(&scenario, &[&["iam", "create-role", "--assume-role-policy-document", &trust][..], &role].concat());
    let put = ["iam", "put-role-policy", "--policy-name", "read", "--policy-document", &read];
    aws(&scenario, &[&put[..], &role].concat());

    let member = format!("--member=serviceAccount:{}", agent["accountEmail"].as_str().unwrap_or_default());
    for role in ["--role=roles/storage.legacyBucketWriter", "--role=roles/storage.objectViewer"] {
        gcloud(&scenario, &["storage", "buckets", "add-iam-policy-binding", "gs://ml-training", &member, role]);
    }
    scenario.write("role.json", &json!({"roleArn": made["Role"]["Arn"]}).to_string());
    let create = ["transfer", "jobs", "create", "s3://acme-training", "gs://ml-training"];
    gcloud(&scenario, &[&create[..], &["--name=transferJobs/training-data", "--source-creds-file=role.json"]].concat());

    scenario.example("scenarios/s3-to-gcs");
    taken_over(&scenario, &[("crosscloud_data_transfer.training", S3_ID)]);
    scenario.ends_clean();
}

/// The second document's key, with Vertex AI's agent made sure of before it is granted the key.
fn key_for_vertex_ai() {
    let scenario = Scenario::new("key");
    let place = ["--keyring=vertex-artifacts", "--location=europe-west4"];
    gcloud(&scenario, &["services", "enable", "cloudkms.googleapis.com", "aiplatform.googleapis.com"]);
    gcloud(&scenario, &["kms", "keyrings", "create", "vertex-artifacts", place[1]]);
    let create = ["kms", "keys", "create", "vertex-artifacts", "--purpose=encryption", "--rotation-period=90d"];
    let next = "--next-rotation-time=+P90D";
    gcloud(&scenario, &[&create[..], &[next], &place].concat());
    let agent = gcloud(&scenario, &["beta", "services", "identity", "create", "--service=aiplatform.googleapis.com"]);
    let member = format!("--member=serviceAccount:{}", agent["email"].as_str().unwrap_or_default());
    let role = "--role=roles/cloudkms.cryptoKeyEncrypterDecrypter";
    let bind = ["kms", "keys", "add-iam-policy-binding", "vertex-artifacts", &member, role];
    gcloud(&scenario, &[&bind[..], &place].concat());

    scenario.example("scenarios/cmek-key");
    taken_over(&scenario, &[("crosscloud_cmek_key.artifacts", KEY_ID)]);
    is_usable(scenario.clouds(), KEY_ID);
    scenario.ends_clean();
}

/// The third document, from switching on the cluster's issuer to the role on the account.
fn pod_to_azure_openai() {
    let scenario = Scenario::new("openai");
    az_login(&scenario);
    let az = |arguments: &[&str]| az(&scenario, arguments);
    let group = ["--resource-group", "ml-prod"];
    let update = ["aks", "update", "--name", "ml-aks", "--enable-workload-identity", "--enable-oidc-issuer"];
    az(&[&update[..], &group].concat());
    let shown = az(&[&["aks", "show", "--name", "ml-aks"][..], &group].concat());
    let issuer = shown["oidcIssuerProfile"]["issuerUrl"].as_str().expect("the cluster has an issuer").to_owned();
    let identity = az(&[&["identity", "create", "--name", "aks-openai"][..], &group].concat());
    let principal = identity["principalId"].as_str().expect("the identity has a principal");
    let account = format!(
        "/subscriptions/{SUBSCRIPTION}/resourceGroups/ml-prod/providers/Microsoft.CognitiveServices/accounts/ml-openai"
    );
    let assign = ["role", "assignment", "create", "--role", "Cognitive Services OpenAI User", "--scope", &account];
    let whom = ["--assignee-object-id", principal, "--assignee-principal-type", "ServicePrincipal"];
    az(&[&assign[..], &whom].concat());
    let create =
        ["identity", "federated-credential", "create", "--identity-name", "aks-openai", "--name", "aks-openai"];
    let whom = ["--issuer", &issuer, "--subject", "system:serviceaccount:chat:backend"];
    az(&[&create[..], &group, &whom].concat());

    scenario.example("scenarios/aks-to-azure-openai");
    let resources =
        [("crosscloud_aks_workload_identity.cluster", CLUSTER), ("crosscloud_trust.chat", rows_azure::TRUST)];
    taken_over(&scenario, &resources);
    rows_azure::only_the_pod_gets_an_answer(&scenario);
    // The assignment bears the name that az chose for it, so it was found, and what is found stays.
    scenario.destroy().succeeds().provider_behaved();
    let left: Vec<_> = scenario.clouds().made().into_keys().collect();
    assert!(left.len() == 1 && left[0].starts_with("azure/role_assignment "), "{left:?}");
}

/// The second document's second pattern: with an application of its own as the audience, the issuer that Entra's tokens for it name, and the
/// mapping that gcloud insists on.
fn azure_to_vertex_ai() {
    let scenario = Scenario::new("identity");
    az_login(&scenario);
    let name = ["--name", "azure-scoring", "--resource-group", "ml-prod"];
    let identity = az(&scenario, &[&["identity", "create"][..], &name].concat());
    let principal = identity["principalId"].as_str().expect("the identity has a principal");
    let audience = format!("api://{TENANT}/azure-scoring");
    let create = ["ad", "app", "create", "--display-name", "azure-scoring", "--identifier-uris", &audience];
    let application = az(&scenario, &create);
    az(&scenario, &["ad", "sp", "create", "--id", application["appId"].as_str().expect("an application has an id")]);

    pool(&scenario, "azure-scoring");
    let create = ["iam", "workload-identity-pools", "providers", "create-oidc", "azure-scoring", "--location=global"];
    let settings = [
        "--workload-identity-pool=azure-scoring",
        &format!("--issuer-uri=https://sts.windows.net/{TENANT}/"),
        &format!("--allowed-audiences={audience}"),
        "--attribute-mapping=google.subject=assertion.sub",
        &format!("--attribute-condition=assertion.sub == '{principal}'"),
    ];
    gcloud(&scenario, &[&create[..], &settings].concat());
    account_for(&scenario, "azure-scoring", &format!("principal://{POOLS}/azure-scoring/subject/{principal}"));

    scenario.example("scenarios/azure-identity-to-vertex-ai");
    taken_over(&scenario, &[("crosscloud_trust.scoring", import_id::AZURE)]);
    let config = rows::json(&scenario, "credential_config");
    gets_through(scenario.clouds(), &config, &machine_token(scenario.clouds(), &config));
    scenario.ends_clean();
}

/// A pool, with the APIs that it takes.
#[track_caller]
fn pool(scenario: &Scenario, name: &str) {
    let services = ["iam", "iamcredentials", "sts", "aiplatform"].map(|name| format!("{name}.googleapis.com"));
    let services: Vec<&str> = services.iter().map(String::as_str).collect();
    gcloud(scenario, &[&["services", "enable"], services.as_slice()].concat());
    gcloud(scenario, &["iam", "workload-identity-pools", "create", name, "--location=global"]);
}

/// A service account that may use Vertex AI, and that this member of a pool may act as.
#[track_caller]
fn account_for(scenario: &Scenario, name: &str, member: &str) {
    gcloud(scenario, &["iam", "service-accounts", "create", name]);
    let email = format!("{name}@{}.iam.gserviceaccount.com", story::PROJECT);
    let (user, member) = ("--role=roles/iam.workloadIdentityUser", format!("--member={member}"));
    gcloud(scenario, &["iam", "service-accounts", "add-iam-policy-binding", &email, user, &member]);
    let member = format!("--member=serviceAccount:{email}");
    let grant = ["projects", "add-iam-policy-binding", story::PROJECT, "--role=roles/aiplatform.user", &member];
    gcloud(scenario, &grant);
}

/// Imports each resource, lets terraform write what people read of the objects, and expects every object to be the one that was there.
#[track_caller]
fn taken_over(scenario: &Scenario, resources: &[(&str, &str)]) {
    let made = scenario.clouds().made();
    scenario.init().succeeds();
    for (address, id) in resources {
        scenario.run(&["import", "-no-color", address, id]).succeeds().provider_behaved();
    }
    scenario.clouds().forget_requests();
    scenario.apply().succeeds().provider_behaved();
    let deleted: Vec<_> = scenario.clouds().requests().into_iter().filter(is_deletion).collect();
    assert!(deleted.is_empty(), "nothing is made anew: {deleted:?}");
    scenario.is_settled();
    assert_eq!(scenario.clouds().made(), made, "every object is the one that the command line made");
}
