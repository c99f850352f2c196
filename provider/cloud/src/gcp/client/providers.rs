//! Providers of pools.

use super::Client;
use crate::context::Context;
use crate::creation::Found;
use crate::error::Error;
use crate::gcp::providers::{self, Provider, ProviderSpec};
use crate::gcp::{PoolName, ProviderName};

impl Client {
    /// Reads a provider; a soft-deleted one says so, see [`Provider::is_deleted`].
    pub async fn get_provider(&self, name: &ProviderName, ctx: &Context) -> Result<Option<Provider>, Error> {
        self.find(&providers::get(name), ctx).await
    }

    /// Lists a pool's providers, soft-deleted ones included.
    pub async fn list_providers(&self, pool: &PoolName, ctx: &Context) -> Result<Vec<Provider>, Error> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let page = self.transport.send(&providers::list(pool, &page_token), ctx).await?;
            all.extend(page.items);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// Creates a provider and waits until it is there.
    pub async fn create_provider(
        &self,
        name: &ProviderName,
        spec: &ProviderSpec,
        ctx: &Context,
    ) -> Result<Provider, Error> {
        let (create, read) = (providers::create(name, spec), providers::get(name));
        let judge =
            |live: &Provider| if !live.is_deleted() && live.spec == *spec { Found::Ours } else { Found::Foreign };
        self.create(|| self.run(&create, &read, ctx), &read, judge, ctx).await
    }

    /// Sets the fields that `mask` names. An empty mask only reads.
    pub async fn update_provider(
        &self,
        name: &ProviderName,
        spec: &ProviderSpec,
        mask: &[&str],
        ctx: &Context,
    ) -> Result<Provider, Error> {
        if mask.is_empty() {
            return self.transport.send(&providers::get(name), ctx).await;
        }
        self.run(&providers::update(name, spec, mask), &providers::get(name), ctx).await
    }

    /// Soft-deletes a provider. Answers `false` when nothing was left to delete.
    pub async fn delete_provider(&self, name: &ProviderName, ctx: &Context) -> Result<bool, Error> {
        self.delete(&providers::delete(name), &providers::get(name), Provider::is_deleted, ctx).await
    }

    /// Brings a soft-deleted pool back.
    pub async fn undelete_provider(&self, name: &ProviderName, ctx: &Context) -> Result<Provider, Error> {
        let (undelete, read) = (providers::undelete(name), providers::get(name));
        let judge = |live: &Provider| if live.is_deleted() { Found::NotYet } else { Found::Ours };
        self.create(|| self.run(&undelete, &read, ctx), &read, judge, ctx).await
    }
}
