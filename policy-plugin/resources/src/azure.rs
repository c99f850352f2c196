//! Resources of the `azurerm` and `azuread` providers.

mod cluster;
mod credential;
mod identity;
mod role_assignment;

use crate::types::Reader;

pub(crate) fn reader(type_name: &str) -> Option<Reader> {
    Some(match type_name {
        "azurerm_user_assigned_identity" => identity::user_assigned,
        "azuread_application" | "azuread_application_registration" => identity::application,
        "azurerm_federated_identity_credential" => credential::of_identity,
        "azuread_application_federated_identity_credential" => credential::of_application,
        "azuread_application_flexible_federated_identity_credential" => credential::flexible,
        "azurerm_role_assignment" => role_assignment::assignment,
        "azurerm_kubernetes_cluster" => cluster::kubernetes,
        _ => return None,
    })
}

/// Types of applications, which come as a whole or as a bare registration.
const APPLICATIONS: &[&str] = &["azuread_application", "azuread_application_registration"];
