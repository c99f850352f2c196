//! Data sources: what an author writes ([`DataSource`]), and what the server calls ([`DynDataSource`]).

mod erased;

pub(crate) use erased::checked;
pub use erased::erase;

use std::sync::Arc;

use crate::context::{BoxFuture, Context};
use crate::diagnostic::{Diagnostics, Outcome};
use crate::model::Model;
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// A data source.
pub trait DataSource: Send + Sync + 'static {
    /// The data source's attributes.
    type Model: Model;
    /// What the provider's `configure` makes.
    type Provider: Send + Sync + 'static;

    /// The full type name, such as `cloud_bucket`.
    fn type_name(&self) -> &str;

    /// Checks a configuration beyond what validators can. The provider may not be configured; anything may be unknown.
    fn validate(
        &self,
        _context: Context<Option<Arc<Self::Provider>>>,
        _config: Self::Model,
    ) -> impl Future<Output = Diagnostics> + Send {
        async { Diagnostics::new() }
    }

    /// Reads. The result repeats the configured values and leaves nothing unknown.
    fn read(
        &self,
        context: Context<Arc<Self::Provider>>,
        config: Self::Model,
    ) -> impl Future<Output = Outcome<Self::Model>> + Send;
}

/// A data source without its types, as the server calls it. Values must conform to [`DynDataSource::ty`].
pub trait DynDataSource: Send + Sync {
    /// The full type name.
    fn type_name(&self) -> &str;

    /// The schema.
    fn schema(&self) -> &Schema;

    /// The type of configuration and result.
    fn ty(&self) -> &Type;

    /// Checks a configuration.
    fn validate(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics>;

    /// Reads; the value is absent after an error.
    fn read(&self, context: Context, config: Value) -> BoxFuture<'_, Outcome<Value>>;
}
