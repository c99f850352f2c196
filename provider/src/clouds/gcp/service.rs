//! APIs switched on in a project.

use crosscloud_cloud::gcp::ServiceState;
use crosscloud_cloud::gcp::services;
use crosscloud_trust::gcp::Service;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for Service {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let ["projects", project, "services", service] = id.split('/').collect::<Vec<_>>()[..] else {
            return Err(CloudError::Id { id: id.to_owned(), what: "an API, `projects/PROJECT/services/NAME`" });
        };
        Ok(match client(clouds).service_state(project, service, &clouds.context()).await? {
            ServiceState::Enabled => Look::There(Self { project: seen(project), service: seen(service) }),
            ServiceState::Disabled | ServiceState::Unspecified => Look::Absent,
        })
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (project, service) = (known(&self.project)?, known(&self.service)?);
        let enabled = client(clouds).enable_services(&project, &[service], &clouds.patient()).await?;
        Ok(if enabled.is_empty() { Made::Exists } else { Made::New })
    }

    async fn update(&self, _there: &Self, _clouds: &Clouds) -> Result<(), CloudError> {
        Ok(())
    }

    /// Others in the project may have come to rely on an API that is on.
    async fn delete(_clouds: &Clouds, _id: &str) -> Result<(), CloudError> {
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (project, service) = (known(&self.project)?, known(&self.service)?);
        needs.look(&services::get(&project, &service)).create(&services::batch_enable(&project, &[service]));
        Ok(())
    }
}
