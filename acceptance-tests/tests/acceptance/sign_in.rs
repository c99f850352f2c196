//! Signing in to the real clouds, as far as that goes without them: what is missing or broken is told, and no secret ever is.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};

use crate::paths::configuration;
use crate::{sign_in_aws, sign_in_azure, sign_in_google};

/// Port 1 is reserved, and nobody listens there.
const NOBODY: &str = "127.0.0.1:1";
const SECRET: &str = "hush-hush-0123456789";

pub(crate) fn add(suite: &mut Suite) {
    suite.test(
        "sign_in::without_credentials_all_that_were_tried_are_told",
        without_credentials_all_that_were_tried_are_told,
    );
    suite.test(
        "sign_in::keys_that_another_resource_makes_are_waited_for",
        keys_that_another_resource_makes_are_waited_for,
    );
    suite.test(
        "sign_in::broken_credentials_are_told_without_their_content",
        broken_credentials_are_told_without_their_content,
    );
}

/// Each cloud's target, and what is said of every source of credentials, in order.
const NOTHING: &[(&str, &[&str])] = &[
    (
        sign_in_google::TO,
        &[
            "no credentials for Google Cloud. Tried, in this order:",
            "- argument access_token: not set",
            "- argument credentials: not set",
            "- argument external_credentials: not set",
            "- GOOGLE_OAUTH_ACCESS_TOKEN: not set",
            "- GOOGLE_CREDENTIALS, GOOGLE_CLOUD_KEYFILE_JSON, GCLOUD_KEYFILE_JSON: not set",
            "- GOOGLE_APPLICATION_CREDENTIALS: not set",
            "application_default_credentials.json: not there; `gcloud auth application-default login` makes it",
            "- the metadata server: http://127.0.0.1:1/",
            "Sign in with `gcloud auth application-default login`",
        ],
    ),
    (
        sign_in_azure::TO,
        &[
            "no credentials for Azure. Tried, in this order:",
            "- ARM_CLIENT_CERTIFICATE_PATH: not set",
            "- ARM_CLIENT_SECRET: not set",
            "- ARM_CLIENT_SECRET_FILE_PATH: not set",
            "- ARM_USE_AKS_WORKLOAD_IDENTITY: not set to true",
            "- ARM_USE_OIDC: not set to true",
            "- ARM_USE_MSI: not set to true",
            "- the Azure command line: `az` cannot be run",
            "Sign in with `az login`",
        ],
    ),
    (
        sign_in_aws::TO,
        &[
            "no credentials for AWS. Tried, in this order:",
            "- arguments access_key and secret_key: not set",
            "- argument profile: not set",
            "- argument assume_role_with_web_identity: not set",
            "- AWS_ACCESS_KEY_ID: not set",
            "- AWS_PROFILE: not set",
            "- AWS_WEB_IDENTITY_TOKEN_FILE: not set",
            "- the default profile: not in",
            "- AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, AWS_CONTAINER_CREDENTIALS_FULL_URI: not set",
            "- EC2's metadata service: http://127.0.0.1:1/latest/api/token cannot be reached",
            "Set AWS_PROFILE to a profile",
        ],
    ),
];

fn without_credentials_all_that_were_tried_are_told() {
    let scenario = Scenario::new("signed-out");
    scenario.unset("CROSSCLOUD_ENDPOINT").set("GCE_METADATA_HOST", NOBODY);
    scenario.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &format!("http://{NOBODY}"));
    // Whoever has Azure's command line may be signed in with it.
    scenario.set("PATH", &scenario.folder().display().to_string());
    for (to, said) in NOTHING {
        scenario.write("main.tf", &configuration("", to));
        scenario.validate().succeeds();
        let refused = scenario.plan().fails().provider_behaved();
        let text = refused.text();
        let places: Vec<_> = said.iter().map(|part| text.find(part)).collect();
        assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{places:?} of {said:?} in:\n{text}");
    }
}

/// While planning nobody can tell whether keys are good that are not there yet.
fn keys_that_another_resource_makes_are_waited_for() {
    let scenario = Scenario::new("later");
    scenario.unset("CROSSCLOUD_ENDPOINT").set("AWS_EC2_METADATA_SERVICE_ENDPOINT", &format!("http://{NOBODY}"));
    let origin = scenario.clouds().origin();
    let block = format!(
        r#"  endpoints = {{ aws = {{ iam = "{origin}", sts = "{origin}" }} }}
  aws = {{ access_key = terraform_data.key.output, secret_key = terraform_data.secret.output }}
"#
    );
    let keys = r#"
resource "terraform_data" "key" {
  input = "AKIAEMULATOROPERATOR"
}

resource "terraform_data" "secret" {
  input = "emulator-secret-access-key-of-the-operator"
}
"#;
    scenario.write("main.tf", &(configuration(&block, sign_in_aws::TO) + keys));
    scenario.plan().has_changes().provider_behaved();
    scenario.apply_plan().succeeds().provider_behaved();
    scenario.is_settled();
    scenario.ends_clean();
}

fn broken_credentials_are_told_without_their_content() {
    let scenario = Scenario::new("broken");
    scenario.example(story::EXAMPLE).unset("CROSSCLOUD_ENDPOINT").set("TF_LOG", "TRACE");
    let key = format!(r#"{{"type": "service_account", "client_email": "a@b", "private_key": "{SECRET}"}}"#);
    scenario.set("GOOGLE_CREDENTIALS", &key);
    scenario
        .plan()
        .fails_with("the JSON in GOOGLE_CREDENTIALS cannot be used: its `private_key` is not a key in PEM")
        .never_says(SECRET)
        .provider_behaved();

    // A token endpoint that nobody serves: by then the secret has been read and put into a request.
    let user = format!(
        r#"{{"type": "authorized_user", "client_id": "c", "client_secret": "{SECRET}", "refresh_token": "{SECRET}", "token_uri": "http://{NOBODY}/token"}}"#
    );
    scenario.set("GOOGLE_CREDENTIALS", &user);
    scenario.plan().fails_with("http://127.0.0.1:1/token cannot be reached").never_says(SECRET).provider_behaved();
}
