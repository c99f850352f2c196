//! Lists what has no name of its own to look it up by: grants, role assignments, and the credentials of an identity.

use crosscloud_cloud::Error;
use crosscloud_cloud::azure::{IdentityName, Scope};
use crosscloud_trust::aws::{RolePolicy, RolePolicyAttachment};
use crosscloud_trust::azure::FederatedCredential;
use crosscloud_trust::gcp::{Grant, GrantCondition, Pool, Provider, Resource};
use crosscloud_trust::{Object, Text};

use super::known::seen;
use super::{CloudError, Clouds, aws, azure, gcp};

impl Clouds {
    /// The grants on a resource; none where there is no such resource.
    pub(crate) async fn grants(&self, resource: &Resource) -> Result<Vec<Grant>, CloudError> {
        let policy = gcp::policy_resource(resource)?;
        let policy = match gcp::client(self).policies().read(&policy, &self.context()).await {
            Err(Error::NotFound(_)) => return Ok(Vec::new()),
            read => read?,
        };
        let grants = policy.bindings.iter().flat_map(|binding| {
            let condition = binding.condition.as_ref().map(|condition| GrantCondition {
                title: seen(condition.title.as_deref().unwrap_or_default()),
                expression: seen(&condition.expression),
            });
            binding.members.iter().map(move |member| Grant {
                resource: resource.clone(),
                role: seen(&binding.role),
                member: seen(member),
                condition: condition.clone(),
            })
        });
        Ok(grants.collect())
    }

    /// The role assignments of a managed identity in its subscription.
    pub(crate) async fn role_assignments(&self, identity: &str) -> Result<Vec<Object>, CloudError> {
        let name: IdentityName = identity.parse()?;
        let Some(there) = azure::client(self).get_identity(&name, &self.context()).await? else {
            return Ok(Vec::new());
        };
        let subscription: Scope = format!("/subscriptions/{}", name.group.subscription).parse()?;
        let principal = there.properties.principal_id;
        let all = azure::client(self).list_role_assignments(&subscription, &principal, &self.context()).await?;
        let seen = all.into_iter().filter_map(|live| {
            let (id, name) = (live.id.clone(), live.parsed_name()?);
            Some(Object::RoleAssignment(azure::seen_assignment(&id, &name, live)))
        });
        Ok(seen.collect())
    }

    /// The providers of a pool that are not deleted; none where there is no such pool.
    pub(crate) async fn providers(&self, pool: &Pool) -> Result<Vec<Provider>, CloudError> {
        let name = gcp::pool_name(pool)?;
        let all = match gcp::client(self).list_providers(&name, &self.context()).await {
            Err(Error::NotFound(_)) => return Ok(Vec::new()),
            all => all?,
        };
        let live = all.into_iter().filter(|it| !it.is_deleted());
        Ok(live.map(|it| gcp::seen_provider(&name.provider(it.id()), it.spec)).collect())
    }

    /// The policies of a role, managed and inline; none where there is no such role.
    pub(crate) async fn role_policies(&self, arn: &str) -> Result<Vec<Object>, CloudError> {
        let (client, context) = (aws::client(self), self.context());
        let role = aws::role_name(arn)?;
        let attached = match client.list_attached_policies(role, &context).await {
            Err(Error::NotFound(_)) => return Ok(Vec::new()),
            attached => attached?,
        };
        let attachment = |policy: &str| {
            Object::RolePolicyAttachment(RolePolicyAttachment { role_arn: seen(arn), policy_arn: seen(policy) })
        };
        let mut all: Vec<_> = attached.iter().map(|policy| attachment(&policy.policy_arn)).collect();
        for name in client.list_role_policies(role, &context).await? {
            if let Some(policy) = client.get_role_policy(role, &name, &context).await? {
                let policy = seen(&policy.document);
                all.push(Object::RolePolicy(RolePolicy { role_arn: seen(arn), name: seen(&name), policy }));
            }
        }
        Ok(all)
    }

    /// The federated credentials of a managed identity; none where there is no such identity.
    pub(crate) async fn credentials(&self, identity: &str) -> Result<Vec<Object>, CloudError> {
        let all = self.all_credentials(identity).await?;
        Ok(all.into_iter().map(|(credential, _)| Object::FederatedCredential(credential)).collect())
    }

    /// The same, each with its expression over claims, if it has one.
    pub(crate) async fn all_credentials(
        &self,
        identity: &str,
    ) -> Result<Vec<(FederatedCredential, Option<String>)>, CloudError> {
        let all = match azure::client(self).list_federated_credentials(&identity.parse()?, &self.context()).await {
            Err(Error::NotFound(_)) => return Ok(Vec::new()),
            all => all?,
        };
        let seen = all.into_iter().map(|live| {
            let credential = FederatedCredential {
                identity: Text::of(identity),
                name: seen(&live.name),
                issuer: seen(&live.spec.issuer),
                subject: seen(live.spec.subject.as_deref().unwrap_or_default()),
                audience: seen(&live.spec.audiences.join(" ")),
            };
            (credential, live.spec.claims_matching_expression.map(|it| it.value))
        });
        Ok(seen.collect())
    }
}
