//! The Google target that what was seen amounts to: the inverse of building one.

use std::collections::{BTreeMap, BTreeSet};

use crate::import::{Evidence, grants, unless};
use crate::leaf::{Leaf, Text};
use crate::names::is_guid;
use crate::object::Object;
use crate::object::gcp::{CryptoKey, ProviderKind, Resource, SERVICE_ACCOUNT_USER_ROLE};
use crate::source::{Identity, Tokens};
use crate::target::gcp::encryption::{AGENTS_OF, Encryption, KeySettings, ROTATION, VERTEX, parse_key};
use crate::target::gcp::{ExistingGcp, Gcp};

/// The target that the evidence speaks of.
pub(crate) fn recognise(evidence: &Evidence<'_>, identity: &Identity) -> Gcp {
    let id = evidence.id;
    let name = evidence.name;
    let project = Text::of(id.project().unwrap_or_default());
    let existing = existing(evidence, &project);
    let account = id.service_account.as_ref().filter(|it| !it.exists);
    let account = account.and_then(|it| it.id.split('@').next()).map(Text::of);
    let given = id.provider.as_ref();
    let pool = given.filter(|it| !it.pool_exists).map(|it| Text::of(&it.pool));
    let provider = given.filter(|it| !it.provider_exists).map(|it| provider_name(evidence, &it.provider));
    let mut gcp = Gcp {
        project,
        roles: Leaf::Known(roles(evidence)),
        pool_id: unless(pool, name),
        provider_id: unless(provider, name),
        service_account_id: unless(account, name),
        existing,
        direct: Leaf::Known(id.service_account.is_none()),
        attribute_condition: None,
        attribute_mapping: None,
        principals: None,
        allowed_audiences: None,
        disabled: Leaf::Known(is_disabled(evidence)),
        audit_logs: Leaf::Known(id.audit_logs),
        encryption: encryption(evidence).map(Leaf::Known),
    };
    if given.is_some_and(|it| !it.provider_exists) {
        provider_settings(evidence, identity, &mut gcp);
    }
    let bound = members(evidence);
    let usual: BTreeSet<_> = gcp.members(name, identity, evidence.facts).into_iter().collect();
    if !bound.is_empty() && bound != usual {
        gcp.principals = Some(Leaf::Known(bound));
    }
    gcp
}

fn existing(evidence: &Evidence<'_>, project: &Text) -> Option<Leaf<ExistingGcp>> {
    let id = evidence.id;
    let provider = id.provider.as_ref();
    let existing = ExistingGcp {
        pool: provider.filter(|it| it.pool_exists).map(|it| {
            if project.known() == Some(&it.project) {
                Text::of(&it.pool)
            } else {
                Text::of(format!("projects/{}/locations/global/workloadIdentityPools/{}", it.project, it.pool))
            }
        }),
        provider: provider.filter(|it| it.provider_exists).map(|it| provider_name(evidence, &it.provider)),
        service_account: id.service_account.as_ref().filter(|it| it.exists).map(|it| Text::of(&it.id)),
    };
    (existing != ExistingGcp::default()).then_some(Leaf::Known(existing))
}

fn provider_name(evidence: &Evidence<'_>, provider: &str) -> Text {
    Text::of(evidence.name_of(provider, evidence.issuer()))
}

/// The settings of a provider that differ from what they would be anyway.
fn provider_settings(evidence: &Evidence<'_>, identity: &Identity, gcp: &mut Gcp) {
    let Some(seen) = evidence.provider() else { return };
    gcp.attribute_condition = unless(Some(seen.attribute_condition.clone()), &identity.condition);
    if seen.attribute_mapping != gcp.mapping(identity) {
        gcp.attribute_mapping = Some(Leaf::Known(seen.attribute_mapping.clone()));
    }
    if let (ProviderKind::Oidc { allowed_audiences, .. }, Tokens::Oidc { audience, .. }) =
        (&seen.kind, &identity.tokens)
        && *allowed_audiences != audience.iter().cloned().collect::<Vec<_>>()
    {
        gcp.allowed_audiences = Some(Leaf::Known(allowed_audiences.iter().cloned().collect()));
    }
}

fn roles(evidence: &Evidence<'_>) -> BTreeSet<Text> {
    let on_project = |resource: &Resource| matches!(resource, Resource::Project { .. });
    grants(evidence.seen).filter(|grant| on_project(&grant.resource)).map(|grant| grant.role.clone()).collect()
}

/// Federated members that are bound to the service account, or have roles themselves.
fn members(evidence: &Evidence<'_>) -> BTreeSet<Text> {
    let direct = evidence.id.service_account.is_none();
    let counts = |resource: &Resource, role: &Text| match resource {
        Resource::ServiceAccount { .. } => role.known().is_some_and(|role| role == SERVICE_ACCOUNT_USER_ROLE),
        Resource::Project { .. } => direct,
        _ => false,
    };
    grants(evidence.seen).filter(|it| counts(&it.resource, &it.role)).map(|it| it.member.clone()).collect()
}

/// Whether everything that can be switched off and is part of the trust is.
fn is_disabled(evidence: &Evidence<'_>) -> bool {
    let given = evidence.id.provider.as_ref();
    if given.is_some_and(|it| it.provider_exists) {
        return false;
    }
    let off = |disabled: &Leaf<bool>| *disabled == Leaf::Known(true);
    let pool = given.is_some_and(|it| it.pool_exists) || evidence.pool().is_some_and(|it| off(&it.disabled));
    let account = evidence.id.service_account.as_ref().is_none_or(|it| it.exists)
        || evidence.service_account().is_some_and(|it| off(&it.disabled));
    pool && account && evidence.provider().is_some_and(|it| off(&it.disabled))
}

/// The keys that the import id names.
fn encryption(evidence: &Evidence<'_>) -> Option<Encryption> {
    let name = evidence.name.known()?;
    let mut keys = BTreeMap::new();
    let mut place = None;
    let mut agents = BTreeSet::new();
    for key in &evidence.id.keys {
        let [_, location, ring, id] = parse_key(&key.id)?;
        let settings = match evidence.seen.objects.get(&format!("gcp/crypto_key/{id}")) {
            _ if key.exists => KeySettings { existing: Some(Text::of(&key.id)), ..KeySettings::default() },
            Some(Object::CryptoKey(seen)) => settings(seen),
            _ => KeySettings::default(),
        };
        if !key.exists {
            place.get_or_insert((location.to_owned(), ring.to_owned()));
        }
        keys.insert(id.to_owned(), Leaf::Known(settings));
        let on_key =
            |resource: &Resource| matches!(resource, Resource::CryptoKey { name } if name.known() == Some(&key.id));
        for grant in grants(evidence.seen).filter(|grant| on_key(&grant.resource)) {
            agents.extend(grant.member.known().and_then(|member| service_of(member)).map(Text::of));
        }
    }
    if keys.is_empty() {
        return None;
    }
    let usual = keys.len() == 1 && keys.get(name) == Some(&Leaf::Known(KeySettings::default()));
    let (location, ring) = place.unzip();
    Some(Encryption {
        location: location.map(Text::of),
        key_ring: unless(ring.map(Text::of), evidence.name),
        existing_key_ring: Leaf::Known(false),
        keys: (!usual).then_some(Leaf::Known(keys)),
        rotation_period: None,
        protection_level: None,
        service_agents: (agents != BTreeSet::from([Text::of(VERTEX)])).then_some(Leaf::Known(agents)),
    })
}

/// The settings of a key that differ from the usual ones.
pub(crate) fn settings(seen: &CryptoKey) -> KeySettings {
    // Google says its own default for the destruction even where nobody set one.
    let destruction = seen.destroy_scheduled_duration.clone();
    KeySettings {
        existing: None,
        rotation_period: unless(Some(seen.rotation_period.clone()), &Text::of(ROTATION)),
        protection_level: unless(Some(seen.protection_level.clone()), &Text::of("SOFTWARE")),
        destroy_scheduled_duration: unless(destruction, &Text::of("2592000s")),
    }
}

/// The service whose agent this member is.
pub(crate) fn service_of(member: &str) -> Option<&'static str> {
    let email = member.strip_prefix("serviceAccount:")?;
    let found = AGENTS_OF.iter().find(|(_, start, end)| {
        let number = email.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
        number
            .is_some_and(|number| !number.is_empty() && !is_guid(number) && number.bytes().all(|c| c.is_ascii_digit()))
    });
    found.map(|(service, ..)| *service)
}
