//! Providers: what an author writes ([`Provider`]), and what the server calls ([`DynProvider`]).

mod erased;
mod slot;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

pub use erased::{StartError, erase};
pub use slot::Slot;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::action::{self, Action, DynAction};
use crate::context::{BoxFuture, Context};
use crate::data_source::{self, DataSource, DynDataSource};
use crate::diagnostic::{Diagnostics, Outcome};
use crate::ephemeral::{self, DynEphemeral, EphemeralResource};
use crate::function::{self, DynFunction, Function};
use crate::list::{self, DynListResource, ListResource};
use crate::model::Model;
use crate::resource::{self, DynResource, Identified, Resource};
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// A provider.
pub trait Provider: Send + Sync + 'static {
    /// The attributes of the provider block.
    type Config: Model;
    /// What resources and data sources work with: clients, settings.
    type State: Send + Sync + 'static;

    /// The name that all type names begin with, such as `cloud`.
    fn type_name(&self) -> &str;

    /// The provider's version.
    fn version(&self) -> &str;

    /// Declares everything that the provider offers.
    fn register(&self, registry: &mut Registry<Self::State>);

    /// The attributes of a `provider_meta` block, in which the authors of a module can tell the provider something, such
    /// as the module's name: `Some(Schema::of::<ModuleMeta>())`. Handlers read it with [`Context::meta`].
    fn meta(&self) -> Option<Schema> {
        None
    }

    /// Checks a configuration beyond what validators can. Anything may be unknown.
    fn validate(&self, _context: Context, _config: Self::Config) -> impl Future<Output = Diagnostics> + Send {
        async { Diagnostics::new() }
    }

    /// Whether every call about a resource is put off while a part of the provider's configuration is unknown, if the
    /// host allows it. Otherwise the calls are made, with whatever `configure` made of the unknown values.
    fn defers_unknown_config(&self) -> bool {
        false
    }

    /// Makes what resources work with. Called again whenever the host configures the provider anew; calls that are
    /// under way keep what they have. Anything may be unknown while planning.
    fn configure(&self, context: Context, config: Self::Config) -> impl Future<Output = Outcome<Self::State>> + Send;

    /// Brings to an end what was left for after the last reply, once the host is done with the process. It has about a
    /// second: a host kills a plugin that takes longer, so nothing may depend on it.
    fn close(&self, _state: Arc<Self::State>) -> impl Future<Output = ()> + Send {
        async {}
    }
}

/// Everything that a provider offers.
pub struct Registry<S> {
    slot: Arc<Slot<S>>,
    resources: Vec<Box<dyn DynResource>>,
    data_sources: Vec<Box<dyn DynDataSource>>,
    ephemerals: Vec<Box<dyn DynEphemeral>>,
    functions: Vec<Box<dyn DynFunction>>,
    lists: Vec<Box<dyn DynListResource>>,
    actions: Vec<Box<dyn DynAction>>,
}

impl<S: Send + Sync + 'static> Registry<S> {
    fn new(slot: Arc<Slot<S>>) -> Self {
        Registry {
            slot,
            resources: vec![],
            data_sources: vec![],
            ephemerals: vec![],
            functions: vec![],
            lists: vec![],
            actions: vec![],
        }
    }

    /// Offers a managed resource.
    pub fn resource<R: Resource<Provider = S>>(&mut self, resource: R) -> &mut Self {
        self.resources.push(resource::erase(resource, Arc::clone(&self.slot)));
        self
    }

    /// Offers a managed resource whose objects have an identity.
    pub fn identified_resource<R: Identified<Provider = S>>(&mut self, resource: R) -> &mut Self {
        self.resources.push(resource::erase_identified(resource, Arc::clone(&self.slot)));
        self
    }

    /// Offers a data source.
    pub fn data_source<D: DataSource<Provider = S>>(&mut self, data_source: D) -> &mut Self {
        self.data_sources.push(data_source::erase(data_source, Arc::clone(&self.slot)));
        self
    }

    /// Offers an ephemeral resource.
    pub fn ephemeral<E: EphemeralResource<Provider = S>>(&mut self, ephemeral: E) -> &mut Self {
        self.ephemerals.push(ephemeral::erase(ephemeral, Arc::clone(&self.slot)));
        self
    }

    /// Offers a list resource. The managed resource of the same name must be offered with an identity.
    pub fn list_resource<L>(&mut self, list: L) -> &mut Self
    where
        L: ListResource,
        L::Resource: Resource<Provider = S>,
    {
        self.lists.push(list::erase(list, Arc::clone(&self.slot)));
        self
    }

    /// Offers an action.
    pub fn action<A: Action<Provider = S>>(&mut self, action: A) -> &mut Self {
        self.actions.push(action::erase(action, Arc::clone(&self.slot)));
        self
    }

    /// Offers a function.
    pub fn function<F: Function>(&mut self, function: F) -> &mut Self {
        self.functions.push(function::erase(function));
        self
    }
}

/// A provider without its types, as the server calls it.
pub trait DynProvider: Send + Sync {
    /// The name that all type names begin with.
    fn type_name(&self) -> &str;

    /// The provider's version.
    fn version(&self) -> &str;

    /// The schema of the provider block.
    fn schema(&self) -> &Schema;

    /// The type of the provider's configuration.
    fn ty(&self) -> &Type;

    /// The schema of the `provider_meta` block, if there can be one.
    fn meta(&self) -> Option<&Schema>;

    /// Checks a configuration.
    fn validate(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics>;

    /// Configures the provider, the first time or again.
    fn configure(&self, context: Context, terraform_version: &str, config: Value) -> BoxFuture<'_, Diagnostics>;

    /// Brings to an end what was left for after the last reply.
    fn close(&self) -> BoxFuture<'_, ()>;

    /// Managed resources by type name.
    fn resources(&self) -> &BTreeMap<String, Box<dyn DynResource>>;

    /// Data sources by type name.
    fn data_sources(&self) -> &BTreeMap<String, Box<dyn DynDataSource>>;

    /// Ephemeral resources by type name.
    fn ephemerals(&self) -> &BTreeMap<String, Box<dyn DynEphemeral>>;

    /// Functions by name.
    fn functions(&self) -> &BTreeMap<String, Box<dyn DynFunction>>;

    /// List resources by type name.
    fn lists(&self) -> &BTreeMap<String, Box<dyn DynListResource>>;

    /// Actions by type name.
    fn actions(&self) -> &BTreeMap<String, Box<dyn DynAction>>;
}
