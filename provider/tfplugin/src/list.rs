//! List resources: finding the existing objects of a managed resource, for `terraform query` from 1.14 on.

mod erased;

pub use erased::erase;

use std::ops::ControlFlow;
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::context::{BoxFuture, Context};
use crate::diagnostic::Diagnostics;
use crate::model::Model;
use crate::resource::Identified;
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// Finds the objects of a managed resource, which must have an identity and the same type name.
pub trait ListResource: Send + Sync + 'static {
    /// What narrows the search.
    type Config: Model;
    /// The managed resource whose objects are found.
    type Resource: Identified;

    /// The type name of the managed resource.
    fn type_name(&self) -> &str;

    /// Checks a configuration beyond what validators can. The provider may not be configured; anything may be unknown.
    fn validate(
        &self,
        _context: Context<Option<Arc<<Self::Resource as crate::Resource>::Provider>>>,
        _config: Self::Config,
    ) -> impl Future<Output = Diagnostics> + Send {
        async { Diagnostics::new() }
    }

    /// Finds objects and hands each to `found`, until there are no more or `found` says that it is enough.
    fn list(
        &self,
        context: Context<Arc<<Self::Resource as crate::Resource>::Provider>>,
        request: List<Self::Config>,
        found: &mut Results<Self::Resource>,
    ) -> impl Future<Output = Diagnostics> + Send;
}

/// What to find.
#[derive(Clone, Debug)]
pub struct List<C> {
    /// What narrows the search.
    pub config: C,
    /// Whether the host wants the state of each object too. Without it, finding the identity is enough.
    pub include_state: bool,
    /// How many objects the host wants at most. [`Results`] keeps to it; a search can be planned by it.
    pub limit: Option<usize>,
}

/// An object that was found.
#[derive(Clone, Debug)]
pub struct Found<R: Identified> {
    /// What it is called.
    pub identity: R::Identity,
    /// What to show to the user.
    pub display_name: String,
    /// Its state. It goes out only if the host wants it.
    pub state: Option<R::Model>,
    /// Warnings about this object.
    pub diagnostics: Diagnostics,
}

/// Where a search leaves what it finds.
#[derive(Debug)]
pub struct Results<R: Identified> {
    type_name: String,
    sender: mpsc::Sender<DynFound>,
    include_state: bool,
    left: Option<usize>,
    marker: std::marker::PhantomData<fn(R)>,
}

impl<R: Identified> Results<R> {
    /// Sends an object to the host. After [`ControlFlow::Break`] it wants no more: the limit is reached, or it has gone.
    pub async fn push(&mut self, found: Found<R>) -> ControlFlow<()> {
        if self.left == Some(0) {
            return ControlFlow::Break(());
        }
        let found = erased::found(&self.type_name, found, self.include_state);
        if self.sender.send(found).await.is_err() {
            self.left = Some(0);
            return ControlFlow::Break(());
        }
        self.left = self.left.map(|left| left - 1);
        if self.left == Some(0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// A list resource without its types, as the server calls it.
pub trait DynListResource: Send + Sync {
    /// The type name of the managed resource.
    fn type_name(&self) -> &str;

    /// The schema of the configuration.
    fn schema(&self) -> &Schema;

    /// The type of the configuration.
    fn ty(&self) -> &Type;

    /// Checks a configuration.
    fn validate(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics>;

    /// Finds objects.
    fn list(
        &self,
        context: Context,
        request: List<Value>,
        sender: mpsc::Sender<DynFound>,
    ) -> BoxFuture<'_, Diagnostics>;
}

/// An object that was found, or what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DynFound {
    /// What it is called; null after an error.
    pub identity: Value,
    /// What to show to the user.
    pub display_name: String,
    /// Its state; null if the host does not want it.
    pub state: Value,
    /// Messages about this object.
    pub diagnostics: Diagnostics,
}
