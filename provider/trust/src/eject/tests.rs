//! A trust handed over: every object that it made, once, with its import.

use super::*;
use crate::graph::tests::{facts, trust, with as with_google};

fn held(graph: &Graph) -> BTreeMap<Key, Held> {
    let id = |node: &Node| node.object.id().known().cloned().unwrap();
    let made = |key: &str| !key.starts_with("gcp/service/");
    graph.nodes().iter().map(|(key, node)| (key.clone(), Held { id: id(node), made: made(key) })).collect()
}

fn written(blocks: &[Block]) -> String {
    blocks.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_trust_becomes_the_resources_that_it_stood_for() {
    let graph = Graph::of(&trust(), &facts());
    let blocks = eject(&graph, &held(&graph), "chat", &mut Addresses::default()).unwrap();
    let text = written(&blocks);
    let expected = include_str!("tests/aks_to_vertex_ai.tf");
    assert_eq!(text, expected, "{text}");
}

#[test]
fn what_was_found_or_is_referred_to_stays_whose_it_is() {
    let graph = Graph::of(&trust(), &facts());
    let nothing_made = held(&graph).into_iter().map(|(key, held)| (key, Held { made: false, ..held })).collect();
    assert_eq!(eject(&graph, &nothing_made, "chat", &mut Addresses::default()), Ok(Vec::new()));
    assert_eq!(eject(&graph, &BTreeMap::new(), "chat", &mut Addresses::default()), Ok(Vec::new()));
}

#[test]
fn two_trusts_of_one_name_get_addresses_of_their_own() {
    let graph = Graph::of(&trust(), &facts());
    let mut addresses = Addresses::default();
    eject(&graph, &held(&graph), "chat", &mut addresses).unwrap();
    let text = written(&eject(&graph, &held(&graph), "chat", &mut addresses).unwrap());
    assert!(text.contains("resource \"google_service_account\" \"chat_2\""), "{text}");
    assert!(text.contains("service_account_id = google_service_account.chat_2.name"), "{text}");
}

#[test]
fn the_logs_of_a_service_are_one_resource() {
    let spec = with_google(|gcp| gcp.audit_logs = Leaf::Known(true));
    let graph = Graph::of(&spec, &facts());
    let text = written(&eject(&graph, &held(&graph), "chat", &mut Addresses::default()).unwrap());
    let logs = graph.nodes().values().filter(|node| matches!(node.object, Object::AuditConfig(_))).count();
    assert_eq!(text.matches("audit_log_config {").count(), logs, "{text}");
    let service = "service = \"aiplatform.googleapis.com\"";
    assert_eq!(text.matches(service).count(), 1, "{text}");
}

#[test]
fn labels_are_identifiers() {
    for (key, label) in [
        ("gcp/pool", "chat"),
        ("gcp/project_grant/roles/aiplatform.user", "chat_aiplatform_user"),
        (
            "azure/role_assignment/Cognitive Services OpenAI User/subscriptions/1/resourceGroups/g",
            "chat_cognitive_services_openai_user",
        ),
        ("azure/federated_credential/2", "chat_2"),
    ] {
        assert_eq!(label_of("chat", key), label);
    }
    assert_eq!(label_of("9", "gcp/pool"), "_9");
}

#[test]
fn a_composite_leaves_the_state_and_nothing_else() {
    let expected =
        "removed {\n  from = module.ai.crosscloud_trust.chat\n\n  lifecycle {\n    destroy = false\n  }\n}\n";
    assert_eq!(release("module.ai.crosscloud_trust.chat").to_string(), expected);
}
