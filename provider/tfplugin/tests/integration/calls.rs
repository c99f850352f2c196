//! The calls of protocol 6, as a host makes them.

use std::time::{Duration, Instant};

use tfplugin::codec::msgpack;
use tfplugin::host::{ClientIdentity, Connection, Launch, Plugin};
use tfplugin::types::Type;
use tfplugin::value::Value;
use tfplugin_proto::tfplugin6 as wire;
use tonic::Code;
use tonic::transport::Channel;
use wire::provider_client::ProviderClient;

use crate::support::example;

struct Session {
    plugin: Plugin,
    connection: Connection,
    provider: ProviderClient<Channel>,
    directory: tempfile::TempDir,
}

impl Session {
    /// A configured example provider behind mutual TLS.
    async fn start(name: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let identity = ClientIdentity::generate().unwrap();
        let launch = Launch::new(example(name)).identity(&identity);
        let launch = launch.environment("TRAP_DONE_FILE", directory.path().join("done"));
        let launch = launch.environment("TRAP_PID_FILE", directory.path().join("pid"));
        let plugin = launch.start().await.unwrap();
        let connection = plugin.connect().await.unwrap();
        let provider = connection.provider();
        Self { plugin, connection, provider, directory }
    }

    async fn note() -> Self {
        let mut session = Self::start("note").await;
        let directory = Value::object([("directory", Value::string(session.directory.path().to_str().unwrap()))]);
        let config = encode(&directory, &Type::object([("directory", Type::String)]));
        let request =
            wire::configure_provider::Request { terraform_version: "1.11.4".into(), config, ..Default::default() };
        let reply = session.provider.configure_provider(request).await.unwrap().into_inner();
        assert_eq!(reply.diagnostics, []);
        session
    }

    async fn trap() -> Self {
        let mut session = Self::start("trap").await;
        let config = encode(&Value::object::<&str>([]), &Type::object::<&str>([]));
        let request = wire::configure_provider::Request { config, ..Default::default() };
        session.provider.configure_provider(request).await.unwrap();
        session
    }

    async fn plan(&mut self, config: &Value, prior: &Value, ty: &Type) -> wire::plan_resource_change::Response {
        let request = wire::plan_resource_change::Request {
            type_name: type_name(ty).into(),
            prior_state: encode(prior, ty),
            proposed_new_state: encode(&proposed(config, prior), ty),
            config: encode(config, ty),
            ..Default::default()
        };
        self.provider.plan_resource_change(request).await.unwrap().into_inner()
    }

    /// Plans and applies.
    async fn apply(&mut self, config: &Value, prior: &Value, ty: &Type) -> wire::apply_resource_change::Response {
        let plan = self.plan(config, prior, ty).await;
        assert_eq!(plan.diagnostics, []);
        self.provider.apply_resource_change(change(config, prior, plan, ty)).await.unwrap().into_inner()
    }
}

fn change(
    config: &Value,
    prior: &Value,
    plan: wire::plan_resource_change::Response,
    ty: &Type,
) -> wire::apply_resource_change::Request {
    wire::apply_resource_change::Request {
        type_name: type_name(ty).into(),
        prior_state: encode(prior, ty),
        planned_state: plan.planned_state,
        config: encode(config, ty),
        planned_private: plan.planned_private,
        ..Default::default()
    }
}

/// What a host proposes: the configuration, with prior values where it leaves computed attributes open. All
/// attributes that these tests leave null are computed or stay null.
fn proposed(config: &Value, prior: &Value) -> Value {
    let (Some(members), Some(_)) = (config.as_members(), prior.as_members()) else { return config.clone() };
    let names: Vec<String> = members.iter().map(|(name, _)| name.to_string()).collect();
    Value::object(names.iter().map(|name| {
        let own = config.attribute(name).cloned().unwrap_or(Value::Null);
        let value = if own.is_null() { prior.attribute(name).cloned().unwrap_or(Value::Null) } else { own };
        (name.as_str(), value)
    }))
}

fn encode(value: &Value, ty: &Type) -> Option<wire::DynamicValue> {
    let msgpack = msgpack::encode(value, ty).unwrap().into();
    Some(wire::DynamicValue { msgpack, ..Default::default() })
}

fn decode(value: Option<wire::DynamicValue>, ty: &Type) -> Value {
    value.map_or(Value::Null, |value| msgpack::decode(&value.msgpack, ty).unwrap())
}

fn page_type() -> Type {
    Type::object([("title", Type::String), ("text", Type::String), ("path", Type::String), ("words", Type::Number)])
}

fn page(title: &str, text: Value) -> Value {
    Value::object([("title", Value::string(title)), ("text", text), ("path", Value::Null), ("words", Value::Null)])
}

fn door_type() -> Type {
    Type::object([("behaviour", Type::String), ("load", Type::String), ("made_by", Type::Number)])
}

fn door(behaviour: &str, load: Value) -> Value {
    Value::object([("behaviour", Value::string(behaviour)), ("load", load), ("made_by", Value::Null)])
}

fn type_name(ty: &Type) -> &'static str {
    if *ty == page_type() { "note_page" } else { "trap_door" }
}

#[tokio::test]
async fn the_schema_and_its_names_are_told() {
    let mut session = Session::start("note").await;
    let schema =
        session.provider.get_provider_schema(wire::get_provider_schema::Request {}).await.unwrap().into_inner();
    assert_eq!(schema.diagnostics, []);
    let capabilities = schema.server_capabilities.unwrap();
    assert!(capabilities.plan_destroy && capabilities.get_provider_schema_optional);
    assert!(!capabilities.move_resource_state && capabilities.generate_resource_config);
    let page = schema.resource_schemas["note_page"].block.as_ref().unwrap();
    let title = page.attributes.iter().find(|attribute| attribute.name == "title").unwrap();
    assert!(title.required && title.r#type == br#""string""#);
    assert_eq!(title.description, "The name of the file, without its ending.");
    assert!(schema.provider.unwrap().block.is_some());
    assert_eq!(schema.functions["word_count"].parameters[0].name, "text");
    assert!(schema.data_source_schemas.contains_key("note_page"));
    assert!(schema.ephemeral_resource_schemas.contains_key("note_lock"));

    let metadata = session.provider.get_metadata(wire::get_metadata::Request {}).await.unwrap().into_inner();
    assert_eq!(metadata.resources[0].type_name, "note_page");
    assert_eq!(metadata.data_sources[0].type_name, "note_page");
    assert_eq!(metadata.ephemeral_resources[0].type_name, "note_lock");
    assert_eq!(metadata.functions[0].name, "word_count");
    let functions = session.provider.get_functions(wire::get_functions::Request {}).await.unwrap().into_inner();
    assert_eq!(functions.functions, schema.functions);
    let identities = wire::get_resource_identity_schemas::Request {};
    let identities = session.provider.get_resource_identity_schemas(identities).await.unwrap().into_inner();
    assert!(identities.identity_schemas.is_empty() && identities.diagnostics.is_empty());
}

#[tokio::test]
async fn a_page_is_planned_made_read_changed_and_removed() {
    let (mut session, ty) = (Session::note().await, page_type());
    let config = page("hello", Value::string("two words"));

    let plan = session.plan(&config, &Value::Null, &ty).await;
    let planned = decode(plan.planned_state.clone(), &ty);
    assert!(planned.attribute("path").unwrap().is_unknown() && planned.attribute("words").unwrap().is_unknown());
    let made = session.apply(&config, &Value::Null, &ty).await;
    assert_eq!(made.diagnostics, []);
    let state = decode(made.new_state, &ty);
    assert_eq!(state.attribute("words"), Some(&Value::number(2)));
    let file = session.directory.path().join("hello.txt");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "two words");

    // Planning the same again proposes nothing.
    let plan = session.plan(&config, &state, &ty).await;
    assert_eq!(decode(plan.planned_state, &ty), state);
    assert_eq!(plan.requires_replace, []);

    std::fs::write(&file, "changed behind the back").unwrap();
    let read = wire::read_resource::Request {
        type_name: "note_page".into(),
        current_state: encode(&state, &ty),
        ..Default::default()
    };
    let drifted = session.provider.read_resource(read.clone()).await.unwrap().into_inner();
    assert_eq!(decode(drifted.new_state, &ty).attribute("words"), Some(&Value::number(4)));

    let renamed = session.plan(&page("other", Value::string("two words")), &state, &ty).await;
    assert_eq!(renamed.requires_replace.len(), 1);
    let removed = session.apply(&Value::Null, &state, &ty).await;
    assert_eq!(removed.diagnostics, []);
    assert!(decode(removed.new_state, &ty).is_null() && !file.exists());
    let gone = session.provider.read_resource(read).await.unwrap().into_inner();
    assert!(gone.diagnostics.is_empty() && decode(gone.new_state, &ty).is_null());
}

#[tokio::test]
async fn stored_state_is_read_leniently_at_its_version() {
    let (mut session, ty) = (Session::start("note").await, page_type());
    let upgrade = |json: &str, version| wire::upgrade_resource_state::Request {
        type_name: "note_page".into(),
        version,
        raw_state: Some(wire::RawState { json: json.into(), ..Default::default() }),
    };
    let request = upgrade(r#"{"title":"a","words":"3","no_longer_there":[1]}"#, 0);
    let upgraded = session.provider.upgrade_resource_state(request).await.unwrap().into_inner();
    assert_eq!(upgraded.diagnostics, []);
    let state = decode(upgraded.upgraded_state, &ty);
    assert_eq!(state.attribute("words"), Some(&Value::number(3)));
    assert!(state.attribute("text").unwrap().is_null());
    let newer = session.provider.upgrade_resource_state(upgrade("{}", 7)).await.unwrap().into_inner();
    assert_eq!(newer.diagnostics[0].severity, 1);
    let broken = session.provider.upgrade_resource_state(upgrade("{", 0)).await.unwrap().into_inner();
    assert_eq!(broken.diagnostics[0].severity, 1);
    let flat = wire::upgrade_resource_state::Request { type_name: "note_page".into(), ..Default::default() };
    let flat = session.provider.upgrade_resource_state(flat).await.unwrap().into_inner();
    assert!(flat.diagnostics[0].detail.contains("0.11"), "{:?}", flat.diagnostics);
}

#[tokio::test]
async fn an_import_yields_a_state_to_read() {
    let (mut session, ty) = (Session::note().await, page_type());
    let request = wire::import_resource_state::Request {
        type_name: "note_page".into(),
        id: "hello".into(),
        ..Default::default()
    };
    let imported = session.provider.import_resource_state(request.clone()).await.unwrap().into_inner();
    assert_eq!(imported.diagnostics, []);
    let state = decode(imported.imported_resources[0].state.clone(), &ty);
    assert_eq!(state.attribute("title"), Some(&Value::string("hello")));
    assert!(state.is_wholly_known());
    let by_identity = wire::import_resource_state::Request { id: String::new(), ..request };
    let refused = session.provider.import_resource_state(by_identity).await.unwrap().into_inner();
    assert_eq!((refused.imported_resources.len(), refused.diagnostics.len()), (0, 1));
}

#[tokio::test]
async fn data_sources_ephemerals_and_functions_answer() {
    let mut session = Session::note().await;
    std::fs::write(session.directory.path().join("a.txt"), "text").unwrap();
    let ty = Type::object([("title", Type::String), ("text", Type::String)]);
    let source = |title: &str| wire::read_data_source::Request {
        type_name: "note_page".into(),
        config: encode(&Value::object([("title", Value::string(title)), ("text", Value::Null)]), &ty),
        ..Default::default()
    };
    let found = session.provider.read_data_source(source("a")).await.unwrap().into_inner();
    assert_eq!(decode(found.state, &ty).attribute("text"), Some(&Value::string("text")));
    let missing = session.provider.read_data_source(source("b")).await.unwrap().into_inner();
    assert_eq!(missing.state, None);
    assert_eq!(missing.diagnostics[0].attribute.as_ref().unwrap().steps.len(), 1);

    let ty = Type::object([("title", Type::String), ("holder", Type::String)]);
    let config = encode(&Value::object([("title", Value::string("a")), ("holder", Value::Null)]), &ty);
    let open = wire::open_ephemeral_resource::Request { type_name: "note_lock".into(), config, ..Default::default() };
    let opened = session.provider.open_ephemeral_resource(open).await.unwrap().into_inner();
    assert_eq!(opened.diagnostics, []);
    assert!(opened.renew_at.is_some() && decode(opened.result, &ty).is_wholly_known());
    let lock = session.directory.path().join("a.lock");
    assert!(lock.exists());
    let renew = wire::renew_ephemeral_resource::Request { type_name: "note_lock".into(), private: opened.private };
    let renewed = session.provider.renew_ephemeral_resource(renew).await.unwrap().into_inner();
    assert_eq!((renewed.diagnostics.len(), renewed.renew_at.is_some()), (0, true));
    let close = wire::close_ephemeral_resource::Request { type_name: "note_lock".into(), private: renewed.private };
    let closed = session.provider.close_ephemeral_resource(close).await.unwrap().into_inner();
    assert!(closed.diagnostics.is_empty() && !lock.exists());

    let call = |name: &str, arguments: &[&str]| wire::call_function::Request {
        name: name.into(),
        arguments: arguments.iter().filter_map(|text| encode(&Value::string(*text), &Type::String)).collect(),
    };
    let counted = session.provider.call_function(call("word_count", &["a b c"])).await.unwrap().into_inner();
    assert_eq!(decode(counted.result, &Type::Number), Value::number(3));
    let refused = session.provider.call_function(call("word_count", &["a", "b"])).await.unwrap().into_inner();
    assert_eq!(refused.error.unwrap().function_argument, Some(1));
    let unknown = session.provider.call_function(call("shout", &[])).await.unwrap().into_inner();
    assert!(unknown.error.unwrap().text.contains("shout"));
}

#[tokio::test]
async fn unknown_types_and_unreadable_values_are_diagnostics() {
    let mut session = Session::note().await;
    let request = wire::read_resource::Request { type_name: "note_book".into(), ..Default::default() };
    let reply = session.provider.read_resource(request).await.unwrap().into_inner();
    assert!(reply.diagnostics[0].detail.contains("note_book"), "{:?}", reply.diagnostics);
    for bytes in [&[0xc1][..], &[0x81, 0xa1], &[0xdf, 0xff, 0xff, 0xff, 0xff], b"\x91\x91\x91", b"\xa5hello"] {
        let value = Some(wire::DynamicValue { msgpack: bytes.to_vec().into(), ..Default::default() });
        let request = wire::plan_resource_change::Request {
            type_name: "note_page".into(),
            config: value.clone(),
            proposed_new_state: value,
            ..Default::default()
        };
        let reply = session.provider.plan_resource_change(request).await.unwrap().into_inner();
        assert_eq!(reply.diagnostics[0].severity, 1, "{bytes:?}");
    }
}

#[tokio::test]
async fn features_that_are_not_offered_say_so() {
    let mut session = Session::start("note").await;
    let mut list = session.provider.list_resource(wire::list_resource::Request::default()).await.unwrap().into_inner();
    let event = list.message().await.unwrap().unwrap();
    assert_eq!(event.diagnostic[0].summary, "Unknown list resource");
    let action = session.provider.plan_action(wire::plan_action::Request::default()).await.unwrap().into_inner();
    assert_eq!(action.diagnostics[0].summary, "Unknown action");
    let states = session.provider.get_states(wire::get_states::Request::default()).await;
    assert_eq!(states.err().map(|status| status.code()), Some(Code::Unimplemented));
    let moved = wire::move_resource_state::Request { target_type_name: "note_page".into(), ..Default::default() };
    let moved = session.provider.move_resource_state(moved).await.unwrap().into_inner();
    assert_eq!(moved.diagnostics[0].severity, 1);
}

#[tokio::test]
async fn a_panic_is_a_diagnostic_and_loses_nothing() {
    let (mut session, ty) = (Session::trap().await, door_type());
    let made = session.apply(&door("panic", Value::Null), &Value::Null, &ty).await;
    assert_eq!(made.diagnostics[0].summary, "The provider failed in ApplyResourceChange of trap_door");
    assert!(made.diagnostics[0].detail.contains("the trap door gave way"), "{:?}", made.diagnostics);
    let state = decode(made.new_state, &ty);
    assert_eq!(state.attribute("behaviour"), Some(&Value::string("panic")));
    assert!(state.attribute("made_by").unwrap().is_null());
    let report = session.plugin.stderr();
    assert!(report.starts_with("panic: the trap door gave way\n  at "), "{report}");

    let prior = Value::object([
        ("behaviour", Value::string("hold")),
        ("load", Value::string("panic")),
        ("made_by", Value::number(1)),
    ]);
    let removed = session.apply(&Value::Null, &prior, &ty).await;
    assert_eq!(removed.diagnostics.len(), 1);
    assert_eq!(decode(removed.new_state, &ty), prior);
    // The process goes on.
    assert_eq!(session.apply(&door("hold", Value::Null), &Value::Null, &ty).await.diagnostics, []);
}

#[tokio::test]
async fn stopping_cancels_an_apply_which_then_saves_what_it_has() {
    let (mut session, ty) = (Session::trap().await, door_type());
    let config = door("wait", Value::Null);
    let plan = session.plan(&config, &Value::Null, &ty).await;
    let apply = tokio::spawn({
        let (mut provider, request) = (session.provider.clone(), change(&config, &Value::Null, plan, &ty));
        async move { provider.apply_resource_change(request).await }
    });
    let begun = session.directory.path().join("pid");
    while !begun.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let stop = session.provider.stop_provider(wire::stop_provider::Request {}).await.unwrap().into_inner();
    assert_eq!(stop.error, "");
    let stopped = apply.await.unwrap().unwrap().into_inner();
    assert!(stopped.diagnostics[0].detail.contains("stopped half-way"));
    assert!(decode(stopped.new_state, &ty).attribute("made_by").unwrap().is_known());
}

#[tokio::test]
async fn an_apply_goes_on_when_the_host_gives_up_on_the_call() {
    let (mut session, ty) = (Session::trap().await, door_type());
    let config = door("linger", Value::Null);
    let plan = session.plan(&config, &Value::Null, &ty).await;
    let call = session.provider.apply_resource_change(change(&config, &Value::Null, plan, &ty));
    assert!(tokio::time::timeout(Duration::from_millis(50), call).await.is_err());
    let done = session.directory.path().join("done");
    let start = Instant::now();
    while !done.exists() {
        assert!(start.elapsed() < Duration::from_secs(30), "the apply was dropped with its call");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_value_of_sixty_mebibytes_passes() {
    let (mut session, ty) = (Session::trap().await, door_type());
    let load = Value::string("0123456789abcdef".repeat(60 * 1024 * 1024 / 16));
    let made = session.apply(&door("hold", load.clone()), &Value::Null, &ty).await;
    assert_eq!(made.diagnostics, []);
    assert_eq!(decode(made.new_state, &ty).attribute("load"), Some(&load));
}

#[tokio::test]
async fn the_other_services_of_a_plugin_answer() {
    use tfplugin_proto::plugin::grpc_broker_client::GrpcBrokerClient;
    use tonic_health::pb::HealthCheckRequest;
    use tonic_health::pb::health_client::HealthClient;
    let session = Session::start("note").await;
    let mut health = HealthClient::new(session.connection.channel());
    let checked = health.check(HealthCheckRequest { service: "plugin".into() }).await.unwrap().into_inner();
    assert_eq!(checked.status, 1);
    let mut broker = GrpcBrokerClient::new(session.connection.channel());
    let stream = broker.start_stream(tonic::codegen::tokio_stream::pending()).await;
    assert_eq!(stream.err().map(|status| status.code()), Some(Code::Unimplemented));
    let mut output = session.connection.stdio().stream_stdio(()).await.unwrap().into_inner();
    let message = tokio::time::timeout(Duration::from_millis(200), output.message()).await;
    assert!(message.is_err(), "the stream neither ends nor says anything: {message:?}");
}
