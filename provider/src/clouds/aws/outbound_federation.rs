//! An AWS account's own issuer.

use crosscloud_cloud::Granted;
use crosscloud_cloud::aws::outbound;
use crosscloud_trust::aws::OutboundFederation;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::seen;
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for OutboundFederation {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let there = client(clouds).outbound_federation(&clouds.context()).await?;
        Ok(Look::of(there.map(|_| Self { account_id: seen(id) })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        Ok(match client(clouds).enable_outbound_federation(&clouds.patient()).await? {
            Granted::Granted => Made::New,
            Granted::Found => Made::Exists,
        })
    }

    async fn update(&self, _there: &Self, _clouds: &Clouds) -> Result<(), CloudError> {
        Ok(())
    }

    /// Nobody knows who else has come to rely on the issuer, so it stays on.
    async fn delete(_clouds: &Clouds, _id: &str) -> Result<(), CloudError> {
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        needs.look(&outbound::get()).create(&outbound::enable());
        Ok(())
    }
}
