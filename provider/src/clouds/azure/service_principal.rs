//! Service principals of Entra applications in their own tenant.

use crosscloud_cloud::Error;
use crosscloud_cloud::azure::applications;
use crosscloud_trust::Text;
use crosscloud_trust::azure::ServicePrincipal;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for ServicePrincipal {
    async fn look(clouds: &Clouds, id: &str, wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let (client, context) = (client(clouds), clouds.context());
        let Some(application) = client.application_by_uri(id, &context).await? else { return Ok(Look::Absent) };
        let there = client.get_service_principal(&application.app_id, &context).await?;
        Ok(Look::of(there.map(|there| Self {
            tenant_id: wanted.map_or(Text::of(""), |wanted| wanted.tenant_id.clone()),
            identifier_uri: seen(id),
            application_id: seen(&there.app_id),
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        match client(clouds).create_service_principal(&known(&self.application_id)?, &[], &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, _there: &Self, _clouds: &Clouds) -> Result<(), CloudError> {
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let (client, patient) = (client(clouds), clouds.patient());
        let Some(application) = client.application_by_uri(id, &patient).await? else { return Ok(()) };
        if let Some(there) = client.get_service_principal(&application.app_id, &patient).await? {
            client.delete_service_principal(&there.id, &patient).await?;
        }
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        needs.look(&applications::by_identifier_uri(&known(&self.identifier_uri)?));
        needs.look(&applications::service_principal_of("")).create(&applications::create_service_principal("", &[]));
        needs.delete(&applications::delete_service_principal(""));
        Ok(())
    }
}
