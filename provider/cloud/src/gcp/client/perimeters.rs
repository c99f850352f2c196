//! Service perimeters: one write at a time in an access policy, under the perimeter's etag.

use std::time::{Duration, Instant};

use super::Client;
use crate::context::Context;
use crate::creation::Found;
use crate::error::Error;
use crate::gcp::perimeters::{self, AccessPolicy, Perimeter, PerimeterSpec};
use crate::gcp::{Operation, PerimeterName};
use crate::request::Request;

impl Client {
    /// The access policies of an organisation, given by its number.
    pub async fn list_access_policies(&self, organization: &str, ctx: &Context) -> Result<Vec<AccessPolicy>, Error> {
        let mut all = Vec::new();
        let mut page_token = String::new();
        loop {
            let page = self.transport.send(&perimeters::list_policies(organization, &page_token), ctx).await?;
            all.extend(page.items);
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Ok(all);
            }
        }
    }

    /// The access policy that is about the whole organisation, of which there is at most one.
    pub async fn access_policy(&self, organization: &str, ctx: &Context) -> Result<Option<AccessPolicy>, Error> {
        let all = self.list_access_policies(organization, ctx).await?;
        Ok(all.into_iter().find(|policy| policy.scopes.is_empty()))
    }

    /// Reads a perimeter.
    pub async fn get_perimeter(&self, name: &PerimeterName, ctx: &Context) -> Result<Option<Perimeter>, Error> {
        self.find(&perimeters::get(name), ctx).await
    }

    /// Creates a perimeter and waits until it is there.
    pub async fn create_perimeter(
        &self,
        name: &PerimeterName,
        spec: &PerimeterSpec,
        ctx: &Context,
    ) -> Result<Perimeter, Error> {
        let (create, read) = (perimeters::create(name, spec), perimeters::get(name));
        let _turn = self.perimeter_turn(name, &create, ctx).await?;
        let judge = |live: &Perimeter| if live.spec == *spec { Found::Ours } else { Found::Foreign };
        let send = || self.unless_busy(&create, || self.run(&create, &read, ctx), ctx);
        self.create(send, &read, judge, ctx).await
    }

    /// Sets the fields that `mask` names. An empty mask only reads.
    ///
    /// The write names the state that it was made for. Where somebody else was faster it is made anew for theirs, because the fields are set whole.
    pub async fn update_perimeter(
        &self,
        name: &PerimeterName,
        spec: &PerimeterSpec,
        mask: &[&str],
        ctx: &Context,
    ) -> Result<Perimeter, Error> {
        let read = perimeters::get(name);
        if mask.is_empty() {
            return self.transport.send(&read, ctx).await;
        }
        let plain = perimeters::update(name, spec, mask, "");
        let _turn = self.perimeter_turn(name, &plain, ctx).await?;
        let send = || async {
            let live = self.transport.send(&read, ctx).await?;
            let update = perimeters::update(name, spec, mask, &live.etag).idempotent(false);
            self.run(&update, &read, ctx).await
        };
        self.unless_busy(&plain, send, ctx).await
    }

    /// Deletes a perimeter. Answers `false` when nothing was left to delete.
    pub async fn delete_perimeter(&self, name: &PerimeterName, ctx: &Context) -> Result<bool, Error> {
        let (delete, read) = (perimeters::delete(name), perimeters::get(name));
        let _turn = self.perimeter_turn(name, &delete, ctx).await?;
        self.unless_busy(&delete, || self.delete(&delete, &read, |_| false, ctx), ctx).await
    }

    async fn perimeter_turn<T>(
        &self,
        name: &PerimeterName,
        request: &Request<T>,
        ctx: &Context,
    ) -> Result<tokio::sync::OwnedMutexGuard<()>, Error> {
        let turn = self.shared.perimeter_writes.lock(name.policy.clone(), ctx).await;
        turn.ok_or_else(|| {
            let call = request.raw().call();
            if ctx.is_cancelled() {
                Error::Cancelled { call, sent: false }
            } else {
                Error::Timeout { call, after: Duration::ZERO, sent: false }
            }
        })
    }

    /// Repeats a write while another one in the same access policy is under way, which Google refuses as a conflict.
    async fn unless_busy<T, F>(
        &self,
        request: &Request<Operation>,
        send: impl Fn() -> F,
        ctx: &Context,
    ) -> Result<T, Error>
    where
        F: Future<Output = Result<T, Error>>,
    {
        let retry = self.transport.retry_policy();
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match send().await {
                Err(error @ Error::Conflict(_)) => error,
                result => return result,
            };
            tracing::debug!(object = request.object(), attempt, cause = %error, "another write is under way");
            let wait = retry.backoff(attempt);
            let over = attempt >= retry.max_attempts || started.elapsed() + wait > retry.budget;
            if over || !ctx.sleep(wait, &error).await {
                return Err(error);
            }
        }
    }
}
