//! What the trust policies of roles say.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::graph::Graph;
use crate::graph::tests::{ISSUER, trust};
use crate::source::{Aks, GcpServiceAccount, Source};
use crate::spec::Targets;

const HOST: &str =
    "westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222/";

fn aws() -> Aws {
    Aws {
        account_id: Text::of("123456789012"),
        role_name: None,
        role_path: None,
        policy_arns: Leaf::Known([Text::of("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")].into()),
        inline_policy: None,
        audience: None,
        max_session_duration: None,
        permissions_boundary: None,
        existing_oidc_provider: None,
        disabled: Leaf::Known(false),
    }
}

fn graph(from: Option<Source>, aws: Aws) -> Graph {
    let mut spec = Spec { to: Leaf::Known(Targets { aws: Some(Leaf::Known(aws)), ..Targets::default() }), ..trust() };
    if let Some(from) = from {
        spec.from = Leaf::Known(from);
    }
    assert_eq!(spec.problems(), []);
    Graph::of(&spec, &Default::default())
}

fn statements(graph: &Graph) -> Vec<Value> {
    let Object::Role(role) = &graph.nodes()["aws/role"].object else { panic!("no role") };
    let policy: Value = serde_json::from_str(role.trust_policy.known().unwrap()).unwrap();
    policy["Statement"].as_array().unwrap().clone()
}

fn keys(graph: &Graph) -> Vec<&str> {
    graph.nodes().keys().map(String::as_str).collect()
}

#[test]
fn a_pods_role_compares_audience_and_subject() {
    let graph = graph(None, aws());
    assert_eq!(
        keys(&graph),
        [
            "aws/oidc_provider",
            "aws/oidc_provider_client",
            "aws/role",
            "aws/role_policy_attachment/arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        ]
    );
    let permission = json!({
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::123456789012:oidc-provider/{HOST}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": {
            format!("{HOST}:aud"): "sts.amazonaws.com",
            format!("{HOST}:sub"): "system:serviceaccount:chat:backend",
        } },
    });
    assert_eq!(statements(&graph), [permission]);
}

#[test]
fn a_google_account_needs_no_provider_and_is_compared_by_its_number() {
    let id = "104857600000000000001";
    let google = Source::GcpServiceAccount(GcpServiceAccount { unique_id: Text::of(id), email: None });
    let graph = graph(Some(google), aws());
    assert!(!keys(&graph).iter().any(|key| key.contains("provider")), "{:?}", keys(&graph));
    let statement = &statements(&graph)[0];
    assert_eq!(statement["Principal"]["Federated"], "accounts.google.com");
    let compared = json!({
        "accounts.google.com:aud": id,
        "accounts.google.com:oaud": "sts.amazonaws.com",
        "accounts.google.com:sub": id,
    });
    assert_eq!(statement["Condition"]["StringEquals"], compared);
}

#[test]
fn two_clusters_have_a_provider_and_a_statement_each() {
    let both = Source::Aks(Aks {
        issuer: Some(Text::of(ISSUER)),
        cluster_id: None,
        issuers: Some(Leaf::Known(BTreeMap::from([("green".to_owned(), Text::of(ISSUER.replace("2222", "3333")))]))),
        namespace: Text::of("chat"),
        service_account: Text::of("backend"),
    });
    let graph = graph(Some(both), aws());
    assert_eq!(statements(&graph).len(), 2);
    for key in ["aws/oidc_provider", "aws/oidc_provider/green", "aws/oidc_provider_client/green"] {
        assert!(graph.nodes().contains_key(key), "{key}");
    }
}

#[test]
fn a_role_that_is_off_refuses_and_a_provider_that_exists_is_left_alone() {
    let arn = format!("arn:aws:iam::123456789012:oidc-provider/{HOST}");
    let existing_oidc_provider = Some(Text::of(&arn));
    let graph = graph(None, Aws { disabled: Leaf::Known(true), existing_oidc_provider, ..aws() });
    assert!(graph.nodes()["aws/oidc_provider"].referenced);
    assert!(!graph.nodes()["aws/oidc_provider_client"].referenced, "the audience is the trust's own");
    let refusal = json!({
        "Effect": "Deny",
        "Principal": { "Federated": arn },
        "Action": "sts:AssumeRoleWithWebIdentity",
    });
    assert_eq!(statements(&graph), [refusal]);
}
