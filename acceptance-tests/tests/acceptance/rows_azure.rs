//! The rows whose target is Azure: a pod asks Azure OpenAI, and a cluster learns to vouch for its pods.

use acceptance_tests::suite::Suite;
use acceptance_tests::workload::{arm, ask_azure_openai};
use acceptance_tests::{Emulator, Scenario};
use serde_json::{Value, json};

use crate::rows::{Row, Stage};

/// The import id of the trust.
pub(crate) const TRUST: &str = "aks->azure;/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ManagedIdentity/userAssignedIdentities/aks-openai/federatedIdentityCredentials/aks-openai";

/// The cluster, and its import id.
pub(crate) const CLUSTER: &str = "/subscriptions/22222222-3333-4444-5555-666666666666/resourceGroups/ml-prod/providers/Microsoft.ContainerService/managedClusters/ml-aks";

pub(crate) fn add(suite: &mut Suite) {
    suite.test("rows::a_role_that_is_none_is_told_while_planning", a_role_that_is_none_is_told_while_planning);
    suite.test("rows::aks_to_azure_openai", aks_to_azure_openai);
    suite.test("rows::aks_workload_identity", aks_workload_identity);
}

fn cluster(clouds: &Emulator) -> Value {
    arm(clouds, CLUSTER, "2026-06-01")["properties"].clone()
}

fn aks_to_azure_openai() {
    let row = Row {
        example: "aks-to-azure-openai",
        variant: &[],
        address: "crosscloud_trust.chat",
        import: Some(TRUST),
        change: ("name = \"aks-openai\"", "name = \"aks-openai\"\n  labels = { team = \"chat\" }"),
    };
    row.goes(|_| (), |scenario, (), _| only_the_pod_gets_an_answer(scenario));
}

#[track_caller]
pub(crate) fn only_the_pod_gets_an_answer(scenario: &Scenario) {
    let clouds = scenario.clouds();
    let text = |name: &str| scenario.output(name).as_str().unwrap_or_default().to_owned();
    let client = text("client_id");
    let manifest = text("kubernetes_manifest");
    assert!(manifest.contains("azure.workload.identity/use") && manifest.contains(&client), "{manifest}");
    let token = |account: &str| {
        clouds.token(&json!({
            "issuer": text("issuer"),
            "audience": "api://AzureADTokenExchange",
            "workload": {"kind": "kubernetes", "namespace": "chat", "service_account": account},
        }))
    };
    let answer = ask_azure_openai(clouds, &client, &token("backend"), "Hello?");
    assert!(answer.is_ok(), "{answer:?}");
    let refusal = ask_azure_openai(clouds, &client, &token("intruder"), "May I?").expect_err("nobody else gets in");
    assert!(refusal.body.to_string().contains("AADSTS700213"), "{}", refusal.body);
}

fn aks_workload_identity() {
    let row = Row {
        example: "aks-workload-identity",
        variant: &[],
        address: "crosscloud_aks_workload_identity.cluster",
        import: Some(CLUSTER),
        change: ("managedClusters/ml-aks\"", "managedClusters/ml-aks\"\n  workload_identity = true"),
    };
    row.goes(cluster, |scenario, before, stage| {
        let after = cluster(scenario.clouds());
        let issuer = scenario.output("issuer");
        assert_eq!(after["oidcIssuerProfile"]["issuerURL"], issuer);
        assert!(issuer.as_str().is_some_and(|issuer| issuer.ends_with('/')), "{issuer}");
        assert_eq!(after["securityProfile"]["workloadIdentity"]["enabled"], true, "{stage:?}");
        for (name, value) in before.as_object().into_iter().flatten() {
            let ours = ["oidcIssuerProfile", "securityProfile"].contains(&name.as_str());
            assert!(ours || after[name] == *value, "{name} is left as it was: {value} is {}", after[name]);
        }
        if stage == Stage::Changed {
            scenario.destroy().succeeds();
            assert_eq!(cluster(scenario.clouds()), after, "Azure never takes the issuer back, and nobody pretends so");
        }
    });
}

fn a_role_that_is_none_is_told_while_planning() {
    let scenario = Scenario::new("norole");
    scenario.example("scenarios/aks-to-azure-openai");
    scenario.edit("main.tf", "Cognitive Services OpenAI User", "Cognitive Service OpenAI User");
    scenario.plan().error_at("to.azure.roles", "There is no role `Cognitive Service OpenAI User`").provider_behaved();
}
