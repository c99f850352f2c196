//! What is drawn of the built-in policy's examples.
#![allow(clippy::unwrap_used)]

use crosscloud_policy_model::document::TrustDocument;
use crosscloud_policy_model::policy::Request;
use crosscloud_policy_plugin::examples::{Base, Example, Outcome};
use crosscloud_policy_plugin::{BuiltIn, Policy};
use serde_json::Value;

use super::draw;
use crate::picture::{Edge, Kind, Meaning, Note, Picture, State};

fn example(base: Base, changes: &'static [(&'static str, &'static str)]) -> TrustDocument {
    Example { title: "drawn", base, changes, outcome: Outcome::Pass }.document().unwrap()
}

fn picture(base: Base, changes: &'static [(&'static str, &'static str)]) -> Picture {
    let document = example(base, changes);
    let found = BuiltIn::evaluate(&Request { document: document.clone(), settings: Value::Null });
    draw(&document, &found)
}

/// Edges as `from -meaning-> to`, with a mark on those that are not sound.
fn edges(picture: &Picture) -> Vec<String> {
    picture.edges.iter().map(|edge| line(picture, edge)).collect()
}

fn line(picture: &Picture, edge: &Edge) -> String {
    let mark = match edge.state {
        State::Sound => "",
        State::Undetermined => "? ",
        State::Open => "! ",
    };
    let (from, to) = (&picture.nodes[edge.from].label, &picture.nodes[edge.to].label);
    format!("{mark}{from} -{}-> {to}", edge.meaning.words())
}

fn only<'a>(picture: &'a Picture, wanted: &str) -> &'a Edge {
    let found: Vec<&Edge> = picture.edges.iter().filter(|edge| line(picture, edge) == wanted).collect();
    assert_eq!(found.len(), 1, "{wanted}: {:#?}", edges(picture));
    found[0]
}

#[test]
fn a_token_leads_to_what_it_becomes() {
    let aks = picture(Base::Aks, &[]);
    assert_eq!(
        edges(&aks),
        [
            "AKS cluster 5a2c1e0d-3b7f-4c1e-9d5a-0c7e6f1b2a34 -issues-> system:serviceaccount:chat:backend",
            "system:serviceaccount:chat:backend -admitted by-> aks-chat / aks",
            "system:serviceaccount:chat:backend -may impersonate-> aks-chat",
            "aks-chat / aks -inside-> aks-chat",
            "aks-chat -granted-> roles/aiplatform.user",
        ]
    );
    assert_eq!(aks.nodes[1].address.as_deref(), Some("to.gcp.principals"));
}

#[test]
fn one_workload_of_three_clouds_is_one_node() {
    let plan = picture(Base::Plan, &[]);
    let workloads: Vec<_> = plan.nodes.iter().filter(|node| node.kind == Kind::Subject).collect();
    assert_eq!(workloads.len(), 2, "{workloads:#?}");
    only(&plan, "repo:octo@1001/app@2001:ref:refs/heads/main -assumes-> deploy");
    only(&plan, "repo:octo@1001/app@2001:ref:refs/heads/main -admitted by-> github-main");
    assert!(plan.edges.iter().all(|edge| edge.state == State::Sound));
}

#[test]
fn a_missing_condition_lets_anyone_in() {
    let open = picture(Base::GitHub, &[("/providers/0/attribute_condition", "null")]);
    let edge = only(&open, "! anyone of GitHub Actions -admitted by-> deploy / github");
    let note: &Note = &edge.notes[0];
    assert_eq!(note.rule, "gcp-wif-condition-missing");
    let witness = note.witness.as_ref().unwrap();
    assert_eq!(witness["iss"], "https://token.actions.githubusercontent.com");
    assert!(note.remediation.contains("attribute_condition"), "{note:?}");
}

#[test]
fn a_stranger_is_drawn_with_what_it_becomes() {
    let changes = &[
        ("/providers/0/attribute_condition", r#""assertion.repository_owner == 'octo'""#),
        (
            "/providers/0/attribute_mapping",
            r#"{"google.subject": "assertion.sub", "attribute.owner": "assertion.repository_owner"}"#,
        ),
        (
            "/bindings/0/members/0",
            r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/attribute.owner/octo""#,
        ),
    ];
    let open = picture(Base::GitHub, changes);
    let strangers: Vec<&Edge> = open.edges.iter().filter(|edge| open.nodes[edge.from].kind == Kind::Stranger).collect();
    assert!(strangers.iter().any(|edge| edge.meaning == Meaning::AdmittedBy && edge.state == State::Open));
    let passes = strangers.iter().find(|edge| edge.meaning == Meaning::PassesAs).expect("the stranger passes");
    assert_eq!((passes.state, open.nodes[passes.to].label.as_str()), (State::Open, "owner = octo"));
    only(&open, "! owner = octo -may impersonate-> deploy");
    // The workload that is meant is one of the set, which so needs no way in of its own.
    only(&open, "repo:octo/app:ref:refs/heads/main -one of-> owner = octo");
    // A stranger that calls itself the same is told from it.
    only(&open, "! repo:octo/app:ref:refs/heads/main with repository_id = 9002 -passes as-> owner = octo");
}

#[test]
fn everybody_of_a_pool_is_anyone() {
    let star =
        r#""principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/deploy/*""#;
    let changes: &'static [_] = vec![("/bindings/0/members/0", star)].leak();
    let open = picture(Base::GitHub, changes);
    let edge = only(&open, "! anyone of GitHub Actions -may impersonate-> deploy");
    assert!(edge.notes.iter().any(|note| note.rule == "gcp-member-pool-star"), "{edge:?}");
}

#[test]
fn a_trust_policy_is_judged_by_its_own_subjects() {
    let open = picture(
        Base::AwsRole,
        &[(
            "/aws_roles/0/assume_role_policy/Statement/0/Condition",
            r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}, "StringLike": {"token.actions.githubusercontent.com:sub": "repo:octo*"}}"#,
        )],
    );
    let edge = only(&open, "! repo:octo* -assumes-> deploy");
    assert!(edge.notes[0].witness.is_some(), "{edge:?}");
    let all = picture(
        Base::AwsRole,
        &[(
            "/aws_roles/0/assume_role_policy/Statement/0/Condition",
            r#"{"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}"#,
        )],
    );
    only(&all, "! anyone of GitHub Actions -assumes-> deploy");
}

#[test]
fn what_admits_nobody_is_a_note_and_no_red_edge() {
    let dead = picture(Base::GitHub, &[("/providers/0/attribute_condition", r#""false""#)]);
    assert!(dead.edges.iter().all(|edge| edge.state != State::Open), "{:#?}", edges(&dead));
    let provider = dead.nodes.iter().find(|node| node.kind == Kind::Provider).unwrap();
    assert!(provider.notes.iter().any(|note| note.rule == "gcp-wif-condition-dead"), "{provider:?}");
}

#[test]
fn what_is_not_known_yet_is_dashed() {
    let unknown =
        picture(Base::Aks, &[("/unknown", r#"["/providers/0/attribute_condition", "/bindings/0/members/0"]"#)]);
    only(&unknown, "? anyone of AKS cluster 5a2c1e0d-3b7f-4c1e-9d5a-0c7e6f1b2a34 -admitted by-> aks-chat / aks");
    only(&unknown, "? not known yet -may impersonate-> aks-chat");
}

#[test]
fn a_provider_is_joined_to_its_issuer_without_a_workload_in_view() {
    let bare = picture(Base::GitHub, &[("/providers/0/intended", "[]"), ("/bindings", "[]")]);
    assert_eq!(edges(&bare), ["GitHub Actions -trusted by-> deploy / github", "deploy / github -inside-> deploy"]);
}

#[test]
fn a_disabled_pool_admits_nobody() {
    let off = picture(Base::Aks, &[("/pools/0/disabled", "true")]);
    assert!(off.edges.iter().all(|edge| edge.meaning != Meaning::AdmittedBy), "{:#?}", edges(&off));
}

#[test]
fn a_role_on_the_project_reaches_its_accounts() {
    let wide = picture(
        Base::Aks,
        &[(
            "/bindings/-",
            r#"{"resource_kind": "project", "resource": "projects/ml-prod", "role": "roles/iam.serviceAccountTokenCreator", "members": ["user:ops@example.com"]}"#,
        )],
    );
    only(&wide, "! roles/iam.serviceAccountTokenCreator -may impersonate-> aks-chat");
    only(&wide, "! user:ops@example.com -granted-> roles/iam.serviceAccountTokenCreator");
}

#[test]
fn an_identity_of_one_cloud_signs_in_to_another() {
    let chain = picture(
        Base::Plan,
        &[(
            "/providers/-",
            r#"{"name": "projects/123456789012/locations/global/workloadIdentityPools/deploy/providers/entra", "pool": "projects/123456789012/locations/global/workloadIdentityPools/deploy",
                "source": {"kind": "oidc", "issuer": "https://sts.windows.net/72f988bf-86f1-41af-91ab-2d7cd011db47/", "allowed_audiences": ["api://x"]},
                "attribute_mapping": {"google.subject": "assertion.sub"}, "attribute_condition": "assertion.sub == '3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9'",
                "intended": [{"sub": "3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9"}]}"#,
        )],
    );
    only(&chain, "deploy -signs in as-> 3f2a1b0c-9d8e-4f7a-b6c5-d4e3f2a1b0c9");
}

#[test]
fn keys_stores_and_perimeters_are_drawn() {
    let vault = picture(
        Base::Aks,
        &[
            // Keys of service accounts are an object of rules on whole plans.
            ("/scope", r#""plan""#),
            (
                "/kms_keys",
                r#"[{"name": "projects/ml-prod/locations/eu/keyRings/r/cryptoKeys/k", "purpose": null, "rotation_period": null, "protection_level": null}]"#,
            ),
            (
                "/data_stores",
                r#"[{"kind": "bucket", "name": "models", "kms_key": "projects/ml-prod/locations/eu/keyRings/r/cryptoKeys/k"}]"#,
            ),
            (
                "/perimeters",
                r#"[{"name": "accessPolicies/1/servicePerimeters/ml", "enforced": {"resources": ["projects/ml-prod"], "ingress": [{"identity_type": "ANY_IDENTITY", "sources": ["*"]}]}}]"#,
            ),
            ("/service_account_keys", r#"[{"service_account": "aks-chat@ml-prod.iam.gserviceaccount.com"}]"#),
        ],
    );
    only(&vault, "bucket models -encrypts with-> k");
    only(&vault, "roles/aiplatform.user -inside-> projects/ml-prod");
    only(&vault, "projects/ml-prod -inside-> ml");
    only(&vault, "! any identity -admitted by-> ml");
    only(&vault, "! anyone who holds the key file -may impersonate-> aks-chat");
    let key = vault.nodes.iter().find(|node| node.kind == Kind::Key).unwrap();
    assert!(key.notes.iter().any(|note| note.rule == "gcp-kms-rotation"), "{key:?}");
}
