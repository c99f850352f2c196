//! One plan of a resource with 60 attributes: through the framework alone, and as a call over the socket.

use std::process::ExitCode;
use std::sync::Arc;

use tfplugin::codec::msgpack;
use tfplugin::diagnostic::Outcome;
use tfplugin::host::{ClientIdentity, Launch};
use tfplugin::plan::use_state_for_unknown;
use tfplugin::provider::erase;
use tfplugin::resource::{Create, Delete, DynResource, PlanRequest, Read, Reply, Resource, Update};
use tfplugin::{Attr, Context, Model, Provider, Registry, ServeOptions, Type, Value};
use tfplugin_proto::tfplugin6 as wire;
use tokio_util::sync::CancellationToken;

use crate::SERVE;
use crate::timing::{fastest, median, micro, once, report, slow};

const ROUNDS: usize = 2001;

macro_rules! wide {
    ($($text:ident $number:ident $computed:ident,)*) => {
        /// Sixty attributes: texts, numbers, and what the cloud decides.
        #[derive(Clone, Debug, Model)]
        struct Wide {
            $(
                /// A text.
                #[attr(optional)]
                $text: Attr<String>,
                /// A number.
                #[attr(optional)]
                $number: Attr<i64>,
                /// Decided by the cloud.
                #[attr(computed, plan = use_state_for_unknown())]
                $computed: Attr<String>,
            )*
        }

        const TEXTS: &[&str] = &[$(stringify!($text)),*];
        const NUMBERS: &[&str] = &[$(stringify!($number)),*];
        const COMPUTED: &[&str] = &[$(stringify!($computed)),*];
    };
}

wide! {
    t01 n01 c01, t02 n02 c02, t03 n03 c03, t04 n04 c04, t05 n05 c05, t06 n06 c06, t07 n07 c07, t08 n08 c08, t09 n09 c09,
    t10 n10 c10, t11 n11 c11, t12 n12 c12, t13 n13 c13, t14 n14 c14, t15 n15 c15, t16 n16 c16, t17 n17 c17, t18 n18 c18,
    t19 n19 c19, t20 n20 c20,
}

/// No settings.
#[derive(Clone, Debug, Model)]
struct Nothing {}

struct Bench;

impl Provider for Bench {
    type Config = Nothing;
    type State = ();

    fn type_name(&self) -> &str {
        "bench"
    }

    fn version(&self) -> &str {
        "0.0.0"
    }

    fn register(&self, registry: &mut Registry<()>) {
        registry.resource(WideResource);
    }

    async fn configure(&self, _: Context, _: Nothing) -> Outcome<()> {
        Outcome::done(())
    }
}

struct WideResource;

impl Resource for WideResource {
    type Model = Wide;
    type Provider = ();

    fn type_name(&self) -> &str {
        "bench_wide"
    }

    async fn create(&self, _: Context<Arc<()>>, request: Create<Wide>) -> Reply<Wide> {
        Reply::state(request.planned)
    }

    async fn read(&self, _: Context<Arc<()>>, request: Read<Wide>) -> Reply<Wide> {
        Reply::state(request.state)
    }

    async fn update(&self, _: Context<Arc<()>>, request: Update<Wide>) -> Reply<Wide> {
        Reply::state(request.planned)
    }

    async fn delete(&self, _: Context<Arc<()>>, _: Delete<Wide>) -> Reply<Wide> {
        Reply::gone()
    }
}

pub(crate) fn serve() -> ExitCode {
    tfplugin::serve(Bench, ServeOptions::new("registry.terraform.io/example/bench", "0.0.0"))
}

/// An object whose first text is `first`, with or without what the cloud decided.
fn object(first: &str, computed: bool) -> Value {
    let texts = TEXTS.iter().enumerate().map(|(at, name)| {
        (*name, Value::from(if at == 0 { first.to_owned() } else { format!("the text of {name}, as long as usual") }))
    });
    let numbers = NUMBERS.iter().enumerate().map(|(at, name)| (*name, Value::from(i64::try_from(at * 1000).unwrap())));
    let decided = |name| if computed { Value::from(format!("cloud/objects/{name}")) } else { Value::Null };
    Value::object(texts.chain(numbers).chain(COMPUTED.iter().map(|name| (*name, decided(name)))))
}

/// What the host sends for an update of one attribute, encoded.
struct Wire {
    config: Vec<u8>,
    prior: Vec<u8>,
    proposed: Vec<u8>,
}

impl Wire {
    fn of(ty: &Type) -> Self {
        let bytes = |value: Value| msgpack::encode(&value, ty).unwrap();
        Wire {
            config: bytes(object("after", false)),
            prior: bytes(object("before", true)),
            proposed: bytes(object("after", true)),
        }
    }
}

async fn plan_in_process(resource: &dyn DynResource, wire: &Wire) -> Vec<u8> {
    let decode = |bytes: &[u8]| msgpack::decode(bytes, resource.ty()).unwrap();
    let request = PlanRequest {
        config: decode(&wire.config),
        prior: decode(&wire.prior),
        proposed: decode(&wire.proposed),
        ..PlanRequest::default()
    };
    let response = resource.plan(Context::new(CancellationToken::new()), request).await;
    assert!(!response.diagnostics.has_error());
    msgpack::encode(&response.planned, resource.ty()).unwrap()
}

pub(crate) async fn measure() {
    let provider = erase(Bench).unwrap();
    let nothing = || Value::object::<&str>([]);
    let diagnostics = provider.configure(Context::new(CancellationToken::new()), "1.11.4", nothing()).await;
    assert!(!diagnostics.has_error());
    let resource = provider.resources()["bench_wide"].as_ref();
    let wire = Wire::of(resource.ty());
    assert_eq!(plan_in_process(resource, &wire).await, wire.proposed);

    let mut times = Vec::new();
    let mut codec = Vec::new();
    for _ in 0..ROUNDS {
        let start = std::time::Instant::now();
        std::hint::black_box(plan_in_process(resource, &wire).await);
        times.push(start.elapsed());
        codec.push(once(|| {
            let value = msgpack::decode(&wire.prior, resource.ty()).unwrap();
            msgpack::encode(&value, resource.ty()).unwrap()
        }));
    }
    report("plan of 60 attributes, codec and framework", &micro(fastest(times.clone())), "aim: 50 µs");
    report("  the median", &micro(median(times.clone())), "");
    report("  one in twenty is slower than", &micro(slow(times)), "");
    report("  for comparison, one object decoded and encoded", &micro(fastest(codec)), "");

    over_the_socket(&wire, None, "plaintext").await;
    over_the_socket(&wire, Some(ClientIdentity::generate().unwrap()), "mutual TLS").await;
}

/// The same call by a host, against a call that does next to nothing on the same connection.
async fn over_the_socket(wire: &Wire, identity: Option<ClientIdentity>, how: &str) {
    let mut launch = Launch::new(std::env::current_exe().unwrap()).environment(SERVE, "1");
    if let Some(identity) = &identity {
        launch = launch.identity(identity);
    }
    let plugin = launch.start().await.unwrap();
    let connection = plugin.connect().await.unwrap();
    let mut provider = connection.provider();
    let value = |bytes: &[u8]| Some(wire::DynamicValue { msgpack: bytes.to_vec().into(), ..Default::default() });
    let config = value(&msgpack::encode(&Value::object::<&str>([]), &Type::object::<&str>([])).unwrap());
    let request = wire::configure_provider::Request { config, ..Default::default() };
    provider.configure_provider(request).await.unwrap();
    let plan = wire::plan_resource_change::Request {
        type_name: "bench_wide".into(),
        config: value(&wire.config),
        prior_state: value(&wire.prior),
        proposed_new_state: value(&wire.proposed),
        ..Default::default()
    };
    let (mut plans, mut empties) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let request = plan.clone();
        let start = std::time::Instant::now();
        let reply = provider.plan_resource_change(request).await.unwrap().into_inner();
        plans.push(start.elapsed());
        assert!(reply.diagnostics.is_empty());
        let start = std::time::Instant::now();
        provider.get_functions(wire::get_functions::Request {}).await.unwrap();
        empties.push(start.elapsed());
    }
    let (plan, empty) = (fastest(plans), fastest(empties));
    report(&format!("plan call, {how}"), &micro(plan), "");
    report("  an empty call", &micro(empty), "");
    report("  what the plan adds to it", &micro(plan.saturating_sub(empty)), "");
}
