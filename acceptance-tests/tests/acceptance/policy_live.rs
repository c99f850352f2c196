//! What the policy says of objects that exist and that a trust only refers to: whoever else they let in comes into the trust as well.

use acceptance_tests::aws::{self, ACCOUNT};
use acceptance_tests::suite::Suite;
use acceptance_tests::{Emulator, Fault, Scenario, story};
use serde_json::json;

const ROLES: &str = "roles = [\"roles/aiplatform.user\"]";
const POOLS: &str = "/v1/projects/ml-prod-4711/locations/global/workloadIdentityPools";
const GITHUB: &str = "https://token.actions.githubusercontent.com";
/// Google takes it, because it reads a claim; so does every token.
const HOLLOW: &str = "assertion.repository_owner != ''";
const IDENTITY: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/shared";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("policy_live::another_provider_of_an_existing_pool", another_provider);
    suite.test("policy_live::a_pool_that_cannot_be_looked_at", unreadable_pool);
    suite.test("policy_live::bindings_of_an_existing_account", bindings_of_an_account);
    suite.test("policy_live::an_existing_key", existing_key);
    suite.test("policy_live::credentials_of_an_existing_identity", credentials_of_an_identity);
    suite.test("policy_live::the_trust_policy_of_an_existing_role", trust_policy_of_a_role);
}

/// The example with more in its Google target, in clouds in which something exists.
#[track_caller]
fn referring(name: &str, argument: &str, make: impl FnOnce(&Emulator)) -> Scenario {
    let mut scenario = Scenario::new(name);
    let enable = "/v1/projects/ml-prod-4711/services/iam.googleapis.com:enable";
    scenario.clouds().by_hand("POST", enable, Some(&json!({})));
    make(scenario.clouds());
    scenario.begins_here();
    scenario.example(story::EXAMPLE).edit("main.tf", ROLES, &format!("{ROLES}, {argument}"));
    scenario
}

/// A pool called `shared` with a provider for one repository, whose condition is this.
#[track_caller]
fn shared_pool(clouds: &Emulator, condition: &str) {
    let pool = json!({"displayName": "shared"});
    clouds.by_hand("POST", &format!("{POOLS}?workloadIdentityPoolId=shared"), Some(&pool));
    let provider = json!({
        "attributeMapping": {"google.subject": "'github:' + assertion.sub"},
        "attributeCondition": condition,
        "oidc": {"issuerUri": GITHUB},
    });
    let path = format!("{POOLS}/shared/providers?workloadIdentityPoolProviderId=legacy");
    clouds.by_hand("POST", &path, Some(&provider));
}

#[track_caller]
fn nothing_was_written(scenario: &Scenario) {
    let writes: Vec<_> = scenario.clouds().requests().into_iter().filter(|request| request.is_write()).collect();
    assert!(writes.is_empty(), "{writes:?}");
}

fn another_provider() {
    let scenario = referring("shared", "existing = { pool = \"shared\" }", |clouds| shared_pool(clouds, HOLLOW));
    scenario.clouds().forget_requests();
    for outcome in [scenario.plan(), scenario.apply()] {
        outcome
            .fails_with("gcp-wif-condition-tautology")
            .error_at("to.gcp.existing.pool", "providers/legacy")
            .says(&format!("`{HOLLOW}` lets this token in: {{"))
            .says("repo:evil")
            .provider_behaved();
    }
    nothing_was_written(&scenario);

    let tight =
        "assertion.repository_owner_id == '1001' && assertion.sub == 'repo:octo@1001/app@42:ref:refs/heads/main'";
    let path = format!("{POOLS}/shared/providers/legacy?updateMask=attributeCondition");
    scenario.clouds().by_hand("PATCH", &path, Some(&json!({"attributeCondition": tight})));
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.clouds().by_hand("PATCH", &path, Some(&json!({"attributeCondition": "assertion.ref != ''"})));
    // Refusing would only keep the trust from being destroyed.
    scenario.plan().is_empty_plan().warns("providers/legacy").provider_behaved();
    let more = "roles = [\"roles/aiplatform.user\", \"roles/logging.logWriter\"]";
    scenario.edit("main.tf", ROLES, more);
    scenario.plan().fails_with("gcp-wif-condition").says("providers/legacy").provider_behaved();
    scenario.edit("main.tf", more, ROLES).ends_clean();
}

fn unreadable_pool() {
    let scenario = referring("unread", "existing = { pool = \"shared\" }", |clouds| shared_pool(clouds, HOLLOW));
    let denied = Fault { method: "GET".into(), path: "/shared/providers".into(), nth: 1, times: 0, status: 403 };
    scenario.clouds().inject(&denied);
    scenario.plan().fails_with("x-unknown-trust").error_at("to.gcp.existing.pool", "could not be looked at");
    let warn = "provider \"crosscloud\" {\n  policy = { rules = { \"x-unknown-trust\" = \"warn\" } }\n}";
    scenario.edit("main.tf", "provider \"crosscloud\" {}", warn);
    scenario.plan().has_changes().warns("could not be looked at").provider_behaved();
}

fn bindings_of_an_account() {
    const ACCOUNT: &str = "/v1/projects/ml-prod-4711/serviceAccounts/vertex@ml-prod-4711.iam.gserviceaccount.com";
    const EXISTING: &str = "existing = { service_account = \"vertex@ml-prod-4711.iam.gserviceaccount.com\" }";
    let mut scenario = referring("account", EXISTING, |clouds| {
        let path = "/v1/projects/ml-prod-4711/serviceAccounts";
        clouds.by_hand("POST", path, Some(&json!({"accountId": "vertex", "serviceAccount": {}})));
        clouds.by_hand("POST", &format!("{POOLS}?workloadIdentityPoolId=legacy"), Some(&json!({})));
        let member =
            "principalSet://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/legacy/*";
        let binding = json!({"role": "roles/iam.workloadIdentityUser", "members": [member]});
        let policy = json!({"policy": {"bindings": [binding]}});
        clouds.by_hand("POST", &format!("{ACCOUNT}:setIamPolicy"), Some(&policy));
    });
    scenario
        .plan()
        .fails_with("gcp-member-pool-star")
        .error_at("to.gcp.existing.service_account", "the grant of roles/iam.workloadIdentityUser")
        .provider_behaved();
    scenario.clouds().by_hand("POST", &format!("{ACCOUNT}:setIamPolicy"), Some(&json!({"policy": {"bindings": []}})));
    scenario.begins_here();
    scenario.apply().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
}

fn existing_key() {
    const RING: &str = "/v1/projects/ml-prod-4711/locations/europe-west4/keyRings";
    const KEY: &str = "projects/ml-prod-4711/locations/europe-west4/keyRings/old/cryptoKeys/features";
    let encryption =
        format!("encryption = {{ location = \"europe-west4\", keys = {{ features = {{ existing = \"{KEY}\" }} }} }}");
    let scenario = referring("key", &encryption, |clouds| {
        let enable = "/v1/projects/ml-prod-4711/services/cloudkms.googleapis.com:enable";
        clouds.by_hand("POST", enable, Some(&json!({})));
        clouds.by_hand("POST", &format!("{POOLS}?workloadIdentityPoolId=legacy"), Some(&json!({})));
        clouds.by_hand("POST", &format!("{RING}?keyRingId=old"), Some(&json!({})));
        let key = json!({"purpose": "ENCRYPT_DECRYPT"});
        clouds.by_hand("POST", &format!("{RING}/old/cryptoKeys?cryptoKeyId=features"), Some(&key));
    });
    scenario.plan().has_changes().warns("gcp-kms-rotation").says(KEY).provider_behaved();
    let binding = json!({"role": "roles/cloudkms.cryptoKeyDecrypter", "members": ["principalSet://iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/legacy/*"]});
    let policy = json!({"policy": {"bindings": [binding]}});
    scenario.clouds().by_hand("POST", &format!("/v1/{KEY}:setIamPolicy"), Some(&policy));
    scenario.plan().fails_with("gcp-member-pool-star").says("roles/cloudkms.cryptoKeyDecrypter").provider_behaved();
}

fn credentials_of_an_identity() {
    let scenario = Scenario::new("identity");
    let api = "?api-version=2024-11-30";
    scenario.clouds().by_hand("PUT", &format!("{IDENTITY}{api}"), Some(&json!({"location": "westeurope"})));
    let credential = json!({"properties": {
        "issuer": GITHUB,
        "subject": "repo:octo/app:pull_request",
        "audiences": ["api://AzureADTokenExchange"],
    }});
    scenario.clouds().by_hand(
        "PUT",
        &format!("{IDENTITY}/federatedIdentityCredentials/legacy{api}"),
        Some(&credential),
    );
    scenario.example("scenarios/aks-to-azure-openai");
    scenario.edit(
        "main.tf",
        "      subscription_id = \"22222222-3333-4444-5555-666666666666\"\n      resource_group  = \"ml-prod\"\n      location        = \"westeurope\"\n",
        &format!("      existing = {{ identity = \"{IDENTITY}\" }}\n"),
    );
    let outcome = scenario.plan().has_changes().warns("az-fic-pull-request").provider_behaved();
    outcome.says("federatedIdentityCredentials/legacy").says("`repo:octo/app:pull_request` lets this token in: {");
}

fn trust_policy_of_a_role() {
    let scenario = Scenario::new("role");
    let anyone = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"},
    ]});
    let role = [("RoleName", "transfer"), ("AssumeRolePolicyDocument", &anyone.to_string())];
    aws::by_hand(scenario.clouds(), "iam", "CreateRole", &role);
    scenario.example("scenarios/s3-to-gcs").edit(
        "main.tf",
        "account_id = \"123456789012\"",
        &format!("existing_role_arn = \"arn:aws:iam::{ACCOUNT}:role/transfer\""),
    );
    scenario
        .plan()
        .fails_with("aws-principal-star")
        .error_at("from.s3.existing_role_arn", "the role arn:aws:iam::123456789012:role/transfer")
        .provider_behaved();
}
