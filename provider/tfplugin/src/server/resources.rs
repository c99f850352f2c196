//! The calls about managed resources.

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;

use super::calls::Subject;
use super::{Reply, Server, identities, messages, values};
use crate::context::Context;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::provider::DynProvider;
use crate::resource::{ApplyRequest, DynResource, PlanRequest, ReadRequest, StateResponse, ValidateRequest};

impl Server {
    pub(super) async fn validate_resource(
        &self,
        request: wire::validate_resource_config::Request,
    ) -> Reply<wire::validate_resource_config::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ValidateResourceConfig", &request.type_name);
        let answer = |diagnostics| wire::validate_resource_config::Response { diagnostics };
        let work = move |stop| async move {
            let validated = async {
                let resource = find(provider.as_ref(), &request.type_name)?;
                let config = values::decode(request.config, resource.ty(), "configuration")?;
                let write_only_allowed =
                    request.client_capabilities.is_some_and(|allowed| allowed.write_only_attributes_allowed);
                let request = ValidateRequest { config, write_only_allowed };
                let told = resource.validate(Context::new(stop), request).await;
                Ok::<_, Diagnostics>(messages::placed(told, resource.schema()))
            };
            answer(validated.await.unwrap_or_else(messages::diagnostics))
        };
        self.calls.run(subject, work, move |told| answer(messages::diagnostics(told.into()))).await
    }

    pub(super) async fn upgrade_resource(
        &self,
        request: wire::upgrade_resource_state::Request,
    ) -> Reply<wire::upgrade_resource_state::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("UpgradeResourceState", &request.type_name);
        let failed = |diagnostics| wire::upgrade_resource_state::Response {
            upgraded_state: None,
            diagnostics: messages::diagnostics(diagnostics),
        };
        let work = move |stop| async move {
            let upgraded = async {
                let resource = find(provider.as_ref(), &request.type_name)?;
                let json = request.raw_state.map(|state| state.json).unwrap_or_default();
                if json.is_empty() {
                    return Err(Diagnostic::error(
                        "State of an unknown form",
                        "The stored state has no JSON form. It was written by Terraform 0.11 or older: apply the \
                         configuration with a newer release first.",
                    )
                    .into());
                }
                let response = resource.upgrade(Context::new(stop), request.version, json).await;
                let upgraded_state = values::encode(&response.state, resource.ty())?;
                let diagnostics = messages::diagnostics(response.diagnostics);
                Ok(wire::upgrade_resource_state::Response { upgraded_state, diagnostics })
            };
            upgraded.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(told.into())).await
    }

    pub(super) async fn read_resource(
        &self,
        request: wire::read_resource::Request,
    ) -> Reply<wire::read_resource::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ReadResource", &request.type_name);
        // After a failure the host keeps what it has.
        let (state, private) = (request.current_state.clone(), request.private.clone());
        let failed = move |diagnostics| wire::read_resource::Response {
            new_state: state,
            private,
            diagnostics: messages::diagnostics(diagnostics),
            ..Default::default()
        };
        let failed_again = failed.clone();
        let work = move |stop| async move {
            let read = async {
                let resource = find(provider.as_ref(), &request.type_name)?;
                let state = values::decode(request.current_state, resource.ty(), "state")?;
                let meta = messages::meta(provider.as_ref(), request.provider_meta)?;
                let client = request.client_capabilities;
                let identity = identities::decode(request.current_identity, resource)?;
                let request = ReadRequest { state, private: request.private, identity };
                let context = messages::context(stop, client).with_meta(meta);
                let deferrals = context.deferrals.clone();
                let mut response = resource.read(context, request).await;
                let deferred = messages::deferred(&deferrals, resource.type_name(), &mut response.diagnostics);
                Ok(wire::read_resource::Response {
                    new_state: values::encode(&response.state, resource.ty())?,
                    private: response.private,
                    new_identity: identities::encode(&response.identity, resource)?,
                    diagnostics: messages::placed(response.diagnostics, resource.schema()),
                    deferred,
                })
            };
            read.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed_again(told.into())).await
    }

    pub(super) async fn plan_resource(
        &self,
        request: wire::plan_resource_change::Request,
    ) -> Reply<wire::plan_resource_change::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("PlanResourceChange", &request.type_name);
        let failed = |diagnostics| wire::plan_resource_change::Response {
            diagnostics: messages::diagnostics(diagnostics),
            ..Default::default()
        };
        let work = move |stop| async move {
            let planned = async {
                let resource = find(provider.as_ref(), &request.type_name)?;
                let client = request.client_capabilities;
                let meta = messages::meta(provider.as_ref(), request.provider_meta)?;
                let keeps_private = client.as_ref().is_some_and(|client| client.store_planned_private);
                let approved_private =
                    Some(request.planned_private).filter(|private| keeps_private && !private.is_empty());
                let request = PlanRequest {
                    approved_private,
                    config: values::decode(request.config, resource.ty(), "configuration")?,
                    prior: values::decode(request.prior_state, resource.ty(), "prior state")?,
                    proposed: values::decode(request.proposed_new_state, resource.ty(), "proposed state")?,
                    prior_private: request.prior_private,
                    prior_identity: identities::decode(request.prior_identity, resource)?,
                };
                let context = messages::context(stop, client).with_meta(meta);
                let deferrals = context.deferrals.clone();
                let mut response = resource.plan(context, request).await;
                let deferred = messages::deferred(&deferrals, resource.type_name(), &mut response.diagnostics);
                Ok(wire::plan_resource_change::Response {
                    planned_state: values::encode(&response.planned, resource.ty())?,
                    requires_replace: response.requires_replace.iter().map(messages::path).collect(),
                    planned_private: response.private,
                    planned_identity: identities::encode(&response.identity, resource)?,
                    diagnostics: messages::placed(response.diagnostics, resource.schema()),
                    deferred,
                    ..Default::default()
                })
            };
            planned.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(told.into())).await
    }

    pub(super) async fn apply_resource(
        &self,
        request: wire::apply_resource_change::Request,
    ) -> Reply<wire::apply_resource_change::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ApplyResourceChange", &request.type_name);
        let refused = Leftover::of(&request).before();
        let panicked = Leftover::of(&request);
        let provider_after_panic = Arc::clone(&provider);
        let work = move |stop| async move {
            let applied = async {
                let resource = find(provider.as_ref(), &request.type_name)?;
                let meta = messages::meta(provider.as_ref(), request.provider_meta)?;
                let change = ApplyRequest {
                    config: values::decode(request.config, resource.ty(), "configuration")?,
                    prior: values::decode(request.prior_state, resource.ty(), "prior state")?,
                    planned: values::decode(request.planned_state, resource.ty(), "planned state")?,
                    planned_private: request.planned_private,
                    planned_identity: identities::decode(request.planned_identity, resource)?,
                };
                Ok((resource, resource.apply(Context::new(stop).with_meta(meta), change).await))
            };
            match applied.await {
                Ok((resource, response)) => applied_state(resource, response, refused),
                Err(diagnostics) => refused.with(diagnostics),
            }
        };
        self.calls
            .run(subject, work, move |told| panicked.after_panic(provider_after_panic.as_ref()).with(told.into()))
            .await
    }
}

/// What an apply that never came to a reply leaves in the state.
struct Leftover {
    type_name: String,
    prior: Option<wire::DynamicValue>,
    planned: Option<wire::DynamicValue>,
    private: Vec<u8>,
}

impl Leftover {
    fn of(request: &wire::apply_resource_change::Request) -> Self {
        Self {
            type_name: request.type_name.clone(),
            prior: request.prior_state.clone(),
            planned: request.planned_state.clone(),
            private: request.planned_private.clone(),
        }
    }

    /// Nothing was begun: the state from before stays.
    fn before(self) -> wire::apply_resource_change::Response {
        wire::apply_resource_change::Response { new_state: self.prior, private: self.private, ..Default::default() }
    }

    /// Something was begun. The state from before stays; of a new object, what the plan knew of it, so that a later
    /// destroy can find what was made.
    fn after_panic(self, provider: &dyn DynProvider) -> wire::apply_resource_change::Response {
        let created = find(provider, &self.type_name).and_then(|resource| {
            let prior = values::decode(self.prior.clone(), resource.ty(), "prior state")?;
            let planned = values::decode(self.planned.clone(), resource.ty(), "planned state")?;
            let is_create = prior.is_null() && !planned.is_null();
            is_create.then(|| values::encode(&planned.unknown_as_null(), resource.ty())).transpose()
        });
        let mut response = self.before();
        if let Ok(Some(created)) = created {
            response.new_state = created;
        }
        response
    }
}

trait WithMessages {
    fn with(self, diagnostics: Diagnostics) -> Self;
}

impl WithMessages for wire::apply_resource_change::Response {
    fn with(mut self, diagnostics: Diagnostics) -> Self {
        self.diagnostics.extend(messages::diagnostics(diagnostics));
        self
    }
}

fn applied_state(
    resource: &dyn DynResource,
    response: StateResponse,
    refused: wire::apply_resource_change::Response,
) -> wire::apply_resource_change::Response {
    let encoded = values::encode(&response.state, resource.ty())
        .and_then(|new_state| Ok((new_state, identities::encode(&response.identity, resource)?)));
    let mut applied = match encoded {
        Ok((new_state, new_identity)) => wire::apply_resource_change::Response {
            new_state,
            private: response.private,
            new_identity,
            ..Default::default()
        },
        Err(diagnostics) => refused.with(diagnostics),
    };
    applied.diagnostics.splice(0..0, messages::placed(response.diagnostics, resource.schema()));
    applied
}

/// The resource of a type, which states and configurations of other versions may not know.
pub(super) fn find<'a>(provider: &'a dyn DynProvider, type_name: &str) -> Result<&'a dyn DynResource, Diagnostics> {
    provider
        .resources()
        .get(type_name)
        .map(|resource| resource.as_ref())
        .ok_or_else(|| super::unknown_type(provider, "resource type", type_name))
}
