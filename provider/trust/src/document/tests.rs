//! What stands in the document, and what stands beside it.

use super::*;
use crate::graph::tests::{facts, google, trust};
use crate::spec::Targets;

fn document(gcp: Gcp) -> TrustDocument {
    let spec = Spec { to: Leaf::Known(Targets { gcp: Some(Leaf::Known(gcp)), azure: None }), ..trust() };
    of(&spec, &Graph::of(&spec, &facts()), &facts())
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
