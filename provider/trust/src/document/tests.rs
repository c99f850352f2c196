//! What stands in the document, and what stands beside it.

use super::*;
use crate::graph::tests::{facts, google, trust, with};
use crate::object::gcp;
use crate::spec::Targets;
use crate::target::gcp::ExistingGcp;

fn document(gcp: Gcp) -> TrustDocument {
    let spec = Spec { to: Leaf::Known(Targets { gcp: Some(Leaf::Known(gcp)), ..Targets::default() }), ..trust() };
    of(&spec, &Graph::of(&spec, &facts()), &facts())
}

fn seen(spec: &Spec, around: &Surroundings) -> Described {
    amid(("crosscloud_trust", spec), &Graph::of(spec, &facts()), &facts(), around)
}

#[test]
fn a_known_trust_has_no_unknown_places() {
    let document = document(google());
    assert_eq!(document.subject, "crosscloud_trust/aks-chat");
    assert!(document.unknown.is_empty(), "{:?}", document.unknown);
    assert_eq!(document.providers[0].intended.len(), 1);
    assert_eq!(document.bindings.len(), 2);
    assert_eq!(document.origins["/providers/0/attribute_condition"], "to.gcp.attribute_condition");
}

#[test]
fn unknown_values_are_listed_and_leave_nothing_that_looks_like_a_value() {
    let document = document(Gcp {
        attribute_condition: Some(Leaf::Unknown),
        attribute_mapping: Some(Leaf::Unknown),
        principals: Some(Leaf::Unknown),
        ..google()
    });
    assert_eq!(document.providers[0].attribute_condition, None);
    assert!(document.unknown.contains("/providers/0/attribute_condition"));
    assert!(document.unknown.contains("/providers/0/attribute_mapping"));
    assert!(document.unknown.contains("/bindings/1/members/0"));
    assert_eq!(document.origins["/bindings/1"], "to.gcp.principals");
}

#[test]
fn an_empty_condition_is_known_to_be_empty() {
    let document = document(Gcp { attribute_condition: Some(Text::of("")), ..google() });
    assert_eq!(document.providers[0].attribute_condition.as_deref(), Some(""));
}

#[test]
fn what_others_put_into_an_existing_pool_stands_in_the_document_as_theirs() {
    let existing = crate::target::gcp::ExistingGcp { pool: Some(Text::of("shared")), ..Default::default() };
    let gcp = Gcp { existing: Some(Leaf::Known(existing)), ..google() };
    let spec = Spec { to: Leaf::Known(Targets { gcp: Some(Leaf::Known(gcp)), ..Targets::default() }), ..trust() };
    let graph = Graph::of(&spec, &facts());
    let (Object::Pool(pool), Object::Provider(ours)) =
        (&graph.nodes()["gcp/pool"].object, &graph.nodes()["gcp/provider"].object)
    else {
        panic!("a pool and a provider")
    };
    let closed = crate::object::gcp::Pool { disabled: Leaf::Known(true), ..pool.clone() };
    let theirs = crate::object::gcp::Provider {
        provider: Text::of("legacy"),
        attribute_condition: Text::of("true"),
        ..ours.clone()
    };
    let key = "gcp/pool".to_owned();
    let around = Surroundings {
        seen: BTreeMap::from([(key.clone(), Object::Pool(closed))]),
        beside: vec![(key, Beside::Provider(theirs))],
    };
    let described = seen(&spec, &around);
    let document = &described.document;
    assert!(document.pools[0].disabled && !document.pools[0].complete);
    assert_eq!(document.providers[1].attribute_condition.as_deref(), Some("true"));
    assert!(document.providers[1].intended.is_empty(), "nobody here says whom it is meant for");
    assert_eq!(document.origin("/providers/1/attribute_condition"), "to.gcp.existing.pool");
    assert!(described.existing("/providers/1/attribute_condition").unwrap().ends_with("/providers/legacy"));
    assert_eq!(described.existing("/providers/0/attribute_condition"), None);
    assert!(document.unknown.is_empty(), "{:?}", document.unknown);
}

#[test]
fn others_who_are_bound_one_by_one_in_somebody_elses_pool_are_left_out_and_nobody_else_is() {
    let pool = "projects/471100000011/locations/global/workloadIdentityPools/shared";
    let spec = with(|gcp| {
        gcp.existing = Some(Leaf::Known(ExistingGcp {
            pool: Some(Text::of("shared")),
            provider: Some(Text::of("shared")),
            service_account: Some(Text::of("shared@ml-prod-4711.iam.gserviceaccount.com")),
        }));
    });
    let grant = |member: String| {
        let resource = gcp::Resource::ServiceAccount {
            project: Text::of("ml-prod-4711"),
            email: Text::of("shared@ml-prod-4711.iam.gserviceaccount.com"),
        };
        let role = Text::of(gcp::SERVICE_ACCOUNT_USER_ROLE);
        let grant = gcp::Grant { resource, role, member: Text::of(member), condition: None };
        ("gcp/service_account".to_owned(), Beside::Grant(grant))
    };
    let beside = [
        format!("principal://iam.googleapis.com/{pool}/subject/system:serviceaccount:reports:backend"),
        format!("principal://iam.googleapis.com/{pool}-twin/subject/system:serviceaccount:reports:backend"),
        format!("principalSet://iam.googleapis.com/{pool}/*"),
    ];
    let around = Surroundings { beside: beside.clone().map(grant).into(), ..Surroundings::default() };
    let document = seen(&spec, &around).document;
    let members: Vec<_> = document.bindings.iter().flat_map(|binding| &binding.members).flatten().collect();
    assert!(!members.contains(&&beside[0]), "{members:?}");
    assert!(members.contains(&&beside[1]) && members.contains(&&beside[2]), "{members:?}");
}
