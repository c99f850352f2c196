//! Managed resources: what an author writes ([`Resource`]), and what the server calls ([`DynResource`]).

mod erased;
mod identity;
mod merge;
mod mover;
mod state;
#[cfg(test)]
mod tests;

pub use erased::{erase, erase_identified};
pub use identity::Identified;
pub(crate) use identity::storable as storable_identity;
pub use mover::{MoveSource, Moved, Mover};
pub use state::RawState;

use std::sync::Arc;

use crate::context::{BoxFuture, Context};
use crate::diagnostic::{Diagnostic, Diagnostics, Outcome};
use crate::model::Model;
use crate::path::Path;
use crate::private::Private;
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// A managed resource.
///
/// Handlers never see the wire: configuration, plan and state are models, and whatever goes wrong is a diagnostic.
pub trait Resource: Send + Sync + 'static {
    /// The resource's attributes.
    type Model: Model;
    /// What the provider's `configure` makes.
    type Provider: Send + Sync + 'static;

    /// The full type name, such as `cloud_bucket`.
    fn type_name(&self) -> &str;

    /// The version of the state's shape. Raise it together with an [`upgrade`](Resource::upgrade).
    fn version(&self) -> i64 {
        0
    }

    /// Checks a configuration beyond what validators can. The provider may not be configured; anything may be unknown.
    fn validate(
        &self,
        _context: Context<Option<Arc<Self::Provider>>>,
        _config: Self::Model,
    ) -> impl Future<Output = Diagnostics> + Send {
        async { Diagnostics::new() }
    }

    /// Adjusts a plan, which is already complete by the schema's defaults and modifiers. Also called before a destroy.
    ///
    /// What is planned may depend on configuration, prior state and immutable facts only: the host plans once more while
    /// applying and expects the same answer.
    fn plan(
        &self,
        _context: Context<Arc<Self::Provider>>,
        _plan: &mut Plan<Self::Model>,
    ) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// Makes the object. A reply with both a state and errors is saved as tainted; errors alone save nothing.
    fn create(
        &self,
        context: Context<Arc<Self::Provider>>,
        request: Create<Self::Model>,
    ) -> impl Future<Output = Reply<Self::Model>> + Send;

    /// Looks at the object again. A reply without state says that it is gone.
    fn read(
        &self,
        context: Context<Arc<Self::Provider>>,
        request: Read<Self::Model>,
    ) -> impl Future<Output = Reply<Self::Model>> + Send;

    /// Changes the object in place. With errors and no state the prior state stays.
    fn update(
        &self,
        context: Context<Arc<Self::Provider>>,
        request: Update<Self::Model>,
    ) -> impl Future<Output = Reply<Self::Model>> + Send;

    /// Removes the object. With errors, the reply's state is what remains; without one the prior state stays.
    fn delete(
        &self,
        context: Context<Arc<Self::Provider>>,
        request: Delete<Self::Model>,
    ) -> impl Future<Output = Reply<Self::Model>> + Send;

    /// Finds an existing object by its import id. The host reads it right afterwards, so only what `read` needs has to
    /// be set; unknown is stored as null.
    fn import(
        &self,
        _context: Context<Arc<Self::Provider>>,
        _id: String,
    ) -> impl Future<Output = Reply<Self::Model>> + Send {
        let type_name = self.type_name().to_owned();
        async move {
            Reply::failed(Diagnostic::error(
                "Import is not supported",
                format!("Objects of type {type_name} cannot be imported."),
            ))
        }
    }

    /// The other types whose states a `moved` block may bring here.
    fn movers(&self) -> Vec<Mover<Self::Model>> {
        Vec::new()
    }

    /// Turns a state of an older version into the current model.
    fn upgrade(
        &self,
        _context: Context,
        from_version: i64,
        _state: RawState,
    ) -> impl Future<Output = Result<Self::Model, Diagnostics>> + Send {
        let detail = format!(
            "The state of {} has version {from_version}; this provider reads version {}. Use a release of the \
             provider in between to upgrade it.",
            self.type_name(),
            self.version()
        );
        async move { Err(Diagnostic::error("State of an unknown version", detail).into()) }
    }
}

/// The plan of a resource in the making.
#[derive(Debug)]
pub struct Plan<M> {
    /// The configuration; `None` while a destroy is planned.
    pub config: Option<M>,
    /// The state before; `None` for a new object, also for the new half of a replacement.
    pub prior: Option<M>,
    /// The planned state, to be adjusted; `None` plans a destroy and stays so.
    pub planned: Option<M>,
    /// Private data: what the state holds at first, what `create`, `update` and `delete` will be given at last. The new
    /// half of a replacement is given what the old half's plan left here.
    pub private: Private,
    /// The private data that the approved plan left, while an apply plans once more; `None` in the first plan, and from
    /// hosts before Terraform 1.16, which do not keep them.
    pub approved_private: Option<Private>,
    /// Attributes whose change needs a new object.
    pub requires_replace: Vec<Path>,
    /// What to tell the user.
    pub diagnostics: Diagnostics,
}

impl<M> Plan<M> {
    /// Whether a new object is planned.
    pub fn is_create(&self) -> bool {
        self.prior.is_none()
    }

    /// Whether the end of the object is planned.
    pub fn is_destroy(&self) -> bool {
        self.planned.is_none()
    }
}

/// What to make.
#[derive(Clone, Debug)]
pub struct Create<M> {
    /// The configuration, write-only attributes included.
    pub config: M,
    /// The planned state. What is unknown in it must be known in the reply.
    pub planned: M,
    /// Private data as planned.
    pub private: Private,
}

/// What to look at.
#[derive(Clone, Debug)]
pub struct Read<M> {
    /// The state as it is stored.
    pub state: M,
    /// Private data as stored.
    pub private: Private,
}

/// What to change.
#[derive(Clone, Debug)]
pub struct Update<M> {
    /// The configuration, write-only attributes included.
    pub config: M,
    /// The state before.
    pub prior: M,
    /// The planned state. What is unknown in it must be known in the reply.
    pub planned: M,
    /// Private data as planned.
    pub private: Private,
}

/// What to remove.
#[derive(Clone, Debug)]
pub struct Delete<M> {
    /// The state before.
    pub state: M,
    /// Private data as planned: by the plan of the destroy, or, for the old half of a replacement, by the plan of the
    /// new object. The protocol passes no other private data to a delete.
    pub private: Private,
}

/// The state that a handler leaves behind, together with what went wrong on the way.
#[derive(Clone, Debug)]
pub struct Reply<M> {
    /// The state. What its absence means, each handler of [`Resource`] says.
    pub state: Option<M>,
    /// Private data to store; `None` stores what the handler was given.
    pub private: Option<Private>,
    /// What to tell the user.
    pub diagnostics: Diagnostics,
}

impl<M> Reply<M> {
    /// All done; this is the state now.
    pub fn state(state: M) -> Self {
        Reply { state: Some(state), private: None, diagnostics: Diagnostics::new() }
    }

    /// The object is gone: deleted as asked, or not found while reading.
    pub fn gone() -> Self {
        Reply { state: None, private: None, diagnostics: Diagnostics::new() }
    }

    /// Nothing was done.
    pub fn failed(diagnostics: impl Into<Diagnostics>) -> Self {
        Reply { state: None, private: None, diagnostics: diagnostics.into() }
    }

    /// It failed half-way; this is the state now.
    pub fn partial(state: M, diagnostics: impl Into<Diagnostics>) -> Self {
        Reply { state: Some(state), private: None, diagnostics: diagnostics.into() }
    }

    /// The same reply with private data to store.
    #[must_use]
    pub fn with_private(mut self, private: Private) -> Self {
        self.private = Some(private);
        self
    }

    /// The same reply with more messages.
    #[must_use]
    pub fn with_diagnostics(mut self, diagnostics: impl IntoIterator<Item = Diagnostic>) -> Self {
        self.diagnostics.extend(diagnostics);
        self
    }
}

/// A resource without its types, as the server calls it. Values must conform to [`DynResource::ty`].
pub trait DynResource: Send + Sync {
    /// The full type name.
    fn type_name(&self) -> &str;

    /// The schema, version included.
    fn schema(&self) -> &Schema;

    /// The type of configuration, plan and state.
    fn ty(&self) -> &Type;

    /// Checks a configuration.
    fn validate(&self, context: Context, request: ValidateRequest) -> BoxFuture<'_, Diagnostics>;

    /// Plans a change.
    fn plan(&self, context: Context, request: PlanRequest) -> BoxFuture<'_, PlanResponse>;

    /// Creates, updates or deletes, by which of prior and planned state are null.
    fn apply(&self, context: Context, request: ApplyRequest) -> BoxFuture<'_, StateResponse>;

    /// Refreshes a state. A null state in the response says that the object is gone.
    fn read(&self, context: Context, request: ReadRequest) -> BoxFuture<'_, StateResponse>;

    /// The schema of the identity, version included, if objects of this type have one.
    fn identity(&self) -> Option<&Schema>;

    /// Finds an existing object. A null state in the response goes with an error.
    fn import(&self, context: Context, target: ImportTarget) -> BoxFuture<'_, StateResponse>;

    /// Whether states of other types can be taken over.
    fn can_move(&self) -> bool;

    /// Takes over the state of another type. A null state in the response goes with an error.
    fn move_state(&self, context: Context, source: MoveSource) -> BoxFuture<'_, StateResponse>;

    /// Reads the stored JSON of a state of any version.
    fn upgrade(&self, context: Context, version: i64, json: Vec<u8>) -> BoxFuture<'_, StateResponse>;

    /// Reads the stored JSON of an identity of any version.
    fn upgrade_identity(&self, context: Context, version: i64, json: Vec<u8>) -> BoxFuture<'_, Outcome<Value>>;
}

/// A configuration to check.
#[derive(Clone, Debug)]
pub struct ValidateRequest {
    /// The configuration.
    pub config: Value,
    /// Whether the host knows write-only attributes. One that does not would store them.
    pub write_only_allowed: bool,
}

/// What to import.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportTarget {
    /// An import id, of a form that the resource defines.
    Id(String),
    /// An identity. It must conform to [`DynResource::identity`].
    Identity(Value),
}

/// A change to plan.
#[derive(Clone, Debug, Default)]
pub struct PlanRequest {
    /// The configuration; null for a destroy.
    pub config: Value,
    /// The state before; null for a new object.
    pub prior: Value,
    /// The configuration with prior values where it leaves computed attributes open; null for a destroy.
    pub proposed: Value,
    /// Private data as stored.
    pub prior_private: Vec<u8>,
    /// The identity as stored; null where there is none yet.
    pub prior_identity: Value,
    /// Private data from the approved plan, if there is one and the host kept them.
    pub approved_private: Option<Vec<u8>>,
}

/// A planned change.
#[derive(Clone, Debug, Default)]
pub struct PlanResponse {
    /// The planned state.
    pub planned: Value,
    /// Attributes whose change needs a new object.
    pub requires_replace: Vec<Path>,
    /// Private data for the apply.
    pub private: Vec<u8>,
    /// The identity, unknown where it is not decided yet; null for none.
    pub identity: Value,
    /// What to tell the user.
    pub diagnostics: Diagnostics,
}

/// A change to make.
#[derive(Clone, Debug, Default)]
pub struct ApplyRequest {
    /// The configuration; null for a destroy.
    pub config: Value,
    /// The state before; null for a new object.
    pub prior: Value,
    /// The planned state; null for a destroy.
    pub planned: Value,
    /// Private data from the plan.
    pub planned_private: Vec<u8>,
    /// The identity from the plan; null where there is none.
    pub planned_identity: Value,
}

/// A state to refresh.
#[derive(Clone, Debug, Default)]
pub struct ReadRequest {
    /// The state as stored.
    pub state: Value,
    /// Private data as stored.
    pub private: Vec<u8>,
    /// The identity as stored; null where there is none yet.
    pub identity: Value,
}

/// A state to store.
#[derive(Clone, Debug, Default)]
pub struct StateResponse {
    /// The state; null for none.
    pub state: Value,
    /// Private data to store.
    pub private: Vec<u8>,
    /// The identity to store; null for none.
    pub identity: Value,
    /// What to tell the user.
    pub diagnostics: Diagnostics,
}
