//! Role assignments.

use crosscloud_policy_model::document::AzureRoleAssignment;

use super::APPLICATIONS;
use super::identity::id_of;
use crate::piece::Piece;
use crate::resource::Resource;

const AT: &str = "/azure_role_assignments/0";

pub(super) fn assignment(it: &Resource<'_>) -> Option<Piece> {
    let mut piece = Piece::default();
    let role = ["role_definition_name", "role_definition_id"].into_iter().find(|name| it.at(name).filled().is_some());
    let principal = it.at("principal_id");
    let identity = holder(it);
    let assignment = AzureRoleAssignment {
        scope: piece.text(&it.at("scope"), format!("{AT}/scope")),
        role: piece.text(&it.at(role.unwrap_or("role_definition_name")), format!("{AT}/role")),
        principal_id: piece.text(&principal, format!("{AT}/principal_id")),
        principal_type: piece.filled(&it.at("principal_type"), format!("{AT}/principal_type")),
        condition: piece.filled(&it.at("condition"), format!("{AT}/condition")),
        identity,
    };
    piece.joins.extend(assignment.identity.iter().chain(&assignment.principal_id).cloned());
    piece.document.origins.insert(AT.to_owned(), role.unwrap_or("role_definition_name").to_owned());
    piece.document.azure_role_assignments.push(assignment);
    Some(piece)
}

/// The identity that gets the role: a managed one, or the application behind a service principal.
fn holder(it: &Resource<'_>) -> Option<String> {
    if let Some(identity) = it.referred("principal_id", &["azurerm_user_assigned_identity"]) {
        return Some(id_of(&identity));
    }
    let principal = it.referred("principal_id", &["azuread_service_principal"])?;
    let attribute = if principal.at("client_id").is_absent() { "application_id" } else { "client_id" };
    principal.referred(attribute, APPLICATIONS).map(|application| id_of(&application))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::testing::{Other, beside};

    #[test]
    fn an_assignment_finds_its_identity() {
        let identity = Other {
            type_name: "azurerm_user_assigned_identity",
            address: "azurerm_user_assigned_identity.chat",
            values: json!({"name": "chat"}),
            unknown: json!({"id": true}),
        };
        let piece = beside(
            "azurerm_role_assignment",
            json!({"scope": "/subscriptions/1", "role_definition_name": "Owner"}),
            json!({"principal_id": true, "role_definition_id": true, "principal_type": true}),
            identity,
        );
        let assignment = &piece.document.azure_role_assignments[0];
        assert_eq!(assignment.identity.as_deref(), Some("azurerm_user_assigned_identity.chat"));
        assert_eq!(assignment.role.as_deref(), Some("Owner"));
        assert_eq!(piece.document.origin("/azure_role_assignments/0/role"), "role_definition_name");
    }
}
