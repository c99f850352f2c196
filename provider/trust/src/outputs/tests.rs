//! What workloads are told, source by source.

use super::*;
use crate::graph::tests::{facts, google, trust};
use crate::source::{AwsRole, AzureManagedIdentity, ExistingIdentity, GithubActions, Source};
use crate::spec::Targets;
use crate::target::azure::OwnedIdentity;

const PROVIDER: &str =
    "iam.googleapis.com/projects/471100000011/locations/global/workloadIdentityPools/aks-chat/providers/aks-chat";

fn outputs(spec: &Spec) -> Outputs {
    Outputs::of(spec, &facts(), &Endpoints::default())
}

fn config(outputs: &Outputs) -> serde_json::Value {
    serde_json::from_str(outputs.credential_config.as_ref().unwrap().known().unwrap()).unwrap()
}

fn from(source: Source) -> Spec {
    Spec { from: Leaf::Known(source), ..trust() }
}

#[test]
fn the_outputs_name_the_provider_by_project_number() {
    let outputs = outputs(&trust());
    assert_eq!(outputs.audience, Some(Text::of(format!("https://{PROVIDER}"))));
    let config = config(&outputs);
    assert_eq!(config["audience"], format!("//{PROVIDER}"));
    assert_eq!(config["token_url"], "https://sts.googleapis.com/v1/token");
    assert_eq!(
        config["service_account_impersonation_url"],
        "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/aks-chat@ml-prod-4711.iam.gserviceaccount.com:generateAccessToken"
    );
}

#[test]
fn the_manifest_asks_for_a_token_with_the_providers_audience() {
    let outputs = outputs(&trust());
    let manifest = outputs.kubernetes_manifest.unwrap().known().unwrap().clone();
    assert!(manifest.contains(&format!("audience: \"{}\"", outputs.audience.unwrap().known().unwrap())), "{manifest}");
    assert!(manifest.contains("namespace: \"chat\""), "{manifest}");
    assert!(!manifest.contains("azure.workload.identity"), "{manifest}");
}

#[test]
fn nothing_is_guessed_before_the_project_number_is_known() {
    let outputs = Outputs::of(&trust(), &Facts::default(), &Endpoints::default());
    assert_eq!(outputs.audience, Some(Leaf::Unknown));
    assert_eq!(outputs.kubernetes_manifest, Some(Leaf::Unknown));
    assert_eq!(outputs.subject, Some(Text::of("system:serviceaccount:chat:backend")));
}

#[test]
fn direct_access_impersonates_nobody() {
    let gcp = Gcp { direct: Leaf::Known(true), ..google() };
    let to = Leaf::Known(Targets { gcp: Some(Leaf::Known(gcp)), ..Targets::default() });
    let outputs = outputs(&Spec { to, ..trust() });
    assert_eq!(outputs.service_account_email, None);
    assert_eq!(config(&outputs).get("service_account_impersonation_url"), None);
}

#[test]
fn on_aws_the_library_signs_with_imdsv2() {
    let role = AwsRole {
        account_id: Text::of("123456789012"),
        role_name: Text::of("ml"),
        role_path: None,
        session_name: None,
        web_identity: false,
    };
    let outputs = outputs(&from(Source::AwsRole(role)));
    let config = config(&outputs);
    assert_eq!(config["subject_token_type"], "urn:ietf:params:aws:token-type:aws4_request");
    assert_eq!(config["credential_source"]["environment_id"], "aws1");
    assert_eq!(config["credential_source"]["imdsv2_session_token_url"], "http://169.254.169.254/latest/api/token");
    assert_eq!((outputs.issuer, outputs.kubernetes_manifest), (None, None));
}

#[test]
fn on_azure_the_metadata_service_is_asked_for_the_application() {
    let tenant = "11111111-1111-4111-8111-111111111111";
    let identity = AzureManagedIdentity {
        tenant_id: Text::of(tenant),
        identity: Some(Leaf::Known(ExistingIdentity {
            principal_id: Text::of("22222222-2222-4222-8222-222222222222"),
            client_id: Some(Text::of("33333333-3333-4333-8333-333333333333")),
        })),
        owned: OwnedIdentity::default(),
        audience: None,
    };
    let outputs = outputs(&from(Source::AzureManagedIdentity(identity)));
    let url = config(&outputs)["credential_source"]["url"].as_str().unwrap().to_owned();
    assert!(
        url.ends_with(&format!("&resource=api://{tenant}/aks-chat&client_id=33333333-3333-4333-8333-333333333333")),
        "{url}"
    );
    assert_eq!(outputs.issuer, Some(Text::of(format!("https://sts.windows.net/{tenant}/"))));
    assert_eq!(outputs.audience, Some(Text::of(format!("api://{tenant}/aks-chat"))));
}

#[test]
fn on_github_the_runner_is_asked_for_the_providers_audience() {
    let workflow = GithubActions {
        owner: Text::of("octo"),
        owner_id: Text::of("1001"),
        repository: Text::of("app"),
        repository_id: Text::of("2001"),
        environment: None,
        reference: Some(Text::of("refs/heads/main")),
        workflow: None,
        issuer: None,
    };
    let config = config(&outputs(&from(Source::GithubActions(workflow))));
    let url = config["credential_source"]["url"].as_str().unwrap();
    assert!(
        url.starts_with("${ACTIONS_ID_TOKEN_REQUEST_URL}&audience=https%3A%2F%2Fiam.googleapis.com%2Fprojects"),
        "{url}"
    );
    assert_eq!(config["credential_source"]["format"]["subject_token_field_name"], "value");
}
