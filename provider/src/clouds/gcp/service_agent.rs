//! Service agents: the accounts that Google's own services act as in a project.

use crosscloud_cloud::gcp::service_agents;
use crosscloud_trust::gcp::ServiceAgent;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for ServiceAgent {
    /// Google makes an agent when it is asked for it and never removes it, so there is nothing to look at.
    async fn look(_clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let ["projects", project, "services", service, "serviceAgent"] = id.split('/').collect::<Vec<_>>()[..] else {
            let what = "a service agent, `projects/PROJECT/services/NAME/serviceAgent`";
            return Err(CloudError::Id { id: id.to_owned(), what });
        };
        Ok(Look::There(Self { project: seen(project), service: seen(service) }))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        client(clouds).service_agent(&known(&self.project)?, &known(&self.service)?, &clouds.patient()).await?;
        Ok(Made::Exists)
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        self.create(clouds).await.map(drop)
    }

    async fn delete(_clouds: &Clouds, _id: &str) -> Result<(), CloudError> {
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (project, service) = (known(&self.project)?, known(&self.service)?);
        match service.as_str() {
            service_agents::STORAGE => needs.create(&service_agents::of_storage(&project)),
            service => needs.create(&service_agents::generate(&project, service)),
        };
        Ok(())
    }
}
