//! A data source as the server calls it.

use std::sync::Arc;

use super::{DataSource, DynDataSource};
use crate::codec::conforms;
use crate::context::{BoxFuture, Context};
use crate::diagnostic::{Diagnostic, Diagnostics, Outcome};
use crate::model::Model;
use crate::path::Path;
use crate::plan::core_rules;
use crate::provider::Slot;
use crate::schema::Schema;
use crate::types::Type;
use crate::value::Value;

/// A data source as the server calls it. Its provider data come from the slot that `configure` fills.
pub fn erase<D: DataSource>(data_source: D, slot: Arc<Slot<D::Provider>>) -> Box<dyn DynDataSource> {
    let schema = Schema::of::<D::Model>();
    Box::new(Erased { ty: schema.implied_type(), data_source, schema, slot })
}

struct Erased<D: DataSource> {
    data_source: D,
    schema: Schema,
    ty: Type,
    slot: Arc<Slot<D::Provider>>,
}

impl<D: DataSource> DynDataSource for Erased<D> {
    fn type_name(&self) -> &str {
        self.data_source.type_name()
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
            if let Some(config) = diagnostics.absorb(D::Model::decode(config, &Path::root())) {
                diagnostics.extend(self.data_source.validate(self.slot.optional(context), config).await);
            }
            diagnostics
        })
    }

    fn read(&self, context: Context, config: Value) -> BoxFuture<'_, Outcome<Value>> {
        Box::pin(async move {
            if self.slot.defer(&context) {
                return Outcome::done(Value::UNKNOWN);
            }
            let deferrals = context.deferrals.clone();
            let prepared = self
                .slot
                .required(context)
                .and_then(|context| D::Model::decode(config, &Path::root()).map(|config| (context, config)));
            let (context, config) = match prepared {
                Ok(prepared) => prepared,
                Err(diagnostics) => return Outcome::failed(diagnostics),
            };
            let outcome = self.data_source.read(context, config).await;
            if deferrals.given() {
                return Outcome { value: Some(Value::UNKNOWN), diagnostics: outcome.diagnostics };
            }
            checked(self.data_source.type_name(), &self.ty, outcome)
        })
    }
}

/// The encoded result, if it is one that the host accepts.
pub(crate) fn checked<M: Model>(type_name: &str, ty: &Type, outcome: Outcome<M>) -> Outcome<Value> {
    let Outcome { value, mut diagnostics } = outcome;
    let Some(value) = value.filter(|_| !diagnostics.has_error()).map(|model| model.encode()) else {
        if !diagnostics.has_error() {
            let detail = format!("{type_name} gave neither a result nor an error. This is a bug in the provider.");
            diagnostics.push(Diagnostic::error("No result", detail));
        }
        return Outcome::failed(diagnostics);
    };
    for breach in core_rules::assert_wholly_known(&value) {
        let detail = format!("{type_name} left `{}` unknown. This is a bug in the provider.", breach.path);
        diagnostics.attribute_error(&breach.path, "Incomplete result", detail);
    }
    if let Err(error) = conforms(&value, ty) {
        let detail =
            format!("{type_name} gave a result that does not fit its schema ({error}). This is a bug in the provider.");
        diagnostics.error("Value of the wrong type", detail);
    }
    if diagnostics.has_error() { Outcome::failed(diagnostics) } else { Outcome { value: Some(value), diagnostics } }
}
