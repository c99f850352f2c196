//! Service accounts.

use crosscloud_cloud::Error;
use crosscloud_cloud::gcp::service_accounts;
use crosscloud_cloud::gcp::{ServiceAccountName, ServiceAccountSpec};
use crosscloud_trust::Leaf;
use crosscloud_trust::gcp::ServiceAccount;

use super::client;
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, mask, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for ServiceAccount {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let name: ServiceAccountName = id.parse()?;
        let there = client(clouds).get_service_account(&name, &clouds.context()).await?;
        Ok(Look::of(there.map(|there| Self {
            project: seen(&name.project),
            account: seen(name.email.split('@').next().unwrap_or_default()),
            display_name: seen(&there.spec.display_name),
            description: seen(&there.spec.description),
            disabled: Leaf::Known(there.disabled),
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (project, id) = (known(&self.project)?, known(&self.account)?);
        match client(clouds).create_service_account(&project, &id, &spec(self)?, &clouds.patient()).await {
            Ok(_) => {}
            Err(Error::AlreadyExists(_)) => return Ok(Made::Exists),
            Err(error) => return Err(error.into()),
        }
        if known(&self.disabled)? {
            client(clouds).set_service_account_enabled(&name(self)?, false, &clouds.patient()).await?;
        }
        Ok(Made::New)
    }

    async fn update(&self, there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let name = name(self)?;
        let fields = mask([
            ("displayName", self.display_name != there.display_name),
            ("description", self.description != there.description),
        ]);
        if !fields.is_empty() {
            client(clouds).update_service_account(&name, &spec(self)?, &fields, &clouds.patient()).await?;
        }
        if self.disabled != there.disabled {
            let enabled = !known(&self.disabled)?;
            client(clouds).set_service_account_enabled(&name, enabled, &clouds.patient()).await?;
        }
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_service_account(&id.parse()?, &clouds.patient()).await?;
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (project, id, name, spec) = (known(&self.project)?, known(&self.account)?, name(self)?, spec(self)?);
        let disable = service_accounts::set_enabled(&name, false);
        needs.look(&service_accounts::get(&name)).create(&service_accounts::create(&project, &id, &spec));
        if known(&self.disabled)? {
            needs.create(&disable);
        }
        needs.update(&service_accounts::update(&name, &spec, &[])).update(&disable);
        needs.update(&service_accounts::set_enabled(&name, true)).delete(&service_accounts::delete(&name));
        Ok(())
    }
}

fn name(account: &ServiceAccount) -> Result<ServiceAccountName, CloudError> {
    Ok(ServiceAccountName::new(known(&account.project)?, known(&account.email())?))
}

fn spec(account: &ServiceAccount) -> Result<ServiceAccountSpec, CloudError> {
    Ok(ServiceAccountSpec { display_name: known(&account.display_name)?, description: known(&account.description)? })
}
