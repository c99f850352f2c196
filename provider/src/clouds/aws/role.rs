//! IAM roles.

use crosscloud_cloud::Error;
use crosscloud_cloud::aws::roles;
use crosscloud_cloud::aws::{RoleSpec, same_document};
use crosscloud_trust::Leaf;
use crosscloud_trust::aws::Role;

use super::{RoleArn, client, role_name};
use crate::clouds::kind::{Kind, Look, Made};
use crate::clouds::known::{known, known_map, seen, seen_map};
use crate::clouds::needs::Needs;
use crate::clouds::{CloudError, Clouds};

impl Kind for Role {
    async fn look(clouds: &Clouds, id: &str, _wanted: Option<&Self>) -> Result<Look<Self>, CloudError> {
        let arn = RoleArn::parse(id)?;
        let there = client(clouds).get_role(arn.name, &clouds.context()).await?;
        Ok(Look::of(there.map(|there| Self {
            account_id: seen(arn.account_id),
            path: seen(&there.path),
            name: seen(arn.name),
            trust_policy: seen(&there.trust_policy),
            description: seen(&there.description),
            max_session_duration: Leaf::Known(there.max_session_duration),
            permissions_boundary: there.boundary().map(|arn| seen(arn)),
            tags: seen_map(there.tags),
            members: None,
        })))
    }

    async fn create(&self, clouds: &Clouds) -> Result<Made, CloudError> {
        match client(clouds).create_role(&known(&self.name)?, &spec(self)?, &clouds.patient()).await {
            Ok(_) => Ok(Made::New),
            Err(Error::AlreadyExists(_)) => Ok(Made::Exists),
            Err(error) => Err(error.into()),
        }
    }

    async fn update(&self, _there: &Self, clouds: &Clouds) -> Result<(), CloudError> {
        let (patient, name, mut spec) = (clouds.patient(), known(&self.name)?, spec(self)?);
        if self.members.is_some() {
            // Others write the same policy, each a statement of its own.
            let wanted = |there: &str| self.with_members(there).or_else(|| Some(spec.trust_policy.clone()));
            client(clouds).edit_trust_policy(&name, wanted, &patient).await?;
        }
        if let Some(live) = client(clouds).get_role(&name, &patient).await? {
            if self.members.is_some() {
                spec.trust_policy.clone_from(&live.trust_policy);
            }
            client(clouds).update_role(&live, &spec, &patient).await?;
        }
        Ok(())
    }

    async fn delete(clouds: &Clouds, id: &str) -> Result<(), CloudError> {
        client(clouds).delete_role(role_name(id)?, &clouds.patient()).await?;
        Ok(())
    }

    /// IAM gives policy documents back in a form of its own, and members' statements with them. Its path tells a role from another of the same
    /// name.
    fn equals(&self, there: &Self) -> bool {
        let same = match (self.trust_policy.known(), there.trust_policy.known()) {
            (Some(wanted), Some(there)) => same_document(wanted, &self.without_members(there)),
            _ => false,
        };
        same && Self { trust_policy: there.trust_policy.clone(), members: None, ..self.clone() }
            == Self { members: None, ..there.clone() }
    }

    fn needs(&self, needs: &mut Needs) -> Result<(), CloudError> {
        let (name, spec) = (known(&self.name)?, RoleSpec { tags: known_map(&self.tags)?, ..RoleSpec::default() });
        needs.look(&roles::get(&name)).create(&roles::create(&name, &spec)).delete(&roles::delete(&name));
        needs.update(&roles::set_trust_policy(&name, "")).update(&roles::update(&name, &spec));
        needs.update(&roles::set_boundary(&name, "")).update(&roles::delete_boundary(&name));
        needs.update(&roles::tag(&name, &spec.tags)).update(&roles::untag(&name, &[]));
        Ok(())
    }
}

fn spec(role: &Role) -> Result<RoleSpec, CloudError> {
    Ok(RoleSpec {
        path: known(&role.path)?,
        trust_policy: known(&role.trust_policy)?,
        description: known(&role.description)?,
        max_session_duration: known(&role.max_session_duration)?,
        permissions_boundary: role.permissions_boundary.as_ref().map(known).transpose()?,
        tags: known_map(&role.tags)?,
    })
}
