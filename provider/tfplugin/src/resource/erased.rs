//! A resource as the server calls it: values to models and back, with the host's rules checked before it can.

use std::sync::Arc;

use super::merge::keep_untouched;
use super::{
    ApplyRequest, Create, Delete, DynResource, Plan, PlanRequest, PlanResponse, RawState, Read, ReadRequest, Reply,
    Resource, StateResponse, Update, ValidateRequest,
};
use crate::codec::conforms;
use crate::context::{BoxFuture, Context};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Model;
use crate::path::Path;
use crate::plan::core_rules::{self, Breach};
use crate::plan::{normalise, plan_resource_change};
use crate::private::Private;
use crate::provider::Slot;
use crate::schema::{Attribute, AttributeKind, Schema};
use crate::types::Type;
use crate::value::Value;

/// A resource as the server calls it. Its provider data come from the slot that `configure` fills.
pub fn erase<R: Resource>(resource: R, slot: Arc<Slot<R::Provider>>) -> Box<dyn DynResource> {
    let schema = Schema::of::<R::Model>().with_version(resource.version());
    Box::new(Erased { ty: schema.implied_type(), resource, schema, slot })
}

struct Erased<R: Resource> {
    resource: R,
    schema: Schema,
    ty: Type,
    slot: Arc<Slot<R::Provider>>,
}

impl<R: Resource> DynResource for Erased<R> {
    fn type_name(&self) -> &str {
        self.resource.type_name()
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn ty(&self) -> &Type {
        &self.ty
    }

    fn validate(&self, context: Context, request: ValidateRequest) -> BoxFuture<'_, Diagnostics> {
        Box::pin(async move {
            let mut diagnostics = self.schema.validate(&request.config);
            if !request.write_only_allowed {
                refuse_write_only(&self.schema.attributes, &request.config, &Path::root(), &mut diagnostics);
            }
            if let Some(config) = diagnostics.absorb(decode::<R::Model>(request.config)) {
                diagnostics.extend(self.resource.validate(self.slot.optional(context), config).await);
            }
            diagnostics
        })
    }

    fn plan(&self, context: Context, request: PlanRequest) -> BoxFuture<'_, PlanResponse> {
        Box::pin(async move {
            let fallback = request.proposed.clone();
            let private = request.prior_private.clone();
            self.try_plan(context, request).await.unwrap_or_else(|diagnostics| PlanResponse {
                planned: fallback,
                requires_replace: Vec::new(),
                private,
                diagnostics,
            })
        })
    }

    fn apply(&self, context: Context, request: ApplyRequest) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            let (state, private) = (request.prior.clone(), request.planned_private.clone());
            self.try_apply(context, request).await.unwrap_or_else(|diagnostics| StateResponse {
                state,
                private,
                diagnostics,
            })
        })
    }

    fn read(&self, context: Context, request: ReadRequest) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            let (state, private) = (request.state.clone(), request.private.clone());
            self.try_read(context, request).await.unwrap_or_else(|diagnostics| StateResponse {
                state,
                private,
                diagnostics,
            })
        })
    }

    fn import(&self, context: Context, id: String) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            let nothing = |diagnostics| StateResponse { state: Value::Null, private: Vec::new(), diagnostics };
            let context = match self.slot.required(context) {
                Ok(context) => context,
                Err(diagnostics) => return nothing(diagnostics),
            };
            let reply = self.resource.import(context, id).await;
            let mut diagnostics = reply.diagnostics;
            let Some(model) = reply.state.filter(|_| !diagnostics.has_error()) else {
                if !diagnostics.has_error() {
                    diagnostics.error("Object not found", "There is no object with this import id.");
                }
                return nothing(diagnostics);
            };
            let state = self.stored(model.encode());
            let private = reply.private.unwrap_or_default().to_bytes();
            self.check_type(&state, &mut diagnostics);
            StateResponse { state, private, diagnostics }
        })
    }

    fn upgrade(&self, context: Context, version: i64, json: Vec<u8>) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            let state = RawState::new(json);
            let upgraded = match version.cmp(&self.schema.version) {
                std::cmp::Ordering::Equal => state.decode(&self.ty),
                std::cmp::Ordering::Less => {
                    self.resource.upgrade(context, version, state).await.map(|model| model.encode())
                }
                std::cmp::Ordering::Greater => Err(Diagnostic::error(
                    "State of a newer provider",
                    format!(
                        "The state of {} was written by a newer release of the provider (version {version} of the \
                         state, this release knows {}). Use that release or a later one.",
                        self.resource.type_name(),
                        self.schema.version
                    ),
                )
                .into()),
            };
            let mut diagnostics = Diagnostics::new();
            let state = diagnostics.absorb(upgraded).map_or(Value::Null, |state| self.stored(state));
            self.check_type(&state, &mut diagnostics);
            StateResponse { state, private: Vec::new(), diagnostics }
        })
    }
}

impl<R: Resource> Erased<R> {
    async fn try_plan(&self, context: Context, request: PlanRequest) -> Result<PlanResponse, Diagnostics> {
        let context = self.slot.required(context)?;
        let PlanRequest { config, prior, proposed, prior_private } = request;
        let change = plan_resource_change(&self.schema, &config, &prior, proposed);
        let private = Private::from_bytes(&prior_private)?;
        let planned = decode_optional::<R::Model>(change.planned.clone())?;
        let before = planned.as_ref().map(Model::encode);
        let mut plan = Plan {
            config: decode_optional(config.clone())?,
            prior: decode_optional(prior.clone())?,
            planned,
            private,
            requires_replace: change.requires_replace,
            diagnostics: change.diagnostics,
        };
        self.resource.plan(context, &mut plan).await;

        let mut planned = match (&plan.planned, &before) {
            (Some(after), Some(before)) => keep_untouched(&change.planned, before, after.encode()),
            (Some(after), None) => after.encode(),
            (None, _) => Value::Null,
        };
        normalise(&self.schema.attributes, &mut planned);
        let mut diagnostics = plan.diagnostics;
        self.check_type(&planned, &mut diagnostics);
        if !diagnostics.has_error() {
            let breaches = core_rules::assert_plan_valid(&self.schema, &prior, &config, &planned);
            self.tell(breaches, "Invalid plan", "planned", &mut diagnostics);
        }
        let mut requires_replace = plan.requires_replace;
        if prior.is_null() || planned.is_null() {
            requires_replace.clear();
        }
        requires_replace.sort();
        requires_replace.dedup();
        Ok(PlanResponse { planned, requires_replace, private: plan.private.to_bytes(), diagnostics })
    }

    async fn try_apply(&self, context: Context, request: ApplyRequest) -> Result<StateResponse, Diagnostics> {
        let context = self.slot.required(context)?;
        let ApplyRequest { config, prior, planned, planned_private } = request;
        let private = Private::from_bytes(&planned_private)?;
        let state = decode_optional::<R::Model>(prior.clone())?;
        let goal = decode_optional::<R::Model>(planned.clone())?;
        let before = goal.as_ref().map(Model::encode);
        let reply = match (state, goal) {
            (None, None) => Reply::gone(),
            (None, Some(planned)) => {
                self.resource.create(context, Create { config: decode(config)?, planned, private }).await
            }
            (Some(prior), Some(planned)) => {
                self.resource.update(context, Update { config: decode(config)?, prior, planned, private }).await
            }
            (Some(state), None) => self.resource.delete(context, Delete { state, private }).await,
        };

        let Reply { state, private, mut diagnostics } = reply;
        let private = private.map_or(planned_private, |private| private.to_bytes());
        let state = match (state, &before) {
            (Some(state), Some(before)) => keep_untouched(&planned, before, state.encode()),
            (Some(state), None) => state.encode(),
            (None, _) if diagnostics.has_error() => prior,
            (None, Some(_)) => {
                self.bug("No state", "finished without saying what the object is now", &mut diagnostics);
                prior
            }
            (None, None) => Value::Null,
        };
        let mut complete = state.clone();
        normalise(&self.schema.attributes, &mut complete);
        if !diagnostics.has_error() {
            if planned.is_null() && !complete.is_null() {
                self.bug("Incomplete destroy", "left an object behind without saying why", &mut diagnostics);
            } else {
                let breaches = core_rules::assert_object_compatible(&planned, &complete);
                self.tell(breaches, "Inconsistent result", "applied", &mut diagnostics);
            }
        }
        let state = self.stored(state);
        self.check_type(&state, &mut diagnostics);
        Ok(StateResponse { state, private, diagnostics })
    }

    async fn try_read(&self, context: Context, request: ReadRequest) -> Result<StateResponse, Diagnostics> {
        let context = self.slot.required(context)?;
        let private = Private::from_bytes(&request.private)?;
        let state = decode::<R::Model>(request.state.clone())?;
        let before = state.encode();
        let reply = self.resource.read(context, Read { state, private }).await;
        let Reply { state, private, mut diagnostics } = reply;
        let private = private.map_or(request.private, |private| private.to_bytes());
        let state = match state {
            Some(state) => keep_untouched(&request.state, &before, state.encode()),
            None if diagnostics.has_error() => request.state,
            None => Value::Null,
        };
        if !diagnostics.has_error() {
            let breaches = core_rules::assert_wholly_known(&state);
            self.tell(breaches, "Incomplete state", "read", &mut diagnostics);
        }
        let state = self.stored(state);
        self.check_type(&state, &mut diagnostics);
        Ok(StateResponse { state, private, diagnostics })
    }

    /// The form in which a state may be stored: nothing unknown, nothing write-only.
    fn stored(&self, state: Value) -> Value {
        let mut state = state.unknown_as_null();
        normalise(&self.schema.attributes, &mut state);
        state
    }

    fn check_type(&self, value: &Value, diagnostics: &mut Diagnostics) {
        if let Err(error) = conforms(value, &self.ty) {
            self.bug(
                "Value of the wrong type",
                &format!("made a value that does not fit its schema ({error})"),
                diagnostics,
            );
        }
    }

    fn tell(&self, breaches: Vec<Breach>, summary: &str, done: &str, diagnostics: &mut Diagnostics) {
        for Breach { path, rule } in breaches {
            let detail = format!(
                "{} {done} a value for `{path}` that the host would refuse: {rule}. This is a bug in the provider.",
                self.resource.type_name()
            );
            diagnostics.attribute_error(&path, summary, detail);
        }
    }

    fn bug(&self, summary: &str, what: &str, diagnostics: &mut Diagnostics) {
        diagnostics.error(summary, format!("{} {what}. This is a bug in the provider.", self.resource.type_name()));
    }
}

fn decode<M: Model>(value: Value) -> Result<M, Diagnostics> {
    M::decode(value, &Path::root())
}

fn decode_optional<M: Model>(value: Value) -> Result<Option<M>, Diagnostics> {
    if value.is_null() { Ok(None) } else { decode(value).map(Some) }
}

/// A host that does not know write-only attributes would store their values.
fn refuse_write_only(attributes: &[Attribute], object: &Value, path: &Path, diagnostics: &mut Diagnostics) {
    for attribute in attributes {
        let Some(value) = object.attribute(&attribute.name).filter(|value| !value.is_null()) else { continue };
        let path = path.attribute(attribute.name.to_string());
        if attribute.write_only {
            let detail = format!("`{path}` is never stored, which needs Terraform or OpenTofu 1.11 or later.");
            diagnostics.attribute_error(&path, "Write-only attribute not supported", detail);
            continue;
        }
        let AttributeKind::Nested(nested) = &attribute.kind else { continue };
        match value {
            Value::Object(_) => refuse_write_only(&nested.attributes, value, &path, diagnostics),
            Value::List(elements) => {
                for (index, element) in elements.iter().enumerate() {
                    refuse_write_only(&nested.attributes, element, &path.index(index), diagnostics);
                }
            }
            Value::Map(members) => {
                for (key, member) in members.iter() {
                    refuse_write_only(&nested.attributes, member, &path.key(key.as_str()), diagnostics);
                }
            }
            _ => {}
        }
    }
}
