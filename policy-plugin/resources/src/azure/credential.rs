//! Federated credentials of managed identities and applications.

use crosscloud_policy_model::document::FederatedCredential;

use super::APPLICATIONS;
use super::identity::id_of;
use crate::piece::Piece;
use crate::resource::Resource;

const AT: &str = "/federated_credentials/0";

pub(super) fn of_identity(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    // The attribute was renamed between major versions of the provider.
    let parent = ["parent_id", "user_assigned_identity_id"].into_iter().find(|name| !it.at(name).is_absent());
    let identity = parent_of(it, parent.unwrap_or("parent_id"), &["azurerm_user_assigned_identity"], &mut piece);
    let credential = FederatedCredential {
        identity,
        name: piece.text(&it.at("name"), format!("{AT}/name")),
        issuer: piece.text(&it.at("issuer"), format!("{AT}/issuer")),
        subject: piece.text(&it.at("subject"), format!("{AT}/subject")),
        audiences: piece.each_text(&it.at("audience"), &format!("{AT}/audiences")),
        ..FederatedCredential::default()
    };
    add(it, piece, credential)
}

pub(super) fn of_application(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let credential = FederatedCredential {
        identity: application_of(it, &mut piece),
        name: piece.text(&it.at("display_name"), format!("{AT}/name")),
        issuer: piece.text(&it.at("issuer"), format!("{AT}/issuer")),
        subject: piece.text(&it.at("subject"), format!("{AT}/subject")),
        audiences: piece.each_text(&it.at("audiences"), &format!("{AT}/audiences")),
        ..FederatedCredential::default()
    };
    add(it, piece, credential)
}

pub(super) fn flexible(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let expression = piece.text(&it.at("claims_matching_expression"), format!("{AT}/claims_matching_expression"));
    let credential = FederatedCredential {
        identity: application_of(it, &mut piece),
        name: piece.text(&it.at("display_name"), format!("{AT}/name")),
        issuer: piece.text(&it.at("issuer"), format!("{AT}/issuer")),
        claims_matching_expression: expression,
        // One text here, where the other credentials have a list.
        audiences: vec![piece.text(&it.at("audience"), format!("{AT}/audiences/0"))],
        ..FederatedCredential::default()
    };
    add(it, piece, credential)
}

fn application_of(it: &Resource<'_>, piece: &mut Piece) -> Option<String> {
    let old = !it.at("application_object_id").is_absent();
    parent_of(it, if old { "application_object_id" } else { "application_id" }, APPLICATIONS, piece)
}

/// The identity, as the document calls it.
fn parent_of(it: &Resource<'_>, attribute: &str, types: &[&str], piece: &mut Piece) -> Option<String> {
    piece.note(&it.at(attribute), format!("{AT}/identity"));
    let id = match it.at(attribute).filled() {
        Some(id) if attribute == "application_object_id" && !id.starts_with('/') => {
            Some(format!("/applications/{id}").to_lowercase())
        }
        Some(id) => Some(id.to_lowercase()),
        None => it.referred(attribute, types).map(|parent| id_of(&parent)),
    };
    if id.is_some() {
        piece.document.unknown.remove(&format!("{AT}/identity"));
    }
    piece.joins.extend(id.clone());
    id
}

fn add(it: &Resource<'_>, mut piece: Piece, credential: FederatedCredential) -> Option<Piece> {
    let name = if it.type_name.starts_with("azurerm") { "name" } else { "display_name" };
    piece.document.origins.insert(AT.to_owned(), name.to_owned());
    piece.document.federated_credentials.push(credential);
    Some(piece)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Other, beside, known};

    const GITHUB: &str = "https://token.actions.githubusercontent.com";

    #[test]
    fn a_credential_of_an_identity_that_is_about_to_be_made() {
        let identity = Other {
            type_name: "azurerm_user_assigned_identity",
            address: "azurerm_user_assigned_identity.chat",
            values: json!({"name": "chat"}),
            unknown: json!({"id": true}),
        };
        let piece = beside(
            "azurerm_federated_identity_credential",
            json!({"name": "github", "issuer": GITHUB, "subject": "repo:octo/app:pull_request", "audience": ["api://AzureADTokenExchange"], "resource_group_name": "rg"}),
            json!({"parent_id": true, "id": true, "audience": [false]}),
            identity,
        );
        let credential = &piece.document.federated_credentials[0];
        assert_eq!(credential.identity.as_deref(), Some("azurerm_user_assigned_identity.chat"));
        assert!(piece.joins.contains("azurerm_user_assigned_identity.chat") && piece.document.unknown.is_empty());
        assert_eq!(piece.document.origin("/federated_credentials/0/subject"), "subject");
    }

    #[test]
    fn credentials_of_applications() {
        let plain = known(
            "azuread_application_federated_identity_credential",
            json!({"application_id": "/applications/AB", "display_name": "d", "issuer": GITHUB, "subject": "s", "audiences": ["a"]}),
        );
        assert_eq!(plain.document.federated_credentials[0].identity.as_deref(), Some("/applications/ab"));
        let flexible = known(
            "azuread_application_flexible_federated_identity_credential",
            json!({"application_id": "/applications/AB", "display_name": "d", "issuer": GITHUB, "audience": "a",
                "claims_matching_expression": "claims['sub'] matches 'repo:*'"}),
        );
        let credential = &flexible.document.federated_credentials[0];
        assert_eq!(credential.subject, None);
        assert_eq!(credential.audiences, [Some("a".to_owned())]);
        assert_eq!(plain.joins, flexible.joins);
    }
}
