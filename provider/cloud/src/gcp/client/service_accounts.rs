//! Service accounts, which Google knows everywhere only a while after their creation.

use std::time::Instant;

use super::{Client, Found};
use crate::context::Context;
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
        let started = Instant::now();
        let mut good = 0;
        loop {
            let result = self.transport.send(&read, ctx).await;
            match &result {
                Ok(_) => good += 1,
                Err(Error::NotFound(_) | Error::PermissionDenied { .. }) => good = 0,
                Err(_) => return result.map(drop),
            }
            if good >= self.timing.settled_reads {
                return Ok(());
            }
            let over = started.elapsed() + self.timing.settle_interval > self.timing.settle_timeout;
            if over || !ctx.sleep(self.timing.settle_interval, name).await {
                return match result {
                    Err(error) => Err(error),
                    Ok(_) if ctx.is_cancelled() => Err(Error::Cancelled { call: read.raw().call(), sent: false }),
                    Ok(_) => Err(Error::Timeout { call: read.raw().call(), after: started.elapsed(), sent: false }),
                };
            }
        }
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
