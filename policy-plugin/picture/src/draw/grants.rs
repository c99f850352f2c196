//! Google's grants: who may act as which service account, who holds which role where, and keys of all kinds.

use crosscloud_policy_model::document::{Binding, ResourceKind};
use crosscloud_policy_model::principal::Principal;

use super::canvas::{Canvas, Key, Says};
use super::google::{Federations, home_of};
use crate::picture::{Kind, Meaning};

/// Roles that let their holder act as a service account.
const IMPERSONATION: [&str; 5] = [
    "roles/iam.workloadIdentityUser",
    "roles/iam.serviceAccountTokenCreator",
    "roles/iam.serviceAccountUser",
    "roles/iam.serviceAccountOpenIdTokenCreator",
    "roles/iam.serviceAccountKeyAdmin",
];

/// Draws keys, what they encrypt, and every grant.
pub(super) fn draw(canvas: &mut Canvas<'_>, federations: &mut Federations<'_>) {
    let document = canvas.document;
    keys(canvas);
    for (index, binding) in document.bindings.iter().enumerate() {
        grant(canvas, federations, index, binding);
    }
    let wide: Vec<(Key, String, String)> = document.bindings.iter().enumerate().filter_map(over_a_project).collect();
    let wide: Vec<_> = wide.into_iter().filter(|(grant, ..)| canvas.nodes.contains_key(grant)).collect();
    for (grant, home, place) in wide {
        // Such a role on a project reaches every service account in it, of which those in view are shown.
        let in_project = |(key, draft): (&Key, &super::canvas::NodeDraft)| {
            (key.kind == Kind::ServiceAccount && draft.home == home).then(|| key.clone())
        };
        let reached: Vec<Key> = canvas.nodes.iter().filter_map(in_project).collect();
        for account in reached {
            canvas.stands_on((&grant, &account, Meaning::MayImpersonate, None), [(&place, Says::Grant)]);
        }
    }
}

/// Somebody whom a Google policy names.
pub(super) fn member(
    canvas: &mut Canvas<'_>,
    federations: &mut Federations<'_>,
    text: &str,
    place: &str,
) -> Option<Key> {
    let shown = canvas.shown(place, text);
    let key = match text.parse() {
        Ok(Principal::Deleted { .. }) => return None,
        Ok(principal @ Principal::Federated { .. }) => return federations.principal(canvas, &principal, place),
        Ok(Principal::ServiceAccount(email)) => match email.split_once(".svc.id.goog[") {
            Some((project, account)) => {
                let issuer = format!("GKE workloads of {project}");
                let issuer = canvas.node(Kind::Issuer, &issuer, &issuer, &issuer);
                super::issuers::subject(canvas, &issuer, account.trim_end_matches(']'), place)
            }
            None => service_account(canvas, &email, place),
        },
        Ok(Principal::AllUsers) => canvas.node(Kind::Anyone, "allUsers", "anyone on the internet", "the internet"),
        Ok(Principal::AllAuthenticatedUsers) => {
            canvas.node(Kind::Anyone, "allAuthenticatedUsers", "anyone with a Google account", "the internet")
        }
        Ok(Principal::User(_) | Principal::Group(_) | Principal::Domain(_) | Principal::Other(_)) => {
            canvas.node(Kind::Principal, text, &shown, "Google accounts")
        }
        Err(_) => {
            let key = canvas.node(Kind::Principal, text, &shown, "Google accounts");
            canvas.detail(&key, format!("{shown}, which is no member that Google knows"));
            key
        }
    };
    canvas.at(&key, place);
    Some(key)
}

/// A service account, by its e-mail address or its resource name.
pub(super) fn service_account(canvas: &mut Canvas<'_>, name: &str, place: &str) -> Key {
    let email = name.rsplit('/').next().unwrap_or(name);
    let shown = canvas.shown(place, email.split('@').next().unwrap_or(email));
    let key = canvas.node(Kind::ServiceAccount, email, &shown, &home_of(email));
    canvas.detail(&key, canvas.shown(place, email));
    key
}

/// A role on a resource.
pub(super) fn grant_node(canvas: &mut Canvas<'_>, role: &str, resource: &str, home: &str) -> Key {
    let key = canvas.node(Kind::Grant, &format!("{resource} {role}"), role, home);
    canvas.detail(&key, format!("{role} on {resource}"));
    key
}

fn grant(canvas: &mut Canvas<'_>, federations: &mut Federations<'_>, index: usize, binding: &Binding) {
    let at = |field: &str| format!("/bindings/{index}/{field}");
    let (place_of_resource, place_of_role) = (at("resource"), at("role"));
    let resource = canvas.known(&place_of_resource, &binding.resource);
    let resource = resource.map(|name| canvas.shown(&place_of_resource, name));
    let role = canvas.known(&place_of_role, &binding.role).map(|role| canvas.shown(&place_of_role, role));
    let role = role.unwrap_or_else(|| "a role not known yet".to_owned());
    let acts = IMPERSONATION.contains(&role.as_str());
    let (target, meaning) = match (binding.resource_kind, &resource) {
        (ResourceKind::ServiceAccount, Some(name)) => {
            let account = service_account(canvas, name, &place_of_resource);
            (account, if acts { Meaning::MayImpersonate } else { Meaning::Granted })
        }
        (ResourceKind::CryptoKey, Some(name)) => {
            let uses = role.to_ascii_lowercase().contains("cryptokeyencrypter") || role.contains("cryptoKeyDecrypter");
            (key_node(canvas, name), if uses { Meaning::EncryptsWith } else { Meaning::Granted })
        }
        (_, Some(name)) => (grant_node(canvas, &role, name, &home_of(name)), Meaning::Granted),
        (_, None) => {
            let unknown = canvas.unknown(&place_of_resource, "Google Cloud");
            (unknown, if acts { Meaning::MayImpersonate } else { Meaning::Granted })
        }
    };
    canvas.at(&target, &format!("/bindings/{index}"));
    let named = (target.kind != Kind::Grant).then_some(role);
    for (place, text) in
        binding.members.iter().enumerate().map(|(at, text)| (format!("/bindings/{index}/members/{at}"), text))
    {
        let who = match canvas.known(&place, text) {
            Some(text) => member(canvas, federations, text, &place),
            None => Some(canvas.unknown(&place, "Google Cloud")),
        };
        let Some(who) = who else { continue };
        let draft = canvas.stands_on(
            (&who, &target, meaning, named.clone()),
            [
                (&place, Says::Grant),
                (&place_of_role, Says::Grant),
                (&place_of_resource, Says::Grant),
                (&at("condition"), Says::Condition),
            ],
        );
        draft.unknown |= text.is_none();
    }
}

/// A grant on a project of a role that reaches its service accounts: the grant, the project, the place of the role.
fn over_a_project((index, binding): (usize, &Binding)) -> Option<(Key, String, String)> {
    let (resource, role) = (binding.resource.as_deref()?, binding.role.as_deref()?);
    let reaches = binding.resource_kind == ResourceKind::Project && IMPERSONATION.contains(&role);
    reaches.then(|| {
        (Key::of(Kind::Grant, &format!("{resource} {role}")), home_of(resource), format!("/bindings/{index}/role"))
    })
}

fn keys(canvas: &mut Canvas<'_>) {
    let document = canvas.document;
    for (index, key) in document.kms_keys.iter().enumerate() {
        let at = format!("/kms_keys/{index}");
        let name = canvas.known(&format!("{at}/name"), &key.name).unwrap_or(&at);
        let node = key_node(canvas, &canvas.shown(&format!("{at}/name"), name));
        canvas.at(&node, &at);
    }
    for (index, store) in document.data_stores.iter().enumerate() {
        let at = format!("/data_stores/{index}");
        let name = canvas.known(&format!("{at}/name"), &store.name).unwrap_or("not known yet");
        let label = format!("{} {}", store.kind, canvas.shown(&format!("{at}/name"), name));
        let home = store.kms_key.as_deref().map_or_else(|| "Google Cloud".to_owned(), home_of);
        let node = canvas.placed(Kind::DataStore, &at, &label, &home, &at);
        let place = format!("{at}/kms_key");
        if let Some(key) = canvas.known(&place, &store.kms_key) {
            let key = key_node(canvas, &canvas.shown(&place, key));
            canvas.stands_on((&node, &key, Meaning::EncryptsWith, None), [(&place, Says::Condition)]);
        }
    }
    for (index, key) in document.service_account_keys.iter().enumerate() {
        let place = format!("/service_account_keys/{index}/service_account");
        let account = match canvas.known(&place, &key.service_account) {
            Some(name) => service_account(canvas, name, &place),
            None => canvas.unknown(&place, "Google Cloud"),
        };
        let holder = canvas.node(Kind::Anyone, &place, "anyone who holds the key file", "key files");
        canvas.stands_on((&holder, &account, Meaning::MayImpersonate, None), [(&place, Says::Grant)]);
    }
}

fn key_node(canvas: &mut Canvas<'_>, name: &str) -> Key {
    let key = canvas.node(Kind::Key, name, name.rsplit('/').next().unwrap_or(name), &home_of(name));
    canvas.detail(&key, name);
    key
}
