//! Azure: which tokens become which identity, and what it may do.

use crosscloud_policy_model::document::{EntraIdentityKind, FederatedCredential};

use super::canvas::{Canvas, Key, Says};
use super::grants::grant_node;
use super::issuers;
use crate::picture::{Kind, Meaning};

/// Draws identities, federated credentials and role assignments.
pub(super) fn draw(canvas: &mut Canvas<'_>) {
    let document = canvas.document;
    for (index, identity) in document.entra_identities.iter().enumerate() {
        let at = format!("/entra_identities/{index}");
        let place = format!("{at}/name");
        let name = canvas.known(&place, &identity.name).unwrap_or(&identity.id);
        let home = match canvas.known(&format!("{at}/tenant_id"), &identity.tenant_id) {
            Some(tenant) => format!("Entra tenant {tenant}"),
            None => "Microsoft Entra".to_owned(),
        };
        let key = canvas.placed(Kind::Identity, &identity.id, &canvas.shown(&place, name), &home, &at);
        let kind = match identity.kind {
            EntraIdentityKind::Application => "application",
            EntraIdentityKind::UserAssigned => "user-assigned managed identity",
        };
        canvas.detail(&key, format!("{} ({kind})", canvas.shown(&place, name)));
    }
    for (index, credential) in document.federated_credentials.iter().enumerate() {
        federated(canvas, index, credential);
    }
    for (index, assignment) in document.azure_role_assignments.iter().enumerate() {
        let at = |field: &str| format!("/azure_role_assignments/{index}/{field}");
        let principal = canvas.known(&at("principal_id"), &assignment.principal_id);
        let of_principal =
            |id: &str| document.entra_identities.iter().find(|it| it.principal_id.as_deref() == Some(id));
        let named = canvas.known(&at("identity"), &assignment.identity);
        let id = named.or_else(|| Some(of_principal(principal?)?.id.as_str()));
        let who = match (id, principal) {
            (Some(id), _) => identity(canvas, id, &at("identity")),
            (None, Some(principal)) => {
                let kind = assignment.principal_type.as_deref().unwrap_or("principal");
                let label = canvas.shown(&at("principal_id"), &format!("{kind} {principal}"));
                canvas.node(Kind::Principal, principal, &label, "Microsoft Entra")
            }
            (None, None) => canvas.unknown(&at("principal_id"), "Microsoft Entra"),
        };
        let scope = canvas.known(&at("scope"), &assignment.scope).unwrap_or("a scope not known yet");
        let role = canvas.known(&at("role"), &assignment.role).unwrap_or("a role not known yet");
        let (scope, role) = (canvas.shown(&at("scope"), scope), canvas.shown(&at("role"), role));
        let grant = grant_node(canvas, &role, &scope, &home_of(&scope));
        canvas.at(&grant, &format!("/azure_role_assignments/{index}"));
        let unknown = who.kind == Kind::Unknown;
        let places = [
            (&*at("principal_id"), Says::Grant),
            (&*at("role"), Says::Grant),
            (&*at("scope"), Says::Grant),
            (&*at("condition"), Says::Condition),
        ];
        canvas.stands_on((&who, &grant, Meaning::Granted, None), places).unknown |= unknown;
    }
}

fn federated(canvas: &mut Canvas<'_>, index: usize, credential: &FederatedCredential) {
    let place = format!("/federated_credentials/{index}");
    let at = |field: &str| format!("{place}/{field}");
    let identity = match canvas.known(&at("identity"), &credential.identity) {
        Some(id) => identity(canvas, id, &at("identity")),
        None => canvas.unknown(&at("identity"), "Microsoft Entra"),
    };
    let home = canvas.nodes.get(&identity).map(|node| node.home.clone()).unwrap_or_default();
    let name = canvas.known(&at("name"), &credential.name).unwrap_or("federated credential");
    let node = canvas.placed(Kind::FederatedCredential, &place, &canvas.shown(&at("name"), name), &home, &place);
    canvas.stands_on((&node, &identity, Meaning::Assumes, None), [(&at("identity"), Says::Condition)]);
    let subject = canvas.known(&at("subject"), &credential.subject);
    let expression = canvas.known(&at("claims_matching_expression"), &credential.claims_matching_expression);
    let deciding = if expression.is_some() { at("claims_matching_expression") } else { at("subject") };
    let issuer = canvas.known(&at("issuer"), &credential.issuer);
    let issuer = issuer.map(|url| (url, issuers::issuer(canvas, url, &at("issuer"))));
    let who = match (expression.or(subject), &issuer) {
        (Some(text), Some((_, issuer))) => issuers::subject(canvas, issuer, text, &deciding),
        (Some(text), None) => canvas.node(
            Kind::Subject,
            &format!("{place} {text}"),
            &canvas.shown(&deciding, text),
            "issuer not known yet",
        ),
        (None, Some((_, issuer))) => {
            let label = format!("somebody of {}", issuers::label(canvas, issuer));
            let key = canvas.node(Kind::Unknown, &deciding, &label, &issuers::label(canvas, issuer));
            canvas.edge(issuer, &key, Meaning::Issues);
            key
        }
        (None, None) => canvas.unknown(&deciding, "issuer not known yet"),
    };
    let unknown = who.kind == Kind::Unknown || issuer.is_none();
    let draft = canvas.stands_on(
        (&who, &node, Meaning::AdmittedBy, None),
        [(&at("issuer"), Says::Grant), (&deciding, Says::Condition), (&at("audiences"), Says::Condition)],
    );
    draft.issuer = issuer.map(|(url, _)| issuers::canonical(url));
    draft.unknown |= unknown;
}

/// An identity, also one that only its name is known of.
fn identity(canvas: &mut Canvas<'_>, id: &str, place: &str) -> Key {
    let label = canvas.shown(place, id.rsplit('/').next().unwrap_or(id));
    canvas.node(Kind::Identity, id, &label, "Microsoft Entra")
}

fn home_of(scope: &str) -> String {
    match scope.split('/').collect::<Vec<_>>()[..] {
        ["", "subscriptions", subscription, ..] => format!("Azure subscription {subscription}"),
        ["", "providers", "Microsoft.Management", "managementGroups", group, ..] => {
            format!("Azure management group {group}")
        }
        _ => "Azure".to_owned(),
    }
}
