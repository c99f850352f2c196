//! Service accounts, which Google knows everywhere only a while after their creation.

use super::Client;
use crate::context::Context;
use crate::creation::{self, Found};
use crate::error::Error;
use crate::gcp::ServiceAccountName;
use crate::gcp::service_accounts::{self, ServiceAccount, ServiceAccountSpec};

impl Client {
    /// Reads a service account.
    pub async fn get_service_account(
        &self,
        name: &ServiceAccountName,
        ctx: &Context,
    ) -> Result<Option<ServiceAccount>, Error> {
        self.find(&service_accounts::get(name), ctx).await
    }

    /// Creates a service account and waits until it is known everywhere, as far as that can be seen in reasonable time.
    ///
    /// Once the account exists this succeeds, so that its unique id is never lost: where the wait fails, what is done with
    /// the account next fails and says so.
    pub async fn create_service_account(
        &self,
        project: &str,
        account_id: &str,
        spec: &ServiceAccountSpec,
        ctx: &Context,
    ) -> Result<ServiceAccount, Error> {
        let name = ServiceAccountName::of_id(project, account_id);
        let create = service_accounts::create(project, account_id, spec);
        let read = service_accounts::get(&name);
        let judge =
            |live: &ServiceAccount| if live.spec == *spec && !live.disabled { Found::Ours } else { Found::Foreign };
        let created = self.create(|| self.transport.send(&create, ctx), &read, judge, ctx).await?;
        if let Err(error) = self.settle_service_account(&name, ctx).await {
            tracing::warn!(account = %name, cause = %error, "a new service account is not yet known everywhere");
        }
        Ok(created)
    }

    /// Waits until several reads in a row find the account: before that, grants to it may be refused.
    ///
    /// # Errors
    /// The last read's, once the time for it is over. The account exists all the same.
    pub async fn settle_service_account(&self, name: &ServiceAccountName, ctx: &Context) -> Result<(), Error> {
        let read = service_accounts::get(name);
        creation::settle(&self.transport, &read, name, &self.timing.settling, ctx).await
    }

    /// Sets the fields that `mask` names. An empty mask only reads.
    pub async fn update_service_account(
        &self,
        name: &ServiceAccountName,
        spec: &ServiceAccountSpec,
        mask: &[&str],
        ctx: &Context,
    ) -> Result<ServiceAccount, Error> {
        if mask.is_empty() {
            return self.transport.send(&service_accounts::get(name), ctx).await;
        }
        self.transport.send(&service_accounts::update(name, spec, mask), ctx).await
    }

    /// Deletes a service account. Answers `false` when nothing was left to delete.
    pub async fn delete_service_account(&self, name: &ServiceAccountName, ctx: &Context) -> Result<bool, Error> {
        match self.transport.send(&service_accounts::delete(name), ctx).await {
            Ok(_) => Ok(true),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Brings a deleted account back by its unique id, with the grants that it had. Not always possible, even within the 30 days.
    pub async fn undelete_service_account(
        &self,
        project: &str,
        unique_id: &str,
        ctx: &Context,
    ) -> Result<ServiceAccount, Error> {
        let name = ServiceAccountName::new(project, unique_id);
        let (undelete, read) = (service_accounts::undelete(project, unique_id), service_accounts::get(&name));
        let send = || async { self.transport.send(&undelete, ctx).await.map(|answer| answer.restored_account) };
        // A deleted account is not to be seen at all, so one that is has come back.
        self.create(send, &read, |_| Found::Ours, ctx).await
    }

    /// Switches a service account on or off.
    pub async fn set_service_account_enabled(
        &self,
        name: &ServiceAccountName,
        enabled: bool,
        ctx: &Context,
    ) -> Result<(), Error> {
        self.transport.send(&service_accounts::set_enabled(name, enabled), ctx).await.map(drop)
    }
}
