//! The calls by which objects come into a state without being created: import and move.

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;

use super::calls::Subject;
use super::{Reply, Server, identities, messages, resources, values};
use crate::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::resource::{DynResource, ImportTarget, MoveSource, RawState};

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
                let response = resource.import(Context::new(stop), target).await;
                let mut imported_resources = Vec::new();
                if !response.state.is_null() {
                    imported_resources.push(wire::import_resource_state::ImportedResource {
                        type_name: request.type_name,
                        state: values::encode(&response.state, resource.ty())?,
                        private: response.private,
                        identity: identities::encode(&response.identity, resource)?,
                    });
                }
                let diagnostics = messages::diagnostics(response.diagnostics);
                Ok(wire::import_resource_state::Response { imported_resources, diagnostics, deferred: None })
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
