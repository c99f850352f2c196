//! Audiences of IAM OIDC providers.

use crosscloud_cloud::Granted;
use crosscloud_cloud::aws::oidc_providers;
use crosscloud_trust::aws::OidcProviderClient;

use super::{client, oidc_provider, split};
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for OidcProviderClient {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let (arn, client_id) = split(id)?;
        let provider = client(clouds).get_oidc_provider(&oidc_provider::arn(arn)?, &clouds.context()).await?;
        let there = provider.is_some_and(|provider| provider.client_ids.contains(client_id));
        Ok(Look::of(there.then(|| Self { provider_arn: seen(arn), client_id: seen(client_id) })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (arn, client_id) = (known(&self.provider_arn)?, known(&self.client_id)?);
        let arn = oidc_provider::arn(&arn)?;
        Ok(match client(clouds).add_client_id(&arn, &client_id, &clouds.patient()).await? {
            Granted::Granted => Made::New,
            Granted::Found => Made::Exists,
        })
    }

    async fn update(&self, _there: &Self, _clouds: &Clouds) -> Result<(), CloudError> {
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let (arn, client_id) = split(id)?;
        client(clouds).remove_client_id(&oidc_provider::arn(arn)?, client_id, &clouds.patient()).await?;
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let arn = oidc_provider::arn(&known(&self.provider_arn)?)?;
        needs.look(&oidc_providers::get(&arn)).create(&oidc_providers::add_client_id(&arn, ""));
        needs.delete(&oidc_providers::remove_client_id(&arn, ""));
        Ok(())
    }
}
