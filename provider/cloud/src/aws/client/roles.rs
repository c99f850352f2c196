//! Roles and what they may do.

use super::{Client, is_unheard_of};
use crate::aws::role_policies::{self, AttachedPolicy, RolePolicy};
use crate::aws::roles::{self, Role, RoleSpec, tag_changes};
use crate::context::Context;
use crate::creation::{self, Found};
use crate::error::{Error, found_before};
use crate::outcome::{Granted, Revoked};

impl Client {
    /// Reads a role by its name.
    pub async fn get_role(&self, name: &str, ctx: &Context) -> Result<Option<Role>, Error> {
        Ok(self.find(&roles::get(name), ctx).await?.map(|answer| answer.role))
    }

    /// Creates a role and waits until it is known everywhere, as far as that can be seen in reasonable time.
    ///
    /// While a principal of its trust policy is not known everywhere, waits as long as the context is patient.
    pub async fn create_role(&self, name: &str, spec: &RoleSpec, ctx: &Context) -> Result<Role, Error> {
        let (create, read) = (roles::create(name, spec), roles::get(name));
        let once = || self.transport.send(&create, ctx);
        let early = |error: &Error| !matches!(error, Error::NotFound(_)) && is_unheard_of(error);
        let send = |_| creation::once_known(&self.transport, once, early, ctx);
        let judge = |live: &roles::RoleAnswer| {
            let equal = spec.difference(&live.role).is_empty() && spec.fixed_difference(&live.role).is_empty();
            if equal { Found::Ours } else { Found::Foreign }
        };
        let created = creation::create(&self.transport, send, &read, judge, ctx).await?;
        if let Err(error) = creation::settle(&self.transport, &read, &name, &self.timing.settling, ctx).await {
            tracing::warn!(role = name, cause = %error, "a new role is not yet known everywhere");
        }
        Ok(created.role)
    }

    /// Turns a role as it is into one as wanted, with the calls that its differences need and no others.
    pub async fn update_role(&self, live: &Role, spec: &RoleSpec, ctx: &Context) -> Result<(), Error> {
        let name = &live.role_name;
        let fields = spec.difference(live);
        if fields.contains(&"trust_policy") {
            self.change(&roles::set_trust_policy(name, &spec.trust_policy), ctx).await?;
        }
        if fields.contains(&"description") || fields.contains(&"max_session_duration") {
            self.change(&roles::update(name, spec), ctx).await?;
        }
        match &spec.permissions_boundary {
            _ if !fields.contains(&"permissions_boundary") => {}
            Some(boundary) => self.change(&roles::set_boundary(name, boundary), ctx).await?,
            None => self.change(&roles::delete_boundary(name), ctx).await?,
        }
        let (set, gone) = tag_changes(&spec.tags, &live.tags);
        if !set.is_empty() {
            self.change(&roles::tag(name, &set), ctx).await?;
        }
        if !gone.is_empty() {
            self.change(&roles::untag(name, &gone), ctx).await?;
        }
        Ok(())
    }

    /// Deletes a role. Answers `false` when nothing was left to delete.
    ///
    /// # Errors
    /// [`Error::FailedPrecondition`] while it has policies or instance profiles, which are not this client's to remove.
    pub async fn delete_role(&self, name: &str, ctx: &Context) -> Result<bool, Error> {
        self.delete(&roles::delete(name), ctx).await
    }

    /// Reads a policy written into a role.
    pub async fn get_role_policy(&self, role: &str, policy: &str, ctx: &Context) -> Result<Option<RolePolicy>, Error> {
        self.find(&role_policies::get(role, policy), ctx).await
    }

    /// Names the policies written into a role.
    pub async fn list_role_policies(&self, role: &str, ctx: &Context) -> Result<Vec<String>, Error> {
        let mut all = Vec::new();
        let mut marker = None;
        loop {
            let page = self.transport.send(&role_policies::list(role, marker.as_deref()), ctx).await?;
            all.extend(page.items);
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(all);
            }
        }
    }

    /// Writes a new policy into a role.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when there is one of that name: this API would overwrite it, so it is looked for first.
    pub async fn create_role_policy(
        &self,
        role: &str,
        policy: &str,
        document: &str,
        ctx: &Context,
    ) -> Result<(), Error> {
        let put = role_policies::put(role, policy, document);
        if self.get_role_policy(role, policy, ctx).await?.is_some() {
            return Err(found_before(*put.raw().call()));
        }
        self.change(&put, ctx).await
    }

    /// Replaces a policy written into a role.
    pub async fn update_role_policy(
        &self,
        role: &str,
        policy: &str,
        document: &str,
        ctx: &Context,
    ) -> Result<(), Error> {
        self.change(&role_policies::put(role, policy, document), ctx).await
    }

    /// Deletes a policy written into a role. Answers `false` when nothing was left to delete.
    pub async fn delete_role_policy(&self, role: &str, policy: &str, ctx: &Context) -> Result<bool, Error> {
        self.delete(&role_policies::delete(role, policy), ctx).await
    }

    /// Lists the policies attached to a role.
    pub async fn list_attached_policies(&self, role: &str, ctx: &Context) -> Result<Vec<AttachedPolicy>, Error> {
        let mut all = Vec::new();
        let mut marker = None;
        loop {
            let page = self.transport.send(&role_policies::list_attached(role, marker.as_deref()), ctx).await?;
            all.extend(page.items);
            marker = page.marker.filter(|_| page.is_truncated);
            if marker.is_none() {
                return Ok(all);
            }
        }
    }

    /// Whether a policy is attached to a role. To a role that does not exist it is not.
    pub async fn has_attached_policy(&self, role: &str, policy_arn: &str, ctx: &Context) -> Result<bool, Error> {
        match self.list_attached_policies(role, ctx).await {
            Ok(attached) => Ok(attached.iter().any(|it| it.policy_arn == policy_arn)),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Makes sure that a policy is attached to a role.
    pub async fn attach_policy(&self, role: &str, policy_arn: &str, ctx: &Context) -> Result<Granted, Error> {
        if self.has_attached_policy(role, policy_arn, ctx).await? {
            return Ok(Granted::Found);
        }
        self.change(&role_policies::attach(role, policy_arn), ctx).await?;
        Ok(Granted::Granted)
    }

    /// Makes sure that a policy is not attached to a role.
    pub async fn detach_policy(&self, role: &str, policy_arn: &str, ctx: &Context) -> Result<Revoked, Error> {
        let there = self.delete(&role_policies::detach(role, policy_arn), ctx).await?;
        Ok(if there { Revoked::Revoked } else { Revoked::Absent })
    }
}
