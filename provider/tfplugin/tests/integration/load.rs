//! Much at once: many calls on one connection, and messages up to and beyond what may be sent.

use std::time::Duration;

use tfplugin::codec::msgpack;
use tfplugin::host::{ClientIdentity, Connection, Launch, Plugin};
use tfplugin::{Type, Value};
use tfplugin_proto::tfplugin6 as wire;
use tokio::task::JoinSet;
use tonic::Code;
use wire::provider_client::ProviderClient;

use crate::support::example;

const MIB: usize = 1024 * 1024;
const CALLS: i64 = 256;
/// What hosts accept as the reply with the schema.
const SCHEMA_LIMIT: usize = 64 * MIB;

async fn trap(environment: &[(&str, String)]) -> (Plugin, Connection) {
    let mut launch = Launch::new(example("trap")).identity(&ClientIdentity::generate().unwrap());
    for (name, value) in environment {
        launch = launch.environment(name, value);
    }
    let plugin = launch.start().await.unwrap();
    let connection = plugin.connect().await.unwrap();
    let config = Some(wire::DynamicValue { msgpack: b"\x80".to_vec().into(), ..Default::default() });
    let request = wire::configure_provider::Request { config, ..Default::default() };
    let reply = connection.provider().configure_provider(request).await.unwrap().into_inner();
    assert_eq!(reply.diagnostics, []);
    (plugin, connection)
}

fn door() -> Type {
    Type::object([("behaviour", Type::String), ("load", Type::String), ("made_by", Type::Number)])
}

fn creation(behaviour: &str, load: &str) -> wire::apply_resource_change::Request {
    let object = |made_by| {
        let value =
            Value::object([("behaviour", Value::from(behaviour)), ("load", Value::from(load)), ("made_by", made_by)]);
        Some(wire::DynamicValue { msgpack: msgpack::encode(&value, &door()).unwrap().into(), ..Default::default() })
    };
    wire::apply_resource_change::Request {
        type_name: "trap_door".into(),
        config: object(Value::Null),
        planned_state: object(Value::UNKNOWN),
        prior_state: Some(wire::DynamicValue { msgpack: b"\xc0".to_vec().into(), ..Default::default() }),
        ..Default::default()
    }
}

fn load_of(reply: wire::apply_resource_change::Response) -> String {
    assert_eq!(reply.diagnostics, []);
    let state = msgpack::decode(&reply.new_state.unwrap().msgpack, &door()).unwrap();
    state.attribute("load").and_then(Value::as_str).unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_calls_are_under_way_at_once_and_each_gets_its_own_answer() {
    let (_plugin, connection) = trap(&[]).await;
    let start = std::time::Instant::now();
    let mut calls = JoinSet::new();
    for number in 0..CALLS {
        let mut provider = connection.provider();
        calls.spawn(async move {
            let reply = provider.apply_resource_change(creation("linger", &format!("call {number}"))).await.unwrap();
            assert_eq!(load_of(reply.into_inner()), format!("call {number}"));
        });
    }
    assert_eq!(calls.join_all().await.len(), 256);
    // Each call lingers for 300 ms; one after the other they would take 77 s.
    assert!(start.elapsed() < Duration::from_secs(40), "the calls waited for one another: {:?}", start.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_mebibytes_pass_and_too_much_is_a_clear_error() {
    let (_plugin, connection) = trap(&[]).await;
    let load = "0123456789abcdef".repeat(60 * MIB / 16);
    let reply = connection.provider().apply_resource_change(creation("hold", &load)).await.unwrap();
    assert!(load_of(reply.into_inner()) == load, "the load was changed");

    let load = "0123456789abcdef".repeat(260 * MIB / 16);
    let mut careless = ProviderClient::new(connection.channel()).max_encoding_message_size(usize::MAX);
    let mut request = creation("hold", "");
    request.config = Some(wire::DynamicValue { msgpack: load.into_bytes().into(), ..Default::default() });
    let refusal = careless.apply_resource_change(request).await.unwrap_err();
    assert_eq!(refusal.code(), Code::OutOfRange, "{refusal}");
    assert!(refusal.message().contains("too large") && refusal.message().contains("268435456"), "{refusal}");
    // The refusal is about one message; the connection goes on.
    let reply = connection.provider().apply_resource_change(creation("hold", "small")).await.unwrap();
    assert_eq!(load_of(reply.into_inner()), "small");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_schema_of_sixty_mebibytes_passes_and_a_larger_one_is_a_clear_error() {
    for (size, fits) in [(60, true), (65, false)] {
        let (_plugin, connection) = trap(&[("TRAP_SCHEMA_MIB", size.to_string())]).await;
        // As much as hosts accept, which is less for this call than for all others.
        let mut host = ProviderClient::new(connection.channel()).max_decoding_message_size(SCHEMA_LIMIT);
        let schema = host.get_provider_schema(wire::get_provider_schema::Request {}).await;
        match schema {
            Ok(schema) => {
                let description = &schema.get_ref().functions["weigh"].description;
                assert!(fits && description.len() == size * MIB);
            }
            Err(refusal) => {
                assert!(!fits, "{refusal}");
                assert_eq!(refusal.code(), Code::OutOfRange, "{refusal}");
                assert!(refusal.message().contains("too large"), "{refusal}");
            }
        }
    }
}
