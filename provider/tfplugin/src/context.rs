//! What every handler is given besides its request: the provider's data, the host's version, and the wish to stop.

use std::pin::Pin;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

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
}

impl Context {
    /// A context without provider data.
    pub fn new(cancel: CancellationToken) -> Self {
        Context { provider: (), cancel, terraform_version: None }
    }
}

impl<P> Context<P> {
    /// The same context with other provider data.
    pub fn with_provider<Q>(self, provider: Q) -> Context<Q> {
        Context { provider, cancel: self.cancel, terraform_version: self.terraform_version }
    }
}
