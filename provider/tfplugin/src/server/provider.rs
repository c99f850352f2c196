//! The calls about the provider as a whole.

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;
use tonic::Response;

use super::calls::Subject;
use super::{Reply, Server, functions, messages, schemas, values};
use crate::context::Context;
use crate::diagnostic::Diagnostics;
use crate::provider::DynProvider;

/// Promises to the host: destroys are planned by the provider, every call works without a schema call before it,
/// configuration is generated from a state, and states are moved if any resource takes over another's.
fn capabilities(provider: &dyn DynProvider) -> wire::ServerCapabilities {
    wire::ServerCapabilities {
        plan_destroy: true,
        get_provider_schema_optional: true,
        generate_resource_config: true,
        move_resource_state: provider.resources().values().any(|resource| resource.can_move()),
    }
}

impl Server {
    pub(super) async fn metadata(&self) -> Reply<wire::get_metadata::Response> {
        use wire::get_metadata::{
            ActionMetadata, DataSourceMetadata, EphemeralMetadata, FunctionMetadata, ListResourceMetadata,
            ResourceMetadata,
        };
        let provider = &self.provider;
        let resources = provider.resources().keys().cloned().map(|type_name| ResourceMetadata { type_name });
        let data_sources = provider.data_sources().keys().cloned().map(|type_name| DataSourceMetadata { type_name });
        let ephemerals = provider.ephemerals().keys().cloned().map(|type_name| EphemeralMetadata { type_name });
        let functions = provider.functions().keys().cloned().map(|name| FunctionMetadata { name });
        let lists = provider.lists().keys().cloned().map(|type_name| ListResourceMetadata { type_name });
        let actions = provider.actions().keys().cloned().map(|type_name| ActionMetadata { type_name });
        Ok(Response::new(wire::get_metadata::Response {
            server_capabilities: Some(capabilities(provider.as_ref())),
            data_sources: data_sources.collect(),
            resources: resources.collect(),
            functions: functions.collect(),
            ephemeral_resources: ephemerals.collect(),
            list_resources: lists.collect(),
            actions: actions.collect(),
            ..Default::default()
        }))
    }

    pub(super) async fn provider_schema(&self) -> Reply<wire::get_provider_schema::Response> {
        let provider = Arc::clone(&self.provider);
        let work = move |_| async move {
            let resources = provider.resources().iter();
            let data_sources = provider.data_sources().iter();
            let ephemerals = provider.ephemerals().iter();
            let lists = provider.lists().iter();
            let actions = provider.actions().iter();
            wire::get_provider_schema::Response {
                provider: Some(schemas::schema(provider.schema())),
                resource_schemas: resources.map(|(name, it)| (name.clone(), schemas::schema(it.schema()))).collect(),
                data_source_schemas: data_sources
                    .map(|(name, it)| (name.clone(), schemas::schema(it.schema())))
                    .collect(),
                functions: functions::signatures(provider.as_ref()),
                ephemeral_resource_schemas: ephemerals
                    .map(|(name, it)| (name.clone(), schemas::schema(it.schema())))
                    .collect(),
                list_resource_schemas: lists.map(|(name, it)| (name.clone(), schemas::schema(it.schema()))).collect(),
                action_schemas: actions
                    .map(|(name, it)| (name.clone(), wire::ActionSchema { schema: Some(schemas::schema(it.schema())) }))
                    .collect(),
                server_capabilities: Some(capabilities(provider.as_ref())),
                provider_meta: provider.meta().map(schemas::schema),
                ..Default::default()
            }
        };
        let rescue = |told| wire::get_provider_schema::Response {
            diagnostics: vec![messages::diagnostic(told)],
            ..Default::default()
        };
        self.calls.run(Subject::provider("GetProviderSchema"), work, rescue).await
    }

    pub(super) async fn functions(&self) -> Reply<wire::get_functions::Response> {
        let functions = functions::signatures(self.provider.as_ref());
        Ok(Response::new(wire::get_functions::Response { functions, diagnostics: Vec::new() }))
    }

    pub(super) async fn validate_provider(
        &self,
        request: wire::validate_provider_config::Request,
    ) -> Reply<wire::validate_provider_config::Response> {
        let provider = Arc::clone(&self.provider);
        let answer = |diagnostics| wire::validate_provider_config::Response { diagnostics };
        let work = move |stop| async move {
            let validated = async {
                let config = values::decode(request.config, provider.ty(), "provider configuration")?;
                let told = provider.validate(Context::new(stop), config).await;
                Ok::<_, Diagnostics>(messages::placed(told, provider.schema()))
            };
            answer(validated.await.unwrap_or_else(messages::diagnostics))
        };
        self.calls
            .run(Subject::provider("ValidateProviderConfig"), work, move |told| {
                answer(messages::diagnostics(told.into()))
            })
            .await
    }

    pub(super) async fn configure_provider(
        &self,
        request: wire::configure_provider::Request,
    ) -> Reply<wire::configure_provider::Response> {
        let provider = Arc::clone(&self.provider);
        let answer = |diagnostics| wire::configure_provider::Response { diagnostics };
        let work = move |stop| async move {
            let configured = async {
                let config = values::decode(request.config, provider.ty(), "provider configuration")?;
                let version = request.terraform_version;
                let told = provider.configure(Context::new(stop), &version, config).await;
                Ok::<_, Diagnostics>(messages::placed(told, provider.schema()))
            };
            answer(configured.await.unwrap_or_else(messages::diagnostics))
        };
        self.calls
            .run(Subject::provider("ConfigureProvider"), work, move |told| answer(messages::diagnostics(told.into())))
            .await
    }

    pub(super) async fn stop(&self) -> Reply<wire::stop_provider::Response> {
        self.calls.stop();
        Ok(Response::new(wire::stop_provider::Response::default()))
    }
}
