//! Between the provider and the clouds: proxies, certificate authorities, endpoints, redirects, rates, and what the clouds see of who calls.

use acceptance_tests::suite::Suite;
use acceptance_tests::{Scenario, story};

use crate::listener::{Listener, Proxy};
use crate::paths::configuration;
use crate::sign_in_google::TO;

const TOKEN: &str = "operators-own-token";
/// The APIs of Google that the trust needs.
const APIS: [&str; 5] = ["iam", "sts", "iam_credentials", "resource_manager", "service_usage"];

pub(crate) fn add(suite: &mut Suite) {
    suite.test("network::proxies_and_their_exceptions", proxies_and_their_exceptions);
    suite.test("network::certificate_authorities_of_the_environment", certificate_authorities_of_the_environment);
    suite.test("network::a_redirect_gets_no_token", a_redirect_gets_no_token);
    suite.test("network::who_calls_is_told_as_terraform_does", who_calls_is_told_as_terraform_does);
    suite.test("network::plain_http_is_for_this_machine", plain_http_is_for_this_machine);
    suite.test("network::rates_are_kept_to", rates_are_kept_to);
}

/// A trust whose clouds are at these endpoints, for an operator who has a token.
fn at(name: &str, endpoint: &str) -> Scenario {
    let scenario = Scenario::new(name);
    aim(&scenario, endpoint);
    scenario.unset("CROSSCLOUD_ENDPOINT").set("GOOGLE_OAUTH_ACCESS_TOKEN", TOKEN);
    scenario
}

fn aim(scenario: &Scenario, endpoint: &str) {
    scenario.write("main.tf", &configuration(&endpoints(endpoint), TO));
}

fn endpoints(endpoint: &str) -> String {
    let arguments: String = APIS.iter().map(|api| format!("    {api} = \"{endpoint}\"\n")).collect();
    format!("  endpoints = {{ gcp = {{\n{arguments}  }} }}\n")
}

fn proxies_and_their_exceptions() {
    let scenario = at("proxy", "https://localhost:1");
    let (https, authority) = scenario.clouds().https();
    let host = https.replace("https://127.0.0.1", "localhost");
    aim(&scenario, &format!("https://{host}"));
    scenario.write("authority.pem", authority);
    let proxy = Proxy::start();
    scenario.set("SSL_CERT_FILE", "authority.pem").set("HTTPS_PROXY", &proxy.origin());
    scenario.apply().succeeds().provider_behaved();
    assert!(!proxy.tunnels().is_empty() && proxy.tunnels().iter().all(|to| *to == host), "{:?}", proxy.tunnels());

    // What is excepted goes there directly.
    let before = proxy.tunnels().len();
    scenario.set("NO_PROXY", "other.example.com,localhost");
    scenario.is_settled();
    assert_eq!(proxy.tunnels().len(), before);
    scenario.ends_clean();

    // A proxy that is not there is told, and not gone around.
    scenario.set("NO_PROXY", "").set("HTTPS_PROXY", "http://127.0.0.1:1");
    scenario.plan().fails_with("HTTPS_PROXY and NO_PROXY").provider_behaved();
}

fn certificate_authorities_of_the_environment() {
    let scenario = at("authorities", "https://localhost:1");
    let (https, authority) = scenario.clouds().https();
    aim(&scenario, https);
    scenario
        .plan()
        .fails_with("certificate")
        .says("the certificate authorities that this machine trusts")
        .provider_behaved();
    scenario.write("authority.pem", authority).write("none.pem", "nothing of the kind\n");
    for variable in ["SSL_CERT_FILE", "AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"] {
        scenario.set(variable, "authority.pem").plan().has_changes().provider_behaved();
        scenario
            .set(variable, "none.pem")
            .plan()
            .fails_with(&format!("{variable} cannot be used"))
            .says("no certificate in it");
        scenario.set(variable, "gone.pem").plan().fails_with(&format!("{variable} cannot be used")).says("gone.pem");
        scenario.unset(variable);
    }
}

fn a_redirect_gets_no_token() {
    let elsewhere = Listener::answering("200 OK", "", r#"{"projectNumber": "471100000011"}"#);
    let first = Listener::answering(
        "307 Temporary Redirect",
        &format!("Location: {}/v1/projects/x\r\n", elsewhere.origin()),
        "",
    );
    let scenario = at("redirect", &first.origin());
    scenario.plan().fails_with("it redirects elsewhere, which no cloud API does").provider_behaved();
    assert!(
        first.heads().iter().any(|head| head.contains(&format!("authorization: Bearer {TOKEN}"))),
        "{:?}",
        first.heads()
    );
    assert_eq!(elsewhere.heads(), Vec::<String>::new(), "nobody was led there");

    // The same for the endpoint that gives tokens out, which receives the refresh token itself.
    let person = format!(
        r#"{{"type": "authorized_user", "client_id": "c", "client_secret": "hush-hush", "refresh_token": "hush-hush", "token_uri": "{}/token"}}"#,
        first.origin()
    );
    scenario.unset("GOOGLE_OAUTH_ACCESS_TOKEN").set("GOOGLE_CREDENTIALS", &person);
    scenario
        .plan()
        .fails_with("the JSON in GOOGLE_CREDENTIALS")
        .says("/token: HTTP 307")
        .never_says("hush-hush")
        .provider_behaved();
    assert_eq!(elsewhere.heads(), Vec::<String>::new(), "nobody was led there");
}

fn who_calls_is_told_as_terraform_does() {
    let cloud = Listener::answering(
        "403 Forbidden",
        "",
        r#"{"error": {"code": 403, "status": "PERMISSION_DENIED", "message": "no"}}"#,
    );
    let scenario = at("user-agent", &cloud.origin());
    let terraform = scenario.terraform().version.clone();
    let version = env!("CARGO_PKG_VERSION");
    let ours = format!(
        "user-agent: Terraform/{terraform} (+https://www.terraform.io) terraform-provider-crosscloud/{version}"
    );
    scenario.plan().fails().provider_behaved();
    assert!(cloud.heads().iter().any(|head| head.lines().any(|line| line == ours)), "{ours}\n{:?}", cloud.heads());
    scenario.set("TF_APPEND_USER_AGENT", "pipeline/7 (nightly)").plan().fails().provider_behaved();
    let more = format!("{ours} pipeline/7 (nightly)");
    assert!(cloud.heads().iter().any(|head| head.lines().any(|line| line == more)), "{more}\n{:?}", cloud.heads());
}

fn plain_http_is_for_this_machine() {
    let scenario = at("plain", "http://iam.example.com");
    scenario
        .plan()
        .error_at("endpoints.gcp.iam", "plain http would let everybody on the way read the credentials")
        .provider_behaved();
    scenario.write("main.tf", &configuration("", TO)).set("AWS_ENDPOINT_URL_STS", "http://sts.example.com");
    scenario.plan().fails_with("AWS_ENDPOINT_URL_STS cannot be used").says("Write https").provider_behaved();
    // An argument comes before the variable.
    aim(&scenario, scenario.clouds().origin());
    scenario
        .set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")
        .set("GOOGLE_KMS_CUSTOM_ENDPOINT", "http://kms.example.com/v1/");
    scenario.plan().fails_with("GOOGLE_KMS_CUSTOM_ENDPOINT cannot be used").provider_behaved();
    scenario.unset("GOOGLE_KMS_CUSTOM_ENDPOINT").set("GOOGLE_IAM_CUSTOM_ENDPOINT", "http://iam.example.com/v1/");
    scenario.plan().has_changes().provider_behaved();
}

/// One write a minute is too few for a pool and its provider within a minute, which is known without waiting for it.
fn rates_are_kept_to() {
    let scenario = Scenario::new("rates");
    scenario.example(story::EXAMPLE);
    let limited = |quota: u32| {
        format!(
            "provider \"crosscloud\" {{\n  rate_limits = {{ \"iam.googleapis.com/federation_write\" = {quota} }}\n}}"
        )
    };
    scenario.edit("main.tf", "provider \"crosscloud\" {}", &limited(1));
    scenario.edit("main.tf", "  name = \"aks-chat\"\n", "  name = \"aks-chat\"\n  timeouts = { create = \"50s\" }\n");
    scenario.apply().fails_with("it could not be sent").says("allow more time or more requests").provider_behaved();
    let writes = |scenario: &Scenario| {
        let requests = scenario.clouds().requests();
        requests.iter().filter(|it| it.method == "POST" && it.path.contains("/workloadIdentityPools")).count()
    };
    assert_eq!(writes(&scenario), 1, "the quota is kept to");
    scenario.edit("main.tf", &limited(1), &limited(60));
    scenario.apply().succeeds().provider_behaved();
    assert!(writes(&scenario) >= 2);
    scenario.is_settled();
    scenario.ends_clean();
}
