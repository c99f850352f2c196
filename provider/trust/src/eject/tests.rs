//! A trust handed over: every object that it made, once, with its import.

use super::*;
use crate::admits::Admits;
use crate::graph::tests::{aws, facts, trust, with as with_google};
use crate::member::{Member, MemberOf, MemberOfAws};
use crate::source::{Aks, AzureManagedIdentity, ExistingIdentity, Source};
use crate::spec::{Spec, Targets};
use crate::target::azure::OwnedIdentity;

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
    let blocks = eject(&graph, &held(&graph), "chat", &mut Module::default()).unwrap();
    let text = written(&blocks);
    let expected = include_str!("tests/aks_to_vertex_ai.tf");
    assert_eq!(text, expected, "{text}");
}

#[test]
fn an_application_and_its_principal_are_two_resources() {
    let from = AzureManagedIdentity {
        tenant_id: Text::of("11111111-2222-3333-4444-555555555555"),
        identity: Some(Leaf::Known(ExistingIdentity { principal_id: Text::of("p"), client_id: None })),
        owned: OwnedIdentity::default(),
        audience: None,
    };
    let spec = Spec { from: Leaf::Known(Source::AzureManagedIdentity(from)), ..trust() };
    let graph = Graph::of(&spec, &facts()).without("gcp/");
    let text = written(&eject(&graph, &held(&graph), "chat", &mut Module::default()).unwrap());
    for (kind, first) in [("azuread_application", "display_name"), ("azuread_service_principal", "client_id")] {
        let block = format!("resource \"{kind}\" \"chat\" {{\n  {first} ");
        assert!(text.contains(&block), "{block}: {text}");
        assert!(text.contains(&format!("to = {kind}.chat\n  id = data.{kind}.chat.id\n")), "{text}");
    }
}

#[test]
fn what_was_found_or_is_referred_to_stays_whose_it_is() {
    let graph = Graph::of(&trust(), &facts());
    let nothing_made = held(&graph).into_iter().map(|(key, held)| (key, Held { made: false, ..held })).collect();
    assert_eq!(eject(&graph, &nothing_made, "chat", &mut Module::default()), Ok(Vec::new()));
    assert_eq!(eject(&graph, &BTreeMap::new(), "chat", &mut Module::default()), Ok(Vec::new()));
}

#[test]
fn two_trusts_of_one_name_get_addresses_of_their_own() {
    let graph = Graph::of(&trust(), &facts());
    let mut module = Module::default();
    eject(&graph, &held(&graph), "chat", &mut module).unwrap();
    let text = written(&eject(&graph, &held(&graph), "chat", &mut module).unwrap());
    assert!(text.contains("resource \"google_service_account\" \"chat_2\""), "{text}");
    assert!(text.contains("service_account_id = google_service_account.chat_2.name"), "{text}");
}

#[test]
fn the_logs_of_a_service_are_one_resource() {
    let spec = with_google(|gcp| gcp.audit_logs = Leaf::Known(true));
    let graph = Graph::of(&spec, &facts());
    let text = written(&eject(&graph, &held(&graph), "chat", &mut Module::default()).unwrap());
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

/// A trust in AWS that admits the namespace `reports`, and its member.
fn with_a_member() -> (Graph, Graph) {
    let admits = Admits { namespaces: Some(Leaf::Known([Text::of("reports")].into())), ..Admits::default() };
    let to = Leaf::Known(Targets { aws: Some(Leaf::Known(aws())), ..Targets::default() });
    let spec = Spec { to, admits: Some(Leaf::Known(admits)), ..trust() };
    let Leaf::Known(Source::Aks(aks)) = trust().from else { panic!("no pod") };
    let of = MemberOfAws { role_arn: Text::of("arn:aws:iam::123456789012:role/aks-chat"), audience: None };
    let member = Member {
        name: Text::of("reports"),
        from: Leaf::Known(Source::Aks(Aks { namespace: Text::of("reports"), ..aks })),
        to: Leaf::Known(MemberOf { aws: Some(Leaf::Known(of)), ..MemberOf::default() }),
        disabled: Leaf::Known(false),
    };
    (Graph::of(&spec, &facts()), member.graph(&facts()))
}

#[test]
fn a_role_is_handed_over_with_its_members_statements() {
    let (trust, member) = with_a_member();
    let mut module = Module::default();
    module.see(&member, &held(&member));
    module.see(&trust, &held(&trust));
    let text = written(&eject(&trust, &held(&trust), "chat", &mut module).unwrap());
    assert!(text.contains("system:serviceaccount:reports:backend"), "{text}");
    assert!(text.contains("\"Sid\" = \"Members"), "{text}");
    assert_eq!(eject(&member, &held(&member), "reports", &mut module), Ok(Vec::new()));
    let remarks = module.remarks(&member, &held(&member)).join("\n");
    let said = "aws/role_statement is in `assume_role_policy` of arn:aws:iam::123456789012:role/aks-chat.";
    assert!(remarks.contains(said), "{remarks}");
}

#[test]
fn a_member_without_its_trust_says_what_the_role_has_to_hold() {
    let (trust, member) = with_a_member();
    let mut module = Module::default();
    module.see(&member, &held(&member));
    let remarks = module.remarks(&member, &held(&member)).join("\n");
    for said in ["role/aks-chat, which another state holds", "    \"Sid\" = \"Members", "reports:backend"] {
        assert!(remarks.contains(said), "{said}\n{remarks}");
    }
    let mut alone = Module::default();
    alone.see(&trust, &held(&trust));
    let text = written(&eject(&trust, &held(&trust), "chat", &mut alone).unwrap());
    assert!(!text.contains("reports:backend"), "{text}");
    let remarks = alone.remarks(&trust, &held(&trust)).join("\n");
    assert!(remarks.contains("aws/role admits members"), "{remarks}");
}
