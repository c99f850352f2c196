//! The provider's gRPC service: every call of protocol 6 on top of the erased traits.
//!
//! A call is converted, looked up, run and converted back. Types of the wire stay inside this module. What goes wrong
//! in a provider is a diagnostic in a successful response; a gRPC status would reach the user as a puzzle.

mod actions;
mod adoption;
mod calls;
mod data_sources;
mod ephemerals;
mod functions;
mod identities;
mod lists;
mod messages;
mod provider;
mod resources;
mod schemas;
mod values;

use std::sync::Arc;

use futures::stream::Pending;
use tfplugin_proto::tfplugin6 as wire;
use tonic::{Request, Response, Status, Streaming};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::provider::DynProvider;
use crate::serve::lifecycle::Lifecycle;
use calls::{Calls, EventStream};

type Reply<T> = Result<Response<T>, Status>;

/// A provider as a gRPC service.
pub(crate) struct Server {
    provider: Arc<dyn DynProvider>,
    calls: Calls,
}

impl Server {
    pub(crate) fn new(provider: Arc<dyn DynProvider>, lifecycle: Arc<Lifecycle>, address: &str) -> Self {
        Self { provider, calls: Calls::new(lifecycle, address) }
    }
}

fn unknown_type(provider: &dyn DynProvider, what: &str, name: &str) -> Diagnostics {
    Diagnostic::error(
        format!("Unknown {what}"),
        format!(
            "Version {} of the provider {} has no {what} {name}. The state or the configuration was written for \
             another version.",
            provider.version(),
            provider.type_name()
        ),
    )
    .into()
}

/// The answer to calls of features that the schema does not offer.
fn not_offered<T>(what: &str) -> Reply<T> {
    Err(Status::unimplemented(format!("this provider has no {what}")))
}

#[tonic::async_trait]
impl wire::provider_server::Provider for Server {
    type ListResourceStream = EventStream<wire::list_resource::Event>;
    type ReadStateBytesStream = Pending<Result<wire::read_state_bytes::Response, Status>>;
    type InvokeActionStream = EventStream<wire::invoke_action::Event>;

    async fn get_metadata(&self, _: Request<wire::get_metadata::Request>) -> Reply<wire::get_metadata::Response> {
        self.metadata().await
    }

    async fn get_provider_schema(
        &self,
        _: Request<wire::get_provider_schema::Request>,
    ) -> Reply<wire::get_provider_schema::Response> {
        self.provider_schema().await
    }

    async fn get_resource_identity_schemas(
        &self,
        _: Request<wire::get_resource_identity_schemas::Request>,
    ) -> Reply<wire::get_resource_identity_schemas::Response> {
        self.identity_schemas().await
    }

    async fn get_functions(&self, _: Request<wire::get_functions::Request>) -> Reply<wire::get_functions::Response> {
        self.functions().await
    }

    async fn validate_provider_config(
        &self,
        request: Request<wire::validate_provider_config::Request>,
    ) -> Reply<wire::validate_provider_config::Response> {
        self.validate_provider(request.into_inner()).await
    }

    async fn configure_provider(
        &self,
        request: Request<wire::configure_provider::Request>,
    ) -> Reply<wire::configure_provider::Response> {
        self.configure_provider(request.into_inner()).await
    }

    async fn stop_provider(&self, _: Request<wire::stop_provider::Request>) -> Reply<wire::stop_provider::Response> {
        self.stop().await
    }

    async fn validate_resource_config(
        &self,
        request: Request<wire::validate_resource_config::Request>,
    ) -> Reply<wire::validate_resource_config::Response> {
        self.validate_resource(request.into_inner()).await
    }

    async fn upgrade_resource_state(
        &self,
        request: Request<wire::upgrade_resource_state::Request>,
    ) -> Reply<wire::upgrade_resource_state::Response> {
        self.upgrade_resource(request.into_inner()).await
    }

    async fn read_resource(
        &self,
        request: Request<wire::read_resource::Request>,
    ) -> Reply<wire::read_resource::Response> {
        self.read_resource(request.into_inner()).await
    }

    async fn plan_resource_change(
        &self,
        request: Request<wire::plan_resource_change::Request>,
    ) -> Reply<wire::plan_resource_change::Response> {
        self.plan_resource(request.into_inner()).await
    }

    async fn apply_resource_change(
        &self,
        request: Request<wire::apply_resource_change::Request>,
    ) -> Reply<wire::apply_resource_change::Response> {
        self.apply_resource(request.into_inner()).await
    }

    async fn import_resource_state(
        &self,
        request: Request<wire::import_resource_state::Request>,
    ) -> Reply<wire::import_resource_state::Response> {
        self.import_resource(request.into_inner()).await
    }

    async fn move_resource_state(
        &self,
        request: Request<wire::move_resource_state::Request>,
    ) -> Reply<wire::move_resource_state::Response> {
        self.move_resource(request.into_inner()).await
    }

    async fn validate_data_resource_config(
        &self,
        request: Request<wire::validate_data_resource_config::Request>,
    ) -> Reply<wire::validate_data_resource_config::Response> {
        self.validate_data_source(request.into_inner()).await
    }

    async fn read_data_source(
        &self,
        request: Request<wire::read_data_source::Request>,
    ) -> Reply<wire::read_data_source::Response> {
        self.read_data_source(request.into_inner()).await
    }

    async fn validate_ephemeral_resource_config(
        &self,
        request: Request<wire::validate_ephemeral_resource_config::Request>,
    ) -> Reply<wire::validate_ephemeral_resource_config::Response> {
        self.validate_ephemeral(request.into_inner()).await
    }

    async fn open_ephemeral_resource(
        &self,
        request: Request<wire::open_ephemeral_resource::Request>,
    ) -> Reply<wire::open_ephemeral_resource::Response> {
        self.open_ephemeral(request.into_inner()).await
    }

    async fn renew_ephemeral_resource(
        &self,
        request: Request<wire::renew_ephemeral_resource::Request>,
    ) -> Reply<wire::renew_ephemeral_resource::Response> {
        self.renew_ephemeral(request.into_inner()).await
    }

    async fn close_ephemeral_resource(
        &self,
        request: Request<wire::close_ephemeral_resource::Request>,
    ) -> Reply<wire::close_ephemeral_resource::Response> {
        self.close_ephemeral(request.into_inner()).await
    }

    async fn call_function(
        &self,
        request: Request<wire::call_function::Request>,
    ) -> Reply<wire::call_function::Response> {
        self.call_function(request.into_inner()).await
    }

    async fn upgrade_resource_identity(
        &self,
        request: Request<wire::upgrade_resource_identity::Request>,
    ) -> Reply<wire::upgrade_resource_identity::Response> {
        self.upgrade_identity(request.into_inner()).await
    }

    async fn generate_resource_config(
        &self,
        request: Request<wire::generate_resource_config::Request>,
    ) -> Reply<wire::generate_resource_config::Response> {
        self.generate_config(request.into_inner()).await
    }

    async fn validate_list_resource_config(
        &self,
        request: Request<wire::validate_list_resource_config::Request>,
    ) -> Reply<wire::validate_list_resource_config::Response> {
        self.validate_list(request.into_inner()).await
    }

    async fn list_resource(&self, request: Request<wire::list_resource::Request>) -> Reply<Self::ListResourceStream> {
        self.list(request.into_inner())
    }

    async fn validate_action_config(
        &self,
        request: Request<wire::validate_action_config::Request>,
    ) -> Reply<wire::validate_action_config::Response> {
        self.validate_action(request.into_inner()).await
    }

    async fn plan_action(&self, request: Request<wire::plan_action::Request>) -> Reply<wire::plan_action::Response> {
        self.plan_action(request.into_inner()).await
    }

    async fn invoke_action(&self, request: Request<wire::invoke_action::Request>) -> Reply<Self::InvokeActionStream> {
        self.invoke(request.into_inner())
    }

    async fn validate_state_store_config(
        &self,
        _: Request<wire::validate_state_store::Request>,
    ) -> Reply<wire::validate_state_store::Response> {
        not_offered("state stores")
    }

    async fn configure_state_store(
        &self,
        _: Request<wire::configure_state_store::Request>,
    ) -> Reply<wire::configure_state_store::Response> {
        not_offered("state stores")
    }

    async fn read_state_bytes(&self, _: Request<wire::read_state_bytes::Request>) -> Reply<Self::ReadStateBytesStream> {
        not_offered("state stores")
    }

    async fn write_state_bytes(
        &self,
        _: Request<Streaming<wire::write_state_bytes::RequestChunk>>,
    ) -> Reply<wire::write_state_bytes::Response> {
        not_offered("state stores")
    }

    async fn lock_state(&self, _: Request<wire::lock_state::Request>) -> Reply<wire::lock_state::Response> {
        not_offered("state stores")
    }

    async fn unlock_state(&self, _: Request<wire::unlock_state::Request>) -> Reply<wire::unlock_state::Response> {
        not_offered("state stores")
    }

    async fn get_states(&self, _: Request<wire::get_states::Request>) -> Reply<wire::get_states::Response> {
        not_offered("state stores")
    }

    async fn delete_state(&self, _: Request<wire::delete_state::Request>) -> Reply<wire::delete_state::Response> {
        not_offered("state stores")
    }
}
