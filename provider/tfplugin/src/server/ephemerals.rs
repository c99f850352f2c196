//! The calls about ephemeral resources.

use std::sync::Arc;

use tfplugin_proto::tfplugin6 as wire;

use super::calls::Subject;
use super::{Reply, Server, messages, unknown_type, values};
use crate::context::Context;
use crate::diagnostic::Diagnostics;
use crate::ephemeral::DynEphemeral;
use crate::provider::DynProvider;

impl Server {
    pub(super) async fn validate_ephemeral(
        &self,
        request: wire::validate_ephemeral_resource_config::Request,
    ) -> Reply<wire::validate_ephemeral_resource_config::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("ValidateEphemeralResourceConfig", &request.type_name);
        let answer = |diagnostics| wire::validate_ephemeral_resource_config::Response { diagnostics };
        let work = move |stop| async move {
            let validated = async {
                let resource = find(provider.as_ref(), &request.type_name)?;
                let config = values::decode(request.config, resource.ty(), "configuration")?;
                let told = resource.validate(Context::new(stop), config).await;
                Ok::<_, Diagnostics>(messages::placed(told, resource.schema()))
            };
            answer(validated.await.unwrap_or_else(messages::diagnostics))
        };
        self.calls.run(subject, work, move |told| answer(messages::diagnostics(told.into()))).await
    }

    pub(super) async fn open_ephemeral(
        &self,
        request: wire::open_ephemeral_resource::Request,
    ) -> Reply<wire::open_ephemeral_resource::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("OpenEphemeralResource", &request.type_name);
        let failed = |diagnostics| wire::open_ephemeral_resource::Response {
            diagnostics: messages::diagnostics(diagnostics),
            ..Default::default()
        };
        let work = move |stop| async move {
            let opened = async {
                let resource = find(provider.as_ref(), &request.type_name)?;
                let config = values::decode(request.config, resource.ty(), "configuration")?;
                let context = messages::context(stop, request.client_capabilities);
                let deferrals = context.deferrals.clone();
                let mut outcome = resource.open(context, config).await;
                let deferred = messages::deferred(&deferrals, resource.type_name(), &mut outcome.diagnostics);
                let value = outcome.value.filter(|opened| deferred.is_some() || opened.result.is_known());
                let mut response = failed(outcome.diagnostics);
                response.deferred = deferred;
                if let Some(opened) = value {
                    // Without `private` nothing could be closed, so it goes out even if the result cannot.
                    match values::encode(&opened.result, resource.ty()) {
                        Ok(result) => response.result = result,
                        Err(told) => response.diagnostics.extend(messages::diagnostics(told)),
                    }
                    response.private = Some(opened.private);
                    response.renew_at = opened.renew_at.map(Into::into);
                }
                Ok(response)
            };
            opened.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(told.into())).await
    }

    pub(super) async fn renew_ephemeral(
        &self,
        request: wire::renew_ephemeral_resource::Request,
    ) -> Reply<wire::renew_ephemeral_resource::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("RenewEphemeralResource", &request.type_name);
        let failed = |diagnostics| wire::renew_ephemeral_resource::Response {
            diagnostics: messages::diagnostics(diagnostics),
            ..Default::default()
        };
        let work = move |stop| async move {
            let renewed = async {
                let resource = find(provider.as_ref(), &request.type_name)?;
                let outcome = resource.renew(Context::new(stop), request.private.unwrap_or_default()).await;
                let mut response = failed(outcome.diagnostics);
                if let Some(renewed) = outcome.value {
                    response.private = Some(renewed.private);
                    response.renew_at = renewed.renew_at.map(Into::into);
                }
                Ok(response)
            };
            renewed.await.unwrap_or_else(failed)
        };
        self.calls.run(subject, work, move |told| failed(told.into())).await
    }

    pub(super) async fn close_ephemeral(
        &self,
        request: wire::close_ephemeral_resource::Request,
    ) -> Reply<wire::close_ephemeral_resource::Response> {
        let provider = Arc::clone(&self.provider);
        let subject = Subject::of("CloseEphemeralResource", &request.type_name);
        let answer =
            |diagnostics| wire::close_ephemeral_resource::Response { diagnostics: messages::diagnostics(diagnostics) };
        let work = move |stop| async move {
            let closed = async {
                let resource = find(provider.as_ref(), &request.type_name)?;
                let private = request.private.unwrap_or_default();
                Ok::<_, Diagnostics>(resource.close(Context::new(stop), private).await)
            };
            answer(closed.await.unwrap_or_else(|diagnostics| diagnostics))
        };
        self.calls.run(subject, work, move |told| answer(told.into())).await
    }
}

fn find<'a>(provider: &'a dyn DynProvider, type_name: &str) -> Result<&'a dyn DynEphemeral, Diagnostics> {
    let found = provider.ephemerals().get(type_name).map(|resource| resource.as_ref());
    found.ok_or_else(|| unknown_type(provider, "ephemeral resource", type_name))
}
