//! Inline policies of IAM roles.

use crosscloud_cloud::Error;
use crosscloud_cloud::aws::role_policies;
use crosscloud_cloud::aws::same_document;
use crosscloud_trust::aws::RolePolicy;

use super::{client, role_name, split};
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for RolePolicy {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let (arn, name) = split(id)?;
        let there = client(clouds).get_role_policy(role_name(arn)?, name, &clouds.context()).await?;
        Ok(Look::of(there.map(|there| Self { role_arn: seen(arn), name: seen(name), policy: seen(&there.document) })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (arn, name, policy) = (known(&self.role_arn)?, known(&self.name)?, known(&self.policy)?);
        match client(clouds).create_role_policy(role_name(&arn)?, &name, &policy, &clouds.patient()).await {
            Ok(()) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (arn, name, policy) = (known(&self.role_arn)?, known(&self.name)?, known(&self.policy)?);
        client(clouds).update_role_policy(role_name(&arn)?, &name, &policy, &clouds.patient()).await?;
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let (arn, name) = split(id)?;
        client(clouds).delete_role_policy(role_name(arn)?, name, &clouds.patient()).await?;
        Ok(())
    }

    fn equals(&self, there: &Self) -> bool {
        self.policy.known().zip(there.policy.known()).is_some_and(|(wanted, there)| same_document(wanted, there))
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (arn, name) = (known(&self.role_arn)?, known(&self.name)?);
        let role = role_name(&arn)?;
        let put = role_policies::put(role, &name, "");
        needs.look(&role_policies::get(role, &name)).create(&put).update(&put);
        needs.delete(&role_policies::delete(role, &name));
        Ok(())
    }
}
