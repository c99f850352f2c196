//! Cloud KMS key rings.

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::KeyRingName;
use crosscloud_cloud::gcp::kms;
use crosscloud_trust::gcp::KeyRing;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for KeyRing {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: KeyRingName = id.parse()?;
        let there = client(clouds).get_key_ring(&name, &clouds.context()).await?;
        Ok(Look::of(there.map(|_| Self {
            project: seen(&name.project),
            location: seen(&name.location),
            ring: seen(&name.key_ring),
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        match client(clouds).create_key_ring(&name(self)?, &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, _there: &Self, _clouds: &Clouds) -> Result<(), CloudError> {
        Ok(())
    }

    /// A ring that has ever held a key cannot go before the key's last version has been destroyed, which takes 30 days. It costs nothing.
    async fn delete(_clouds: &Clouds, _id: &str) -> Result<(), CloudError> {
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let name = name(self)?;
        needs.look(&kms::get_ring(&name)).create(&kms::create_ring(&name));
        Ok(())
    }
}

fn name(ring: &KeyRing) -> Result<KeyRingName, CloudError> {
    Ok(KeyRingName::new(known(&ring.project)?, known(&ring.location)?, known(&ring.ring)?))
}
