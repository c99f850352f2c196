//! Managed policies attached to IAM roles.

use crosscloud_cloud::Granted;
use crosscloud_cloud::aws::role_policies;
use crosscloud_trust::aws::RolePolicyAttachment;

use super::{client, role_name, split};
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, seen};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for RolePolicyAttachment {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let (role_arn, policy_arn) = split(id)?;
        let there = client(clouds).has_attached_policy(role_name(role_arn)?, policy_arn, &clouds.context()).await?;
        Ok(Look::of(there.then(|| Self { role_arn: seen(role_arn), policy_arn: seen(policy_arn) })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        let (role, policy) = (known(&self.role_arn)?, known(&self.policy_arn)?);
        Ok(match client(clouds).attach_policy(role_name(&role)?, &policy, &clouds.patient()).await? {
            Granted::Granted => Made::New,
            Granted::Found => Made::Exists,
        })
    }

    async fn update(&self, _there: &Self, _clouds: &Clouds) -> Result<(), CloudError> {
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        let (role, policy) = split(id)?;
        client(clouds).detach_policy(role_name(role)?, policy, &clouds.patient()).await?;
        Ok(())
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (arn, policy) = (known(&self.role_arn)?, known(&self.policy_arn)?);
        let role = role_name(&arn)?;
        needs.look(&role_policies::list_attached(role, None)).create(&role_policies::attach(role, &policy));
        needs.delete(&role_policies::detach(role, &policy));
        Ok(())
    }
}
