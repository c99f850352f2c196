//! Ephemeral resources: values that exist while Terraform runs and are never stored.

mod erased;

pub use erased::erase;

use std::sync::Arc;
use std::time::SystemTime;

use crate::context::{BoxFuture, Context};
use crate::diagnostic::{Diagnostics, Outcome};
use crate::model::Model;
use crate::private::Private;
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// An ephemeral resource.
pub trait EphemeralResource: Send + Sync + 'static {
    /// The resource's attributes.
    type Model: Model;
    /// What the provider's `configure` makes.
    type Provider: Send + Sync + 'static;

    /// The full type name, such as `cloud_access_token`.
    fn type_name(&self) -> &str;

    /// Checks a configuration beyond what validators can. The provider may not be configured; anything may be unknown.
    fn validate(
        &self,
        _context: Context<Option<Arc<Self::Provider>>>,
        _config: Self::Model,
    ) -> impl Future<Output = Diagnostics> + Send {
        async { Diagnostics::new() }
    }

    /// Opens. The result repeats the configured values and leaves nothing unknown.
    fn open(
        &self,
        context: Context<Arc<Self::Provider>>,
        config: Self::Model,
    ) -> impl Future<Output = Outcome<Opened<Self::Model>>> + Send;

    /// Renews, when the time has come that the last `renew_at` named.
    fn renew(
        &self,
        _context: Context<Arc<Self::Provider>>,
        private: Private,
    ) -> impl Future<Output = Outcome<Renewed>> + Send {
        async { Outcome::done(Renewed { private, renew_at: None }) }
    }

    /// Closes: gives back what `open` took.
    fn close(
        &self,
        _context: Context<Arc<Self::Provider>>,
        _private: Private,
    ) -> impl Future<Output = Diagnostics> + Send {
        async { Diagnostics::new() }
    }
}

/// An opened ephemeral resource.
#[derive(Clone, Debug)]
pub struct Opened<M> {
    /// Its attributes.
    pub result: M,
    /// Data for `renew` and `close`.
    pub private: Private,
    /// When to renew it; never, if not set.
    pub renew_at: Option<SystemTime>,
}

/// A renewed ephemeral resource.
#[derive(Clone, Debug)]
pub struct Renewed {
    /// Data for the next `renew` and `close`.
    pub private: Private,
    /// When to renew it again; never, if not set.
    pub renew_at: Option<SystemTime>,
}

/// An ephemeral resource without its types, as the server calls it. Values must conform to [`DynEphemeral::ty`].
pub trait DynEphemeral: Send + Sync {
    /// The full type name.
    fn type_name(&self) -> &str;

    /// The schema.
    fn schema(&self) -> &Schema;

    /// The type of configuration and result.
    fn ty(&self) -> &Type;

    /// Checks a configuration.
    fn validate(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics>;

    /// Opens; the value is absent after an error.
    fn open(&self, context: Context, config: Value) -> BoxFuture<'_, Outcome<DynOpened>>;

    /// Renews; the value is absent after an error. Its `result` is null.
    fn renew(&self, context: Context, private: Vec<u8>) -> BoxFuture<'_, Outcome<DynOpened>>;

    /// Closes.
    fn close(&self, context: Context, private: Vec<u8>) -> BoxFuture<'_, Diagnostics>;
}

/// What opening or renewing gives to the host.
#[derive(Clone, Debug)]
pub struct DynOpened {
    /// The attributes; null after a renewal.
    pub result: Value,
    /// Data for the next call.
    pub private: Vec<u8>,
    /// When to renew it; never, if not set.
    pub renew_at: Option<SystemTime>,
}
