//! The calls by which objects come into a state without being created: import, with configuration made for them, and
//! move.

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;

use super::calls::Subject;
use super::{Reply, Server, identities, messages, resources, values};
use crate::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resource::{DynResource, ImportTarget, MoveSource, RawState};
use crate::schema::config_of_state;

impl Server {
    pub(super) async fn import_resource(
        &self,
        request: wire::import_resource_state::Request,
    ) -> Reply<wire::import_resource_state::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ImportResourceState", &request.type_name);
        let failed = |diagnostics| wire::import_resource_state::Response {
            diagnostics: messages::diagnostics(diagnostics),
            ..Default::default()
        };
        let work = move |stop| async move {
            let imported = async {
                let resource = resources::find(provider.as_ref(), &request.type_name)?;
                let target = target(request.id, request.identity, resource)?;
                let context = messages::context(stop, request.client_capabilities);
                let deferrals = context.deferrals.clone();
                let mut response = resource.import(context, target).await;
                let deferred = messages::deferred(&deferrals, resource.type_name(), &mut response.diagnostics);
                let mut imported_resources = Vec::new();
                if !response.state.is_null() && (deferred.is_some() || !response.state.is_unknown()) {
                    imported_resources.push(wire::import_resource_state::ImportedResource {
                        type_name: request.type_name,
                        state: values::encode(&response.state, resource.ty())?,
                        private: response.private,
                        identity: identities::encode(&response.identity, resource)?,
                    });
                }
                let diagnostics = messages::diagnostics(response.diagnostics);
                Ok(wire::import_resource_state::Response { imported_resources, diagnostics, deferred })
            };
            imported.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(told.into())).await
    }

    pub(super) async fn move_resource(
        &self,
        request: wire::move_resource_state::Request,
    ) -> Reply<wire::move_resource_state::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("MoveResourceState", &request.target_type_name);
        let failed = |diagnostics| wire::move_resource_state::Response {
            diagnostics: messages::diagnostics(diagnostics),
            ..Default::default()
        };
        let work = move |stop| async move {
            let moved = async {
                let resource = resources::find(provider.as_ref(), &request.target_type_name)?;
                let source = source(request);
                let response = resource.move_state(Context::new(stop), source).await;
                let target_state =
                    if response.state.is_null() { None } else { values::encode(&response.state, resource.ty())? };
                Ok(wire::move_resource_state::Response {
                    target_state,
                    target_private: response.private,
                    target_identity: identities::encode(&response.identity, resource)?,
                    diagnostics: messages::diagnostics(response.diagnostics),
                })
            };
            moved.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(told.into())).await
    }

    pub(super) async fn generate_config(
        &self,
        request: wire::generate_resource_config::Request,
    ) -> Reply<wire::generate_resource_config::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("GenerateResourceConfig", &request.type_name);
        let failed = |diagnostics| wire::generate_resource_config::Response {
            config: None,
            diagnostics: messages::diagnostics(diagnostics),
        };
        let work = move |_| async move {
            let generated = || {
                let resource = resources::find(provider.as_ref(), &request.type_name)?;
                let state = values::decode(request.state, resource.ty(), "state")?;
                let config = values::encode(&config_of_state(resource.schema(), &state), resource.ty())?;
                Ok(wire::generate_resource_config::Response { config, diagnostics: Vec::new() })
            };
            generated().unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(told.into())).await
    }
}

fn target(
    id: String,
    identity: Option<wire::ResourceIdentityData>,
    resource: &dyn DynResource,
) -> Result<ImportTarget, Diagnostics> {
    if !id.is_empty() {
        return Ok(ImportTarget::Id(id));
    }
    let identity = identities::decode(identity, resource)?;
    if !identity.is_null() {
        return Ok(ImportTarget::Identity(identity));
    }
    let type_name = resource.type_name();
    let detail = match resource.identity() {
        Some(_) => format!("To import a {type_name}, give its `id` or its `identity`."),
        None => format!("Objects of type {type_name} have no identity; import them by `id`."),
    };
    Err(Diagnostic::error("An import id is needed", detail).into())
}

fn source(request: wire::move_resource_state::Request) -> MoveSource {
    let raw = |state: Option<wire::RawState>| RawState::new(state.map(|state| state.json).unwrap_or_default());
    let identity_version = request.source_identity_schema_version;
    MoveSource {
        provider_address: request.source_provider_address,
        type_name: request.source_type_name,
        schema_version: request.source_schema_version,
        state: raw(request.source_state),
        private: request.source_private,
        identity: request.source_identity.map(|identity| (identity_version, raw(Some(identity)))),
    }
}
