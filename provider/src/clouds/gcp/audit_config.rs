//! Data-access logs of one service and one kind of access in a project.

use crosscloud_cloud::Granted;
use crosscloud_cloud::gcp::iam_policy::{self, Policy};
use crosscloud_cloud::gcp::{AuditLog, PolicyResource};
use crosscloud_trust::gcp::AuditConfig;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for AuditConfig {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let config = parse(id)?;
        let (project, log) = parts(&config)?;
        let there = client(clouds).policies().has_audit(&project, &log, &clouds.context()).await?;
        Ok(Look::of(there.then_some(config)))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (project, log) = parts(self)?;
        Ok(match client(clouds).policies().audit(&project, &log, &clouds.patient()).await? {
            Granted::Granted => Made::New,
            Granted::Found => Made::Exists,
        })
    }

    async fn update(&self, _there: &Self, _clouds: &Clouds) -> Result<(), CloudError> {
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let (project, log) = parts(&parse(id)?)?;
        client(clouds).policies().unaudit(&project, &log, &clouds.patient()).await?;
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let project = PolicyResource::Project(known(&self.project)?);
        let write = iam_policy::set_with_audit_logs(&project, &Policy::default());
        needs.look(&iam_policy::get(&project)).create(&write).delete(&write);
        Ok(())
    }
}

fn parts(config: &AuditConfig) -> Result<(PolicyResource, AuditLog), CloudError> {
    let project = PolicyResource::Project(known(&config.project)?);
    Ok((project, AuditLog::new(known(&config.service)?, known(&config.log_type)?)))
}

fn parse(id: &str) -> Result<AuditConfig, CloudError> {
    let damaged = || CloudError::Id { id: id.to_owned(), what: "a project, a service and a kind of access" };
    let [project, service, log_type] = id.split(' ').collect::<Vec<_>>()[..] else { return Err(damaged()) };
    let project = project.strip_prefix("projects/").ok_or_else(damaged)?;
    Ok(AuditConfig { project: seen(project), service: seen(service), log_type: seen(log_type) })
}
