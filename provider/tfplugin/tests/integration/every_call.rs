//! Every call of protocol 6 is made once, by name. A call that the protocol gains shows here as missing.

use std::collections::BTreeSet;

use tfplugin::host::{ClientIdentity, Launch};
use tfplugin_proto::tfplugin6 as wire;
use tonic::{Code, Status};

use crate::support::example;

/// The names of the service's calls, as the protocol's definition lists them.
fn names_in_the_protocol() -> BTreeSet<String> {
    let definition = include_str!("../../../../proto/tfplugin6.proto");
    let calls = definition.lines().filter_map(|line| line.trim().strip_prefix("rpc "));
    calls.filter_map(|call| call.split('(').next()).map(|name| name.trim().to_owned()).collect()
}

/// How a call ended: with an answer, or with a status.
fn ended<T>(result: Result<T, Status>) -> Code {
    result.map_or_else(|status| status.code(), |_| Code::Ok)
}

#[tokio::test]
async fn every_call_is_answered_and_state_stores_are_not_implemented() {
    let launch = Launch::new(example("shelf")).identity(&ClientIdentity::generate().unwrap());
    let plugin = launch.start().await.unwrap();
    let connection = plugin.connect().await.unwrap();
    let mut provider = connection.provider();
    let mut called = BTreeSet::new();
    macro_rules! call {
        ($expected:ident: $($name:literal $method:ident $request:expr;)*) => {$(
            assert_eq!(ended(provider.$method($request).await), Code::$expected, $name);
            assert!(called.insert($name.to_owned()), "{} is called twice", $name);
        )*};
    }
    // Nothing is filled in: every call has to cope with a request that names no type and no value.
    call! { Ok:
        "GetMetadata" get_metadata wire::get_metadata::Request::default();
        "GetProviderSchema" get_provider_schema wire::get_provider_schema::Request::default();
        "GetResourceIdentitySchemas" get_resource_identity_schemas wire::get_resource_identity_schemas::Request::default();
        "GetFunctions" get_functions wire::get_functions::Request::default();
        "ValidateProviderConfig" validate_provider_config wire::validate_provider_config::Request::default();
        "ConfigureProvider" configure_provider wire::configure_provider::Request::default();
        "ValidateResourceConfig" validate_resource_config wire::validate_resource_config::Request::default();
        "UpgradeResourceState" upgrade_resource_state wire::upgrade_resource_state::Request::default();
        "UpgradeResourceIdentity" upgrade_resource_identity wire::upgrade_resource_identity::Request::default();
        "ReadResource" read_resource wire::read_resource::Request::default();
        "PlanResourceChange" plan_resource_change wire::plan_resource_change::Request::default();
        "ApplyResourceChange" apply_resource_change wire::apply_resource_change::Request::default();
        "ImportResourceState" import_resource_state wire::import_resource_state::Request::default();
        "MoveResourceState" move_resource_state wire::move_resource_state::Request::default();
        "GenerateResourceConfig" generate_resource_config wire::generate_resource_config::Request::default();
        "ValidateDataResourceConfig" validate_data_resource_config wire::validate_data_resource_config::Request::default();
        "ReadDataSource" read_data_source wire::read_data_source::Request::default();
        "ValidateEphemeralResourceConfig" validate_ephemeral_resource_config
            wire::validate_ephemeral_resource_config::Request::default();
        "OpenEphemeralResource" open_ephemeral_resource wire::open_ephemeral_resource::Request::default();
        "RenewEphemeralResource" renew_ephemeral_resource wire::renew_ephemeral_resource::Request::default();
        "CloseEphemeralResource" close_ephemeral_resource wire::close_ephemeral_resource::Request::default();
        "ValidateListResourceConfig" validate_list_resource_config wire::validate_list_resource_config::Request::default();
        "ListResource" list_resource wire::list_resource::Request::default();
        "CallFunction" call_function wire::call_function::Request::default();
        "ValidateActionConfig" validate_action_config wire::validate_action_config::Request::default();
        "PlanAction" plan_action wire::plan_action::Request::default();
        "InvokeAction" invoke_action wire::invoke_action::Request::default();
        "StopProvider" stop_provider wire::stop_provider::Request::default();
    }
    call! { Unimplemented:
        "ValidateStateStoreConfig" validate_state_store_config wire::validate_state_store::Request::default();
        "ConfigureStateStore" configure_state_store wire::configure_state_store::Request::default();
        "ReadStateBytes" read_state_bytes wire::read_state_bytes::Request::default();
        "WriteStateBytes" write_state_bytes
            tonic::codegen::tokio_stream::iter([wire::write_state_bytes::RequestChunk::default()]);
        "LockState" lock_state wire::lock_state::Request::default();
        "UnlockState" unlock_state wire::unlock_state::Request::default();
        "GetStates" get_states wire::get_states::Request::default();
        "DeleteState" delete_state wire::delete_state::Request::default();
    }
    assert_eq!(called, names_in_the_protocol());
    assert_eq!(called.len(), 36);
}
