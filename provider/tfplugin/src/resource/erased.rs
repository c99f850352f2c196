//! A resource as the server calls it: values to models and back, with the host's rules checked before it can.

use std::sync::Arc;

use super::identity::{self, Identified, Identity, IdentityOf};
use super::merge::keep_untouched;
use super::mover::{MoveSource, Mover, take_over};
use super::{
    ApplyRequest, Create, Delete, DynResource, ImportTarget, Plan, PlanRequest, PlanResponse, RawState, Read,
    ReadRequest, Reply, Resource, StateResponse, Update, ValidateRequest,
};
use crate::codec::conforms;
use crate::context::{BoxFuture, Context};
use crate::diagnostic::{Diagnostic, Diagnostics, Outcome};
use crate::model::Model;
use crate::path::Path;
use crate::plan::core_rules::{self, Breach};
use crate::plan::{keep_same, normalise, plan_resource_change};
use crate::private::Private;
use crate::provider::Slot;
use crate::schema::{Attribute, AttributeKind, Schema};
use crate::types::Type;
use crate::value::Value;

/// A resource as the server calls it. Its provider data come from the slot that `configure` fills.
pub fn erase<R: Resource>(resource: R, slot: Arc<Slot<R::Provider>>) -> Box<dyn DynResource> {
    Box::new(Erased::new(resource, slot, None))
}

/// A resource whose objects have an identity, as the server calls it.
pub fn erase_identified<R: Identified>(resource: R, slot: Arc<Slot<R::Provider>>) -> Box<dyn DynResource> {
    let identity = Identity::of(&resource);
    Box::new(Erased::new(resource, slot, Some(Box::new(identity))))
}

struct Erased<R: Resource> {
    resource: R,
    schema: Schema,
    ty: Type,
    slot: Arc<Slot<R::Provider>>,
    movers: Vec<Mover<R::Model>>,
    identity: Option<Box<dyn IdentityOf<R>>>,
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
            let (private, identity) = (request.prior_private.clone(), request.prior_identity.clone());
            self.try_plan(context, request).await.unwrap_or_else(|diagnostics| PlanResponse {
                // With an error, a host looks at nothing else.
                planned: Value::Null,
                requires_replace: Vec::new(),
                private,
                identity,
                diagnostics,
            })
        })
    }

    fn apply(&self, context: Context, request: ApplyRequest) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            let (state, private) = (request.prior.clone(), request.planned_private.clone());
            let identity = identity_of_prior(&request);
            self.try_apply(context, request).await.unwrap_or_else(|diagnostics| StateResponse {
                state,
                private,
                identity,
                diagnostics,
            })
        })
    }

    fn read(&self, context: Context, request: ReadRequest) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            let (state, private) = (request.state.clone(), request.private.clone());
            let identity = request.identity.clone();
            self.try_read(context, request).await.unwrap_or_else(|diagnostics| StateResponse {
                state,
                private,
                identity,
                diagnostics,
            })
        })
    }

    fn identity(&self) -> Option<&Schema> {
        self.identity.as_ref().map(|identity| identity.schema())
    }

    fn import(&self, context: Context, target: ImportTarget) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            self.try_import(context, target)
                .await
                .unwrap_or_else(|diagnostics| StateResponse { diagnostics, ..StateResponse::default() })
        })
    }

    fn can_move(&self) -> bool {
        !self.movers.is_empty()
    }

    fn move_state(&self, context: Context, source: MoveSource) -> BoxFuture<'_, StateResponse> {
        Box::pin(async move {
            let mut diagnostics = Diagnostics::new();
            let Some(moved) = diagnostics.absorb(take_over(self.resource.type_name(), &self.movers, &source)) else {
                return StateResponse { diagnostics, ..StateResponse::default() };
            };
            // Hosts move states before they configure the provider. The read that follows gives the identity.
            let provider = self.slot.optional(context).provider;
            let identity = provider.and_then(|provider| self.known_identity(&provider, &moved.state));
            let state = self.stored(moved.state.encode());
            self.check_type(&state, &mut diagnostics);
            let identity = identity.unwrap_or_default();
            StateResponse { state, private: moved.private.to_bytes(), identity, diagnostics }
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
            StateResponse { state, diagnostics, ..StateResponse::default() }
        })
    }

    fn upgrade_identity(&self, context: Context, version: i64, json: Vec<u8>) -> BoxFuture<'_, Outcome<Value>> {
        Box::pin(async move {
            let Some(identity) = &self.identity else {
                return Outcome::failed(self.no_identity());
            };
            identity.upgrade(&self.resource, context, version, RawState::new(json)).await.into()
        })
    }
}

impl<R: Resource> Erased<R> {
    fn new(resource: R, slot: Arc<Slot<R::Provider>>, identity: Option<Box<dyn IdentityOf<R>>>) -> Self {
        let schema = Schema::of::<R::Model>().with_version(resource.version());
        let movers = resource.movers();
        Erased { ty: schema.implied_type(), resource, schema, slot, movers, identity }
    }

    async fn try_plan(&self, context: Context, request: PlanRequest) -> Result<PlanResponse, Diagnostics> {
        let waits = self.slot.defer(&context);
        let context = self.slot.required(context)?;
        let provider = Arc::clone(&context.provider);
        let PlanRequest { config, prior, proposed, prior_private, prior_identity, approved_private } = request;
        let change = plan_resource_change(&self.schema, &config, &prior, proposed);
        let private = Private::from_bytes(&prior_private)?;
        let planned = decode_optional::<R::Model>(change.planned.clone())?;
        let before = planned.as_ref().map(Model::encode);
        let mut plan = Plan {
            config: decode_optional(config.clone())?,
            prior: decode_optional(prior.clone())?,
            planned,
            private,
            approved_private: approved_private.as_deref().map(Private::from_bytes).transpose()?,
            requires_replace: change.requires_replace,
            diagnostics: change.diagnostics,
        };
        if !waits {
            self.resource.plan(context, &mut plan).await;
        }

        let mut planned = match (&plan.planned, &before) {
            (Some(after), Some(before)) => keep_untouched(&change.planned, before, after.encode()),
            (Some(after), None) => after.encode(),
            (None, _) => Value::Null,
        };
        normalise(&self.schema.attributes, &mut planned);
        keep_same(&self.schema.attributes, &prior, &mut planned);
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
        // For the new half of a replacement, the host may still send the identity of the old one.
        let replaces = prior.is_null() || !requires_replace.is_empty();
        let [before, after] = [&plan.prior, &plan.planned].map(|state| self.identity_of(&provider, state.as_ref()));
        let before = if prior_identity.is_null() { before } else { Some(prior_identity) };
        let identity = identity::planned(self.resource.type_name(), before, after, replaces, &mut diagnostics);
        Ok(PlanResponse { planned, requires_replace, private: plan.private.to_bytes(), identity, diagnostics })
    }

    async fn try_apply(&self, context: Context, request: ApplyRequest) -> Result<StateResponse, Diagnostics> {
        let context = self.slot.required(context)?;
        let provider = Arc::clone(&context.provider);
        let identity_of_prior = identity_of_prior(&request);
        let ApplyRequest { config, prior, planned, planned_private, planned_identity } = request;
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
        let identity = match &state {
            Some(state) => self.identity_to_store(&provider, state, &planned_identity, "applied", &mut diagnostics),
            None if diagnostics.has_error() => identity_of_prior,
            None => Value::Null,
        };
        let mut state = match (state, &before) {
            (Some(state), Some(before)) => keep_untouched(&planned, before, state.encode()),
            (Some(state), None) => state.encode(),
            (None, _) if diagnostics.has_error() => prior,
            (None, Some(_)) => {
                self.bug("No state", "finished without saying what the object is now", &mut diagnostics);
                prior
            }
            (None, None) => Value::Null,
        };
        keep_same(&self.schema.attributes, &planned, &mut state);
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
        Ok(StateResponse { state, private, identity, diagnostics })
    }

    async fn try_read(&self, context: Context, request: ReadRequest) -> Result<StateResponse, Diagnostics> {
        let waits = self.slot.defer(&context);
        let context = self.slot.required(context)?;
        let provider = Arc::clone(&context.provider);
        let private = Private::from_bytes(&request.private)?;
        let state = decode::<R::Model>(request.state.clone())?;
        let before = state.encode();
        let deferrals = context.deferrals.clone();
        let reply =
            if waits { Reply::state(state) } else { self.resource.read(context, Read { state, private }).await };
        let Reply { state, private, mut diagnostics } = reply;
        if deferrals.given() {
            let (state, private, identity) = (request.state, request.private, request.identity);
            return Ok(StateResponse { state, private, identity, diagnostics });
        }
        let private = private.map_or(request.private, |private| private.to_bytes());
        let identity = match &state {
            Some(state) => self.identity_to_store(&provider, state, &request.identity, "read", &mut diagnostics),
            None if diagnostics.has_error() => request.identity,
            None => Value::Null,
        };
        let state = match state {
            Some(state) => {
                let mut state = keep_untouched(&request.state, &before, state.encode());
                keep_same(&self.schema.attributes, &request.state, &mut state);
                state
            }
            None if diagnostics.has_error() => request.state,
            None => Value::Null,
        };
        if !diagnostics.has_error() {
            let breaches = core_rules::assert_wholly_known(&state);
            self.tell(breaches, "Incomplete state", "read", &mut diagnostics);
        }
        let state = self.stored(state);
        self.check_type(&state, &mut diagnostics);
        Ok(StateResponse { state, private, identity, diagnostics })
    }

    async fn try_import(&self, context: Context, target: ImportTarget) -> Result<StateResponse, Diagnostics> {
        if self.slot.defer(&context) {
            return Ok(StateResponse { state: Value::UNKNOWN, ..StateResponse::default() });
        }
        let context = self.slot.required(context)?;
        let (provider, deferrals) = (Arc::clone(&context.provider), context.deferrals.clone());
        let (reply, wanted) = match target {
            ImportTarget::Id(id) => (self.resource.import(context, id).await, Value::Null),
            ImportTarget::Identity(wanted) => {
                let identity = self.identity.as_ref().ok_or_else(|| self.no_identity())?;
                (identity.import(&self.resource, context, wanted.clone()).await, wanted)
            }
        };
        let mut diagnostics = reply.diagnostics;
        if deferrals.given() {
            return Ok(StateResponse { state: Value::UNKNOWN, diagnostics, ..StateResponse::default() });
        }
        let Some(model) = reply.state.filter(|_| !diagnostics.has_error()) else {
            if !diagnostics.has_error() {
                let by = if wanted.is_null() { "import id" } else { "identity" };
                diagnostics.error("Object not found", format!("There is no object with this {by}."));
            }
            return Err(diagnostics);
        };
        // What only a read can tell is still unknown here; then the identity that was asked for is as good.
        let identity = self.known_identity(&provider, &model);
        if let Some(identity) = &identity {
            identity::refuse_change(self.resource.type_name(), &wanted, identity, "imported", &mut diagnostics);
        }
        let identity = identity.unwrap_or(wanted);
        let state = self.stored(model.encode());
        let private = reply.private.unwrap_or_default().to_bytes();
        self.check_type(&state, &mut diagnostics);
        Ok(StateResponse { state, private, identity, diagnostics })
    }

    fn no_identity(&self) -> Diagnostic {
        let detail = format!("Objects of type {} have no identity.", self.resource.type_name());
        Diagnostic::error("No identity", detail)
    }

    fn identity_of(&self, provider: &R::Provider, state: Option<&R::Model>) -> Option<Value> {
        self.identity.as_ref().zip(state).map(|(identity, state)| identity.of(&self.resource, provider, state))
    }

    /// The identity, if all of it is known already.
    fn known_identity(&self, provider: &R::Provider, state: &R::Model) -> Option<Value> {
        let identity = self.identity_of(provider, Some(state))?;
        identity::stored(self.resource.type_name(), self.identity()?, identity).ok()
    }

    /// The identity of a state that is about to be stored, checked against the one from before.
    fn identity_to_store(
        &self,
        provider: &R::Provider,
        state: &R::Model,
        before: &Value,
        done: &str,
        diagnostics: &mut Diagnostics,
    ) -> Value {
        let Some((schema, identity)) = self.identity().zip(self.identity_of(provider, Some(state))) else {
            return Value::Null;
        };
        let type_name = self.resource.type_name();
        match identity::stored(type_name, schema, identity) {
            Ok(identity) => {
                identity::refuse_change(type_name, before, &identity, done, diagnostics);
                identity
            }
            // What failed half-way may not know yet what it is called.
            Err(_) if diagnostics.has_error() => known_or_null(before),
            Err(wrong) => {
                diagnostics.push(wrong);
                known_or_null(before)
            }
        }
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

/// The identity of the object from before an apply. A new object has none, whatever was planned for it.
fn identity_of_prior(request: &ApplyRequest) -> Value {
    if request.prior.is_null() { Value::Null } else { known_or_null(&request.planned_identity) }
}

fn known_or_null(identity: &Value) -> Value {
    if identity.is_wholly_known() { identity.clone() } else { Value::Null }
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
        let value = attribute.value_in(object);
        if value.is_null() {
            continue;
        }
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
