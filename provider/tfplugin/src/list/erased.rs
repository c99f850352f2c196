//! A list resource as the server calls it.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::{DynFound, DynListResource, Found, List, ListResource, Results};
use crate::context::{BoxFuture, Context};
use crate::diagnostic::Diagnostics;
use crate::model::Model;
use crate::path::Path;
use crate::plan::normalise;
use crate::provider::Slot;
use crate::resource::{Identified, Resource, storable_identity};
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

type Provider<L> = <<L as ListResource>::Resource as Resource>::Provider;

/// A list resource as the server calls it. Its provider data come from the slot that `configure` fills.
pub fn erase<L: ListResource>(list: L, slot: Arc<Slot<Provider<L>>>) -> Box<dyn DynListResource> {
    let schema = Schema::of::<L::Config>();
    Box::new(Erased { ty: schema.implied_type(), list, schema, slot })
}

struct Erased<L: ListResource> {
    list: L,
    schema: Schema,
    ty: Type,
    slot: Arc<Slot<Provider<L>>>,
}

impl<L: ListResource> DynListResource for Erased<L> {
    fn type_name(&self) -> &str {
        self.list.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn ty(&self) -> &Type {
        &self.ty
    }

    fn validate(&self, context: Context, config: Value) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move {
            let mut diagnostics = self.schema.validate(&config);
            if let Some(config) = diagnostics.absorb(L::Config::decode(config, &Path::root())) {
                diagnostics.extend(self.list.validate(self.slot.optional(context), config).await);
            }
            diagnostics
        })
    }

    fn list(
        &self,
        context: Context,
        request: List<Value>,
        sender: mpsc::Sender<DynFound>,
    ) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move {
            let List { config, include_state, limit } = request;
            let prepared = self.slot.required(context).and_then(|context| {
                let config = L::Config::decode(config, &Path::root())?;
                Ok((context, List { config, include_state, limit }))
            });
            let (context, request) = match prepared {
                Ok(prepared) => prepared,
                Err(diagnostics) => return diagnostics,
            };
            let type_name = self.list.type_name().to_owned();
            let marker = std::marker::PhantomData;
            let mut results = Results { type_name, sender, include_state, left: limit, marker };
            self.list.list(context, request, &mut results).await
        })
    }
}

/// An object as values, with what is wrong with it in place of an identity that no host would take.
pub(super) fn found<R: Identified>(type_name: &str, found: Found<R>, include_state: bool) -> DynFound {
    let Found { identity, display_name, state, mut diagnostics } = found;
    let identity = storable_identity::<R>(type_name, identity);
    let identity = diagnostics.absorb(identity).unwrap_or_default();
    let state = state.filter(|_| include_state).map_or(Value::Null, |model| {
        let mut state = model.encode().unknown_as_null();
        normalise(&R::Model::attributes(), &mut state);
        state
    });
    DynFound { identity, display_name, state, diagnostics }
}

#[cfg(test)]
mod tests;
