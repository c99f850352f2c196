//! Single statements of roles' trust policies.
//!
//! IAM takes a trust policy as a whole and knows no etag. So writers in this process take turns, a policy is read again right before it is
//! written, and again after: whoever wrote before the second read is heeded, and who wrote over our statement afterwards is noticed. Only what
//! somebody writes between the second read and our write is lost, and no caller of IAM can see that.

use std::time::Duration;

use serde_json::Value;
use tokio::sync::OwnedMutexGuard;

use super::Client;
use crate::aws::{roles, same_document, trust_statements};
use crate::context::Context;
use crate::error::{Error, contended, found_before};

/// How often a policy that others write meanwhile is read anew.
const RACES: usize = 10;
/// How often a policy that was written is read until the new one comes back.
const READS: usize = 5;

impl Client {
    /// Reads one statement. None where there is no such role either.
    pub async fn get_trust_statement(&self, role: &str, sid: &str, ctx: &Context) -> Result<Option<Value>, Error> {
        let there = self.get_role(role, ctx).await?;
        Ok(there.and_then(|there| trust_statements::find(&there.trust_policy, sid)))
    }

    /// Adds a statement.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] when there is one under that `Sid`, and [`Error::NotFound`] when there is no such role.
    pub async fn add_trust_statement(
        &self,
        role: &str,
        sid: &str,
        statement: &Value,
        ctx: &Context,
    ) -> Result<(), Error> {
        let edit = |policy: &str, written: bool| match trust_statements::find(policy, sid) {
            Some(_) if written => Ok(None),
            Some(_) => Err(found_before(*roles::set_trust_policy(role, "").raw().call())),
            None => Ok(trust_statements::with(policy, sid, statement)),
        };
        self.edit_trust_policy(role, edit, ctx).await.map(drop)
    }

    /// Replaces the statement, or adds it where it has gone.
    pub async fn put_trust_statement(
        &self,
        role: &str,
        sid: &str,
        statement: &Value,
        ctx: &Context,
    ) -> Result<(), Error> {
        let edit = |policy: &str, _| {
            let wanted = trust_statements::with(policy, sid, statement);
            Ok(wanted.filter(|wanted| !same_document(wanted, policy)))
        };
        self.edit_trust_policy(role, edit, ctx).await.map(drop)
    }

    /// Removes a statement. Answers `false` when nothing was left to remove.
    pub async fn remove_trust_statement(&self, role: &str, sid: &str, ctx: &Context) -> Result<bool, Error> {
        // Nobody waits for a role that has gone.
        if self.get_trust_statement(role, sid, &ctx.unshared()).await?.is_none() {
            return Ok(false);
        }
        let edit = |policy: &str, _| {
            let there = trust_statements::find(policy, sid).is_some();
            Ok(there.then(|| trust_statements::without(policy, sid)).flatten())
        };
        self.edit_trust_policy(role, edit, ctx).await
    }

    /// Sets a whole trust policy, in turn with those who edit single statements of it: `wanted` is given what is there.
    pub async fn replace_trust_policy(
        &self,
        role: &str,
        wanted: impl Fn(&str) -> String,
        ctx: &Context,
    ) -> Result<(), Error> {
        let edit = |policy: &str, _| {
            let wanted = wanted(policy);
            Ok((!same_document(&wanted, policy)).then_some(wanted))
        };
        self.edit_trust_policy(role, edit, ctx).await.map(drop)
    }

    /// Edits a policy until nobody has come in between. `edit` is given the policy and whether it was written already, and answers the wanted
    /// one, or nothing where it is as wanted. Answers whether anything was written.
    async fn edit_trust_policy(
        &self,
        role: &str,
        edit: impl Fn(&str, bool) -> Result<Option<String>, Error>,
        ctx: &Context,
    ) -> Result<bool, Error> {
        let _turn = self.trust_policy_turn(role, ctx).await?;
        let mut written = false;
        let mut policy = self.trust_policy(role, ctx).await?;
        for _ in 0..RACES {
            let Some(wanted) = edit(&policy, written)? else { return Ok(written) };
            let now = self.trust_policy(role, ctx).await?;
            if !same_document(&now, &policy) {
                tracing::debug!(role, "somebody else has changed the trust policy meanwhile");
                policy = now;
                continue;
            }
            self.change(&roles::set_trust_policy(role, &wanted), ctx).await?;
            written = true;
            policy = self.written_trust_policy(role, &policy, ctx).await?;
            if same_document(&policy, &wanted) {
                return Ok(true);
            }
        }
        Err(contended(*roles::set_trust_policy(role, "").raw().call(), RACES))
    }

    /// The trust policy as it is now. A role that was just made may not be known everywhere.
    async fn trust_policy(&self, role: &str, ctx: &Context) -> Result<String, Error> {
        let read = roles::get(role);
        let fresh = ctx.unshared();
        let once = || self.transport.send(&read, &fresh);
        let early = |error: &Error| matches!(error, Error::NotFound(_));
        let answer = crate::creation::once_known(&self.transport, once, early, ctx).await?;
        Ok(answer.role.trust_policy)
    }

    /// The trust policy after a write, once it is no longer the one from `before`: what is written spreads slowly.
    async fn written_trust_policy(&self, role: &str, before: &str, ctx: &Context) -> Result<String, Error> {
        let mut policy = self.trust_policy(role, ctx).await?;
        for _ in 1..READS {
            if !same_document(&policy, before) || !ctx.sleep(self.timing.settling.interval, &role).await {
                break;
            }
            policy = self.trust_policy(role, ctx).await?;
        }
        Ok(policy)
    }

    async fn trust_policy_turn(&self, role: &str, ctx: &Context) -> Result<OwnedMutexGuard<()>, Error> {
        // No two roles of an account have names that differ in case alone.
        let turn = self.shared.trust_policy_writes.lock(role.to_ascii_lowercase(), ctx).await;
        turn.ok_or_else(|| {
            let call = roles::set_trust_policy(role, "").raw().call();
            if ctx.is_cancelled() {
                Error::Cancelled { call, sent: false }
            } else {
                Error::Timeout { call, after: Duration::ZERO, sent: false }
            }
        })
    }
}
