//! Federated credentials of managed identities, with the identity and its roles.

use std::collections::BTreeSet;

use super::{Adopted, Managed, State, source_of};

/// The trust that a federated credential is part of. None: no composite has such a source.
pub(super) fn adopt(state: &State<'_>, credential: &Managed) -> Option<Adopted> {
    let source = source_of(credential.text("issuer")?).filter(|source| *source != "azure_managed_identity")?;
    let parent = |it: &Managed| it.any_text(&["user_assigned_identity_id", "parent_id"]).map(str::to_owned);
    let identity_id = parent(credential)?;
    let name = credential.text("name")?;
    let mut replaces = BTreeSet::from([credential.configured.clone()]);
    let mut remarks = Vec::new();
    let neighbours = state.of(&credential.kind).filter(|it| parent(it).as_ref() == Some(&identity_id)).count();
    let identity = state.with("azurerm_user_assigned_identity", "id", &identity_id);
    let mut exists = "existing:";
    match identity {
        Some(identity) if neighbours == 1 => {
            exists = "";
            replaces.insert(identity.configured.clone());
            let principal = identity.text("principal_id");
            let roles = state.of("azurerm_role_assignment").filter(|it| it.text("principal_id") == principal);
            replaces.extend(roles.map(|it| it.configured.clone()));
        }
        Some(_) => {
            let name = identity_id.rsplit('/').next().unwrap_or(&identity_id);
            remarks.push(format!("The identity {name} has {neighbours} credentials: it and its roles stay as they are, and are referred to."));
        }
        None => {}
    }
    let import_id = format!("{source}->azure;{exists}{identity_id}/federatedIdentityCredentials/{name}");
    Some(Adopted { address: format!("crosscloud_trust.{}", credential.label), import_id, replaces, remarks })
}
