//! What the trust policies of roles say.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;
use crate::graph::Graph;
use crate::graph::tests::{ISSUER, aws, trust};
use crate::source::{Aks, GcpServiceAccount, GithubActions, Source, Towards};
use crate::spec::Targets;

const HOST: &str =
    "westeurope.oic.prod-aks.azure.com/11111111-1111-4111-8111-111111111111/22222222-2222-4222-8222-222222222222/";

fn graph(from: Option<Source>, aws: Aws) -> Graph {
    let mut spec = Spec { to: Leaf::Known(Targets { aws: Some(Leaf::Known(aws)), ..Targets::default() }), ..trust() };
    if let Some(from) = from {
        spec.from = Leaf::Known(from);
    }
    assert_eq!(spec.problems(), []);
    Graph::of(&spec, &Default::default())
}

fn trust_policy(graph: &Graph) -> &Text {
    let Object::Role(role) = &graph.nodes()["aws/role"].object else { panic!("no role") };
    &role.trust_policy
}

fn statements(graph: &Graph) -> Vec<Value> {
    let policy: Value = serde_json::from_str(trust_policy(graph).known().unwrap()).unwrap();
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

fn names(texts: &[&str]) -> Option<Leaf<BTreeSet<Text>>> {
    Some(Leaf::Known(texts.iter().map(|text| Text::of(*text)).collect()))
}

/// A trust that admits members, and its source.
fn admitting(from: Option<Source>, admits: Leaf<Admits>) -> (Spec, Graph) {
    let to = Leaf::Known(Targets { aws: Some(Leaf::Known(aws())), ..Targets::default() });
    let mut spec = Spec { to, admits: Some(admits), ..trust() };
    spec.from = from.map_or(spec.from, Leaf::Known);
    assert_eq!(spec.problems(), []);
    let graph = Graph::of(&spec, &Default::default());
    (spec, graph)
}

#[test]
fn members_have_a_border_that_is_recognised() {
    let repository = Source::GithubActions(GithubActions {
        owner: Text::of("octo-org"),
        owner_id: Text::of("1001"),
        repository: Text::of("app"),
        repository_id: Text::of("2001"),
        environment: Some(Text::of("production")),
        reference: None,
        workflow: None,
        issuer: None,
    });
    let own = "system:serviceaccount:chat:backend";
    let namespaces = |namespaces: &[&str]| Admits { namespaces: names(namespaces), ..Admits::default() };
    let repositories = Admits { repository_ids: names(&["2002"]), ..Admits::default() };
    for (from, admits, operator, values) in [
        (None, namespaces(&["reports"]), "StringNotLike", vec![own, "system:serviceaccount:reports:*"]),
        (None, namespaces(&["chat"]), "StringNotLike", vec!["system:serviceaccount:chat:*"]),
        (Some(repository), repositories, "StringNotEquals", vec!["2001", "2002"]),
    ] {
        let (spec, graph) = admitting(from, Leaf::Known(admits.clone()));
        let [own, border] = &statements(&graph)[..] else { panic!("{:?}", statements(&graph)) };
        assert_eq!((&own["Effect"], &border["Effect"]), (&json!("Allow"), &json!("Deny")));
        let compared = border["Condition"][operator].as_object().unwrap();
        assert_eq!(compared.values().collect::<Vec<_>>(), [&json!(values)], "{border}");
        let source = spec.from.known().unwrap();
        let identity = source.identity(Towards::Aws, &spec.name, &Default::default());
        let policy = trust_policy(&graph).known().unwrap();
        assert_eq!(border::recognise(policy, source, &identity), Some(admits));
        // IAM turns a list of one into a text.
        let single = policy.replace(&format!("[\"{}\"]", values[0]), &format!("\"{}\"", values[0]));
        assert!(border::recognise(&single, source, &identity).is_some());
        let other = policy.replace("StringNot", "StringNotIgnoreCase").replace("IgnoreCaseLike", "EqualsIgnoreCase");
        assert_eq!(border::recognise(&other, source, &identity), None, "somebody else's");
    }
}

#[test]
fn a_trust_policy_waits_for_whom_the_trust_admits() {
    for admits in [
        Leaf::Unknown,
        Leaf::Known(Admits { namespaces: Some(Leaf::Unknown), ..Admits::default() }),
        Leaf::Known(Admits { namespaces: Some(Leaf::Known([Leaf::Unknown].into())), ..Admits::default() }),
    ] {
        assert!(trust_policy(&admitting(None, admits).1).is_unknown());
    }
}
