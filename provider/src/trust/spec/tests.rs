//! Malformed configurations, each told at its attribute. The tables are data, so that the acceptance tests put the same ones to Terraform.

use std::collections::BTreeSet;

use tfplugin::Model;

use crate::testing::{Table, model};
use crate::trust::TrustModel;

fn check(table: &str) {
    let table = Table::read(table);
    let problems = model::<TrustModel>(&table.base).spec().problems();
    assert_eq!(problems, [], "{}: the base is wrong", table.resource);
    assert!(table.cases.len() >= 15, "{} cases are too few", table.cases.len());
    for case in &table.cases {
        let problems = model::<TrustModel>(&case.config(&table.base)).spec().problems();
        let paths: BTreeSet<_> = problems.iter().map(|problem| problem.path.to_string()).collect();
        assert!(paths.contains(&case.at), "{:?} is told at {paths:?}", case.set);
        let told =
            |says: &String| problems.iter().any(|it| format!("{} {}", it.summary, it.detail).contains(says.as_str()));
        assert!(case.says.iter().all(told), "{:?} says {problems:?}", case.set);
        assert!(problems.iter().all(|it| !it.detail.contains("  ")), "{problems:?}");
    }
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
