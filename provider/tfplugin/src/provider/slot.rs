//! The place where a provider's data lie between `configure` and the calls that need them.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::context::Context;
use crate::deferral::Deferral;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// What `configure` made, replaced whenever the provider is configured again.
pub struct Slot<S> {
    current: RwLock<Option<Configured<S>>>,
    deferring: AtomicBool,
}

struct Configured<S> {
    state: Arc<S>,
    terraform_version: Arc<str>,
}

impl<S> Slot<S> {
    /// An empty place: the provider is not configured.
    pub fn empty() -> Self {
        Slot { current: RwLock::new(None), deferring: AtomicBool::new(false) }
    }

    /// Puts new data in the place.
    pub fn fill(&self, state: S, terraform_version: &str) {
        let configured = Configured { state: Arc::new(state), terraform_version: Arc::from(terraform_version) };
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = Some(configured);
    }

    /// Says whether calls are to wait for a configuration that is wholly known.
    pub fn set_deferring(&self, deferring: bool) {
        self.deferring.store(deferring, Ordering::Relaxed);
    }

    /// Puts the call off if the provider's configuration is not wholly known and the host can wait.
    pub fn defer(&self, context: &Context) -> bool {
        let deferred = self.deferring.load(Ordering::Relaxed) && context.deferral_allowed();
        if deferred {
            context.defer(Deferral::ProviderConfigUnknown);
        }
        deferred
    }

    /// The data, if the provider is configured.
    pub fn state(&self) -> Option<Arc<S>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|configured| Arc::clone(&configured.state))
    }

    /// The context with the data, if the provider is configured.
    pub fn optional(&self, context: Context) -> Context<Option<Arc<S>>> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        let mut context = context.with_provider(None);
        if let Some(configured) = current.as_ref() {
            context.provider = Some(Arc::clone(&configured.state));
            context.terraform_version = Some(Arc::clone(&configured.terraform_version));
        }
        context
    }

    /// The context with the data.
    ///
    /// # Errors
    /// A diagnostic if the provider is not configured.
    pub fn required(&self, context: Context) -> Result<Context<Arc<S>>, Diagnostics> {
        let mut context = self.optional(context);
        match context.provider.take() {
            Some(state) => Ok(context.with_provider(state)),
            None => Err(Diagnostic::error(
                "Provider not configured",
                "This operation needs a configured provider, but the provider's configuration was not given or failed.",
            )
            .into()),
        }
    }
}

impl<S> fmt::Debug for Slot<S> {
    /// Never the data, which may hold credentials.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let configured = self.current.read().is_ok_and(|current| current.is_some());
        formatter.debug_struct("Slot").field("configured", &configured).finish()
    }
}
