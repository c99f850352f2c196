//! User-assigned managed identities.

use crosscloud_cloud::Error;
use crosscloud_cloud::azure::{Identity, IdentityName, IdentitySpec, same_location};
use crosscloud_cloud::azure::{federated_credentials, identities};
use crosscloud_trust::azure::ManagedIdentity;
use crosscloud_trust::{IdentityFacts, Text};

use super::{client, seen_tags};
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, known_map};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds, lock};

impl Kind for ManagedIdentity {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: IdentityName = id.parse()?;
        let there = client(clouds).get_identity(&name, &clouds.context()).await?;
        Ok(Look::of(there.map(|there| {
            learn(clouds, id, &there);
            Self { id: Text::of(id), location: Text::of(there.spec.location), tags: seen_tags(there.spec.tags) }
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (id, name, spec) = parts(self)?;
        match client(clouds).create_identity(&name, &spec, &clouds.patient()).await {
            Ok(made) => {
                learn(clouds, &id, &made);
                Ok(Made::New)
            }
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (_, name, spec) = parts(self)?;
        client(clouds).update_identity(&name, &spec, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_identity(&id.parse()?, &clouds.patient()).await?;
        Ok(())
    }

    fn equals(&self, there: &Self) -> bool {
        let location = match (self.location.known(), there.location.known()) {
            (Some(wanted), Some(there)) => same_location(wanted, there),
            _ => false,
        };
        location && self.tags == there.tags
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        needs.look(&identities::get(&known(&self.id)?.parse()?));
        let (_, name, spec) = parts(self)?;
        let put = identities::put(&name, &spec);
        needs.create(&put).update(&put).delete(&identities::delete(&name));
        // Who else comes in by it is told before it goes.
        needs.delete(&federated_credentials::list(&name));
        Ok(())
    }
}

/// Keeps what Azure chose for the identity: credentials and role assignments are made of it.
fn learn(clouds: &Clouds, id: &str, identity: &Identity) {
    let facts = IdentityFacts {
        principal_id: identity.properties.principal_id.clone(),
        client_id: identity.properties.client_id.clone(),
        tenant_id: identity.properties.tenant_id.clone(),
    };
    lock(&clouds.learnt).identities.insert(id.to_owned(), facts);
}

fn parts(identity: &ManagedIdentity) -> Result<(String, IdentityName, IdentitySpec), CloudError> {
    let id = known(&identity.id)?;
    let name = id.parse()?;
    Ok((id, name, IdentitySpec { location: known(&identity.location)?, tags: known_map(&identity.tags)? }))
}
