//! APIs switched on in a project.

use crosscloud_cloud::gcp::ServiceState;
use crosscloud_compose::{Created, Observed};
use crosscloud_trust::gcp::Service;

use super::{Google, GoogleError, known};

pub(super) async fn create(google: &Google, service: &Service) -> Result<Created, GoogleError> {
    let (project, service) = (known(&service.project)?, known(&service.service)?);
    let enabled = google.client.enable_services(&project, &[service], &google.patient()).await?;
    Ok(if enabled.is_empty() { Created::Found } else { Created::New })
}

pub(super) async fn observe(google: &Google, service: &Service) -> Result<Observed, GoogleError> {
    let (project, service) = (known(&service.project)?, known(&service.service)?);
    Ok(match google.client.service_state(&project, &service, &google.context()).await? {
        ServiceState::Enabled => Observed::Equal,
        ServiceState::Disabled | ServiceState::Unspecified => Observed::Absent,
    })
}
