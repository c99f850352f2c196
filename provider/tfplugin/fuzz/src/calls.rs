//! Whole calls of a provider with inputs that nobody would send: none may panic, and where a host would have accepted
//! the configuration, no rule of the host may be broken by the answer.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context as Polling, Poll, Waker};

use tfplugin::codec::msgpack;
use tfplugin::plan::{proposed_new_state, requires_replace, use_state_for_unknown};
use tfplugin::provider::{DynProvider, erase};
use tfplugin::resource::{
    ApplyRequest, DynResource, ImportTarget, MoveSource, Mover, PlanRequest, RawState, ReadRequest, ValidateRequest,
};
use tfplugin::schema::validate::length;
use tfplugin::schema::{Attribute, AttributeKind, Nesting, Presence};
use tfplugin::timeouts::Timeouts;
use tfplugin::{
    Arguments, Attr, Context, Create, Delete, Diagnostics, Function, FunctionError, Model, Outcome, Parameter,
    Provider, Read, Registry, Reply, Resource, Signature, Type, Update, Value,
};
use tokio_util::sync::CancellationToken;

/// How many calls there are to choose from.
pub(crate) const CALLS: u8 = 10;

/// A bit of everything.
#[derive(Clone, Debug, Model)]
struct Thing {
    #[attr(required, validate = length(1..=20), plan = requires_replace())]
    name: Attr<String>,
    #[attr(optional, computed, default = 3)]
    size: Attr<i64>,
    #[attr(computed, plan = use_state_for_unknown())]
    id: Attr<String>,
    #[attr(computed)]
    etag: Attr<String>,
    #[attr(optional, write_only)]
    secret: Attr<String>,
    #[attr(optional)]
    price: Attr<f64>,
    #[attr(optional)]
    parts: Attr<Vec<Part>>,
    #[attr(optional, computed, plan = use_state_for_unknown())]
    spot: Attr<Spot>,
    #[attr(optional)]
    any: Value,
    #[attr(optional)]
    words: Attr<std::collections::BTreeSet<String>>,
    #[attr(optional)]
    timeouts: Attr<Timeouts>,
}

#[derive(Clone, Debug, Model)]
struct Part {
    #[attr(required)]
    key: Attr<String>,
    #[attr(optional, computed, default = true)]
    on: Attr<bool>,
    #[attr(computed)]
    made: Attr<String>,
}

#[derive(Clone, Debug, Model)]
struct Spot {
    #[attr(optional)]
    place: Attr<String>,
    #[attr(computed)]
    made: Attr<String>,
}

impl Thing {
    /// The thing once it is made.
    fn made(mut self) -> Self {
        let made = |value: &mut Attr<String>| {
            if value.is_unknown() {
                *value = "made".into();
            }
        };
        made(&mut self.id);
        made(&mut self.etag);
        for part in self.parts.known_mut().into_iter().flatten() {
            made(&mut part.made);
        }
        if self.spot.is_unknown() {
            self.spot = Attr::Known(Spot { place: Attr::Null, made: Attr::Unknown });
        }
        if let Attr::Known(spot) = &mut self.spot {
            made(&mut spot.made);
        }
        self
    }
}

struct ThingResource;

impl Resource for ThingResource {
    type Model = Thing;
    type Provider = ();

    fn type_name(&self) -> &str {
        "thing"
    }

    fn version(&self) -> i64 {
        1
    }

    async fn create(&self, _: Context<Arc<()>>, request: Create<Thing>) -> Reply<Thing> {
        Reply::state(request.planned.made())
    }

    async fn read(&self, _: Context<Arc<()>>, request: Read<Thing>) -> Reply<Thing> {
        Reply::state(request.state)
    }

    async fn update(&self, _: Context<Arc<()>>, request: Update<Thing>) -> Reply<Thing> {
        Reply::state(request.planned.made())
    }

    async fn delete(&self, _: Context<Arc<()>>, _: Delete<Thing>) -> Reply<Thing> {
        Reply::gone()
    }

    async fn import(&self, _: Context<Arc<()>>, id: String) -> Reply<Thing> {
        Reply::state(Thing {
            name: id.into(),
            size: Attr::Unknown,
            id: Attr::Unknown,
            etag: Attr::Null,
            secret: Attr::Null,
            price: Attr::Null,
            parts: Attr::Null,
            spot: Attr::Null,
            any: Value::Null,
            words: Attr::Null,
            timeouts: Attr::Null,
        })
    }

    fn movers(&self) -> Vec<Mover<Thing>> {
        vec![Mover::from_model("thing_old", |old: Thing| old).of_provider("example/thing")]
    }

    async fn upgrade(&self, _: Context, _: i64, state: RawState) -> Result<Thing, Diagnostics> {
        state.model()
    }
}

struct Join;

impl Function for Join {
    fn name(&self) -> &str {
        "join"
    }

    fn signature(&self) -> Signature {
        Signature::new("Joins.", Type::String)
            .parameter(Parameter::of::<String>("first"))
            .variadic(Parameter::of::<String>("rest"))
    }

    async fn call(&self, _: Context, arguments: Arguments) -> Result<Value, FunctionError> {
        arguments.get::<String>(0).map(Value::from)
    }
}

/// No settings.
#[derive(Clone, Debug, Model)]
struct Settings {}

struct Things;

impl Provider for Things {
    type Config = Settings;
    type State = ();

    fn type_name(&self) -> &str {
        "thing"
    }

    fn version(&self) -> &str {
        "0.0.0"
    }

    fn register(&self, registry: &mut Registry<()>) {
        registry.resource(ThingResource).function(Join);
    }

    async fn configure(&self, _: Context, _: Settings) -> Outcome<()> {
        Outcome::done(())
    }
}

fn provider() -> &'static dyn DynProvider {
    static PROVIDER: OnceLock<Arc<dyn DynProvider>> = OnceLock::new();
    PROVIDER
        .get_or_init(|| {
            let provider = erase(Things).expect("the provider is sound");
            let told = run(provider.configure(context(), "1.11.4", Value::object::<&str>([])));
            assert!(!told.has_error());
            provider
        })
        .as_ref()
}

fn context() -> Context {
    Context::new(CancellationToken::new())
}

/// None of the handlers ever waits.
fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Polling::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a handler waits"),
    }
}

/// A small and a full configuration, a state and nothing, encoded.
pub(crate) fn things() -> [Vec<u8>; 4] {
    let ty = provider().resources()["thing"].ty();
    let part = |made: Value| Value::object([("key", Value::from("k")), ("on", Value::Null), ("made", made)]);
    let thing = |name: &str, full: bool, made: Value| {
        let or_null = |value: Value| if full { value } else { Value::Null };
        let spot = Value::object([("place", Value::from("p")), ("made", made.clone())]);
        Value::object([
            ("name", Value::from(name)),
            ("size", or_null(Value::from(7))),
            ("id", made.clone()),
            ("etag", made.clone()),
            ("secret", Value::Null),
            ("price", or_null(Value::Number("0.1".parse().expect("a number")))),
            ("parts", or_null(Value::list([part(made.clone())]))),
            ("spot", or_null(spot)),
            ("any", or_null(Value::dynamic(Type::Bool, Value::from(true)))),
            ("words", or_null(Value::set([Value::from("b"), Value::from("a")]))),
            ("timeouts", Value::Null),
        ])
    };
    let values =
        [thing("a", false, Value::Null), thing("b", true, Value::Null), thing("b", true, "m".into()), Value::Null];
    values.map(|value| msgpack::encode(&value, ty).expect("the value fits"))
}

/// The next part of an input: a length and as many bytes, or as many as there are.
fn part<'a>(input: &mut &'a [u8]) -> &'a [u8] {
    let Some((length, rest)) = input.split_first() else { return &[] };
    let (part, rest) = rest.split_at(rest.len().min(usize::from(*length)));
    *input = rest;
    part
}

/// Whether a host would accept a configuration, or, for a state, could have it.
fn acceptable(attributes: &[Attribute], object: &Value, is_config: bool) -> bool {
    attributes.iter().all(|attribute| {
        let value = object.attribute(&attribute.name).unwrap_or(&Value::Null);
        let here = if is_config {
            (attribute.presence != Presence::Computed || value.is_null())
                && (attribute.presence != Presence::Required || !value.is_null())
        } else {
            !attribute.write_only || value.is_null()
        };
        let AttributeKind::Nested(nested) = &attribute.kind else { return here };
        let inside = |value: &Value| {
            value.is_unknown() || (value.is_known() && acceptable(&nested.attributes, value, is_config))
        };
        here && match (nested.nesting, value.is_known()) {
            (_, false) => true,
            (Nesting::Single, true) => inside(value),
            (_, true) => value.as_elements().is_none_or(|elements| elements.iter().all(inside)),
        }
    })
}

/// Plans and applies as a host does. The handlers do all that a host asks for, so every complaint is one about planning.
fn lifecycle(resource: &dyn DynResource, config: Value, prior: Value) -> bool {
    let attributes = &resource.schema().attributes;
    let sound = config.is_known()
        && acceptable(attributes, &config, true)
        && prior.is_wholly_known()
        && (prior.is_null() || acceptable(attributes, &prior, false));
    let fits = |config: &Value| {
        let request = ValidateRequest { config: config.clone(), write_only_allowed: true };
        !run(resource.validate(context(), request)).has_error()
    };
    if !sound || !fits(&config) || (!prior.is_null() && !fits(&prior)) {
        return false;
    }
    let plan = |prior: &Value| {
        let request = PlanRequest {
            proposed: proposed_new_state(attributes, prior, &config),
            config: config.clone(),
            prior: prior.clone(),
            ..PlanRequest::default()
        };
        let plan = run(resource.plan(context(), request));
        assert!(!plan.diagnostics.has_error(), "{config:?} after {prior:?}: {:?}", plan.diagnostics);
        plan
    };
    let first = plan(&prior);
    if !config.is_wholly_known() || !first.requires_replace.is_empty() {
        return true;
    }
    let request = ApplyRequest {
        config: config.clone(),
        prior,
        planned: first.planned,
        planned_private: first.private,
        planned_identity: Value::Null,
    };
    let applied = run(resource.apply(context(), request));
    assert!(!applied.diagnostics.has_error(), "{config:?}: {:?}", applied.diagnostics);
    let second = plan(&applied.state);
    assert_eq!(second.planned, applied.state, "the second plan of {config:?} is not empty");
    true
}

/// One call, chosen by the first byte.
pub fn check_calls(input: &[u8]) -> bool {
    let Some((call, mut rest)) = input.split_first() else { return false };
    let resource = provider().resources()["thing"].as_ref();
    let [first, second, third, fourth] = [(); 4].map(|()| part(&mut rest));
    let value = |bytes: &[u8]| msgpack::decode(bytes, resource.ty()).ok();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let understood = |diagnostics: &Diagnostics| !diagnostics.has_error();
    match call % CALLS {
        0 => value(first).is_some_and(|config| {
            let request = ValidateRequest { config, write_only_allowed: second.is_empty() };
            understood(&run(resource.validate(context(), request)))
        }),
        1 => match (value(first), value(second), value(third)) {
            (Some(config), Some(prior), Some(proposed)) => {
                let prior_private = fourth.to_vec();
                let request = PlanRequest { config, prior, proposed, prior_private, ..PlanRequest::default() };
                understood(&run(resource.plan(context(), request)).diagnostics)
            }
            _ => false,
        },
        2 | 3 => check_lifecycle(input),
        4 => match (value(first), value(second), value(third)) {
            (Some(config), Some(prior), Some(planned)) => {
                let planned_private = fourth.to_vec();
                let request = ApplyRequest { config, prior, planned, planned_private, planned_identity: Value::Null };
                understood(&run(resource.apply(context(), request)).diagnostics)
            }
            _ => false,
        },
        5 => value(first).is_some_and(|state| {
            let request = ReadRequest { state, private: fourth.to_vec(), identity: Value::Null };
            understood(&run(resource.read(context(), request)).diagnostics)
        }),
        6 => {
            let version = second.first().map_or(0, |version| i64::from(*version % 3));
            let upgraded = run(resource.upgrade(context(), version, first.to_vec()));
            assert!(upgraded.state.is_wholly_known());
            understood(&upgraded.diagnostics)
        }
        7 => {
            let imported = run(resource.import(context(), ImportTarget::Id(text(first))));
            assert!(imported.state.is_wholly_known());
            understood(&imported.diagnostics)
        }
        8 => {
            let source = MoveSource {
                provider_address: text(fourth),
                type_name: text(third),
                schema_version: 0,
                state: RawState::new(first.to_vec()),
                private: second.to_vec(),
                identity: None,
            };
            understood(&run(resource.move_state(context(), source)).diagnostics)
        }
        _ => {
            let join = provider().functions()["join"].as_ref();
            let arguments: Option<Vec<Value>> =
                [first, second].iter().map(|bytes| msgpack::decode(bytes, &Type::String).ok()).collect();
            arguments.is_some_and(|arguments| run(join.call(context(), arguments)).is_ok())
        }
    }
}

/// Plan, apply and plan again, with a configuration and a state out of the input: whatever the first byte says.
pub fn check_lifecycle(input: &[u8]) -> bool {
    let Some((_, mut rest)) = input.split_first() else { return false };
    let resource = provider().resources()["thing"].as_ref();
    let [config, prior] = [(); 2].map(|()| msgpack::decode(part(&mut rest), resource.ty()));
    config.ok().zip(prior.ok()).is_some_and(|(config, prior)| lifecycle(resource, config, prior))
}
