//! Pools.

use super::Client;
use crate::context::Context;
use crate::creation::Found;
use crate::error::Error;
use crate::gcp::PoolName;
use crate::gcp::pools::{self, Pool, PoolSpec};

impl Client {
    /// Reads a pool; a soft-deleted one says so, see [`Pool::is_deleted`].
    pub async fn get_pool(&self, name: &PoolName, ctx: &Context) -> Result<Option<Pool>, Error> {
        self.find(&pools::get(name), ctx).await
    }

    /// Lists a project's pools, soft-deleted ones included.
    pub async fn list_pools(&self, project: &str, ctx: &Context) -> Result<Vec<Pool>, Error> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let page = self.transport.send(&pools::list(project, &page_token), ctx).await?;
            all.extend(page.items);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// Creates a pool and waits until it is there.
    pub async fn create_pool(&self, name: &PoolName, spec: &PoolSpec, ctx: &Context) -> Result<Pool, Error> {
        let (create, read) = (pools::create(name, spec), pools::get(name));
        let judge = |live: &Pool| if !live.is_deleted() && live.spec == *spec { Found::Ours } else { Found::Foreign };
        self.create(|| self.run(&create, &read, ctx), &read, judge, ctx).await
    }

    /// Sets the fields that `mask` names. An empty mask only reads.
    pub async fn update_pool(
        &self,
        name: &PoolName,
        spec: &PoolSpec,
        mask: &[&str],
        ctx: &Context,
    ) -> Result<Pool, Error> {
        if mask.is_empty() {
            return self.transport.send(&pools::get(name), ctx).await;
        }
        self.run(&pools::update(name, spec, mask), &pools::get(name), ctx).await
    }

    /// Soft-deletes a pool. Answers `false` when nothing was left to delete.
    pub async fn delete_pool(&self, name: &PoolName, ctx: &Context) -> Result<bool, Error> {
        self.delete(&pools::delete(name), &pools::get(name), Pool::is_deleted, ctx).await
    }

    /// Brings a soft-deleted pool back.
    pub async fn undelete_pool(&self, name: &PoolName, ctx: &Context) -> Result<Pool, Error> {
        let (undelete, read) = (pools::undelete(name), pools::get(name));
        let judge = |live: &Pool| if live.is_deleted() { Found::NotYet } else { Found::Ours };
        self.create(|| self.run(&undelete, &read, ctx), &read, judge, ctx).await
    }
}
