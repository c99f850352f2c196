//! Grants: `google_…_iam_member`, `_iam_binding` and `_iam_policy` of whatever carries an allow policy.

use crosscloud_policy_model::document::{Authority, Binding, ResourceKind};
use crosscloud_policy_model::principal::Principal;
use serde_json::Value;

use crate::piece::Piece;
use crate::resource::Resource;
use crate::types::Reader;
use crate::view::View;

/// What carries an allow policy, by the middle of the type's name: its kind, the attribute that names it, and what stands before that name.
const CARRIERS: &[(&str, ResourceKind, &str, &str)] = &[
    ("organization", ResourceKind::Organization, "org_id", "organizations/"),
    ("folder", ResourceKind::Folder, "folder", "folders/"),
    ("project", ResourceKind::Project, "project", "projects/"),
    ("service_account", ResourceKind::ServiceAccount, "service_account_id", ""),
    ("kms_key_ring", ResourceKind::KeyRing, "key_ring_id", ""),
    ("kms_crypto_key", ResourceKind::CryptoKey, "crypto_key_id", ""),
    ("storage_bucket", ResourceKind::Bucket, "bucket", ""),
];

/// Attributes that name other carriers, the most telling first.
const NAMES: &[&str] = &[
    "secret_id",
    "dataset_id",
    "table_id",
    "topic",
    "subscription",
    "service",
    "cloud_function",
    "instance",
    "repository",
    "queue",
    "job",
    "cluster",
    "database",
    "location",
    "name",
    "id",
];

/// What grants to a service account, and grants on one, are both about.
const ACCOUNT: &[&str] = &["google_service_account"];

pub(super) fn reader(type_name: &str) -> Option<Reader> {
    let (_, form) = type_name.strip_prefix("google_")?.rsplit_once("_iam_")?;
    match form {
        "member" => Some(member),
        "binding" => Some(binding),
        "policy" => Some(policy),
        _ => None,
    }
}

fn member(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    if it.at("member").is_unknown() {
        piece.joins.extend(it.referred("member", ACCOUNT).map(|account| account.address.to_owned()));
    }
    let members = vec![piece.text(&it.at("member"), "/bindings/0/members/0")];
    grant(it, &mut piece, members, Authority::Additive);
    Some(piece)
}

fn binding(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let members = piece.each_text(&it.at("members"), "/bindings/0/members");
    grant(it, &mut piece, members, Authority::Role);
    Some(piece)
}

fn grant(it: &Resource<'_>, piece: &mut Piece, members: Vec<Option<String>>, authority: Authority) {
    let (resource_kind, resource) = carrier(it, piece, 0);
    let condition = View::of(it.values, it.unknown, it.sensitive).block("condition");
    let binding = Binding {
        resource_kind,
        resource,
        role: piece.text(&it.at("role"), "/bindings/0/role"),
        members,
        condition: condition.and_then(|block| piece.text(&block.at("expression"), "/bindings/0/condition")),
        authority,
    };
    if binding.resource_kind == ResourceKind::ServiceAccount && binding.resource.is_none() {
        piece.joins.extend(it.referred("service_account_id", ACCOUNT).map(|account| account.address.to_owned()));
    }
    add(piece, binding);
}

/// A whole allow policy. Where its text is not known yet, the `google_iam_policy` that it is made of may tell.
fn policy(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let text = it.at("policy_data");
    let parsed: Option<Value> = text.text().and_then(|text| serde_json::from_str(text).ok());
    if let Some(bindings) = parsed.as_ref().and_then(|policy| policy.get("bindings")?.as_array()) {
        for entry in bindings {
            let index = piece.document.bindings.len();
            piece.note(&text, format!("/bindings/{index}"));
            let members = entry.get("members").and_then(Value::as_array).into_iter().flatten();
            let (resource_kind, resource) = carrier(it, &mut piece, index);
            let owned = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
            let binding = Binding {
                resource_kind,
                resource,
                role: owned(entry.get("role")),
                members: members.map(|member| owned(Some(member))).collect(),
                condition: owned(entry.pointer("/condition/expression")),
                authority: Authority::Policy,
            };
            add(&mut piece, binding);
        }
    } else if let Some(document) = it.referred("policy_data", &["google_iam_policy"]) {
        for block in document.at("binding").items() {
            let index = piece.document.bindings.len();
            let at = format!("/bindings/{index}");
            let members = piece.each_text(&block.at("members"), &format!("{at}/members"));
            let role = piece.text(&block.at("role"), format!("{at}/role"));
            let condition = block.block("condition");
            let condition = condition.and_then(|it| piece.text(&it.at("expression"), format!("{at}/condition")));
            let (resource_kind, resource) = carrier(it, &mut piece, index);
            add(
                &mut piece,
                Binding { resource_kind, resource, role, members, condition, authority: Authority::Policy },
            );
        }
        // The values were written in the other resource; what is at fault here is the policy as a whole.
        for path in piece.document.origins.values_mut() {
            text.path.clone_into(path);
        }
    } else {
        piece.note(&text, "/bindings/0/members/0");
        piece.unknown("/bindings/0/members/0");
        piece.unknown("/bindings/0/role");
        let (resource_kind, resource) = carrier(it, &mut piece, 0);
        let binding = Binding {
            resource_kind,
            resource,
            members: vec![None],
            authority: Authority::Policy,
            ..Binding::default()
        };
        add(&mut piece, binding);
    }
    Some(piece)
}

/// What the grant is on.
fn carrier(it: &Resource<'_>, piece: &mut Piece, index: usize) -> (ResourceKind, Option<String>) {
    let pointer = format!("/bindings/{index}/resource");
    let stem =
        it.type_name.strip_prefix("google_").and_then(|name| name.rsplit_once("_iam_")).map_or("", |(stem, _)| stem);
    match CARRIERS.iter().find(|(name, ..)| *name == stem) {
        Some((_, kind, attribute, before)) => {
            let name = piece.filled(&it.at(attribute), pointer);
            (*kind, name.map(|name| if name.starts_with(before) { name } else { format!("{before}{name}") }))
        }
        None => {
            let named = NAMES.iter().map(|name| it.at(name)).find(|view| !view.is_absent());
            (ResourceKind::Other, named.and_then(|view| piece.filled(&view, pointer)))
        }
    }
}

/// Adds a grant, joined with the pools whose identities it names, with what else is granted to the service account that they become, and with
/// the other grants on keys to the same member.
fn add(piece: &mut Piece, binding: Binding) {
    let on_keys = binding.role.as_deref().is_some_and(|role| role.starts_with("roles/cloudkms."));
    let account = binding.resource.as_deref().and_then(|name| name.split("/serviceAccounts/").nth(1));
    for member in binding.members.iter().flatten() {
        match member.parse() {
            Ok(Principal::Federated { pool, .. }) => {
                piece.join(pool);
                if let Some(email) = account {
                    piece.join(format!("account:{email}"));
                }
            }
            Ok(Principal::ServiceAccount(email)) => piece.join(format!("account:{email}")),
            _ => {}
        }
        if on_keys {
            piece.join(format!("keys-of:{member}"));
        }
    }
    piece.document.bindings.push(binding);
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{Other, beside, known, partly};

    const SET: &str = "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/*";

    #[test]
    fn a_member_of_a_project() {
        let piece = known(
            "google_project_iam_member",
            json!({"project": "ml-prod", "role": "roles/owner", "member": SET, "condition": [{"expression": "true", "title": "t"}]}),
        );
        let binding = &piece.document.bindings[0];
        assert_eq!(
            (binding.resource_kind, binding.resource.as_deref()),
            (ResourceKind::Project, Some("projects/ml-prod"))
        );
        assert_eq!(binding.condition.as_deref(), Some("true"));
        assert_eq!(binding.authority, Authority::Additive);
        assert!(piece.joins.contains("projects/1/locations/global/workloadIdentityPools/ci"));
        assert_eq!(piece.document.origin("/bindings/0/members/0"), "member");
    }

    #[test]
    fn a_workload_is_judged_with_what_the_account_holds_that_it_becomes() {
        let account = "deploy@ml-prod.iam.gserviceaccount.com";
        let becomes = known(
            "google_service_account_iam_member",
            json!({"service_account_id": format!("projects/ml-prod/serviceAccounts/{account}"), "role": "roles/iam.workloadIdentityUser", "member": SET}),
        );
        let holds = known(
            "google_project_iam_member",
            json!({"project": "ml-prod", "role": "roles/owner", "member": format!("serviceAccount:{account}")}),
        );
        assert!(becomes.joins.intersection(&holds.joins).any(|name| name.contains(account)), "{:?}", becomes.joins);
    }

    #[test]
    fn members_of_a_binding_may_be_unknown_one_by_one_or_all_together() {
        let one = partly(
            "google_storage_bucket_iam_binding",
            json!({"bucket": "b", "role": "roles/storage.objectViewer", "members": ["allUsers", null]}),
            json!({"members": [false, true]}),
        );
        assert_eq!(one.document.bindings[0].members, [Some("allUsers".to_owned()), None]);
        assert!(one.document.is_unknown("/bindings/0/members/1") && !one.document.is_unknown("/bindings/0/members/0"));
        let all = partly(
            "google_kms_crypto_key_iam_binding",
            json!({"role": "roles/cloudkms.admin"}),
            json!({"members": true, "crypto_key_id": true}),
        );
        assert_eq!(all.document.bindings[0].members, [None]);
        assert!(all.document.is_unknown("/bindings/0/members/0") && all.document.is_unknown("/bindings/0/resource"));
    }

    #[test]
    fn a_policy_is_read_from_its_text_or_from_the_document_that_it_is_made_of() {
        let text = r#"{"bindings":[{"role":"roles/viewer","members":["allUsers"]},{"role":"roles/editor","members":["user:a@example.com"]}]}"#;
        let piece = known("google_folder_iam_policy", json!({"folder": "folders/7", "policy_data": text}));
        assert_eq!(piece.document.bindings.len(), 2);
        assert_eq!(piece.document.bindings[1].resource.as_deref(), Some("folders/7"));
        assert_eq!(piece.document.origin("/bindings/1/members/0"), "policy_data");
        let data = Other {
            type_name: "google_iam_policy",
            address: "data.google_iam_policy.it",
            values: json!({"binding": [{"role": "roles/viewer", "members": ["allUsers", null], "condition": []}]}),
            unknown: json!({"policy_data": true, "binding": [{"members": [false, true]}]}),
        };
        let made = beside("google_project_iam_policy", json!({"project": "p"}), json!({"policy_data": true}), data);
        assert_eq!(made.document.bindings[0].members, [Some("allUsers".to_owned()), None]);
        assert_eq!(made.document.origin("/bindings/0/members/0"), "policy_data");
        let hidden = partly("google_project_iam_policy", json!({"project": "p"}), json!({"policy_data": true}));
        assert!(hidden.document.is_unknown("/bindings/0/members/0"));
    }

    #[test]
    fn anything_else_with_an_allow_policy_is_read_too() {
        let piece = known(
            "google_secret_manager_secret_iam_member",
            json!({"secret_id": "s", "role": "roles/secretmanager.secretAccessor", "member": "allAuthenticatedUsers"}),
        );
        assert_eq!(piece.document.bindings[0].resource_kind, ResourceKind::Other);
        assert_eq!(piece.document.bindings[0].resource.as_deref(), Some("s"));
        assert!(reader("google_project_iam_custom_role").is_none() && reader("google_iam_policy").is_none());
    }
}
