//! Keys that customers manage: whether one of Google's service agents can use a key for a resource in a location.

use super::keys::{self, Key};
use super::{API, cipher, is_location, versions};
use crate::google::access::Principal;
use crate::google::policy;
use crate::google::projects::policy_name;
use crate::http::answer::Refusal;
use crate::state::world::World;

/// Why a key cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unusable {
    /// The text is no name of a key.
    #[error("'{0}' is not of the form projects/*/locations/*/keyRings/*/cryptoKeys/*")]
    Name(String),
    /// The key is elsewhere.
    #[error("the key is in location {key}, and the resource is in {resource}")]
    Location { key: String, resource: String },
    /// The agent may not use it, or it does not exist, which looks the same.
    #[error("{agent} does not have permission '{permission}' on resource '{key}' (or it may not exist)")]
    Denied { agent: String, permission: &'static str, key: String },
    /// The key is of the wrong kind, or switched off.
    #[error("{0}")]
    State(String),
}

/// Checks that the agent can encrypt and decrypt with the key, for a resource in that location. Where it can, returns the full name of the
/// version in use.
pub(crate) fn usable(world: &mut World, key: &str, location: &str, agent: &str) -> Result<String, Unusable> {
    let parts: Vec<&str> = key.split('/').collect();
    let ["projects", project, "locations", at, "keyRings", ring, "cryptoKeys", id] = parts.as_slice() else {
        return Err(Unusable::Name(key.to_owned()));
    };
    if !is_location(at) || !at.eq_ignore_ascii_case(location) {
        return Err(Unusable::Location { key: (*at).to_owned(), resource: location.to_owned() });
    }
    versions::settle(world);
    let denied = |permission| Unusable::Denied { agent: agent.to_owned(), permission, key: key.to_owned() };
    let encrypt = "cloudkms.cryptoKeyVersions.useToEncrypt";
    let project = world.project(project).map(|project| project.id.clone()).ok_or_else(|| denied(encrypt))?;
    let ring = format!("projects/{project}/locations/{at}/keyRings/{ring}");
    let name = format!("{ring}/cryptoKeys/{id}");
    let found = keys::found(world, &name).map_err(|_| denied(encrypt))?;
    let policies = [format!("//{}/{name}", API.service), format!("//{}/{ring}", API.service), policy_name(&project)];
    let principal = Principal::Agent(agent.to_owned());
    let known = world.google.agents.contains_key(agent);
    for permission in [encrypt, "cloudkms.cryptoKeyVersions.useToDecrypt"] {
        if !known || !policy::allows(world, &policies, &principal, permission) {
            return Err(denied(permission));
        }
    }
    in_use(found).map_err(|refusal| Unusable::State(refusal.message))
}

fn in_use(key: &Key) -> Result<String, Refusal> {
    let state = |text: String| crate::google::refusal::precondition(text);
    if key.purpose() != "ENCRYPT_DECRYPT" {
        return Err(state(format!("The purpose of {} is not ENCRYPT_DECRYPT.", key.name)));
    }
    let version = key.primary().ok_or_else(|| state(format!("CryptoKey {} has no primary version.", key.name)))?;
    cipher::enabled(version)?;
    Ok(version.name.clone())
}
