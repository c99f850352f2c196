//! Ids, markers and completeness of objects.

use std::collections::BTreeMap;

use super::*;
use crate::leaf::Leaf;
use gcp::{Grant, GrantCondition, Resource, ServiceAccount};

fn account(project: &str) -> ServiceAccount {
    ServiceAccount {
        project: Text::of(project),
        account: Text::of("aks-chat"),
        display_name: Text::of(""),
        description: Text::of(""),
        disabled: Leaf::Known(false),
    }
}

#[test]
fn a_service_account_is_addressed_by_its_email() {
    assert_eq!(account("ml-prod-4711").email(), Text::of("aks-chat@ml-prod-4711.iam.gserviceaccount.com"));
    assert_eq!(account("example.com:ml").email(), Text::of("aks-chat@ml.example.com.iam.gserviceaccount.com"));
}

#[test]
fn a_grant_is_known_by_resource_role_and_member() {
    let grant = |resource, condition| {
        let (role, member) = (Text::of("roles/aiplatform.user"), Text::of("serviceAccount:a@b"));
        Object::Grant(Grant { resource, role, member, condition })
    };
    let project = || Resource::Project { project: Text::of("ml-prod-4711") };
    let plain = grant(project(), None);
    assert_eq!(plain.id(), Text::of("projects/ml-prod-4711 roles/aiplatform.user serviceAccount:a@b"));
    assert_eq!(plain.type_name(), "cloudresourcemanager.googleapis.com/ProjectGrant");
    let condition = GrantCondition { title: Text::of("until May"), expression: Text::of("true") };
    let id = grant(project(), Some(condition)).id();
    assert_eq!(
        id,
        Text::of(
            r#"projects/ml-prod-4711 roles/aiplatform.user ?{"expression":"true","title":"until\u0020May"} serviceAccount:a@b"#
        )
    );
    let bucket = grant(Resource::Bucket { bucket: Text::of("b") }, None);
    assert_eq!(bucket.id(), Text::of("projects/_/buckets/b roles/aiplatform.user serviceAccount:a@b"));
}

#[test]
fn an_object_is_complete_once_nothing_in_it_is_unknown() {
    assert!(Object::ServiceAccount(account("ml")).is_complete());
    let disabled = ServiceAccount { disabled: Leaf::Unknown, ..account("ml") };
    assert!(!Object::ServiceAccount(disabled).is_complete());
}

#[test]
fn kinds_with_a_text_of_their_own_take_a_marker_and_give_it_back() {
    let marker = "crosscloud/team/chat/unfinished";
    let account = Object::ServiceAccount(account("ml"));
    assert_eq!(account.marked(marker).and_then(|it| it.marker().cloned()), Some(Text::of(marker)));
    let identity =
        azure::ManagedIdentity { id: Text::of("/i"), location: Text::of("westeurope"), tags: BTreeMap::new() };
    let identity = Object::ManagedIdentity(identity);
    assert_eq!(identity.marker(), None);
    assert_eq!(identity.marked(marker).and_then(|it| it.marker().cloned()), Some(Text::of(marker)));
    let ring = gcp::KeyRing { project: Text::of("p"), location: Text::of("l"), ring: Text::of("r") };
    assert_eq!(Object::KeyRing(ring).marked(marker), None);
}
