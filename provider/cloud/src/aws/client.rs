//! The client for AWS's objects: requests sent, and IAM's slow spreading of news waited for.

mod oidc_providers;
mod outbound;
mod roles;
mod trust_policies;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::de::DeserializeOwned;

use super::{AssumedRole, CallerIdentity, sts};
use crate::context::Context;
use crate::creation::{self, Settling};
use crate::error::Error;
use crate::keyed_lock::KeyedLock;
use crate::request::{Empty, Request};
use crate::single_flight::SingleFlight;
use crate::transport::Transport;

/// Creates, reads, changes and deletes AWS's objects. Cheap to clone; clones share everything.
#[derive(Clone, Debug)]
pub struct Client {
    transport: Transport,
    timing: Timing,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    caller: SingleFlight<(), CallerIdentity>,
    /// Writers of one role's trust policy take turns.
    trust_policy_writes: KeyedLock<String>,
}

/// How the client waits. The defaults suit the real cloud.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// How to make sure that a new role is known everywhere.
    pub settling: Settling,
}

impl Default for Timing {
    fn default() -> Self {
        Self { settling: Settling { reads: 2, interval: Duration::from_secs(1), timeout: Duration::from_secs(120) } }
    }
}

impl Timing {
    /// For an emulator, which answers at once.
    pub fn emulator() -> Self {
        Self { settling: Settling { interval: Duration::from_millis(10), ..Self::default().settling } }
    }
}

impl Client {
    /// A client on a transport that is signed in to AWS.
    pub fn new(transport: Transport, timing: Timing) -> Self {
        let shared = Shared { caller: SingleFlight::new(Duration::MAX), trust_policy_writes: KeyedLock::default() };
        Self { transport, timing, shared: Arc::new(shared) }
    }

    /// The transport that it sends with.
    pub fn transport(&self) -> &Transport {
        &self.transport
    }

    /// Whose account the calls are made in; asked once in a client's life.
    pub async fn caller_identity(&self, ctx: &Context) -> Result<CallerIdentity, Error> {
        self.shared.caller.get(&(), self.transport.send(&sts::get_caller_identity(), ctx)).await
    }

    /// Enters a role with the caller's own keys.
    pub async fn assume_role(
        &self,
        role_arn: &str,
        session_name: &str,
        external_id: Option<&str>,
        lasts: Option<Duration>,
        ctx: &Context,
    ) -> Result<AssumedRole, Error> {
        self.transport.send(&sts::assume_role(role_arn, session_name, external_id, lasts), ctx).await
    }

    async fn find<T: DeserializeOwned>(&self, request: &Request<T>, ctx: &Context) -> Result<Option<T>, Error> {
        creation::find(&self.transport, request, ctx).await
    }

    /// Sends a change, again while another one of the same object is under way, and while what it names is not known everywhere.
    async fn change(&self, request: &Request<Empty>, ctx: &Context) -> Result<(), Error> {
        let send = || self.unless_busy(request, ctx);
        creation::once_known(&self.transport, send, is_unheard_of, ctx).await
    }

    /// Deletes something. Answers whether it was there.
    async fn delete(&self, request: &Request<Empty>, ctx: &Context) -> Result<bool, Error> {
        match self.unless_busy(request, ctx).await {
            Ok(()) => Ok(true),
            Err(Error::NotFound(_)) => Ok(false),
            Err(error) => Err(error),
        }
    }

    async fn unless_busy(&self, request: &Request<Empty>, ctx: &Context) -> Result<(), Error> {
        let retry = self.transport.retry_policy();
        let started = Instant::now();
        let mut attempt = 0;
        loop {
            attempt += 1;
            let error = match self.transport.send(request, ctx).await {
                Err(error @ Error::Conflict(_)) => error,
                result => return result.map(drop),
            };
            let wait = retry.backoff(attempt);
            let over = attempt >= retry.max_attempts || started.elapsed() + wait > retry.budget;
            if over || !ctx.sleep(wait, &error).await {
                return Err(error);
            }
        }
    }
}

/// Whether a part of IAM has not heard yet of a principal that a policy names, or of the role itself.
fn is_unheard_of(error: &Error) -> bool {
    match error {
        Error::NotFound(_) => true,
        Error::InvalidArgument { refusal, .. } => {
            refusal.reason.as_deref() == Some("MalformedPolicyDocument")
                && refusal.message.to_ascii_lowercase().contains("invalid principal")
        }
        _ => false,
    }
}
