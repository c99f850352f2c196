//! What every handler is given besides its request: the provider's data, the host's version, and the wish to stop.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::deferral::{Deferral, Deferrals};
use crate::diagnostic::Diagnostics;
use crate::model::Model;
use crate::path::Path;
use crate::value::Value;

/// A future behind a pointer, as the erased traits return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The surroundings of one call. `P` is the provider's data where the call has any: `Arc<State>` once the provider is
/// configured, `Option<Arc<State>>` while validating.
#[derive(Clone, Debug)]
pub struct Context<P = ()> {
    /// What the provider's `configure` made.
    pub provider: P,
    /// Fires when the user asks to stop. A handler finishes the step that it is in, then returns what it has.
    pub cancel: CancellationToken,
    /// The version of the host, once it has configured the provider.
    pub terraform_version: Option<Arc<str>>,
    pub(crate) deferrals: Deferrals,
    deadline: Option<Instant>,
    meta: Option<Arc<Value>>,
}

/// Why a handler should come to an end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The user asked to stop.
    Cancelled,
    /// The time that the call may take is over.
    TimedOut,
}

impl Context {
    /// A context without provider data.
    pub fn new(cancel: CancellationToken) -> Self {
        Context {
            provider: (),
            cancel,
            terraform_version: None,
            deferrals: Deferrals::new(false),
            deadline: None,
            meta: None,
        }
    }

    /// The same context of a call that the host allows to be put off.
    #[must_use]
    pub fn allow_deferral(mut self, allowed: bool) -> Self {
        self.deferrals = Deferrals::new(allowed);
        self
    }
}

impl<P> Context<P> {
    /// The same context with other provider data.
    pub fn with_provider<Q>(self, provider: Q) -> Context<Q> {
        Context {
            provider,
            cancel: self.cancel,
            terraform_version: self.terraform_version,
            deferrals: self.deferrals,
            deadline: self.deadline,
            meta: self.meta,
        }
    }

    /// The same context of a call from a module that says this in its `provider_meta` block.
    #[must_use]
    pub fn with_meta(mut self, meta: Value) -> Self {
        self.meta = (!meta.is_null()).then(|| Arc::new(meta));
        self
    }

    /// What the module in which the resource is written says in its `provider_meta` block, if it has one. Its schema is
    /// [`Provider::meta`](crate::Provider::meta).
    ///
    /// # Errors
    /// Diagnostics if the block does not fit the model.
    pub fn meta<M: Model>(&self) -> Result<Option<M>, Diagnostics> {
        self.meta.as_ref().map(|meta| M::decode((**meta).clone(), &Path::root())).transpose()
    }

    /// The same context of a call that may take this long from now on; never longer than it could before.
    #[must_use]
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        // A limit beyond the end of the clock is none.
        if let Some(deadline) = Instant::now().checked_add(limit) {
            self.deadline = Some(self.deadline.map_or(deadline, |sooner| sooner.min(deadline)));
        }
        self
    }

    /// When the time that the call may take is over; `None` if there is no limit.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether the handler should come to an end, and why.
    pub fn is_stopped(&self) -> Option<Stopped> {
        if self.cancel.is_cancelled() {
            return Some(Stopped::Cancelled);
        }
        self.deadline.is_some_and(|deadline| deadline <= Instant::now()).then_some(Stopped::TimedOut)
    }

    /// Waits until the handler should come to an end.
    pub async fn stopped(&self) -> Stopped {
        let timed_out = async {
            match self.deadline {
                Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Stopped::Cancelled,
            () = timed_out => Stopped::TimedOut,
        }
    }

    /// Whether the host can put this call off.
    pub fn deferral_allowed(&self) -> bool {
        self.deferrals.allowed()
    }

    /// Puts this call off to a later run: a plan, a read, an import, the read of a data source, the opening of an
    /// ephemeral resource or the plan of an action. Whatever the handler returns then is not used, except for its
    /// messages. Where the host does not allow it, the user gets an error that says what has to wait and why.
    pub fn defer(&self, reason: Deferral) {
        self.deferrals.give(reason);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_call_ends_at_its_deadline_or_when_the_user_stops() {
        let context = Context::new(CancellationToken::new());
        assert_eq!((context.is_stopped(), context.deadline()), (None, None));
        let short = context.clone().with_timeout(Duration::from_millis(5)).with_timeout(Duration::from_secs(900));
        assert_eq!(short.stopped().await, Stopped::TimedOut);
        assert_eq!(short.is_stopped(), Some(Stopped::TimedOut));
        let long = context.clone().with_timeout(Duration::MAX);
        context.cancel.cancel();
        assert_eq!(long.stopped().await, Stopped::Cancelled);
        assert_eq!(short.is_stopped(), Some(Stopped::Cancelled), "what the user wants comes first");
    }
}
