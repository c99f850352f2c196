//! What a caller says about one call: when to give up, and what to be patient with.

use std::fmt;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

/// Longer waits are told to the user.
const SILENT_WAIT: Duration = Duration::from_secs(10);

/// Travels with every call. Cheap to clone; a clone shares the cancellation.
#[derive(Clone, Debug, Default)]
pub struct Context {
    cancel: CancellationToken,
    deadline: Option<Instant>,
    after_enable: Option<Duration>,
    propagation: Option<Duration>,
    sharing: bool,
}

impl Context {
    /// A context that is never cancelled and has no deadline.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops when `cancel` fires. A write that is already on the wire is still waited for, so that its outcome is known.
    #[must_use]
    pub fn with_cancel(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Gives up once this much time has passed, waits and retries included.
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.deadline = Some(Instant::now() + timeout);
        self
    }

    /// Retries `SERVICE_DISABLED` for this long: an API that was just switched on refuses calls for a minute or so.
    #[must_use]
    pub fn after_enable(mut self, patience: Duration) -> Self {
        self.after_enable = Some(patience);
        self
    }

    /// Shares reads: an object that another caller reads now, or has read a moment ago, is not asked for again. For surveys of what there is,
    /// where many look at the same objects and nobody writes; a write to an API ends the life of what was read from it.
    #[must_use]
    pub fn sharing_reads(mut self) -> Self {
        self.sharing = true;
        self
    }

    /// Treats "does not exist" for this long as news that has not spread yet, where what a call names may have just been made: a member of an
    /// allow policy, the principal of a role assignment, the identity of a credential, the principal of a trust policy.
    #[must_use]
    pub fn after_create(mut self, patience: Duration) -> Self {
        self.propagation = Some(patience);
        self
    }

    /// The token that cancels calls made with this context.
    pub fn cancel_token(&self) -> &CancellationToken {
        &self.cancel
    }

    /// Whether the call should stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancel.is_cancelled()
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// The same context for a write on behalf of many, of which none sets the time.
    pub(crate) fn without_deadline(&self) -> Self {
        Self { deadline: None, ..self.unshared() }
    }

    /// Ends at the deadline; never, if there is none.
    pub(crate) async fn past_deadline(&self) {
        match self.deadline {
            Some(deadline) => tokio::time::sleep_until(deadline.into()).await,
            None => std::future::pending().await,
        }
    }

    /// The same context for reads that must see what is there now.
    pub(crate) fn unshared(&self) -> Self {
        Self { sharing: false, ..self.clone() }
    }

    pub(crate) fn shares_reads(&self) -> bool {
        self.sharing
    }

    pub(crate) fn enable_patience(&self) -> Option<Duration> {
        self.after_enable
    }

    pub(crate) fn create_patience(&self) -> Option<Duration> {
        self.propagation
    }

    /// Sleeps, and answers whether the whole time passed: `false` when cancelled or past the deadline.
    ///
    /// A long wait is told to the user together with its cause: nobody should have to guess why nothing happens.
    pub(crate) async fn sleep(&self, wait: Duration, cause: &(dyn fmt::Display + Sync)) -> bool {
        if self.deadline.is_some_and(|deadline| Instant::now() + wait > deadline) {
            return false;
        }
        if wait > SILENT_WAIT {
            tracing::warn!(seconds = wait.as_secs(), %cause, "waiting before going on");
        }
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => false,
            () = tokio::time::sleep(wait) => true,
        }
    }
}
