//! An ephemeral resource as the server calls it.

use std::sync::Arc;

use super::{DynEphemeral, DynOpened, EphemeralResource};
use crate::context::{BoxFuture, Context};
use crate::data_source::checked;
use crate::diagnostic::{Diagnostics, Outcome};
use crate::model::Model;
use crate::path::Path;
use crate::private::Private;
use crate::provider::Slot;
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// An ephemeral resource as the server calls it. Its provider data come from the slot that `configure` fills.
pub fn erase<E: EphemeralResource>(ephemeral: E, slot: Arc<Slot<E::Provider>>) -> Box<dyn DynEphemeral> {
    let schema = Schema::of::<E::Model>();
    Box::new(Erased { ty: schema.implied_type(), ephemeral, schema, slot })
}

struct Erased<E: EphemeralResource> {
    ephemeral: E,
    schema: Schema,
    ty: Type,
    slot: Arc<Slot<E::Provider>>,
}

impl<E: EphemeralResource> DynEphemeral for Erased<E> {
    fn type_name(&self) -> &str {
        self.ephemeral.type_name()
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
            if let Some(config) = diagnostics.absorb(E::Model::decode(config, &Path::root())) {
                diagnostics.extend(self.ephemeral.validate(self.slot.optional(context), config).await);
            }
            diagnostics
        })
    }

    fn open(&self, context: Context, config: Value) -> BoxFuture<'_, Outcome<DynOpened>> {
        Box::pin(async move {
            let waiting = || DynOpened { result: Value::UNKNOWN, private: Vec::new(), renew_at: None };
            if self.slot.defer(&context) {
                return Outcome::done(waiting());
            }
            let deferrals = context.deferrals.clone();
            let prepared = self
                .slot
                .required(context)
                .and_then(|context| E::Model::decode(config, &Path::root()).map(|config| (context, config)));
            let (context, config) = match prepared {
                Ok(prepared) => prepared,
                Err(diagnostics) => return Outcome::failed(diagnostics),
            };
            let Outcome { value, diagnostics } = self.ephemeral.open(context, config).await;
            if deferrals.given() {
                return Outcome { value: Some(waiting()), diagnostics };
            }
            let (result, rest) = match value {
                Some(opened) => (Some(opened.result), Some((opened.private, opened.renew_at))),
                None => (None, None),
            };
            let Outcome { value, diagnostics } =
                checked(self.ephemeral.type_name(), &self.ty, Outcome { value: result, diagnostics });
            let value = value.zip(rest).map(|(result, (private, renew_at))| DynOpened {
                result,
                private: private.to_bytes(),
                renew_at,
            });
            Outcome { value, diagnostics }
        })
    }

    fn renew(&self, context: Context, private: Vec<u8>) -> BoxFuture<'_, Outcome<DynOpened>> {
        Box::pin(async move {
            let prepared = self
                .slot
                .required(context)
                .and_then(|context| Private::from_bytes(&private).map(|private| (context, private)));
            let (context, private) = match prepared {
                Ok(prepared) => prepared,
                Err(diagnostics) => return Outcome::failed(diagnostics),
            };
            let Outcome { value, diagnostics } = self.ephemeral.renew(context, private).await;
            let value = value.map(|renewed| DynOpened {
                result: Value::Null,
                private: renewed.private.to_bytes(),
                renew_at: renewed.renew_at,
            });
            Outcome { value, diagnostics }
        })
    }

    fn close(&self, context: Context, private: Vec<u8>) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move {
            let prepared = self
                .slot
                .required(context)
                .and_then(|context| Private::from_bytes(&private).map(|private| (context, private)));
            match prepared {
                Ok((context, private)) => self.ephemeral.close(context, private).await,
                Err(diagnostics) => diagnostics,
            }
        })
    }
}
