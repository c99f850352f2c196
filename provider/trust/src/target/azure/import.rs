//! The Azure target that what was seen amounts to: the inverse of building one.

use crate::import::{Evidence, unless};
use crate::leaf::{Leaf, Text};
use crate::names::ArmId;
use crate::object::Object;
use crate::object::azure::FederatedCredential;
use crate::target::azure::identity::IDENTITY_KIND;
use crate::target::azure::{Azure, EXCHANGE_AUDIENCE, OwnedIdentity, ScopedRole, roles};

/// The target that the evidence speaks of.
pub(crate) fn recognise(evidence: &Evidence<'_>) -> Azure {
    let id = evidence.id.identity.clone().unwrap_or_default();
    let credential = evidence.credentials().next();
    let name = |it: &FederatedCredential| {
        it.name.as_ref().map(|name| evidence.name_of(name, it.issuer.known().map(String::as_str)).to_owned())
    };
    let assigned = evidence.seen.listed.iter().filter_map(|object| match object {
        Object::RoleAssignment(it) => {
            let role = it.role_definition.as_ref().map(|guid| roles::name_of(guid).unwrap_or(guid).to_owned());
            Some(Leaf::Known(ScopedRole { role, scope: it.scope.clone() }))
        }
        _ => None,
    });
    Azure {
        owned: if evidence.id.identity_exists { OwnedIdentity::default() } else { owned(evidence, &id) },
        existing: evidence.id.identity_exists.then(|| Text::of(&id)),
        roles: Leaf::Known(assigned.collect()),
        credential_name: unless(credential.map(name), evidence.name),
        audience: unless(credential.map(|it| it.audience.clone()), &Text::of(EXCHANGE_AUDIENCE)),
        disabled: Leaf::Known(credential.is_none()),
    }
}

/// Where an identity of the trust's own was made.
pub(crate) fn owned(evidence: &Evidence<'_>, id: &str) -> OwnedIdentity {
    let Some(parts) = ArmId::parse(id, IDENTITY_KIND) else { return OwnedIdentity::default() };
    let location = match evidence.seen.objects.get("azure/identity") {
        Some(Object::ManagedIdentity(it)) => it.location.clone(),
        _ => Leaf::Unknown,
    };
    OwnedIdentity {
        subscription_id: Some(Text::of(parts.subscription)),
        resource_group: Some(Text::of(parts.group)),
        location: Some(location),
        name: unless(Some(Text::of(parts.name)), evidence.name),
    }
}
