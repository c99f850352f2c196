//! Managed identities and applications.

use crosscloud_policy_model::document::{EntraIdentity, EntraIdentityKind};

use crate::piece::Piece;
use crate::resource::Resource;

pub(super) fn user_assigned(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let at = "/entra_identities/0";
    let name = piece.text(&it.at("name"), format!("{at}/name"));
    let principal_id = piece.text(&it.at("principal_id"), format!("{at}/principal_id"));
    piece.joins.extend(principal_id.clone());
    let tenant_id = piece.text(&it.at("tenant_id"), format!("{at}/tenant_id"));
    add(it, piece, EntraIdentityKind::UserAssigned, name, principal_id, tenant_id)
}

pub(super) fn application(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let name = piece.text(&it.at("display_name"), "/entra_identities/0/name");
    add(it, piece, EntraIdentityKind::Application, name, None, None)
}

/// How an identity is called in the document: by its id, which is compared without case, or by its address as long as it has none.
pub(super) fn id_of(it: &Resource<'_>) -> String {
    it.at("id").filled().map_or_else(|| it.address.to_owned(), str::to_lowercase)
}

fn add(
    it: &Resource<'_>,
    mut piece: Piece,
    kind: EntraIdentityKind,
    name: Option<String>,
    principal_id: Option<String>,
    tenant_id: Option<String>,
) -> Option<Piece> {
    let id = id_of(it);
    piece.join(&id);
    piece.note(&it.at("id"), "/entra_identities/0");
    // Its address stands in for an id that is not known yet, so the identity itself is known.
    piece.document.unknown.remove("/entra_identities/0");
    piece.document.entra_identities.push(EntraIdentity {
        id,
        kind,
        name,
        principal_id,
        tenant_id,
        complete: it.created,
    });
    Some(piece)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::partly;

    #[test]
    fn an_identity_goes_by_its_address_until_it_has_an_id() {
        let new = partly(
            "azurerm_user_assigned_identity",
            json!({"name": "chat"}),
            json!({"id": true, "principal_id": true, "tenant_id": true}),
        );
        let identity = &new.document.entra_identities[0];
        assert_eq!((identity.id.as_str(), identity.complete), ("test.it", true));
        assert!(
            new.document.is_unknown("/entra_identities/0/principal_id")
                && !new.document.is_unknown("/entra_identities/0/name")
        );
        let old = partly("azuread_application", json!({"display_name": "chat", "id": "/applications/AB"}), json!({}));
        assert_eq!(old.document.entra_identities[0].id, "/applications/ab");
    }
}
