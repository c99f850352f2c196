//! Microsoft Entra's directory: tenants, applications, and the service principals of applications and managed identities.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::state::clock::Millis;
use crate::state::life::Life;
use crate::state::world::World;

/// Everything in the directory, of all tenants.
#[derive(Debug, Clone, Default)]
pub(crate) struct Directory {
    /// In the order of the seed.
    pub(crate) tenants: Vec<Tenant>,
    /// By object id.
    pub(crate) applications: BTreeMap<String, Application>,
    /// Service principals, by object id.
    pub(crate) principals: BTreeMap<String, Principal>,
}

/// A tenant.
#[derive(Debug, Clone)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) domain: String,
    /// Object id of the operator's service principal.
    pub(crate) operator: String,
}

/// An application registration.
#[derive(Debug, Clone)]
pub(crate) struct Application {
    pub(crate) object_id: String,
    pub(crate) app_id: String,
    pub(crate) tenant: String,
    /// As Microsoft Graph writes it, without ids.
    pub(crate) fields: Map<String, Value>,
    pub(crate) secrets: Vec<String>,
    /// By id.
    pub(crate) credentials: BTreeMap<String, Federated>,
    pub(crate) created_at: Millis,
    pub(crate) life: Life,
}

impl Application {
    /// Its application ID URIs.
    pub(crate) fn uris(&self) -> impl Iterator<Item = &str> {
        self.fields.get("identifierUris").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    }

    /// Which kind of access token it wants: 1 or 2.
    pub(crate) fn token_version(&self) -> u64 {
        self.fields.get("api").and_then(|api| api["requestedAccessTokenVersion"].as_u64()).unwrap_or(1)
    }
}

/// A service principal.
#[derive(Debug, Clone)]
pub(crate) struct Principal {
    pub(crate) object_id: String,
    pub(crate) app_id: String,
    pub(crate) tenant: String,
    pub(crate) name: String,
    /// The id of the managed identity that it stands for.
    pub(crate) identity: Option<String>,
    /// As Microsoft Graph writes it, beside what the rest says.
    pub(crate) fields: Map<String, Value>,
    pub(crate) life: Life,
}

/// A federated identity credential of an application or a managed identity.
#[derive(Debug, Clone)]
pub(crate) struct Federated {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) subject: Option<String>,
    /// A flexible expression instead of a subject.
    pub(crate) expression: Option<String>,
    pub(crate) audiences: Vec<String>,
    pub(crate) description: Option<String>,
    pub(crate) visible_from: Millis,
}

impl Directory {
    /// The tenant with that id or domain.
    pub(crate) fn tenant(&self, reference: &str) -> Option<&Tenant> {
        self.tenants
            .iter()
            .find(|tenant| tenant.id.eq_ignore_ascii_case(reference) || tenant.domain.eq_ignore_ascii_case(reference))
    }

    /// The live application with that application id in the tenant.
    pub(crate) fn application(&self, tenant: &str, app_id: &str) -> Option<&Application> {
        self.applications.values().find(|application| {
            application.tenant == tenant
                && application.app_id.eq_ignore_ascii_case(app_id)
                && application.life.is_live()
        })
    }

    /// The live service principal with that application id in the tenant.
    pub(crate) fn principal(&self, tenant: &str, app_id: &str) -> Option<&Principal> {
        self.principals.values().find(|principal| {
            principal.tenant == tenant && principal.app_id.eq_ignore_ascii_case(app_id) && principal.life.is_live()
        })
    }
}

/// Puts a service principal into the directory.
pub(crate) fn insert_principal(world: &mut World, principal: Principal) {
    world.azure.directory.principals.insert(principal.object_id.clone(), principal);
}

/// A GUID that is always the same for the same text, for what the seed plants.
pub(crate) fn guid_of(text: &str) -> String {
    let hex: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{}-{}-4{}-8{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

/// Whether a text is a GUID in its usual form.
pub(crate) fn is_guid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
