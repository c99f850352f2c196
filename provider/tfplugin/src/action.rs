//! Actions: operations that a configuration triggers and that leave no state behind, such as restarting a machine.
//!
//! Only Terraform from 1.14 on invokes them.

mod erased;

pub use erased::erase;

use std::sync::Arc;

use tokio::sync::mpsc;

use crate::context::{BoxFuture, Context};
use crate::diagnostic::Diagnostics;
use crate::model::Model;
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// An action.
pub trait Action: Send + Sync + 'static {
    /// The attributes of its configuration. None can be computed: an action has no result.
    type Config: Model;
    /// What the provider's `configure` makes.
    type Provider: Send + Sync + 'static;

    /// The full type name, such as `cloud_restart`.
    fn type_name(&self) -> &str;

    /// Checks a configuration beyond what validators can. The provider may not be configured; anything may be unknown.
    fn validate(
        &self,
        _context: Context<Option<Arc<Self::Provider>>>,
        _config: Self::Config,
    ) -> impl Future<Output = Diagnostics> + Send {
        async { Diagnostics::new() }
    }

    /// Looks at a configuration while everything is planned: what cannot work is told before anything is applied.
    /// Anything may be unknown.
    fn plan(
        &self,
        _context: Context<Arc<Self::Provider>>,
        _config: Self::Config,
    ) -> impl Future<Output = Diagnostics> + Send {
        async { Diagnostics::new() }
    }

    /// Does it. The configuration is wholly known.
    fn invoke(
        &self,
        context: Context<Arc<Self::Provider>>,
        config: Self::Config,
        progress: Progress,
    ) -> impl Future<Output = Diagnostics> + Send;
}

/// Where an action tells how far it is.
#[derive(Clone, Debug)]
pub struct Progress(mpsc::Sender<String>);

impl Progress {
    /// Progress that is read from the other end of a channel.
    pub fn new(sender: mpsc::Sender<String>) -> Self {
        Progress(sender)
    }

    /// Shows one line to the user. Waits while the host is slow to read, and is silent once it has gone.
    pub async fn report(&self, message: impl Into<String>) {
        // A host that has gone cancels the context too; there is nobody left to tell.
        let _ = self.0.send(message.into()).await;
    }
}

/// An action without its types, as the server calls it. Values must conform to [`DynAction::ty`].
pub trait DynAction: Send + Sync {
    /// The full type name.
    fn type_name(&self) -> &str;

    /// The schema of the configuration.
    fn schema(&self) -> &Schema;

    /// The type of the configuration.
    fn ty(&self) -> &Type;

    /// Checks a configuration.
    fn validate(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics>;

    /// Plans an invocation.
    fn plan(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics>;

    /// Invokes the action.
    fn invoke(&self, context: Context, config: Value, progress: Progress) -> BoxFuture<'_, Diagnostics>;
}
