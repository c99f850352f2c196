//! Malformed configurations, each told at its attribute. The tables are data, so that the acceptance tests put the same ones to Terraform.

use crosscloud_policy_host::PolicySet;
use crosscloud_policy_model::policy::Request;
use crosscloud_trust::{FactQuery, Facts, Graph, IdentityFacts, Node, Spec, document};
use tfplugin::Model;

use crate::testing::{self, Table, model};
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
fn gitlab() {
    check(include_str!("../../../malformed/gitlab.json"));
}

#[test]
fn terraform_cloud() {
    check(include_str!("../../../malformed/terraform-cloud.json"));
}

#[test]
fn kubernetes() {
    check(include_str!("../../../malformed/kubernetes.json"));
}

#[test]
fn aws() {
    check(include_str!("../../../malformed/aws.json"));
}

#[test]
fn oidc() {
    check(include_str!("../../../malformed/oidc.json"));
}

#[test]
fn a_specification_gives_its_attributes_back() {
    for table in [
        include_str!("../../../malformed/aks-to-vertex-ai.json"),
        include_str!("../../../malformed/aws-to-vertex-ai.json"),
        include_str!("../../../malformed/azure-to-vertex-ai.json"),
        include_str!("../../../malformed/github-actions-to-google.json"),
        include_str!("../../../malformed/cmek.json"),
        include_str!("../../../malformed/aks-to-azure-openai.json"),
        include_str!("../../../malformed/gitlab.json"),
        include_str!("../../../malformed/terraform-cloud.json"),
        include_str!("../../../malformed/kubernetes.json"),
        include_str!("../../../malformed/aws.json"),
        include_str!("../../../malformed/oidc.json"),
    ] {
        let table = Table::read(table);
        // What is wrong with a configuration is nothing to the conversion, so every case is one more configuration.
        let configs = table.cases.iter().map(|case| case.config(&table.base)).chain([table.base.clone()]);
        for config in configs {
            let spec = model::<TrustModel>(&config).spec();
            let back = TrustModel::of(&spec);
            assert_eq!(back.spec(), spec, "{config}");
            let there = model::<TrustModel>(&config);
            assert_eq!((back.name, back.from, back.to), (there.name, there.from, there.to), "{config}");
        }
    }
}

#[test]
fn the_schema_is_one_that_terraform_takes() {
    let attributes = TrustModel::attributes();
    assert!(attributes.iter().any(|attribute| attribute.name.as_str() == "key_names"));
}

/// The built-in policy has nothing against what the tables begin with, once the facts are known.
#[test]
fn the_policy_lets_every_row_through() {
    let policy = PolicySet::built_in().unwrap();
    for table in [
        include_str!("../../../malformed/aks-to-vertex-ai.json"),
        include_str!("../../../malformed/aws-to-vertex-ai.json"),
        include_str!("../../../malformed/azure-to-vertex-ai.json"),
        include_str!("../../../malformed/github-actions-to-google.json"),
        include_str!("../../../malformed/cmek.json"),
        include_str!("../../../malformed/aks-to-azure-openai.json"),
        include_str!("../../../malformed/gitlab.json"),
        include_str!("../../../malformed/terraform-cloud.json"),
        include_str!("../../../malformed/kubernetes.json"),
        include_str!("../../../malformed/aws.json"),
        include_str!("../../../malformed/oidc.json"),
    ] {
        let table = Table::read(table);
        let spec = model::<TrustModel>(&table.base).spec();
        let facts = facts(&spec);
        let graph = Graph::of(&spec, &facts);
        assert_eq!(graph.wants().len(), 0, "{:?}", graph.wants());
        assert!(graph.nodes().values().all(Node::is_complete));
        let document = document::of(&spec, &graph, &facts);
        assert!(document.unknown.iter().all(|place| place.ends_with("/principal_id")), "{:?}", document.unknown);
        let request = Request { document, ..Request::default() };
        let findings = policy.evaluate(&request).unwrap().findings;
        assert!(findings.is_empty(), "{}: {findings:#?}", table.base["name"]);
    }
}

/// An answer to everything that a graph asks.
fn facts(spec: &Spec) -> Facts {
    const GUID: &str = "44444444-4444-4444-8444-444444444444";
    let mut facts = Facts::default();
    loop {
        let graph = Graph::of(spec, &facts);
        let Some(want) = graph.wants().first() else { return facts };
        match want.query.clone() {
            FactQuery::ProjectNumber { project } => {
                facts.project_numbers.insert(project, "471100000011".to_owned());
            }
            FactQuery::Identity { id } => {
                let tenant_id = "11111111-1111-4111-8111-111111111111".to_owned();
                let given =
                    IdentityFacts { principal_id: GUID.to_owned(), client_id: GUID.replace('4', "5"), tenant_id };
                facts.identities.insert(id, given);
            }
            FactQuery::Application { identifier_uri, .. } => {
                facts.applications.insert(identifier_uri, GUID.replace('4', "6"));
            }
            other => panic!("nobody should ask for {other:?}"),
        }
    }
}
