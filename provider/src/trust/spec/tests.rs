//! Malformed configurations, each told at its attribute. The tables are data, so that the acceptance tests put the same ones to Terraform.

use tfplugin::Model;

use crate::testing;
use crate::trust::TrustModel;

fn check(table: &str) {
    testing::check::<TrustModel>(table, |model| model.spec().problems());
}

#[test]
fn aks_to_vertex_ai() {
    check(include_str!("../../../malformed/aks-to-vertex-ai.json"));
}

#[test]
fn aws_to_vertex_ai() {
    check(include_str!("../../../malformed/aws-to-vertex-ai.json"));
}

#[test]
fn azure_to_vertex_ai() {
    check(include_str!("../../../malformed/azure-to-vertex-ai.json"));
}

#[test]
fn github_actions_to_google() {
    check(include_str!("../../../malformed/github-actions-to-google.json"));
}

#[test]
fn cmek() {
    check(include_str!("../../../malformed/cmek.json"));
}

#[test]
fn aks_to_azure_openai() {
    check(include_str!("../../../malformed/aks-to-azure-openai.json"));
}

#[test]
fn the_schema_is_one_that_terraform_takes() {
    let attributes = TrustModel::attributes();
    assert!(attributes.iter().any(|attribute| attribute.name.as_str() == "key_names"));
}
