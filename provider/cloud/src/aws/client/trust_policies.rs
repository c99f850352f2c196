//! Edits of roles' trust policies, which several people write.
//!
//! IAM takes a trust policy as a whole and knows no etag. So writers in this process take turns, a policy is read again right before it is
//! written, and again after: whoever wrote before the second read is heeded, and who wrote over our edit afterwards is noticed. Only what
//! somebody writes between the second read and our write is lost, and no caller of IAM can see that.

use std::time::Duration;

use tokio::sync::OwnedMutexGuard;

use super::Client;
use crate::aws::{roles, same_document};
use crate::context::Context;
use crate::error::{Error, contended};

/// How often a policy that others write meanwhile is read anew.
const RACES: usize = 10;
/// How often a policy that was written is read until the new one comes back.
const READS: usize = 5;

impl Client {
    /// Edits a trust policy until nobody has come in between. `edit` is given the policy and answers the wanted one, or nothing where it is as
    /// wanted. Answers whether anything was written.
    pub async fn edit_trust_policy(
        &self,
        role: &str,
        edit: impl Fn(&str) -> Option<String>,
        ctx: &Context,
    ) -> Result<bool, Error> {
        let _turn = self.trust_policy_turn(role, ctx).await?;
        let mut written = false;
        let mut policy = self.trust_policy(role, ctx).await?;
        for _ in 0..RACES {
            let wanted = edit(&policy).filter(|wanted| !same_document(wanted, &policy));
            let Some(wanted) = wanted else { return Ok(written) };
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
