//! Signing in to the real clouds, as far as that goes without them: what is missing or broken is told, and no secret ever is.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};

/// Port 1 is reserved, and nobody listens there.
const NOBODY: &str = "127.0.0.1:1";
const SECRET: &str = "hush-hush-0123456789";

pub(crate) fn add(suite: &mut Suite) {
    suite.test(
        "sign_in::without_credentials_all_that_were_tried_are_told",
        without_credentials_all_that_were_tried_are_told,
    );
    suite.test(
        "sign_in::broken_credentials_are_told_without_their_content",
        broken_credentials_are_told_without_their_content,
    );
}

fn without_credentials_all_that_were_tried_are_told() {
    let scenario = Scenario::new("signed-out");
    scenario.example(story::EXAMPLE).unset("CROSSCLOUD_ENDPOINT").set("GCE_METADATA_HOST", NOBODY);
    scenario
        .plan()
        .fails_with("no credentials for Google Cloud. Tried, in this order:")
        .says("- GOOGLE_OAUTH_ACCESS_TOKEN: not set")
        .says("- GOOGLE_APPLICATION_CREDENTIALS: not set")
        .says("- the metadata server: http://127.0.0.1:1/")
        .says("gcloud auth application-default login")
        .provider_behaved();
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
